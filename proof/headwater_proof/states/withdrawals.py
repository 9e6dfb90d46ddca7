"""The world of a withdrawal, by a supplier who has 10 fen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from headwater.contracts.accounts import RecordPayout, WithdrawFunds
from headwater.contracts.base import Message, WithdrawalId
from headwater.decision import Decision
from headwater_proof.states.explore import Given, World, dumped
from headwater_proof.states.given import CALLER, SUPPLIER, given
from orders.domain import account
from orders.domain.account_state import Balances, SupplierAccount, Terms, withdrawal

WITHDRAWAL_ID = WithdrawalId("wdr_1")


class WithdrawingAccount(SupplierAccount):
    """An account, seen as one withdrawal of it."""

    @property
    def status(self) -> str:
        """What became of the withdrawal; empty before it is asked for."""
        found = withdrawal(self.postings, WITHDRAWAL_ID)
        return found.status if found else ""


def _withdraw(state: WithdrawingAccount | None, message: Message, now: datetime) -> Decision[Any]:
    rich = WithdrawingAccount(supplier_id=SUPPLIER, balances=Balances(withdrawable_fen=10))
    decision = account.decide(Terms(), state or rich, message, now)
    asked = isinstance(decision.state, WithdrawingAccount) and decision.state.status
    return decision if asked else Decision(None, decision.messages)


def _withdrawal() -> tuple[Given, ...]:
    def says(outcome: str, **changes: Any) -> RecordPayout:
        fields = {"supplier_id": SUPPLIER, "withdrawal_id": WITHDRAWAL_ID, "provider_id": Terms().provider_id}
        return RecordPayout.model_validate({**fields, "outcome": outcome, "amount_fen": 7, **changes})

    ask = WithdrawFunds(
        supplier_id=SUPPLIER, withdrawal_id=WITHDRAWAL_ID, amount_fen=7, payee="card", reply_to=CALLER
    )  # fmt: skip
    return (
        given(ask),
        given(ask.model_copy(update={"amount_fen": 11}), label="WithdrawFunds of more than there is"),
        *(given(says(outcome), label=f"RecordPayout {outcome}") for outcome in ("accepted", "paid", "failed")),
        given(says("paid", amount_fen=1), label="RecordPayout of another amount"),
        given(says("paid", provider_id="other"), label="RecordPayout of another provider"),
    )


WORLDS = (World("orders", "withdrawal", _withdraw, [_withdrawal()], dumped()),)
