"""Company accounts (企业账户): members with roles and limits, requisitions that wait for an approver, saved lists.

Everything of a company goes through one inbox, so that its limits are counted by one writer.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from headwater.contracts.base import (
    BuyerId,
    CompanyId,
    Fen,
    Key,
    ListId,
    Message,
    OfferId,
    OrderId,
    Pieces,
    ReplyTo,
    RequisitionId,
    ShortText,
    SkuId,
    SupplierId,
    UtcTime,
    Value,
)
from headwater.contracts.invoicing import Invoice
from headwater.contracts.orders import Destination
from headwater.contracts.quotes import SealedQuote
from headwater.contracts.topics import COMPANY_EVENTS, COMPANY_INBOX

Role = Literal["admin", "buyer", "approver", "viewer"]
"""admin: members, limits, invoice data, and all that follows; buyer: asks and buys; approver: approves what others ask
for; viewer: sees everything and changes nothing."""
RequisitionStatus = Literal["waiting", "placing", "placed", "refused", "rejected", "withdrawn", "timed_out"]
"""waiting: for an approver; placing: its orders ask for stock; placed: at least one is confirmed; refused: none."""
UTC_OFFSET_FORM = r"^[+-](0[0-9]|1[0-4]):[0-5][0-9]$"
UtcOffset = Annotated[str, Field(pattern=UTC_OFFSET_FORM)]
PoNumber = Annotated[str, Field(max_length=60)]


class CompanyTerms(Value):
    """What a company says of itself, and the limits that hold for all of it together."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    invoice: Invoice | None = None
    limit_fen: Fen | None = None
    """The most that all members spend in a month; none: no limit."""
    decide_within_s: Annotated[int, Field(ge=60, le=30 * 86_400, strict=True)] = 3 * 86_400
    """How long a requisition waits for an approver, in seconds."""


class OpenCompany(Message, to=COMPANY_INBOX, key="company_id"):
    """Open a company account; who asks is its first admin, with all roles. Answered by `Done` or `Refused`."""

    company_id: CompanyId
    by: BuyerId
    terms: CompanyTerms
    utc_offset: UtcOffset = "+08:00"
    """Where its calendar months begin. For good: else a month could be ended by moving it."""
    reply_to: ReplyTo | None = None


class ReviseCompany(Message, to=COMPANY_INBOX, key="company_id"):
    """Replace a company's terms. The same `change_id` counts once. Answered by `Done` or `Refused`."""

    company_id: CompanyId
    by: BuyerId
    terms: CompanyTerms
    change_id: Key
    reply_to: ReplyTo | None = None


class SetMember(Message, to=COMPANY_INBOX, key="company_id"):
    """Give a member its roles and its monthly limit; without a role it is none from now on.

    The same `change_id` counts once. Answered by `Done` or `Refused`.
    """

    company_id: CompanyId
    by: BuyerId
    member_id: BuyerId
    roles: Annotated[tuple[Role, ...], Field(max_length=4)]
    limit_fen: Fen | None = None
    """The most that it spends in a month without an approval; none: no limit."""
    change_id: Key
    reply_to: ReplyTo | None = None


class SavedLine(Value):
    """So many pieces of a SKU, at whatever price they have when they are bought."""

    sku_id: SkuId
    quantity: Pieces
    offer_id: OfferId | None = None


class SaveList(Message, to=COMPANY_INBOX, key="company_id"):
    """Save a named basket (采购清单) under its id, or delete it: without lines. Answered by `Done` or `Refused`."""

    company_id: CompanyId
    list_id: ListId
    by: BuyerId
    name: Annotated[str, Field(min_length=1, max_length=100)]
    lines: Annotated[tuple[SavedLine, ...], Field(max_length=100)]
    change_id: Key
    reply_to: ReplyTo | None = None


class SubmitRequisition(Message, to=COMPANY_INBOX, key="company_id"):
    """Buy for the company: placed at once within the limits, else it waits for an approver (采购申请).

    Answered by `RequisitionAnswer` when its orders have their stock, or when it waits; or by `Refused`. The same
    `requisition_id` with the same `fingerprint` is answered again with the requisition as it is now.
    """

    company_id: CompanyId
    requisition_id: RequisitionId
    by: BuyerId
    parts: Annotated[tuple[SealedQuote, ...], Field(min_length=1, max_length=20)]
    """Sealed for `by`."""
    destination: Destination
    all_or_none: bool = False
    po_number: PoNumber = ""
    out_order_id: Key | None = None
    pay_within_s: Annotated[int, Field(ge=1, le=86_400, strict=True)] | None = None
    note: ShortText = ""
    """For the approver."""
    fingerprint: Annotated[str, Field(max_length=64)]
    reply_to: ReplyTo | None = None


class ApproveRequisition(Message, to=COMPANY_INBOX, key="company_id"):
    """Place what was asked for, once, at the sealed prices. Answered by `RequisitionAnswer` or `Refused`.

    `total_fen` is the total that the approver has seen: another one is refused (`another_total`). Prices whose seal
    has ended are refused (`prices_expired`): reprice the requisition, and approve what it costs then.
    """

    company_id: CompanyId
    requisition_id: RequisitionId
    by: BuyerId
    total_fen: Fen
    reply_to: ReplyTo | None = None


class RepriceRequisition(Message, to=COMPANY_INBOX, key="company_id"):
    """The same goods at new sealed prices; it goes on waiting. Answered by `RequisitionAnswer` or `Refused`."""

    company_id: CompanyId
    requisition_id: RequisitionId
    by: BuyerId
    parts: Annotated[tuple[SealedQuote, ...], Field(min_length=1, max_length=20)]
    reply_to: ReplyTo | None = None


class RejectRequisition(Message, to=COMPANY_INBOX, key="company_id"):
    """Say no, and why; asked by who submitted it, it is withdrawn. Answered by `RequisitionAnswer` or `Refused`."""

    company_id: CompanyId
    requisition_id: RequisitionId
    by: BuyerId
    reason: Annotated[str, Field(min_length=1, max_length=200)]
    reply_to: ReplyTo | None = None


class CloseRequisition(Message, to=COMPANY_INBOX, key="company_id"):
    """A company to itself: the time of this requisition is over, if it still waits."""

    company_id: CompanyId
    requisition_id: RequisitionId


class NoteOrder(Message, to=COMPANY_INBOX, key="company_id"):
    """An order of a requisition was paid, or came to nothing: what it was to cost may be spent again."""

    company_id: CompanyId
    requisition_id: RequisitionId
    order_id: OrderId
    outcome: Literal["paid", "refused", "cancelled", "expired"]
    why: str = ""


class PurchasedOrder(Value):
    """An order of a requisition, as far as its spending goes: open and paid count, the others are given back."""

    order_id: OrderId
    supplier_id: SupplierId
    total_fen: Fen
    state: Literal["open", "paid", "refused", "cancelled", "expired"] = "open"
    why: str = ""


class RequisitionAnswer(Message):
    """The reply: the requisition as it is now."""

    requisition_id: RequisitionId
    status: RequisitionStatus
    total_fen: Fen
    why: str = ""
    """Why it waits, or why it is not placed."""
    orders: tuple[PurchasedOrder, ...] = ()


class CompanyChanged(Message, to=COMPANY_EVENTS, key="company_id"):
    """A company was opened, or its terms or members are new."""

    company_id: CompanyId
    by: BuyerId
    what: Literal["opened", "revised", "member_set", "member_removed"]
    member_id: BuyerId | None = None


class RequisitionMoved(Message, to=COMPANY_EVENTS, key="company_id"):
    """A requisition has another status: approvers watch for `waiting`."""

    company_id: CompanyId
    requisition_id: RequisitionId
    buyer_id: BuyerId
    status: RequisitionStatus
    total_fen: Fen
    decided_by: BuyerId | None = None
    why: str = ""
    decide_by: UtcTime | None = None
    """Until when it waits."""
