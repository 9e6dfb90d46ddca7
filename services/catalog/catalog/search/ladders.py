"""What a piece costs at a quantity, as a query: exact for every ladder, and mostly one column to look at.

Quantities fall into bands, 1 to 1, 2 to 4, 5 to 9, 10 to 19 and so on. For each band an offer has the price at its
first piece; where the ladder has a step within the band, also where that is and the price from there on. Ladders of the
trade step at round quantities, so few offers have the latter. Whoever steps twice or more within one band is *crowded*,
and has three columns for each step of the whole ladder: fewer still, and what an offer has not costs nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Protocol

import tantivy

MOST_PIECES = 10**9
EDGES = tuple(digit * 10**power for power in range(10) for digit in (1, 2, 5) if digit * 10**power <= MOST_PIECES)
"""The first quantity of each band."""
STEPS = 10
"""The most that a ladder has (`headwater.contracts.catalog.OfferContents.price_ranges`)."""
NO_END = 2**62
SCHEMA = tuple(
    [name for band in range(len(EDGES)) for name in (f"price{band}", f"step{band}", f"then{band}")]
    + [f"{name}{step}" for step in range(STEPS) for name in ("from", "below", "costs")]
)
UNSIGNED = tantivy.FieldType.Unsigned
Query, Occur = tantivy.Query, tantivy.Occur


class Step(Protocol):
    """A range of quantities and what a piece costs in it, in fen."""

    @property
    def start_quantity(self) -> int: ...
    @property
    def price_fen(self) -> int: ...


def add_fields(schema: tantivy.SchemaBuilder) -> None:
    """The columns."""
    for name in SCHEMA:
        schema.add_unsigned_field(name, fast=True)


def add_ladder(document: tantivy.Document, ladder: Sequence[Step]) -> None:
    """What a listed offer's ladder puts into them."""
    crowded = False
    for band, (first, end) in enumerate(pairwise((*EDGES, NO_END))):
        price = price_at(ladder, first)
        within = [step for step in ladder if first < step.start_quantity < end]
        if len(within) > 1:
            crowded = True
            continue
        if price is not None:
            document.add_unsigned(f"price{band}", price)
        for step in within:
            document.add_unsigned(f"step{band}", step.start_quantity)
            document.add_unsigned(f"then{band}", step.price_fen)
    if crowded:
        for column, value in _whole(ladder):
            document.add_unsigned(column, value)


def priced(schema: tantivy.Schema, quantity: int, least: int | None, most: int | None) -> tantivy.Query:
    """The offers of which a piece costs from `least` to `most` fen when so many are bought."""
    band = bisect_right(EDGES, quantity) - 1

    def between(column: str, low: int | None, high: int | None) -> tantivy.Query:
        return Query.range_query(schema, column, UNSIGNED, low, high)

    stepped = between(f"step{band}", None, quantity)
    first = [(Occur.Must, between(f"price{band}", least or 0, most)), (Occur.MustNot, stepped)]
    then = [(Occur.Must, between(f"then{band}", least or 0, most)), (Occur.Must, stepped)]
    crowded = [
        [(Occur.Must, between(f"from{step}", None, quantity)),
         (Occur.Must, between(f"below{step}", quantity + 1, None)),
         (Occur.Must, between(f"costs{step}", least or 0, most))]
        for step in range(STEPS)
    ]  # fmt: skip
    return Query.boolean_query([(Occur.Should, Query.boolean_query(one)) for one in (first, then, *crowded)])


def price_at(ladder: Sequence[Step], quantity: int) -> int | None:
    """What a piece costs in fen; None below the minimum."""
    reached = [step for step in ladder if step.start_quantity <= quantity]
    return reached[-1].price_fen if reached else None


def _whole(ladder: Sequence[Step]) -> Iterator[tuple[str, int]]:
    ends = [*(step.start_quantity for step in ladder[1:]), NO_END]
    for place, (step, end) in enumerate(zip(ladder, ends, strict=True)):
        yield f"from{place}", step.start_quantity
        yield f"below{place}", end
        yield f"costs{place}", step.price_fen
