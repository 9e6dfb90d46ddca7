"""`bench quote`: a basket of 50 lines, priced and sealed for a buyer, beside a bare grpc.aio server.

50 SKUs of 10 offers of one or two suppliers, each offer with its ladder and the buyer with its terms looked up, as
the catalog answers it: from memory, for all was asked for before. The bare server gets the same requests and answers
as many bytes with nothing done. Both are called through the same channel with bytes that are made before the clock
starts and not read afterwards, 16 calls in flight.
"""

from __future__ import annotations

import random
from functools import partial

from headwater.stubs.catalog.v1 import catalog_pb2
from headwater_bench.asking import CATALOG, DIFFERENT, IN_FLIGHT, SKUS, SKUS_PER_OFFER, Asked, echo_of, list_offers
from headwater_bench.grounds import grounds
from headwater_bench.load import sku
from headwater_bench.plot import Bars
from headwater_bench.report import Comparison, Report, interleave, medians, per_s
from headwater_cli.ports import free_ports

LINES = 50
GOAL = 0.5


async def quote(quick: bool = False) -> Report:
    """Quotes per second, ours and bare."""
    count, rounds = (200, 1) if quick else (1000, 7)
    async with grounds() as here:
        catalog = await here.start_service("catalog")
        await list_offers(here)
        (bare,) = free_ports(1)
        await here.start("headwater_bench.echo", str(bare))
        ours = Asked(catalog.grpc, CATALOG, "QuoteBasket", _baskets())
        sides = {"ours": partial(ours.rate, count), "echo": partial((await echo_of(ours, bare)).rate, count)}
        found = await interleave("quote", sides, rounds, per_s)
    rate = [*zip(found["ours"], found["echo"], strict=True)]
    comparison = Comparison("ratio", "a bare gRPC echo, `QuoteBasket` of 50 lines", "quotes/s", GOAL, rate)
    plot = Bars("Quotes of 50 lines, 16 in flight", "quotes/s", medians(found))
    more = {"quotes": count, "in_flight": IN_FLIGHT, "lines": LINES}
    return Report("quote", [comparison], plot, here.parts, more=more)


def _baskets() -> list[bytes]:
    chance = random.Random(1)
    return [_basket(chance) for _ in range(DIFFERENT)]


def _basket(chance: random.Random) -> bytes:
    first = chance.randrange(SKUS // SKUS_PER_OFFER - LINES // SKUS_PER_OFFER + 1) * SKUS_PER_OFFER
    lines = [
        catalog_pb2.BasketLine(sku_id=sku(number), quantity=chance.randint(2, 300))
        for number in range(first, first + LINES)
    ]
    buyer_id = f"shop-{chance.randrange(100)}"
    return catalog_pb2.QuoteBasketRequest(lines=lines, buyer_id=buyer_id).SerializeToString()
