"""`bench hot-sku`: reservations on one SKU, through the real logistics service.

All reservations of one SKU in a batch are one write of its stock. So a hot SKU should be as fast as 1,000 cold ones,
many times as fast as a compare-and-set per reservation, no slower when more buyers wait, and never oversold.
"""

from __future__ import annotations

import time
from functools import partial

from headwater.contracts.base import WarehouseId
from headwater.contracts.logistics import ReceiveStock, StockChanged, StockReserved
from headwater.contracts.topics import GATEWAY_REPLIES, STOCK_EVENTS, Topic
from headwater_bench.baselines.compare_and_set import COLLECTION, DATABASE, WAREHOUSE, inbox
from headwater_bench.buyers import buy
from headwater_bench.grounds import Grounds, grounds
from headwater_bench.journey import stock_up
from headwater_bench.load import PLENTY, records, reservations, sku
from headwater_bench.plot import Lines
from headwater_bench.report import Comparison, Report, interleave, medians, per_s

SKUS = 1000
UNIFORM_GOAL, TIMES_GOAL, CROWD_GOAL = 0.9, 5.0, 0.95
CONCURRENCIES = (1, 64)
"""How many reservations the compare-and-set service has in hand; the best counts."""
CROWDS = (1, 4, 16, 64, 128, 256, 512)
"""Buyers at a time."""
SCARCE, SCARCE_PIECES = SKUS, 1000
"""The number of a SKU that runs out, and its pieces."""
UNIT = "reservations/s"


async def hot_sku(quick: bool = False) -> Report:
    """Reservations per second on one SKU: beside many SKUs, beside compare-and-set, and by the number of buyers."""
    count, rounds = (1000, 1) if quick else (10_000, 3)
    async with grounds([Topic(inbox(concurrency)) for concurrency in CONCURRENCIES]) as here:
        await here.start_service("logistics")
        await stock_up(here, SKUS)
        await _start_baseline(here)
        one_by_one = {f"cas-{n}": partial(_rate, here, count // 40, 1, inbox(n)) for n in CONCURRENCIES}
        sides = {"hot": partial(_rate, here, count, 1), "uniform": partial(_rate, here, count, SKUS), **one_by_one}
        found = await interleave("hot-sku", sides, rounds, per_s)
        crowds = await _crowds(here, count, rounds)
        never_oversold = await _never_oversold(here)
    best = [max(rates) for rates in zip(*(found[name] for name in one_by_one), strict=True)]
    return Report(
        "hot-sku",
        [
            Comparison(
                "uniform_ratio", "1,000 SKUs", UNIT, UNIFORM_GOAL, [*zip(found["hot"], found["uniform"], strict=True)]
            ),
            Comparison(
                "times_compare_and_set",
                "a compare-and-set each",
                UNIT,
                TIMES_GOAL,
                [*zip(found["hot"], best, strict=True)],
            ),
            Comparison(
                "crowd_share_of_peak",
                "the peak over 1 to 512 buyers, with 512",
                UNIT,
                CROWD_GOAL,
                [(crowds[CROWDS[-1]], max(crowds.values()))],
            ),
        ],
        Lines("One hot SKU", "buyers at a time", UNIT, {"ours": [*crowds.items()]}, log_x=True),
        here.parts,
        claims={"never_oversold": never_oversold},
        more={"reservations": count, "skus": SKUS, "per_s_by_buyers": {n: round(rate) for n, rate in crowds.items()}},
    )


async def _start_baseline(here: Grounds) -> None:
    stock = {"_id": sku(0), "warehouse": WAREHOUSE, "on_hand": PLENTY, "held": 0, "version": 1}
    await here.database(DATABASE)[COLLECTION].insert_one(stock)
    for concurrency in CONCURRENCIES:
        await here.start("headwater_bench.baselines.compare_and_set", str(concurrency))


async def _rate(here: Grounds, count: int, skus: int, topic: str | None = None) -> float:
    load = await records(here.producer, reservations(count, skus), topic)
    async with here.arrivals(GATEWAY_REPLIES) as arrivals:
        started = time.perf_counter()
        await here.publish(load)
        await arrivals.until(StockReserved.TYPE, count)
        return count / (time.perf_counter() - started)


async def _crowds(here: Grounds, most: int, rounds: int) -> dict[int, float]:
    """Reservations per second by the number of buyers, the median over the rounds."""

    async def rate(buyers: int) -> float:
        return (await buy(here, buyers, min(most, 60 * buyers + 40)))[0]

    sides = {str(buyers): partial(rate, buyers) for buyers in CROWDS}
    found = await interleave("hot-sku buyers", sides, rounds, per_s)
    return {int(buyers): rate for buyers, rate in medians(found).items()}


async def _never_oversold(here: Grounds) -> bool:
    """Three times as many reservations as pieces: each piece is held once, and no shelf holds more than it has."""
    receipt = ReceiveStock(
        sku_id=sku(SCARCE), warehouse_id=WarehouseId(WAREHOUSE), pieces=SCARCE_PIECES, receipt_id="scarce"
    )
    async with here.arrivals(STOCK_EVENTS) as arrivals:
        await here.publish(await records(here.producer, [receipt]))
        await arrivals.until(StockChanged.TYPE, 1)
    _, answers = await buy(here, CROWDS[-1], 3 * SCARCE_PIECES, SCARCE)
    stocks = await here.database("logistics")["stock"].find().to_list(None)
    holding = [shelf for stock in stocks for shelf in stock["shelves"].values()]
    return answers[StockReserved.TYPE] == SCARCE_PIECES and all(0 <= s["held"] <= s["on_hand"] for s in holding)
