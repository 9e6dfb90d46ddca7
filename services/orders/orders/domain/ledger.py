"""The ledger of orders: which event posts what. Double entry, append only, whole fen.

A **posting** is one transfer from the account that it debits to the account that it credits, so each balances in
itself. It is written in the transaction of the order that causes it, as a part of that order, under a key of its
kind: an order pays, or releases, once, whatever is repeated. Nothing changes a posting; a correction is another one.

    event       kind       debit       credit              amount
    paid        charge     provider    buyer               what the buyer pays
    paid        purchase   buyer       escrow              the same
    paid        vouch      vouched     escrow              what the lines vouch for; none if that is 0
    completed   release    escrow      clearing            all that escrow holds for the order
    refunded    refund     escrow      buyer               what the buyer gets back
    refunded    repay      buyer       provider            the same
    refunded    unvouch    escrow      vouched             what was vouched for it; none if that is 0
    paid        insure     buyer       freight             the premium of freight insurance, if asked for
    collected   collect    freight     insurance           the same; a posting of the pool's
    claimed     claim      insurance   freight             a return's freight, of what the pool has; the pool's
    claimed     cover      platform    freight             the rest of it; the pool's
    covered     compensate freight     buyer               a return's freight
    covered     reimburse  buyer       provider            the same
    in a pool   pledge     buyer       pool                what a share cost, after the charge as above
    in a pool   unpledge   pool        buyer               what of it goes back, and is repaid as above

An order that ends before it is paid (refused, cancelled, expired) posts nothing. An order whose goods were not made in
time, or could not be held, is refunded whole; a refund of a case has the case's number behind its kind (`refund.0`).
`insurance` is moved by the pool alone (`orders.domain.insurance`); `freight` is what is between it and an order.
What is released is the supplier's once its account has it from clearing: see `orders.domain.account`.
An order of a pool (凑单) is charged to the pool that its buyer has paid into, and not to the provider once more.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NewType

from pydantic import Field

from headwater.contracts.accounts import CreditSupplier
from headwater.contracts.base import BuyerId, OrderId, PoolId, SupplierId, UtcTime
from headwater.contracts.orders import OrderLine
from headwater.decision import Part

Account = NewType("Account", str)
Kind = Literal[
    "charge", "purchase", "vouch", "release", "refund", "repay", "unvouch", "insure", "collect", "claim", "cover",
    "compensate", "reimburse", "pledge", "unpledge",
]  # fmt: skip

PROVIDER = Account("provider")
"""The world outside: the payment provider, through whom all money comes and goes. Its balance is never positive."""
ESCROW = Account("escrow")
"""What buyers have paid, and what the platform has added, for orders that are not completed."""
CLEARING = Account("clearing")
"""What orders have released and suppliers' accounts are yet to be credited with: in transit, empty at rest."""
VOUCHED = Account("vouched")
"""What the platform gives so that suppliers get the price that others' orders have lowered."""
FREIGHT = Account("freight")
"""Money of freight insurance on its way between an order and the pool; empty at rest."""
INSURANCE = Account("insurance")
"""The pool of freight insurance. Never below 0: the platform covers what it lacks."""
PLATFORM = Account("platform")
"""The platform's own money. Its balance is what it has given so far, and so never positive."""


def buyer(buyer_id: BuyerId) -> Account:
    """A buyer's account: between the provider and escrow, empty at rest."""
    return Account(f"buyer:{buyer_id}")


def payable(supplier_id: SupplierId) -> Account:
    """What is owed to a supplier."""
    return Account(f"payable:{supplier_id}")


def pool(pool_id: PoolId) -> Account:
    """What buyers have paid into a pool, for what is no order yet."""
    return Account(f"pool:{pool_id}")


class Posting(Part):
    """One transfer: `amount_fen` from the account `debit` to the account `credit`. It never changes."""

    kind: Kind
    debit: Account
    credit: Account
    amount_fen: int = Field(ge=1)
    cause: str
    """What it was posted for: the payment, or the order itself."""
    at: UtcTime


Postings = dict[str, Posting]
"""By kind, of a case with its number: there is one of each at most."""


def vouched_fen(lines: Iterable[OrderLine]) -> int:
    """What the platform adds to the buyer's money for these lines."""
    return sum(line.quantity * line.vouched_fen for line in lines)


def paid(
    buyer_id: BuyerId,
    lines: Iterable[OrderLine],
    amount_fen: int,
    payment_id: str,
    at: datetime,
    premium_fen: int = 0,
    source: Account = PROVIDER,
) -> Postings:
    """A buyer has paid, now or into a pool: it is in escrow, with what is vouched for; a premium is insurance's."""
    account = buyer(buyer_id)
    moves: list[tuple[Kind, Account, Account, int]] = [
        ("charge", source, account, amount_fen + premium_fen),
        ("purchase", account, ESCROW, amount_fen),
        ("vouch", VOUCHED, ESCROW, vouched_fen(lines)),
        ("insure", account, FREIGHT, premium_fen),
    ]
    return posted(moves, payment_id, at)


def completed(amount_fen: int, order_id: OrderId, at: datetime) -> Postings:
    """The goods are accepted: all that escrow holds for the order is on its way to its supplier."""
    return posted([("release", ESCROW, CLEARING, amount_fen)], order_id, at)


def credits_of(supplier_id: SupplierId, order_id: OrderId, postings: Postings) -> tuple[CreditSupplier, ...]:
    """What its supplier's account is told of what an order has released."""
    return tuple(
        CreditSupplier(supplier_id=supplier_id, order_id=order_id, amount_fen=one.amount_fen)
        for one in postings.values()
        if one.credit == CLEARING
    )


def refunded(buyer_id: BuyerId, amount_fen: int, vouched_fen: int, cause: str, at: datetime, of: str = "") -> Postings:
    """Money goes back from escrow: to the buyer, and what was vouched for it. `of`: the number of the case."""
    account = buyer(buyer_id)
    moves: list[tuple[Kind, Account, Account, int]] = [
        ("refund", ESCROW, account, amount_fen),
        ("repay", account, PROVIDER, amount_fen),
        ("unvouch", ESCROW, VOUCHED, vouched_fen),
    ]
    return posted(moves, cause, at, of)


def compensated(buyer_id: BuyerId, amount_fen: int, cause: str, at: datetime, of: str) -> Postings:
    """The freight of a return is covered: the buyer, who sent it, has it back."""
    account = buyer(buyer_id)
    return posted(
        [("compensate", FREIGHT, account, amount_fen), ("reimburse", account, PROVIDER, amount_fen)], cause, at, of
    )


def posted(moves: Iterable[tuple[Kind, Account, Account, int]], cause: str, at: datetime, of: str = "") -> Postings:
    """Transfers by kind: debit, credit and amount; one of 0 is none."""
    return {
        f"{kind}.{of}" if of else kind: Posting(
            kind=kind, debit=debit, credit=credit, amount_fen=amount_fen, cause=cause, at=at
        )
        for kind, debit, credit, amount_fen in moves
        if amount_fen
    }


# --- a share of a pool ---------------------------------------------------------------------------------------------


def joined(pool_id: PoolId, buyer_id: BuyerId, amount_fen: int, payment_id: str, at: datetime) -> Postings:
    """A buyer has paid a share: the pool has the money."""
    account = buyer(buyer_id)
    moves: list[tuple[Kind, Account, Account, int]] = [
        ("charge", PROVIDER, account, amount_fen), ("pledge", account, pool(pool_id), amount_fen),
    ]  # fmt: skip
    return posted(moves, payment_id, at)


def given_back(
    pool_id: PoolId, buyer_id: BuyerId, amount_fen: int, cause: str, at: datetime, what: str = ""
) -> Postings:  # fmt: skip
    """What the pool had of a share, or so much of it, goes back to its buyer. Of one share each `what` happens once."""
    account = buyer(buyer_id)
    unpledge = Posting(
        kind="unpledge", debit=pool(pool_id), credit=account, amount_fen=amount_fen, cause=cause, at=at
    )  # fmt: skip
    repay = Posting(kind="repay", debit=account, credit=PROVIDER, amount_fen=amount_fen, cause=cause, at=at)
    return {f"{what}unpledge": unpledge, f"{what}repay": repay}
