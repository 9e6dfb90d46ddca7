"""How suppliers' accounts, withdrawals and postings look from outside."""

from __future__ import annotations

from headwater.rpc import stamp
from headwater.stubs.orders.v1 import accounts_pb2 as pb
from orders.domain.account_state import Balances, Entry, SupplierAccount, Terms, Withdrawal


def balances_view(balances: Balances) -> pb.Balances:
    """What a supplier has."""
    return pb.Balances(**balances.model_dump())


def account_view(account: SupplierAccount, terms: Terms) -> pb.SupplierAccount:
    """An account as it is now."""
    return pb.SupplierAccount(
        supplier_id=account.supplier_id, currency="CNY", balances=balances_view(account.balances),
        settles_at_once=account.settles_at_once, settlement_period_s=int(terms.period.total_seconds()),
        next_settlement_at=stamp(account.due[0].at if account.due else None), open_withdrawals=account.open,
        contradicted_withdrawals=account.contradicted,
    )  # fmt: skip


def withdrawal_view(found: Withdrawal) -> pb.Withdrawal:
    """A withdrawal, by its postings."""
    asked, ended = found.asked, found.ended
    note = ended.note if ended else ""
    return pb.Withdrawal(
        withdrawal_id=asked.cause, status=found.status, amount_fen=asked.amount_fen, payee=asked.note,
        provider_id=asked.provider_id or "", asked_at=stamp(asked.at), ended_at=stamp(ended.at if ended else None),
        reference=note if found.status == "paid" else "", reason=note if found.status == "failed" else "",
    )  # fmt: skip


def posting_view(one: Entry) -> pb.AccountPosting:
    """A posting as a statement has it."""
    return pb.AccountPosting(
        number=one.number, at=stamp(one.at), kind=one.kind, cause=one.cause, debit=one.debit, credit=one.credit,
        amount_fen=one.amount_fen, note=one.note, balances=balances_view(one.balances),
    )  # fmt: skip
