"""Listed offers that are like a description, by the search index of this process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from catalog.listing.alike import Neighbour
from catalog.listing.description import Description
from catalog.search.finding import Finder, Narrow
from catalog.search.index import SearchIndex
from catalog.search.traffic import NOBODY
from headwater.contracts.catalog import PriceRange
from headwater.projection import NotBuilt, Projection
from headwater.stubs.catalog.v1 import search_pb2

MOST, FEW = 20, 5


class Neighbours:
    """Reads the index as it is; while there is none, nothing is like anything."""

    def __init__(self, search: Projection[SearchIndex]) -> None:
        self._search = search

    async def near(self, description: Description, category: str | None) -> Sequence[Neighbour]:
        """At most `MOST`, the most alike first; of the category if it is given, or else of any.

        When the title's words find few in a known category, others of it come behind them.
        """
        try:
            finder = Finder(self._search.current(), NOBODY)
        except NotBuilt:
            return ()
        return await asyncio.to_thread(_near, finder, description.title, category or "")


def _near(finder: Finder, title: str, category: str) -> Sequence[Neighbour]:
    hits = finder.offers(title, Narrow(category=category), 0, MOST).hits
    if len(hits) < FEW and category:
        hits = [*hits, *finder.offers("", Narrow(category=category), 0, MOST).hits]
    found = (search_pb2.FoundOffer.FromString(hit.shown) for hit in hits)
    return list({offer.offer_id: _neighbour(offer) for offer in found}.values())[:MOST]


def _neighbour(offer: search_pb2.FoundOffer) -> Neighbour:
    ladder = tuple(PriceRange(start_quantity=one.start_quantity, price_fen=one.price_fen) for one in offer.price_ranges)
    return Neighbour(offer.offer_id, offer.category, offer.min_order_quantity, ladder)
