"""`bench journey`: orders from placed to confirmed through the two real services, beside the raw loop and a tutorial's.

Ours: `PlaceOrder` on the orders inbox -> stock asked and held by logistics -> `OrderConfirmed`. The clock runs from the
first record published until the last confirmation is on its topic. The raw loop moves the same messages and documents;
the tutorial's service does the same message by message.
"""

from __future__ import annotations

import time
from asyncio.subprocess import Process
from functools import partial
from random import Random
from uuid import uuid4

from headwater.contracts.base import Message
from headwater.contracts.logistics import StockChanged
from headwater.contracts.orders import OrderConfirmed, PlaceOrder
from headwater.contracts.topics import ORDER_EVENTS, ORDER_INBOX, STOCK_EVENTS, Topic
from headwater.producer import Record
from headwater_bench.baselines import message_by_message as tutorial
from headwater_bench.grounds import Grounds, grounds
from headwater_bench.load import PLENTY, orders, receipts, records, sku
from headwater_bench.plot import Bars
from headwater_bench.report import Comparison, Report, err, interleave, medians, per_s
from headwater_bench.samples import EVENTS, ORDERS_INBOX, REPLIES, STOCK_INBOX, write_samples

SKUS = 1000
RAW_GOAL, TIMES_GOAL = 0.8, 20.0
RAW_TOPICS = tuple(Topic(name) for name in (ORDERS_INBOX, STOCK_INBOX, EVENTS, REPLIES))
TUTORIAL_TOPICS = tuple(Topic(name) for name in tutorial.TOPICS)


async def journey(quick: bool = False) -> Report:
    """Orders per second from placed to confirmed: ours, raw, and message by message."""
    count, rounds = (1000, 1) if quick else (5000, 3)
    async with grounds((*RAW_TOPICS, *TUTORIAL_TOPICS)) as here:
        await start_ours(here, SKUS)
        await start_raw(here)
        await _start_tutorial(here)
        sides = {
            "ours": partial(rate, here, count, SKUS),
            "raw": partial(raw_rate, here, count, SKUS),
            "baseline": partial(rate, here, count // 10, SKUS, tutorial.PLACE, tutorial.CONFIRMED),
        }
        found = await interleave("journey", sides, rounds, per_s)
    beside_raw = [*zip(found["ours"], found["raw"], strict=True)]
    beside_baseline = [*zip(found["ours"], found["baseline"], strict=True)]
    return Report(
        "journey",
        [
            Comparison("raw_ratio", "the raw loop", "orders/s", RAW_GOAL, beside_raw),
            Comparison(
                "times_baseline", "a tutorial's service, message by message", "orders/s", TIMES_GOAL, beside_baseline
            ),
        ],
        Bars("Orders from placed to confirmed", "orders/s", medians(found)),
        here.parts,
        more={"orders": count, "skus": SKUS},
    )


async def start_ours(here: Grounds, skus: int) -> None:
    """Run the two services, with goods for so many SKUs."""
    await here.start_service("orders")
    await here.start_service("logistics")
    await stock_up(here, skus)


async def start_raw(here: Grounds) -> list[Process]:
    """Run the raw loop's two processes."""
    files = write_samples(here.logs)
    return [await here.start("headwater_bench.raw", inbox, str(file)) for inbox, file in files.items()]


async def stock_up(here: Grounds, skus: int) -> None:
    """Bring goods for so many SKUs in, and wait until they are there."""
    err.print(f"receiving goods for {skus} SKUs")
    load = await records(here.producer, receipts(skus, uuid4().hex[:8]))
    async with here.arrivals(STOCK_EVENTS) as arrivals:
        await here.publish(load)
        await arrivals.until(StockChanged.TYPE, skus)


async def rate(
    here: Grounds, count: int, skus: int, inbox: str = ORDER_INBOX, events: str = ORDER_EVENTS,
    chance: Random | None = None,
) -> float:  # fmt: skip
    """Orders per second, from the first one published to the last one confirmed."""
    return await _rate(here, await records(here.producer, orders(count, skus, chance), inbox), events)


async def raw_rate(here: Grounds, count: int, skus: int) -> float:
    """The same through the raw loop."""
    return await _rate(here, await records(here.producer, orders(count, skus), ORDERS_INBOX, subject=_sku_of), EVENTS)


async def _rate(here: Grounds, load: list[Record], topic: str) -> float:
    async with here.arrivals(topic) as arrivals:
        started = time.perf_counter()
        await here.publish(load)
        await arrivals.until(OrderConfirmed.TYPE, len(load))
        return len(load) / (time.perf_counter() - started)


async def _start_tutorial(here: Grounds) -> None:
    stock = [{"_id": sku(number), "on_hand": PLENTY, "held": 0} for number in range(SKUS)]
    await here.database(tutorial.DATABASE)[tutorial.STOCK].insert_many(stock)
    for name in ("orders", "logistics"):
        await here.start("headwater_bench.baselines.message_by_message", name)


def _sku_of(message: Message) -> str:
    assert isinstance(message, PlaceOrder)
    return message.lines[0].sku_id
