"""Withdrawals (提现): asked for, then paid or failed. The provider is asked under the withdrawal's own id.

    asked --the provider has paid--> paid
      |
      +-- it could not --> failed, and the money is withdrawable again

Whatever a provider repeats, reorders or says late, the first final answer holds and posts once. What contradicts it
(paid after failed, another amount, another provider) posts nothing and is announced for a person to look at.
"""

from __future__ import annotations

from datetime import datetime

from headwater.contracts.accounts import (
    PayoutContradicted,
    RecordPayout,
    WithdrawalAnswer,
    WithdrawalAsked,
    WithdrawalFailed,
    WithdrawalPaid,
    WithdrawFunds,
)
from headwater.contracts.base import ProviderId, Sent
from headwater.contracts.payments import PayoutReported, RequestPayout
from headwater.decision import Decision
from orders.domain import ledger
from orders.domain.account_state import SupplierAccount, Terms, Withdrawal, paying, withdrawable, withdrawal
from orders.domain.answers import refuse

MOST_OPEN = 50
REMEMBERED = 50
Fault = tuple[str, str]


def no_account(message: WithdrawFunds) -> tuple[Sent, ...]:
    """There is nothing to withdraw from."""
    detail = f"Supplier {message.supplier_id} has no account yet: its first completed order opens it."
    return refuse(message, message.withdrawal_id, "no_such_account", detail)


def ask(terms: Terms, account: SupplierAccount, message: WithdrawFunds, now: datetime) -> Decision[SupplierAccount]:
    """A supplier asks for money: it is on its way from now on, and the provider is asked to pay it."""
    known = withdrawal(account.postings, message.withdrawal_id)
    if known is not None:
        return _again(account, known, message)
    fault = _why_not(account, message)
    if fault is not None:
        return Decision(account, refuse(message, message.withdrawal_id, *fault))
    supplier, id, fen = account.supplier_id, message.withdrawal_id, message.amount_fen
    asked = account.post(
        "withdraw", id, withdrawable(supplier), paying(supplier), fen, now, message.payee, terms.provider_id
    ).evolve(open=(*account.open, id))
    request = RequestPayout(
        withdrawal_id=id, provider_id=terms.provider_id, supplier_id=supplier, amount_fen=fen, currency="CNY",
        payee=message.payee,
    )  # fmt: skip
    event = WithdrawalAsked(supplier_id=supplier, withdrawal_id=id, amount_fen=fen, provider_id=terms.provider_id)
    return Decision(asked, (request, event, *_answer(asked, message)))


def _again(account: SupplierAccount, known: Withdrawal, message: WithdrawFunds) -> Decision[SupplierAccount]:
    if (known.asked.amount_fen, known.asked.note) != (message.amount_fen, message.payee):
        detail = f"Withdrawal {message.withdrawal_id} is of another amount or payee: use a new Idempotency-Key."
        return Decision(account, refuse(message, message.withdrawal_id, "idempotency_conflict", detail))
    return Decision(account, _answer(account, message))


def _why_not(account: SupplierAccount, message: WithdrawFunds) -> Fault | None:
    there = account.balances
    if message.amount_fen > there.withdrawable_fen:
        return "insufficient_funds", (
            f"{account.supplier_id} can withdraw {there.withdrawable_fen} fen now, not {message.amount_fen}; "
            f"{there.payable_fen} more will become withdrawable."
        )
    if len(account.open) >= MOST_OPEN:
        return "too_many_withdrawals", f"{MOST_OPEN} withdrawals are on their way: wait until one has ended."
    return None


def _answer(account: SupplierAccount, message: WithdrawFunds) -> tuple[Sent, ...]:
    found = withdrawal(account.postings, message.withdrawal_id)
    if message.reply_to is None or found is None:
        return ()
    answer = WithdrawalAnswer(
        withdrawal_id=message.withdrawal_id, status=found.status, amount_fen=found.asked.amount_fen,
        withdrawable_fen=account.balances.withdrawable_fen,
    )  # fmt: skip
    return (Sent(to=message.reply_to, message=answer),)


# --- what the provider says ----------------------------------------------------------------------------------------


def record(account: SupplierAccount, message: RecordPayout, now: datetime) -> Decision[SupplierAccount]:
    """What became of a payout. A report on what nobody asked for is nobody's business."""
    known = withdrawal(account.postings, message.withdrawal_id)
    if known is None:
        return Decision(account)
    found = _contradiction(known, message)
    if found is not None:
        return _contradicted(account, message, found)
    if message.outcome == "accepted" or known.status != "asked":
        return Decision(account)
    return _paid(account, message, now) if message.outcome == "paid" else _failed(account, message, now)


def _contradiction(known: Withdrawal, message: RecordPayout) -> str | None:
    asked = known.asked
    if message.provider_id != asked.provider_id:
        return f"{message.provider_id} says {message.outcome} of what {asked.provider_id} was asked to pay"
    if message.amount_fen != asked.amount_fen:
        return f"{message.outcome} of {message.amount_fen} fen, where {asked.amount_fen} were asked for"
    if message.outcome != "accepted" and known.status not in ("asked", message.outcome):
        return f"{message.outcome}, after it was {known.status}"
    return None


def _contradicted(account: SupplierAccount, message: RecordPayout, found: str) -> Decision[SupplierAccount]:
    if message.withdrawal_id in account.contradicted:
        return Decision(account)
    noted = account.evolve(contradicted=(*account.contradicted, message.withdrawal_id)[-REMEMBERED:])
    event = PayoutContradicted(
        supplier_id=account.supplier_id, withdrawal_id=message.withdrawal_id, provider_id=message.provider_id,
        found=found,
    )  # fmt: skip
    return Decision(noted, (event,))


def _paid(account: SupplierAccount, message: RecordPayout, now: datetime) -> Decision[SupplierAccount]:
    id, fen = message.withdrawal_id, message.amount_fen
    left = tuple(one for one in account.open if one != id)
    paid = account.post(
        "payout", id, paying(account.supplier_id), ledger.PROVIDER, fen, now, message.reference, message.provider_id
    )
    event = WithdrawalPaid(
        supplier_id=account.supplier_id, withdrawal_id=id, amount_fen=fen, reference=message.reference
    )
    return Decision(paid.evolve(open=left), (event,))


def _failed(account: SupplierAccount, message: RecordPayout, now: datetime) -> Decision[SupplierAccount]:
    supplier, id, fen = account.supplier_id, message.withdrawal_id, message.amount_fen
    left = tuple(one for one in account.open if one != id)
    back = account.post(
        "return", id, paying(supplier), withdrawable(supplier), fen, now, message.reason, message.provider_id
    )
    event = WithdrawalFailed(supplier_id=supplier, withdrawal_id=id, amount_fen=fen, reason=message.reason)
    return Decision(back.evolve(open=left), (event,))


def reported(message: PayoutReported, now: datetime, topic: str) -> tuple[RecordPayout]:
    """A provider's report becomes a command to the account. Who wrote it is told by the topic, never by the message."""
    provider = ProviderId(topic.split(".")[2])
    command = RecordPayout(
        supplier_id=message.supplier_id, withdrawal_id=message.withdrawal_id, provider_id=provider,
        outcome=message.outcome, amount_fen=message.amount_fen, reference=message.reference, reason=message.reason,
    )  # fmt: skip
    return (command,)
