"""Builders: messages of a supplier's account, and its books."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from functools import partial, reduce
from typing import Any

from headwater.contracts.accounts import CreditSupplier, NoteStanding, RecordPayout, WithdrawFunds
from headwater.contracts.base import Message, Sent
from headwater.decision import Decision
from orders.domain import account as rules
from orders.domain.account_state import SupplierAccount, Terms
from tests.unit.orders.building import CALLER, NOW

TERMS = Terms(period=timedelta(days=7))
WEEK_LATER = NOW + timedelta(days=8)
decide = partial(rules.decide, TERMS)
FACTORY = NoteStanding(supplier_id="sup", kind="source_factory")
SUSPENDED = NoteStanding(supplier_id="sup", suspended=True)
REINSTATED = NoteStanding(supplier_id="sup", suspended=False)


def credit(order: str = "ord_1", fen: int = 1_000) -> CreditSupplier:
    return CreditSupplier(supplier_id="sup", order_id=order, amount_fen=fen)


def withdraw(id: str = "wdr_1", fen: int = 400, payee: str = "card 6222") -> WithdrawFunds:
    return WithdrawFunds(supplier_id="sup", withdrawal_id=id, amount_fen=fen, payee=payee, reply_to=CALLER)


def says(outcome: str, id: str = "wdr_1", fen: int = 400, provider: str = "demo-pay") -> RecordPayout:
    return RecordPayout(
        supplier_id="sup", withdrawal_id=id, provider_id=provider, outcome=outcome, amount_fen=fen,
        reference="T-1" if outcome == "paid" else "", reason="closed" if outcome == "failed" else "",
    )  # type: ignore[arg-type]  # fmt: skip


def after(*messages: Message, now: datetime = NOW, state: SupplierAccount | None = None) -> SupplierAccount:
    """The account after these messages."""
    found = reduce(lambda known, message: decide(known, message, now).state, messages, state)
    assert found is not None
    return found


def told(decision: Decision[SupplierAccount], kind: type[Message]) -> list[Any]:
    """What a decision tells of one kind, replies included."""
    bodies = [message.message if isinstance(message, Sent) else message for message in decision.messages]
    return [body for body in bodies if isinstance(body, kind)]


def holds(account: SupplierAccount) -> tuple[int, int, int]:
    """Payable, withdrawable and paying, in fen."""
    found = account.balances
    return found.payable_fen, found.withdrawable_fen, found.paying_fen


def ledger(account: SupplierAccount) -> Counter[str]:
    """What each account of the ledger holds by these postings."""
    found: Counter[str] = Counter()
    for one in account.postings.values():
        found[one.debit] -= one.amount_fen
        found[one.credit] += one.amount_fen
    return found
