"""Suppliers' accounts: what completed orders credit, what becomes withdrawable when, and withdrawals (提现)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from headwater.contracts.base import (
    Fen,
    Message,
    OrderId,
    ProviderId,
    ReplyTo,
    ShortText,
    SupplierId,
    UtcTime,
    WithdrawalId,
)
from headwater.contracts.governance import SupplierKind
from headwater.contracts.payments import PaidFen, Payee, PayoutOutcome
from headwater.contracts.topics import ACCOUNT_EVENTS, ACCOUNT_INBOX

WithdrawalStatus = Literal["asked", "paid", "failed"]
"""asked: the provider has been asked for it; failed: the money is withdrawable again."""


class CreditSupplier(Message, to=ACCOUNT_INBOX, key="supplier_id"):
    """An order is completed: what escrow has released for it is the supplier's. One order credits once."""

    supplier_id: SupplierId
    order_id: OrderId
    amount_fen: PaidFen


class NoteStanding(Message, to=ACCOUNT_INBOX, key="supplier_id"):
    """Something of a supplier's standing has changed; None: this has not."""

    supplier_id: SupplierId
    kind: SupplierKind | None = None
    suspended: bool | None = None


class WithdrawFunds(Message, to=ACCOUNT_INBOX, key="supplier_id"):
    """Pay out withdrawable money. Answered by `WithdrawalAnswer` or `Refused`.

    The same `withdrawal_id` for the same amount and payee is answered again with the withdrawal as it is now; for
    others it is `Refused` (`idempotency_conflict`). More than is withdrawable is `Refused` (`insufficient_funds`).
    """

    supplier_id: SupplierId
    withdrawal_id: WithdrawalId
    amount_fen: PaidFen
    payee: Payee
    reply_to: ReplyTo | None = None


class RecordPayout(Message, to=ACCOUNT_INBOX, key="supplier_id"):
    """What a provider has reported of a withdrawal. Who reported is told by its topic."""

    supplier_id: SupplierId
    withdrawal_id: WithdrawalId
    provider_id: ProviderId
    outcome: PayoutOutcome
    amount_fen: PaidFen
    reference: ShortText = ""
    reason: ShortText = ""


class WithdrawalAnswer(Message):
    """The reply to a withdrawal: as it is now, and what is withdrawable beside it."""

    withdrawal_id: WithdrawalId
    status: WithdrawalStatus
    amount_fen: PaidFen
    withdrawable_fen: Fen


class SupplierCredited(Message, to=ACCOUNT_EVENTS, key="supplier_id"):
    """An order's money is owed to its supplier, and will be withdrawable from then on."""

    supplier_id: SupplierId
    order_id: OrderId
    amount_fen: Fen
    withdrawable_at: UtcTime


class FundsSettled(Message, to=ACCOUNT_EVENTS, key="supplier_id"):
    """So much more is withdrawable."""

    supplier_id: SupplierId
    amount_fen: Fen


class WithdrawalAsked(Message, to=ACCOUNT_EVENTS, key="supplier_id"):
    """A provider is asked to pay a supplier out."""

    supplier_id: SupplierId
    withdrawal_id: WithdrawalId
    amount_fen: Fen
    provider_id: ProviderId


class WithdrawalPaid(Message, to=ACCOUNT_EVENTS, key="supplier_id"):
    """The supplier has its money, by the provider's own number of the transfer."""

    supplier_id: SupplierId
    withdrawal_id: WithdrawalId
    amount_fen: Fen
    reference: str


class WithdrawalFailed(Message, to=ACCOUNT_EVENTS, key="supplier_id"):
    """The provider could not pay: the money is withdrawable again."""

    supplier_id: SupplierId
    withdrawal_id: WithdrawalId
    amount_fen: Fen
    reason: str


class PayoutContradicted(Message, to=ACCOUNT_EVENTS, key="supplier_id"):
    """A provider says of a withdrawal what cannot be: a person must ask it. Nothing was posted."""

    supplier_id: SupplierId
    withdrawal_id: WithdrawalId
    provider_id: ProviderId
    found: Annotated[str, Field(max_length=400)]
