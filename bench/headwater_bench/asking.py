"""Asking look-ups: a method of a server under load, the bare server beside it, and offers to be asked for."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

import grpc

from headwater.contracts.base import Message, OfferId, SupplierId
from headwater.contracts.catalog import ListOffer, OfferListed, PriceRange, Sku
from headwater.contracts.topics import CATALOG_OFFER_EVENTS
from headwater.rpc import channel
from headwater_bench import echo
from headwater_bench.grounds import Grounds
from headwater_bench.load import records, sku
from headwater_cli.ports import LOOPBACK

SKUS, SKUS_PER_OFFER, OFFERS_PER_SUPPLIER = 1000, 5, 10
IN_FLIGHT = 16
DIFFERENT = 500
"""So many different requests, asked in turn."""
CATALOG = "headwater.catalog.v1.Catalog"
Call = grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Asked:
    """A method of a server, and the requests to it."""

    port: int
    service: str
    method: str
    requests: Sequence[bytes]

    async def answers(self, count: int) -> list[int]:
        """The sizes of so many answers in bytes, asked for 16 at a time."""
        sizes: list[int] = []
        turns = iter(range(count))
        async with channel(f"{LOOPBACK}:{self.port}") as open_channel:
            await open_channel.channel_ready()
            call: Call = open_channel.unary_unary(f"/{self.service}/{self.method}")

            async def ask() -> None:
                for turn in turns:
                    sizes.append(len(await call(self.requests[turn % len(self.requests)], timeout=10)))

            await asyncio.gather(*(ask() for _ in range(IN_FLIGHT)))
        return sizes

    async def rate(self, count: int) -> float:
        """Answers per second."""
        started = time.perf_counter()
        await self.answers(count)
        return count / (time.perf_counter() - started)


async def echo_of(asked: Asked, port: int) -> Asked:
    """The bare server at this port, asked for answers of the same size."""
    size = round(statistics.median(await asked.answers(DIFFERENT)))
    return Asked(port, echo.SERVICE, str(size), asked.requests)


async def list_offers(here: Grounds) -> None:
    """Have the catalog list offers of all the SKUs."""
    offers = [_offer(number) for number in range(SKUS // SKUS_PER_OFFER)]
    async with here.arrivals(CATALOG_OFFER_EVENTS) as arrivals:
        await here.publish(await records(here.producer, offers))
        await arrivals.until(OfferListed.TYPE, len(offers))


def _offer(number: int) -> Message:
    ids = [sku(number * SKUS_PER_OFFER + place) for place in range(SKUS_PER_OFFER)]
    supplier_id = SupplierId(f"sup-{number // OFFERS_PER_SUPPLIER}")
    return ListOffer(
        offer_id=OfferId(f"off-{number:06d}"), supplier_id=supplier_id, subject="Linen shirt",
        subject_zh="亚麻衬衫", currency="CNY", min_order_quantity=2,
        price_ranges=(
            PriceRange(start_quantity=2, price_fen=1999), PriceRange(start_quantity=20, price_fen=1799),
            PriceRange(start_quantity=200, price_fen=1599),
        ),
        skus=tuple(Sku(sku_id=id, colour="white", size=f"{36 + place}") for place, id in enumerate(ids)),
    )  # fmt: skip
