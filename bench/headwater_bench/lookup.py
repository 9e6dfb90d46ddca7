"""`bench lookup`: the two look-ups that an order page asks most, beside a bare grpc.aio server.

`QuoteBasket` of 5 lines from the catalog, `GetStock` from logistics, each as their services answer it: from memory, for
all was asked for before, and with what it costs to read it again from the store before it is too old. The bare server
gets the same requests and answers as many bytes with nothing done. Both are called through the same channel with bytes
that are made before the clock starts and not read afterwards, 16 calls in flight.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import grpc

from headwater.contracts.base import Message, OfferId, SupplierId
from headwater.contracts.catalog import ListOffer, OfferListed, PriceRange, Sku
from headwater.contracts.topics import CATALOG_OFFER_EVENTS
from headwater.rpc import channel
from headwater.stubs.catalog.v1 import catalog_pb2
from headwater.stubs.logistics.v1 import logistics_pb2
from headwater_bench import echo
from headwater_bench.grounds import Grounds, grounds
from headwater_bench.journey import stock_up
from headwater_bench.load import records, sku
from headwater_bench.plot import Bars
from headwater_bench.report import Comparison, Report, interleave, medians, per_s
from headwater_cli.ports import LOOPBACK, free_ports

SKUS, SKUS_PER_OFFER = 1000, 5
LINES = 5
IN_FLIGHT = 16
GOAL = 0.7
DIFFERENT = 500
"""So many different requests, asked in turn."""
Call = grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]
CATALOG, LOGISTICS = "headwater.catalog.v1.Catalog", "headwater.logistics.v1.Logistics"


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


async def lookup(quick: bool = False) -> Report:
    """Look-ups per second, ours and bare."""
    count, rounds = (500, 1) if quick else (1500, 7)
    async with grounds() as here:
        catalog = await here.start_service("catalog")
        logistics = await here.start_service("logistics")
        await stock_up(here, SKUS)
        await _list_offers(here)
        (bare,) = free_ports(1)
        await here.start("headwater_bench.echo", str(bare))
        ours = {
            "quote": Asked(catalog.grpc, CATALOG, "QuoteBasket", _baskets()),
            "stock": Asked(logistics.grpc, LOGISTICS, "GetStock", _skus()),
        }
        sides = {}
        for name, asked in ours.items():
            sides[name] = partial(asked.rate, count)
            sides[f"{name}-echo"] = partial((await _echo_of(asked, bare)).rate, count)
        found = await interleave("lookup", sides, rounds, per_s)
    quote, stock = ([*zip(found[name], found[f"{name}-echo"], strict=True)] for name in ours)
    comparisons = [
        Comparison("quote_ratio", "a bare gRPC echo, `QuoteBasket` of 5 lines", "look-ups/s", GOAL, quote),
        Comparison("stock_ratio", "a bare gRPC echo, `GetStock`", "look-ups/s", GOAL, stock),
    ]
    plot = Bars("Look-ups, 16 in flight", "look-ups/s", medians(found))
    more = {"look_ups": count, "in_flight": IN_FLIGHT, "lines": LINES}
    return Report("lookup", comparisons, plot, here.parts, more=more)


async def _echo_of(asked: Asked, port: int) -> Asked:
    size = round(statistics.median(await asked.answers(DIFFERENT)))
    return Asked(port, echo.SERVICE, str(size), asked.requests)


async def _list_offers(here: Grounds) -> None:
    offers = [_offer(number) for number in range(SKUS // SKUS_PER_OFFER)]
    async with here.arrivals(CATALOG_OFFER_EVENTS) as arrivals:
        await here.publish(await records(here.producer, offers))
        await arrivals.until(OfferListed.TYPE, len(offers))


def _offer(number: int) -> Message:
    ids = [sku(number * SKUS_PER_OFFER + place) for place in range(SKUS_PER_OFFER)]
    return ListOffer(
        offer_id=OfferId(f"off-{number:06d}"), supplier_id=SupplierId(f"sup-{number % 20}"), subject="Linen shirt",
        subject_zh="亚麻衬衫", currency="CNY", min_order_quantity=2,
        price_ranges=(
            PriceRange(start_quantity=2, price_fen=1999), PriceRange(start_quantity=20, price_fen=1799),
            PriceRange(start_quantity=200, price_fen=1599),
        ),
        skus=tuple(Sku(sku_id=id, colour="white", size=f"{36 + place}") for place, id in enumerate(ids)),
    )  # fmt: skip


def _baskets() -> list[bytes]:
    chance = random.Random(1)
    baskets = (chance.sample(range(SKUS), LINES) for _ in range(DIFFERENT))
    return [
        catalog_pb2.QuoteBasketRequest(
            lines=[catalog_pb2.BasketLine(sku_id=sku(number), quantity=chance.randint(2, 300)) for number in basket]
        ).SerializeToString()
        for basket in baskets
    ]


def _skus() -> list[bytes]:
    chance = random.Random(1)
    numbers = [chance.randrange(SKUS) for _ in range(DIFFERENT)]
    return [logistics_pb2.GetStockRequest(sku_id=sku(number)).SerializeToString() for number in numbers]
