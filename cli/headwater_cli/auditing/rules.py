"""The rules of the audit: what must hold of all postings together, and of each with what caused it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from headwater_cli.auditing import accounts, insurance
from headwater_cli.auditing.books import Books, Entry, Finding
from headwater_cli.auditing.causes import called_for, open_fen

BELOW_ZERO = ("platform", "provider", "vouched")
"""Accounts from which money comes into the books; all others hold what was put into them."""


def audit(books: Books) -> list[Finding]:
    """Everything that is wrong in these books; nothing, if all money adds up."""
    return [finding for rule in RULES for finding in rule(books)]


def balances(entries: Iterator[Entry] | tuple[Entry, ...]) -> Counter[str]:
    """What each account holds after these postings, in fen: the projection of the ledger, made anew."""
    found: Counter[str] = Counter()
    for one in entries:
        if is_amount(one.amount_fen):
            found[one.debit] -= one.amount_fen
            found[one.credit] += one.amount_fen
    return found


def is_amount(amount: Any) -> bool:
    """Whether it is whole fen, at least one."""
    return type(amount) is int and amount > 0


def unbalanced(books: Books) -> Iterator[Finding]:
    """Every posting takes from one account what it gives to another, in whole fen; and so do all of them together."""
    for one in books.postings:
        if not is_amount(one.amount_fen) or not one.debit or not one.credit or one.debit == one.credit:
            yield Finding("unbalanced", one.id, f"moves {one.amount_fen!r} from {one.debit!r} to {one.credit!r}")
    debits = sum(one.amount_fen for one in books.postings if one.debit and isinstance(one.amount_fen, int | float))
    credits = sum(one.amount_fen for one in books.postings if one.credit and isinstance(one.amount_fen, int | float))
    if debits != credits:
        yield Finding("unbalanced", "the ledger", f"{debits} fen debited in all, and {credits} credited")


def overdrawn(books: Books) -> Iterator[Finding]:
    """No account gives what it does not have, but those through which money comes in."""
    for account, fen in balances(books.postings).items():
        if fen < 0 and account not in BELOW_ZERO:
            yield Finding("overdrawn", account, f"is at {fen} fen")


def twice(books: Books) -> Iterator[Finding]:
    """Each posting stands once: under its id, and of its kind for its cause."""
    for id, count in Counter(one.id for one in books.postings).items():
        if count > 1:
            yield Finding("twice", id, f"is stored {count} times")
    told = Counter((one.root, one.kind, one.cause) for one in {one.id: one for one in books.postings}.values())
    for (root, kind, cause), count in told.items():
        if count > 1:
            yield Finding("twice", root, f"has posted {count} times the {kind} for {cause}")


def of_orders(books: Books) -> Iterator[Finding]:
    """Every order has posted exactly what its lines and its status call for; nothing is posted without an order."""
    posted = {one.id: one for one in books.order_postings}
    for order_id, order in books.orders.items():
        for kind, wanted in called_for(order).items():
            one = posted.pop(f"{order_id}/{kind}", None)
            if one is None:
                yield Finding("missing", order_id, f"is {order['status']}, and has posted no {kind}")
            elif (shown := (one.debit, one.credit, one.amount_fen)) != wanted:
                yield Finding("differs", order_id, f"has posted the {kind} {shown}, should be {wanted}")
    for id in posted:
        yield Finding("without_cause", id, "is posted without a cause")


def escrow(books: Books) -> Iterator[Finding]:
    """Escrow holds what buyers have paid for orders that are open, and nothing else: of each, and in all."""
    held: defaultdict[str, int] = defaultdict(int)
    for one in books.postings:
        if is_amount(one.amount_fen):
            held[one.root] += one.amount_fen * ((one.credit == "escrow") - (one.debit == "escrow"))
    wanted = {order_id: open_fen(order) for order_id, order in books.orders.items()}
    for root in wanted.keys() | held.keys():
        if held[root] != wanted.get(root, 0):
            yield Finding("escrow", root, f"has {held[root]} fen in escrow, should have {wanted.get(root, 0)}")
    if sum(held.values()) != sum(wanted.values()):
        found = f"holds {sum(held.values())} fen, open orders have paid {sum(wanted.values())}"
        yield Finding("escrow", "escrow", found)


def refunded_and_released(books: Books) -> Iterator[Finding]:
    """What the buyer has back in full is not the supplier's as well."""
    moved: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in books.order_postings:
        if is_amount(one.amount_fen):
            moved[one.root][one.kind] += one.amount_fen
    for order_id, by_kind in moved.items():
        if by_kind["release"] and by_kind["refund"] and by_kind["refund"] >= by_kind["purchase"]:
            found = f"has {by_kind['refund']} fen refunded, which is all, and {by_kind['release']} released"
            yield Finding("refunded_and_released", order_id, found)


RULES: tuple[Callable[[Books], Iterator[Finding]], ...] = (
    unbalanced, overdrawn, twice, of_orders, escrow, refunded_and_released, *accounts.RULES, *insurance.RULES,
)  # fmt: skip
