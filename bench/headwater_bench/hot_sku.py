"""`bench hot-sku`: reservations on one SKU beside reservations over 1,000 SKUs, through the real logistics service.

All reservations of one SKU in a batch are one write of its stock, so a hot SKU should be as fast as a cold one.
"""

from __future__ import annotations

import time

from headwater.contracts.logistics import StockReserved
from headwater.contracts.topics import GATEWAY_REPLIES
from headwater_bench.grounds import Grounds, grounds
from headwater_bench.journey import stock_up
from headwater_bench.load import records, reservations
from headwater_bench.report import Comparison, Report, interleave, per_s

SKUS = 1000
GOAL = 0.9


async def hot_sku(quick: bool = False) -> Report:
    """Reservations per second on one SKU, and over a thousand."""
    count, rounds = (1000, 1) if quick else (10_000, 3)
    async with grounds() as here:
        await here.start_service("logistics")
        await stock_up(here, SKUS)

        async def hot() -> float:
            return await _rate(here, count, 1)

        async def uniform() -> float:
            return await _rate(here, count, SKUS)

        found = await interleave("hot-sku", {"hot": hot, "uniform": uniform}, rounds, per_s)
        beside = Comparison(
            "uniform_ratio", "reservations/s", GOAL, [*zip(found["hot"], found["uniform"], strict=True)]
        )
        return Report("hot-sku", [beside], more={"reservations": count, "skus": SKUS})


async def _rate(here: Grounds, count: int, skus: int) -> float:
    load = await records(here.producer, reservations(count, skus))
    async with here.arrivals(GATEWAY_REPLIES) as arrivals:
        started = time.perf_counter()
        await here.publish(load)
        await arrivals.until(StockReserved.TYPE, count)
        return count / (time.perf_counter() - started)
