"""The rules of the audit for freight insurance: premiums come in, returns' freight goes out, and the pool says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from headwater_cli.auditing.books import Books, Finding
from headwater_cli.auditing.causes import PAID, premium_fen

DIRECTIONS = {
    "collect": ("freight", "insurance"), "claim": ("insurance", "freight"), "cover": ("platform", "freight"),
}  # fmt: skip
"""By kind, from which account to which."""


def collected(books: Books) -> Iterator[Finding]:
    """The pool has each premium that was paid, once and in full."""
    found = {_order(one.key): one for one in books.pool_postings if one.kind == "collect"}
    for order_id, order in books.orders.items():
        paid = order["status"] in PAID or order.get("refunded_fen")
        wanted = premium_fen(order) if paid else 0
        one = found.pop(order_id, None)
        if wanted and one is None:
            yield Finding("missing", order_id, "has paid a premium, and the pool has not collected it")
        elif one is not None and one.amount_fen != wanted:
            yield Finding("differs", one.id, f"is {one.amount_fen} fen, the premium of {order_id} is {wanted}")
    for one in found.values():
        yield Finding("without_cause", one.id, "is posted without a cause")


def covered(books: Books) -> Iterator[Finding]:
    """The freight of a return that was covered is what the pool and the platform paid for it; nothing else is."""
    paid: Counter[str] = Counter()
    for one in books.pool_postings:
        if one.kind in ("claim", "cover"):
            paid[one.cause] += one.amount_fen
    for order in books.orders.values():
        for refund in order.get("cases", ()):
            fen, wanted = paid.pop(refund["case_id"], 0), refund["freight_fen"]
            if fen != wanted:
                found = f"has {wanted} fen of its return's freight, the pool has paid {fen}"
                yield Finding("differs", refund["case_id"], found)
    for case_id, fen in paid.items():
        yield Finding("without_cause", case_id, f"has {fen} fen of freight paid, and does not exist")


def moved_as_its_kind_says(books: Books) -> Iterator[Finding]:
    """A posting of a pool is between the accounts that its kind says."""
    for one in books.pool_postings:
        if one.kind not in DIRECTIONS:
            yield Finding("without_cause", one.id, "is posted without a cause")
        elif (one.debit, one.credit) != DIRECTIONS[one.kind]:
            found = f"moves from {one.debit} to {one.credit}, should be {DIRECTIONS[one.kind]}"
            yield Finding("differs", one.id, found)


def rebuilt(books: Books) -> Iterator[Finding]:
    """A pool's balance is the sum of its postings, made anew here."""
    sums: Counter[str] = Counter()
    for one in books.pool_postings:
        sums[one.root] += one.amount_fen * ((one.credit == "insurance") - (one.debit == "insurance"))
    for pool_id in books.pools.keys() | sums.keys():
        says = books.pools.get(pool_id, {}).get("balance_fen", 0)
        if says != sums[pool_id]:
            yield Finding("balance", pool_id, f"says {says} fen, its postings come to {sums[pool_id]}")


def _order(key: str) -> str:
    """Whose posting it is: a pool names it `<order>/<kind>`."""
    return key.partition("/")[0]


RULES = (collected, covered, moved_as_its_kind_says, rebuilt)
