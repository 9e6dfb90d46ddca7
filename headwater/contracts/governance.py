"""Supplier governance: verification, reports, suspension, strict selection (严选), traffic and its guarantee."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from headwater.contracts.base import BuyerId, Key, Message, OfferId, OrderId, ReplyTo, ShortText, SupplierId, UtcTime
from headwater.contracts.reviews import Rating
from headwater.contracts.topics import (
    CATALOG_OFFER_INBOX,
    CATALOG_SHELF_INBOX,
    CATALOG_STANDING_EVENTS,
    CATALOG_STANDING_INBOX,
    CATALOG_TRAFFIC_EVENTS,
    CATALOG_TRAFFIC_INBOX,
)

SupplierKind = Literal["unverified", "source_factory", "trader", "chain_leader"]
"""source_factory: it makes what it sells (源头工厂); trader: it resells (贸易商); chain_leader: it leads an industrial
belt and lets others distribute its goods (链主)."""
ReportKind = Literal["infringement", "small_workshop"]
"""infringement: of a brand, a patent, a picture (侵权); small_workshop: nobody could answer for the goods (小作坊)."""
Verdict = Literal["upheld", "dismissed"]
Evidence = Annotated[tuple[ShortText, ...], Field(max_length=20)]
"""What was seen: the number of a licence, the name of an auditor's report, an address."""
Count = Annotated[int, Field(ge=0, le=10**12, strict=True)]
PerMille = Annotated[int, Field(ge=0, le=10**6, strict=True)]


class VerifySupplier(Message, to=CATALOG_STANDING_INBOX, key="supplier_id"):
    """Say what a supplier was found to be; `unverified` takes it back. Answered by `Done` or `Refused`."""

    supplier_id: SupplierId
    kind: SupplierKind
    evidence: Evidence = ()
    by: Key
    """Who looked."""
    reply_to: ReplyTo | None = None


class FileReport(Message, to=CATALOG_STANDING_INBOX, key="supplier_id"):
    """Someone reports a supplier. The same `report_id` counts once. Answered by `Done` or `Refused`."""

    supplier_id: SupplierId
    report_id: Key
    kind: ReportKind
    evidence: Annotated[str, Field(min_length=1, max_length=2000)]
    offer_id: OfferId | None = None
    by: Key
    reply_to: ReplyTo | None = None


class JudgeReport(Message, to=CATALOG_STANDING_INBOX, key="supplier_id"):
    """Uphold or dismiss a report; another verdict later (an appeal) replaces it. Answered by `Done` or `Refused`."""

    supplier_id: SupplierId
    report_id: Key
    verdict: Verdict
    note: ShortText
    by: Key
    reply_to: ReplyTo | None = None


class SuspendSupplier(Message, to=CATALOG_STANDING_INBOX, key="supplier_id"):
    """Take all offers of a supplier off the shelf until a time in UTC, or until it is lifted. `Done` or `Refused`.

    A suspended supplier can be suspended anew under a new id, with another reason and end.
    """

    supplier_id: SupplierId
    suspension_id: Key
    reason: Annotated[str, Field(min_length=1, max_length=200)]
    until: UtcTime | None = None
    by: Key
    reply_to: ReplyTo | None = None


class LiftSuspension(Message, to=CATALOG_STANDING_INBOX, key="supplier_id"):
    """End a suspension early: what it took off the shelf is listed again. Answered by `Done` or `Refused`."""

    supplier_id: SupplierId
    suspension_id: Key
    reason: Annotated[str, Field(min_length=1, max_length=200)]
    by: Key
    reply_to: ReplyTo | None = None


class CountRating(Message, to=CATALOG_STANDING_INBOX, key="supplier_id"):
    """A review of a supplier's goods came in."""

    supplier_id: SupplierId
    review_id: Key
    rating: Rating


class SupplierVerified(Message, to=CATALOG_STANDING_EVENTS, key="supplier_id"):
    """What a supplier is taken to be from now on."""

    supplier_id: SupplierId
    kind: SupplierKind
    evidence: tuple[str, ...]
    by: str


class ReportFiled(Message, to=CATALOG_STANDING_EVENTS, key="supplier_id"):
    """A report awaits its verdict."""

    supplier_id: SupplierId
    report_id: str
    kind: ReportKind
    offer_id: OfferId | None = None


class ReportJudged(Message, to=CATALOG_STANDING_EVENTS, key="supplier_id"):
    """A report has its verdict."""

    supplier_id: SupplierId
    report_id: str
    kind: ReportKind
    verdict: Verdict


class SupplierSuspended(Message, to=CATALOG_STANDING_EVENTS, key="supplier_id"):
    """None of the supplier's offers can be ordered until then; None: until it is lifted."""

    supplier_id: SupplierId
    suspension_id: str
    reason: str
    until: UtcTime | None = None


class SupplierReinstated(Message, to=CATALOG_STANDING_EVENTS, key="supplier_id"):
    """The suspension is over."""

    supplier_id: SupplierId
    suspension_id: str
    reason: str


class StrictSelectionEntered(Message, to=CATALOG_STANDING_EVENTS, key="supplier_id"):
    """A supplier and its offers belong to the strict selection (严选) from now on."""

    supplier_id: SupplierId


class StrictSelectionLeft(Message, to=CATALOG_STANDING_EVENTS, key="supplier_id"):
    """They no longer do, for these reasons."""

    supplier_id: SupplierId
    reasons: tuple[str, ...]


class SetShelf(Message, to=CATALOG_SHELF_INBOX, key="supplier_id"):
    """Close a supplier's shelf with a reason, or open it (None). Of several the one with the highest `turn` holds."""

    supplier_id: SupplierId
    turn: Count
    closed_because: ShortText | None = None


class ShelveOffer(Message, to=CATALOG_SHELF_INBOX, key="supplier_id"):
    """An offer of this supplier was listed."""

    supplier_id: SupplierId
    offer_id: OfferId


class SweepPage(Message, to=CATALOG_SHELF_INBOX, key="supplier_id"):
    """The shelf tells itself: hold or release the offers of one page, and go on to the next."""

    supplier_id: SupplierId
    turn: Count
    page: Annotated[int, Field(ge=0, strict=True)]


class HoldOffer(Message, to=CATALOG_OFFER_INBOX, key="offer_id"):
    """The supplier's shelf is closed: if the offer is listed, take it off. `turn` orders what the shelf says."""

    offer_id: OfferId
    turn: Count
    reason: ShortText


class ReleaseOffer(Message, to=CATALOG_OFFER_INBOX, key="offer_id"):
    """The supplier's shelf is open: what its closing took off is listed again."""

    offer_id: OfferId
    turn: Count


class CountOrder(Message, to=CATALOG_TRAFFIC_INBOX, key="supplier_id"):
    """A buyer paid an order of this supplier."""

    supplier_id: SupplierId
    buyer_id: BuyerId
    order_id: OrderId


class RecordExposure(Message, to=CATALOG_TRAFFIC_INBOX, key="supplier_id"):
    """So many times an offer of the supplier was shown. A `source` numbers its windows upwards; each counts once."""

    supplier_id: SupplierId
    source: Key
    window: Count
    impressions: Annotated[int, Field(ge=1, le=10**9, strict=True)]


class GuaranteeSupplier(Message, to=CATALOG_TRAFFIC_INBOX, key="supplier_id"):
    """Promise a new supplier exposure and first orders within so many days (双保计划). Answered by `Done` or `Refused`.

    A supplier gets one guarantee; the same `guarantee_id` again is done already.
    """

    supplier_id: SupplierId
    guarantee_id: Key
    impressions: Annotated[int, Field(ge=1, le=10**9, strict=True)]
    first_orders: Annotated[int, Field(ge=1, le=10**6, strict=True)]
    """Orders of buyers who had bought nothing of this supplier before."""
    days: Annotated[int, Field(ge=1, le=365, strict=True)]
    reply_to: ReplyTo | None = None


class TrafficWeighed(Message, to=CATALOG_TRAFFIC_EVENTS, key="supplier_id"):
    """By how much a supplier's offers are shown more, or less, than others: 1000 is neutral."""

    supplier_id: SupplierId
    weight_per_mille: PerMille
    earned_per_mille: PerMille
    """What of it follows from conversion and retention."""
    boost_per_mille: PerMille
    """What a guarantee adds: the weight is the product of both."""


class GuaranteeGiven(Message, to=CATALOG_TRAFFIC_EVENTS, key="supplier_id"):
    """A new supplier was promised exposure and first orders."""

    supplier_id: SupplierId
    guarantee_id: str
    impressions: Count
    first_orders: Count
    until: UtcTime


class GuaranteeEnded(Message, to=CATALOG_TRAFFIC_EVENTS, key="supplier_id"):
    """The promise was kept, or its time ran out; what was reached until then."""

    supplier_id: SupplierId
    guarantee_id: str
    outcome: Literal["kept", "broken"]
    impressions: Count
    first_orders: Count
