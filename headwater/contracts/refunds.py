"""Refunds (退款): before the goods arrive, at once; after it, with evidence, an answer, and a ruling if need be.

A request is a **case** of an order. Its commands go to the order's inbox, so that one writer decides whether money goes
to the supplier or back to the buyer. Each is answered by `RefundAnswer` or `Refused`; the same once more, by the same.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from headwater.contracts.base import (
    BuyerId,
    CaseId,
    Fen,
    InsuranceId,
    Message,
    OrderId,
    Pieces,
    ReplyTo,
    ShortText,
    SkuId,
    SupplierId,
    UtcTime,
    Value,
    WarehouseId,
)
from headwater.contracts.topics import INSURANCE_INBOX, ORDER_INBOX, REFUND_EVENTS

RefundStatus = Literal[
    "recalling", "recalled", "back", "asked", "refused", "disputed", "returning", "sent", "refunded", "denied",
    "withdrawn", "lapsed", "kept",
]  # fmt: skip
"""recalling: the money is back, and parcels are called back; recalled: none had left its shelf; back: its carrier
brought it back; asked: the supplier must answer; refused: the buyer may dispute; disputed: an operator rules;
returning: the buyer must send the goods back; sent: they are to be inspected; refunded, denied, withdrawn: over;
lapsed: the goods were not sent back, so no money is; kept: nor were those of which the money is back already."""
RefundReason = Literal[
    "not_wanted", "too_slow", "damaged", "defective", "not_as_described", "wrong_goods", "missing_pieces", "other"
]
Ruling = Literal["full", "part", "none"]
Words = Annotated[str, Field(min_length=1, max_length=500)]
Evidence = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], Field(max_length=9)]
"""References of photos: names or addresses, which the platform does not open."""


class RefundLine(Value):
    """Pieces of a SKU that a refund is asked for."""

    sku_id: SkuId
    pieces: Pieces


class InspectedLine(Value):
    """What came back of a SKU into an origin warehouse: good enough to sell again, and not."""

    sku_id: SkuId
    warehouse_id: WarehouseId
    restocked: Annotated[int, Field(ge=0, le=10**9, strict=True)]
    written_off: Annotated[int, Field(ge=0, le=10**9, strict=True)] = 0


class AskRefund(Message, to=ORDER_INBOX, key="order_id"):
    """The buyer asks for money back.

    Before the goods arrive (未到货退款): of all parcels that have not; the money goes back at once and they are
    called back. After it (到货后举证退款): of `lines`, or of all that no case is about yet, with `evidence`.
    `amount_fen`: less than their price. `returns`: the goods go back (退货退款). Asked of an order that is neither,
    or too late, or of more pieces than there are, it is `Refused`.
    """

    order_id: OrderId
    case_id: CaseId
    buyer_id: BuyerId
    reason: RefundReason
    text: Annotated[str, Field(max_length=500)] = ""
    lines: Annotated[tuple[RefundLine, ...], Field(max_length=100)] = ()
    evidence: Evidence = ()
    returns: bool = False
    amount_fen: Annotated[int, Field(ge=1, le=10**15, strict=True)] | None = None
    reply_to: ReplyTo | None = None


class WithdrawRefund(Message, to=ORDER_INBOX, key="order_id"):
    """The buyer takes a request back on which nothing was paid and nothing sent; its pieces may be asked for again."""

    order_id: OrderId
    case_id: CaseId
    buyer_id: BuyerId
    reply_to: ReplyTo | None = None


class AnswerRefund(Message, to=ORDER_INBOX, key="order_id"):
    """The supplier agrees, or refuses with a reason, until the case is due; silence is consent."""

    order_id: OrderId
    case_id: CaseId
    supplier_id: SupplierId
    agrees: bool
    reason: Annotated[str, Field(max_length=500)] = ""
    reply_to: ReplyTo | None = None


class DisputeRefund(Message, to=ORDER_INBOX, key="order_id"):
    """The buyer does not take the supplier's refusal: the platform steps in (平台介入)."""

    order_id: OrderId
    case_id: CaseId
    buyer_id: BuyerId
    text: Words
    evidence: Evidence = ()
    reply_to: ReplyTo | None = None


class RuleRefund(Message, to=ORDER_INBOX, key="order_id"):
    """An operator rules on a dispute. `amount_fen` of a ruling in part: less than was asked for.

    `returns`: whether the goods go back before the money does; None: as the buyer had offered.
    """

    order_id: OrderId
    case_id: CaseId
    ruling: Ruling
    reason: Words
    amount_fen: Annotated[int, Field(ge=1, le=10**15, strict=True)] | None = None
    returns: bool | None = None
    reply_to: ReplyTo | None = None


class SendReturn(Message, to=ORDER_INBOX, key="order_id"):
    """The buyer has sent the goods back, with a carrier of its own (退货运单)."""

    order_id: OrderId
    case_id: CaseId
    buyer_id: BuyerId
    carrier: Annotated[str, Field(min_length=1, max_length=60)]
    tracking_number: Annotated[str, Field(min_length=1, max_length=60)]
    reply_to: ReplyTo | None = None


class InspectReturn(Message, to=ORDER_INBOX, key="order_id"):
    """What came back was looked at, by the supplier, or by the platform for it (`supplier_id` None).

    What is good goes on the shelf that it is named with, where the order's goods were; what is not is written off.
    What of the case is on no line did not come back.
    """

    order_id: OrderId
    case_id: CaseId
    supplier_id: SupplierId | None
    lines: Annotated[tuple[InspectedLine, ...], Field(max_length=100)]
    note: ShortText = ""
    reply_to: ReplyTo | None = None


class RefundAnswer(Message):
    """The reply to a command: the case as it is now. `due`: when it goes on by itself."""

    order_id: OrderId
    case_id: CaseId
    status: RefundStatus
    asked_fen: Fen
    refunded_fen: Fen
    due: UtcTime | None = None


class RefundMoved(Message, to=REFUND_EVENTS, key="order_id"):
    """A case has come into a status. `refunded_fen`: what the buyer has back by it."""

    order_id: OrderId
    case_id: CaseId
    buyer_id: BuyerId
    supplier_id: SupplierId
    status: RefundStatus
    reason: RefundReason
    early: bool
    """Whether it was asked for before the goods arrived."""
    lines: tuple[RefundLine, ...]
    asked_fen: Fen
    refunded_fen: Fen
    due: UtcTime | None = None
    why: str = ""


# --- freight insurance (运费险) ------------------------------------------------------------------------------------


class CollectPremium(Message, to=INSURANCE_INBOX, key="insurance_id"):
    """An order was paid with a premium; it is the pool's. An order pays one at most."""

    insurance_id: InsuranceId
    order_id: OrderId
    amount_fen: Fen


class ClaimFreight(Message, to=INSURANCE_INBOX, key="insurance_id"):
    """The freight of an insured order's return. Answered by `FreightCovered`; an order claims once."""

    insurance_id: InsuranceId
    order_id: OrderId
    case_id: CaseId
    amount_fen: Fen
    reply_to: ReplyTo


class FreightCovered(Message):
    """The reply to a claim: it is paid in full, of the pool what that had, and the rest by the platform."""

    order_id: OrderId
    case_id: CaseId
    amount_fen: Fen
    by_platform_fen: Fen


class InsuranceShort(Message, to=REFUND_EVENTS, key="insurance_id"):
    """The pool had not enough for a claim: the platform paid so much of it."""

    insurance_id: InsuranceId
    order_id: OrderId
    case_id: CaseId
    amount_fen: Fen
    by_platform_fen: Fen
