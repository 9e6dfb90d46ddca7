"""What is known of a supplier's account: its balances, what waits to become withdrawable, and its postings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from pydantic import Field

from headwater.contracts.accounts import WithdrawalStatus
from headwater.contracts.base import ProviderId, SupplierId, UtcTime, Value, WithdrawalId
from headwater.contracts.governance import SupplierKind
from headwater.decision import Part, State
from orders.domain import ledger
from orders.domain.ledger import Account

EntryKind = Literal["credit", "settle", "withdraw", "payout", "return"]
SUPPLIERS_TIME = timedelta(hours=8)
"""Ahead of UTC: all of China has one time, and there is no summer time in it."""


class Terms(NamedTuple):
    """When money becomes withdrawable, and who pays it out."""

    period: timedelta = timedelta(days=7)
    """From the completion of an order on, for suppliers whose standing does not allow T+0."""
    provider_id: ProviderId = ProviderId("demo-pay")

    @property
    def granule(self) -> timedelta:
        """Money that falls due within it falls due together, at its end: so a period has a hundred of them."""
        return self.period / 100


class Balances(Value):
    """What a supplier has, in fen. It is the sum of its account's postings, and can be made anew of them: `rebuilt`."""

    payable_fen: int = 0
    """Owed, and not withdrawable yet."""
    withdrawable_fen: int = 0
    paying_fen: int = 0
    """Withdrawn, and on its way: the provider has not said yet what became of it."""


class Entry(Part):
    """One posting of an account: `amount_fen` from `debit` to `credit`. It never changes."""

    kind: EntryKind
    debit: Account
    credit: Account
    amount_fen: int = Field(ge=1)
    cause: str
    """The order, the time that was due, or the withdrawal."""
    at: UtcTime
    """Of an account's postings, none is earlier than the one before."""
    number: int
    """Its place among the account's postings, from 1."""
    note: str = ""
    """The payee of a withdrawal, the provider's number of a payout, the reason of a return."""
    provider_id: ProviderId | None = None
    """Who was asked to pay."""
    balances: Balances
    """After it."""


class Due(Value):
    """Money that becomes withdrawable at a time."""

    at: UtcTime
    amount_fen: int


class SupplierAccount(State):
    """A supplier's account. It wakes up when money falls due."""

    supplier_id: SupplierId
    kind: SupplierKind = "unverified"
    suspended: bool = False
    balances: Balances = Balances()
    posted: int = 0
    """How many postings it has."""
    last_at: datetime | None = None
    """Of its last posting; time does not go back in an account."""
    due: tuple[Due, ...] = ()
    """What `payable` holds, the earliest first; a hundred times at most."""
    open: tuple[WithdrawalId, ...] = ()
    """Withdrawals that are on their way."""
    contradicted: tuple[WithdrawalId, ...] = ()
    """The last withdrawals of which a provider said what cannot be."""
    postings: dict[str, Entry] = Field(default_factory=dict)
    """By kind and cause, so that an order credits, or a withdrawal is paid, once. Stored as parts."""

    @property
    def settles_at_once(self) -> bool:
        """T+0: a verified factory or chain leader that is not suspended has its money with the order's completion."""
        return self.kind in ("source_factory", "chain_leader") and not self.suspended

    def post(
        self, kind: EntryKind, cause: str, debit: Account, credit: Account, amount_fen: int, now: datetime,
        note: str = "", provider_id: ProviderId | None = None,
    ) -> SupplierAccount:  # fmt: skip
        """The account with one posting more, and its balances after it."""
        after = moved(self.supplier_id, self.balances, debit, credit, amount_fen)
        entry = Entry(
            kind=kind, debit=debit, credit=credit, amount_fen=amount_fen, cause=cause, at=now, number=self.posted + 1,
            note=note, provider_id=provider_id, balances=after,
        )  # fmt: skip
        return self.evolve(
            balances=after, posted=entry.number, last_at=now, postings={**self.postings, key_of(kind, cause): entry}
        )

    def waiting_for(self, due: tuple[Due, ...]) -> SupplierAccount:
        """The account with this in `due`, to be woken for the earliest."""
        return self.evolve(due=due, wake_at=due[0].at if due else None)


def key_of(kind: EntryKind, cause: str) -> str:
    """The name of a posting within its account."""
    return f"{kind}.{cause}"


def withdrawable(supplier_id: SupplierId) -> Account:
    """What a supplier may have paid out."""
    return Account(f"withdrawable:{supplier_id}")


def paying(supplier_id: SupplierId) -> Account:
    """What is being paid out to a supplier."""
    return Account(f"paying:{supplier_id}")


def moved(supplier_id: SupplierId, before: Balances, debit: Account, credit: Account, amount_fen: int) -> Balances:
    """The balances after a transfer; accounts of others are not among them."""
    accounts = (ledger.payable(supplier_id), withdrawable(supplier_id), paying(supplier_id))
    payable, withdrawable_, paying_ = (amount_fen * ((credit == one) - (debit == one)) for one in accounts)
    return Balances(
        payable_fen=before.payable_fen + payable, withdrawable_fen=before.withdrawable_fen + withdrawable_,
        paying_fen=before.paying_fen + paying_,
    )  # fmt: skip


def rebuilt(supplier_id: SupplierId, postings: Iterable[Entry]) -> Balances:
    """The balances made anew from nothing but the postings, in whatever order they come."""
    balances = Balances()
    for one in postings:
        balances = moved(supplier_id, balances, one.debit, one.credit, one.amount_fen)
    return balances


class Withdrawal(NamedTuple):
    """A withdrawal (提现) as its two postings show it: that it was asked for, and what became of it."""

    status: WithdrawalStatus
    asked: Entry
    ended: Entry | None


def withdrawal_keys(withdrawal_id: WithdrawalId) -> tuple[str, str, str]:
    """The postings that a withdrawal may have."""
    return key_of("withdraw", withdrawal_id), key_of("payout", withdrawal_id), key_of("return", withdrawal_id)


def withdrawal(postings: Mapping[str, Entry], withdrawal_id: WithdrawalId) -> Withdrawal | None:
    """A withdrawal, or None if nobody asked for it."""
    asked, paid, back = (postings.get(key) for key in withdrawal_keys(withdrawal_id))
    if asked is None:
        return None
    status: WithdrawalStatus = "paid" if paid else "failed" if back else "asked"
    return Withdrawal(status, asked, paid or back)
