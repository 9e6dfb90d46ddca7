"""All offers that there are in shops: those that are stored, and those that sellers co-distribute, made when read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from catalog.domain.codistribution import CoOffer, co_offer
from catalog.domain.distribution import Distribution
from catalog.domain.offer import Offer
from catalog.domain.pallet import Pallet
from catalog.domain.standing_state import Standing


class Offers(Protocol):
    """What is needed of the stored offers."""

    async def get_many(self, ids: Iterable[str]) -> dict[str, Offer]: ...
    async def find(
        self, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int
    ) -> list[tuple[str, Offer]]: ...


class Distributions(Protocol):
    """What is needed of the stored co-distributions."""

    async def get_many(self, ids: Iterable[str]) -> dict[str, Distribution]: ...
    async def find(
        self, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int
    ) -> list[tuple[str, Distribution]]: ...


class Pallets(Protocol):
    """What is needed of the stored pallets."""

    async def get_many(self, ids: Iterable[str]) -> dict[str, Pallet]: ...
    async def find(
        self, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int
    ) -> list[tuple[str, Pallet]]: ...


class Standings(Protocol):
    """What is needed of the stored standings."""

    async def get_many(self, ids: Iterable[str]) -> dict[str, Standing]: ...


class Shops:
    """Offers by id, whoever sells them. `find` knows the stored ones only: ListDistributions finds the others."""

    def __init__(self, offers: Offers, distributions: Distributions, pallets: Pallets, standings: Standings) -> None:
        self._offers = offers
        self._distributions = distributions
        self._pallets = pallets
        self._standings = standings
        self.find = offers.find

    async def get(self, id: str) -> Offer | None:
        """One offer by its id."""
        return (await self.get_many((id,))).get(id)

    async def get_many(self, ids: Iterable[str]) -> dict[str, Offer]:
        """The offers with these ids, those that exist; where both kinds have an id, it is the stored one's."""
        wanted = list(ids)
        found = await self._offers.get_many(wanted)
        if len(found) == len(wanted):
            return found
        missing = [id for id in wanted if id not in found]
        made = await self.co_offers(await self._distributions.get_many(missing))
        return {**found, **made}

    async def co_offers(self, distributions: Mapping[str, Distribution]) -> dict[str, CoOffer]:
        """What these co-distributions are at the moment, those whose leader's offer exists."""
        if not distributions:
            return {}
        all = distributions.values()
        pallets = await self._pallets.get_many({one.pallet_id for one in all})
        offers = await self._offers.get_many({one.leader_offer_id for one in all})
        standings = await self._standings.get_many({one.leader_id for one in all} | {one.supplier_id for one in all})
        return {
            id: co_offer(
                one, pallets[one.pallet_id], offers[one.leader_offer_id], standings.get(one.leader_id),
                standings.get(one.supplier_id),
            )
            for id, one in distributions.items()
            if one.pallet_id in pallets and one.leader_offer_id in offers
        }  # fmt: skip
