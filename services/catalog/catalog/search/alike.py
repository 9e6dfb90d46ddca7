"""Offers that may stand in for another one, by the search: what governance asks when a supplier is suspended."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol

from catalog.domain.offer import Offer
from catalog.search.finding import ENOUGH, Finder
from catalog.search.index import SearchIndex
from catalog.search.traffic import NOBODY
from headwater.projection import NotBuilt, Projection
from headwater.stubs.catalog.v1 import search_pb2


class Offers(Protocol):
    """What is needed of the stored offers."""

    async def get_many(self, ids: Iterable[str]) -> dict[str, Offer]: ...


class Others(Protocol):
    """Offers that are there whatever their words are (`governance_rpc.SameCategory`)."""

    async def like(self, offer: Offer, limit: int) -> Sequence[Offer]: ...


class Alike:
    """Offers of other suppliers whose titles say the same; when they are few, also others of the category."""

    def __init__(self, search: Projection[SearchIndex], offers: Offers, others: Others) -> None:
        self._search = search
        self._offers = offers
        self._others = others

    async def like(self, offer: Offer, limit: int) -> Sequence[Offer]:
        """At most so many, the most alike first. While there is no index these are others of the category alone."""
        try:
            finder = Finder(self._search.current(), NOBODY)
        except NotBuilt:
            return await self._others.like(offer, limit)
        found = await asyncio.to_thread(finder.similar, offer, None, 0, limit)
        ids = [search_pb2.FoundOffer.FromString(hit.shown).offer_id for hit in found.hits]
        stored = await self._offers.get_many(ids)
        alike = [stored[id] for id in ids if id in stored]
        if len(alike) >= min(ENOUGH, limit):
            return alike
        others = await self._others.like(offer, limit)
        return [*alike, *(one for one in others if one.offer_id not in stored)][:limit]
