"""`bench journey`: orders from placed to confirmed through the two real services, beside the raw loop.

Ours: `PlaceOrder` on the orders inbox -> stock asked and held by logistics -> `OrderConfirmed`. The clock runs from the
first record published until the last confirmation is on its topic. The raw loop moves the same messages and documents.
"""

from __future__ import annotations

import time
from uuid import uuid4

from headwater.contracts.base import Message
from headwater.contracts.logistics import StockChanged
from headwater.contracts.orders import OrderConfirmed, PlaceOrder
from headwater.contracts.topics import ORDER_EVENTS, STOCK_EVENTS, Topic
from headwater.producer import Record
from headwater_bench.grounds import Grounds, grounds
from headwater_bench.load import orders, receipts, records
from headwater_bench.report import Comparison, Report, err, interleave, per_s
from headwater_bench.samples import EVENTS, ORDERS_INBOX, REPLIES, STOCK_INBOX, write_samples

SKUS = 1000
RAW_GOAL = 0.8
RAW_TOPICS = tuple(Topic(name) for name in (ORDERS_INBOX, STOCK_INBOX, EVENTS, REPLIES))


async def journey(quick: bool = False) -> Report:
    """Orders per second from placed to confirmed, ours and raw."""
    count, rounds = (1000, 1) if quick else (5000, 3)
    async with grounds(RAW_TOPICS) as here:
        await here.start_service("orders")
        await here.start_service("logistics")
        await stock_up(here, SKUS)
        for inbox, file in write_samples(here.logs).items():
            await here.start("headwater_bench.raw", inbox, str(file))

        async def ours() -> float:
            load = await records(here.producer, orders(count, SKUS))
            return await _rate(here, load, ORDER_EVENTS, count)

        async def raw() -> float:
            messages = orders(count, SKUS)
            load = await records(here.producer, messages, ORDERS_INBOX, subject=_sku_of)
            return await _rate(here, load, EVENTS, count)

        found = await interleave("journey", {"ours": ours, "raw": raw}, rounds, per_s)
        beside_raw = Comparison("raw_ratio", "orders/s", RAW_GOAL, [*zip(found["ours"], found["raw"], strict=True)])
        return Report("journey", [beside_raw], more={"orders": count, "skus": SKUS})


async def stock_up(here: Grounds, skus: int) -> None:
    """Bring goods for so many SKUs in, and wait until they are there."""
    err.print(f"receiving goods for {skus} SKUs")
    load = await records(here.producer, receipts(skus, uuid4().hex[:8]))
    async with here.arrivals(STOCK_EVENTS) as arrivals:
        await here.publish(load)
        await arrivals.until(StockChanged.TYPE, skus)


async def _rate(here: Grounds, load: list[Record], topic: str, count: int) -> float:
    async with here.arrivals(topic) as arrivals:
        started = time.perf_counter()
        await here.publish(load)
        await arrivals.until(OrderConfirmed.TYPE, count)
        return count / (time.perf_counter() - started)


def _sku_of(message: Message) -> str:
    assert isinstance(message, PlaceOrder)
    return message.lines[0].sku_id
