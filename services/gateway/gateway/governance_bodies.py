"""The bodies that governance and co-distribution take. Money in fen; a field that is not known is an error."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from headwater.contracts.base import Key, OfferId, ShortText, SupplierId, UtcTime, Value
from headwater.contracts.distribution import Margin, PalletGoods
from headwater.contracts.governance import Evidence, ReportKind, SupplierKind, Verdict

Reason = Annotated[str, Field(min_length=1, max_length=200)]


class VerificationBody(Value):
    """What a supplier was found to be, and by which evidence."""

    kind: SupplierKind
    evidence: Evidence = ()


class ReportBody(Value):
    """What someone has seen of a supplier. Without an id it gets one by the Idempotency-Key, or a new one."""

    report_id: Key | None = None
    kind: ReportKind
    evidence: Annotated[str, Field(min_length=1, max_length=2000)]
    offer_id: OfferId | None = None


class VerdictBody(Value):
    """What becomes of a report, and why."""

    verdict: Verdict
    note: ShortText = ""


class SuspensionBody(Value):
    """Why, and until when in UTC; without a time until it is lifted."""

    suspension_id: Key | None = None
    reason: Reason
    until: UtcTime | None = None


class GuaranteeBody(Value):
    """What a new supplier is promised, within how many days."""

    guarantee_id: Key | None = None
    impressions: Annotated[int, Field(ge=1, le=10**9, strict=True)]
    first_orders: Annotated[int, Field(ge=1, le=10**6, strict=True)]
    days: Annotated[int, Field(ge=1, le=365, strict=True)]


class PalletBody(Value):
    """A chain leader's pallet."""

    pallet_id: Key | None = None
    leader_id: SupplierId
    name: ShortText
    goods: Annotated[tuple[PalletGoods, ...], Field(min_length=1, max_length=500)]


class WithdrawalBody(Value):
    """Who withdraws, and why."""

    leader_id: SupplierId
    reason: Reason


class DistributionBody(Value):
    """Which offer of the pallet a seller takes into its shop, and what it adds to the price."""

    offer_id: OfferId | None = None
    supplier_id: SupplierId
    leader_offer_id: OfferId
    margin: Margin = Margin()


class EndBody(Value):
    """Which seller takes its co-distributed offer out, and why."""

    supplier_id: SupplierId
    reason: Reason
