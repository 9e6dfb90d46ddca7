"""What offers say that are like a description: their category where its words leave it open, their prices where it has
none. Pure; `neighbours.py` finds them."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from catalog.listing.description import Description
from catalog.listing.found import Found, Note
from catalog.listing.packaging import packaging_of
from catalog.listing.proposal import Proposal
from catalog.search.ladders import price_at
from headwater.contracts.catalog import PriceRange

DOUBTFUL = 0.5
"""A category less sure than this is asked of the similar offers."""
AGREED, PRICE = 0.7, 0.3
"""How sure a category is that all similar offers have, and a price that is usual among them: it is a place to start."""
STEPS = (1, 10, 100)
"""The ladder's quantities, in minimums."""
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A listed offer that is like the description."""

    offer_id: str
    category: str
    minimum: int
    price_ranges: tuple[PriceRange, ...]


def completed(proposal: Proposal, description: Description, neighbours: Sequence[Neighbour]) -> Proposal:
    """The proposal with what is missing in it taken from similar offers, and named so."""
    if not neighbours:
        return proposal
    category = _category(proposal.category, neighbours)
    path = category.value if category else None
    packaging = proposal.packaging
    if category != proposal.category and (packaging is None or packaging.source == "rule"):
        packaging = packaging_of(description, path)
    proposal = replace(proposal, category=category, packaging=packaging)
    if proposal.price_ranges is not None:
        return proposal
    alike = [one for one in neighbours if path is None or one.category == path] or list(neighbours)
    return _priced(proposal, alike)


def _category(found: Found[str] | None, neighbours: Sequence[Neighbour]) -> Found[str] | None:
    """What most similar offers have, if the words alone leave it open."""
    if found is not None and found.sure >= DOUBTFUL:
        return found
    votes = Counter(one.category for one in neighbours if one.category)
    if not votes:
        return found
    path, count = votes.most_common(1)[0]
    sure = round(AGREED * count / len(neighbours), 2)
    if found is not None and (found.sure >= sure or found.value == path):
        return found
    offers = tuple(one.offer_id for one in neighbours if one.category == path)[:MOST_NAMED]
    return Found(path, "similar", f"{count} of {len(neighbours)} similar offers are in it", sure, offers)


def _priced(proposal: Proposal, alike: Sequence[Neighbour]) -> Proposal:
    """A ladder by the medians of what similar offers cost at the minimum, at ten and at a hundred times as much."""
    offers = tuple(one.offer_id for one in alike)[:MOST_NAMED]
    minimum = proposal.minimum
    if minimum is None and proposal.multiple is None:
        usual = int(statistics.median_low([one.minimum for one in alike]))
        minimum = Found(usual, "similar", f"the median of {len(alike)} similar offers", PRICE, offers)
    least = minimum.value if minimum else 1
    ladder = tuple(_medians(least, alike))
    if not ladder:
        return proposal
    said = f"the median of {len(alike)} similar offers"
    note = Note("price_of_others", "The text has no price: these are what similar offers cost. Put your own.")
    return replace(
        proposal, minimum=minimum, price_ranges=Found(ladder, "similar", said, PRICE, offers),
        notes=(*proposal.notes, note),
    )  # fmt: skip


def _medians(least: int, alike: Sequence[Neighbour]) -> Iterator[PriceRange]:
    last: int | None = None
    for times in STEPS:
        start = least * times
        prices = [_price(one, start) for one in alike]
        known = [price for price in prices if price is not None]
        middle = int(statistics.median_low(known)) if known else None
        if middle is not None and start <= 10**9 and (last is None or middle < last):
            last = middle
            yield PriceRange(start_quantity=start, price_fen=middle)


def _price(offer: Neighbour, quantity: int) -> int | None:
    """At a quantity; below its minimum what its first range costs, since here it is only compared."""
    return price_at(offer.price_ranges, max(quantity, offer.minimum))
