"""What the routes of suppliers' accounts take and answer. Money in fen; a field that is not known is an error."""

from __future__ import annotations

from pydantic import BaseModel

from headwater.contracts.accounts import WithdrawalStatus
from headwater.contracts.base import Value
from headwater.contracts.payments import PaidFen, Payee


class WithdrawalBody(Value):
    """How much of what is withdrawable, and to which account, as the payment provider knows it."""

    amount_fen: PaidFen
    payee: Payee


class WithdrawalNow(BaseModel):
    """The withdrawal as it is now, in fen. Until it is known to be asked for, nothing more is known of it."""

    withdrawal_id: str
    status: WithdrawalStatus | None
    amount_fen: int
    withdrawable_fen: int | None
    location: str
