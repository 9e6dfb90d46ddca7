"""The ledger of an order: which event posts what. Double entry, append only, whole fen.

A **posting** is one transfer from the account that it debits to the account that it credits, so each balances in
itself. It is written in the transaction of the order that causes it, as a part of that order, under a key of its
kind: an order pays, or releases, once, whatever is repeated. Nothing changes a posting; a correction is another one.

    event       kind       debit       credit              amount
    paid        charge     provider    buyer               what the buyer pays
    paid        purchase   buyer       escrow              the same
    paid        vouch      vouched     escrow              what the lines vouch for; none if that is 0
    completed   release    escrow      clearing            all that escrow holds for the order
    refunded    refund     escrow      buyer               what the buyer had paid
    refunded    repay      buyer       provider            the same
    refunded    unvouch    escrow      vouched             what the lines vouch for; none if that is 0

An order that ends before it is paid (refused, cancelled, expired) posts nothing. Refunded is one whose goods were not
made in time, or could not be held. What is released is the supplier's once its account has it from clearing: see
`orders.domain.account`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NewType

from pydantic import Field

from headwater.contracts.accounts import CreditSupplier
from headwater.contracts.base import BuyerId, OrderId, SupplierId, UtcTime
from headwater.contracts.orders import OrderLine
from headwater.decision import Part

Account = NewType("Account", str)
Kind = Literal["charge", "purchase", "vouch", "release", "refund", "repay", "unvouch"]

PROVIDER = Account("provider")
"""The world outside: the payment provider, through whom all money comes and goes. Its balance is never positive."""
ESCROW = Account("escrow")
"""What buyers have paid, and what the platform has added, for orders that are not completed."""
CLEARING = Account("clearing")
"""What orders have released and suppliers' accounts are yet to be credited with: in transit, empty at rest."""
VOUCHED = Account("vouched")
"""What the platform gives so that suppliers get the price that others' orders have lowered."""


def buyer(buyer_id: BuyerId) -> Account:
    """A buyer's account: between the provider and escrow, empty at rest."""
    return Account(f"buyer:{buyer_id}")


def payable(supplier_id: SupplierId) -> Account:
    """What is owed to a supplier."""
    return Account(f"payable:{supplier_id}")


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
"""By kind: an order has one of each at most."""


def vouched_fen(lines: Iterable[OrderLine]) -> int:
    """What the platform adds to the buyer's money for these lines."""
    return sum(line.quantity * line.vouched_fen for line in lines)


def paid(buyer_id: BuyerId, lines: Iterable[OrderLine], amount_fen: int, payment_id: str, at: datetime) -> Postings:
    """A buyer has paid: the money is in escrow, with what the platform vouches for."""
    account = buyer(buyer_id)
    postings = [
        Posting(kind="charge", debit=PROVIDER, credit=account, amount_fen=amount_fen, cause=payment_id, at=at),
        Posting(kind="purchase", debit=account, credit=ESCROW, amount_fen=amount_fen, cause=payment_id, at=at),
    ]
    added = vouched_fen(lines)
    if added:
        postings.append(Posting(kind="vouch", debit=VOUCHED, credit=ESCROW, amount_fen=added, cause=payment_id, at=at))
    return {posting.kind: posting for posting in postings}


def completed(lines: Iterable[OrderLine], paid_fen: int, order_id: OrderId, at: datetime) -> Postings:
    """The goods are accepted: all that escrow holds for the order is on its way to its supplier."""
    amount_fen = paid_fen + vouched_fen(lines)
    release = Posting(kind="release", debit=ESCROW, credit=CLEARING, amount_fen=amount_fen, cause=order_id, at=at)
    return {release.kind: release}


def credits_of(supplier_id: SupplierId, order_id: OrderId, postings: Postings) -> tuple[CreditSupplier, ...]:
    """What its supplier's account is told of what an order has released."""
    return tuple(
        CreditSupplier(supplier_id=supplier_id, order_id=order_id, amount_fen=one.amount_fen)
        for one in postings.values()
        if one.credit == CLEARING
    )


def refunded(buyer_id: BuyerId, lines: Iterable[OrderLine], paid_fen: int, order_id: OrderId, at: datetime) -> Postings:
    """The goods never came: escrow holds nothing for the order any longer, and the buyer has the money back."""
    account = buyer(buyer_id)
    postings = [
        Posting(kind="refund", debit=ESCROW, credit=account, amount_fen=paid_fen, cause=order_id, at=at),
        Posting(kind="repay", debit=account, credit=PROVIDER, amount_fen=paid_fen, cause=order_id, at=at),
    ]
    back = vouched_fen(lines)
    if back:
        postings.append(Posting(kind="unvouch", debit=ESCROW, credit=VOUCHED, amount_fen=back, cause=order_id, at=at))
    return {posting.kind: posting for posting in postings}
