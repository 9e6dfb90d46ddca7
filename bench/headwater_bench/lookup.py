"""`bench lookup`: the two look-ups that an order page asks most, beside a bare grpc.aio server.

`QuoteBasket` of 5 lines from the catalog, `GetStock` from logistics, each as their services answer it: from memory, for
all was asked for before, and with what it costs to read it again from the store before it is too old. The bare server
gets the same requests and answers as many bytes with nothing done. Both are called through the same channel with bytes
that are made before the clock starts and not read afterwards, 16 calls in flight.
"""

from __future__ import annotations

import random
from functools import partial

from headwater.stubs.catalog.v1 import catalog_pb2
from headwater.stubs.logistics.v1 import logistics_pb2
from headwater_bench.asking import CATALOG, DIFFERENT, IN_FLIGHT, SKUS, Asked, echo_of, list_offers
from headwater_bench.grounds import grounds
from headwater_bench.journey import stock_up
from headwater_bench.load import sku
from headwater_bench.plot import Bars
from headwater_bench.report import Comparison, Report, interleave, medians, per_s
from headwater_cli.ports import free_ports

LINES = 5
GOAL = 0.7
LOGISTICS = "headwater.logistics.v1.Logistics"


async def lookup(quick: bool = False) -> Report:
    """Look-ups per second, ours and bare."""
    count, rounds = (500, 1) if quick else (1500, 7)
    async with grounds() as here:
        catalog = await here.start_service("catalog")
        logistics = await here.start_service("logistics")
        await stock_up(here, SKUS)
        await list_offers(here)
        (bare,) = free_ports(1)
        await here.start("headwater_bench.echo", str(bare))
        ours = {
            "quote": Asked(catalog.grpc, CATALOG, "QuoteBasket", _baskets()),
            "stock": Asked(logistics.grpc, LOGISTICS, "GetStock", _skus()),
        }
        sides = {}
        for name, asked in ours.items():
            sides[name] = partial(asked.rate, count)
            sides[f"{name}-echo"] = partial((await echo_of(asked, bare)).rate, count)
        found = await interleave("lookup", sides, rounds, per_s)
    quote, stock = ([*zip(found[name], found[f"{name}-echo"], strict=True)] for name in ours)
    comparisons = [
        Comparison("quote_ratio", "a bare gRPC echo, `QuoteBasket` of 5 lines", "look-ups/s", GOAL, quote),
        Comparison("stock_ratio", "a bare gRPC echo, `GetStock`", "look-ups/s", GOAL, stock),
    ]
    plot = Bars("Look-ups, 16 in flight", "look-ups/s", medians(found))
    more = {"look_ups": count, "in_flight": IN_FLIGHT, "lines": LINES}
    return Report("lookup", comparisons, plot, here.parts, more=more)


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
