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
from headwater_bench.report import Report, compare, err
from headwater_bench.samples import EVENTS, ORDERS_INBOX, REPLIES, STOCK_INBOX, write_samples

SKUS = 1000
RAW_TOPICS = tuple(Topic(name) for name in (ORDERS_INBOX, STOCK_INBOX, EVENTS, REPLIES))


async def journey(count: int = 5000, rounds: int = 3, goal: float = 0.5) -> Report:
    """Orders per second from placed to confirmed, ours and raw."""
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

        report = await compare("journey", "orders/s", goal, ours, raw, rounds)
        report.more.update(orders_per_s=round(report.ours, 1), raw_per_s=round(report.reference, 1), orders=count)
        return report


async def stock_up(here: Grounds, skus: int) -> None:
    """Bring goods for so many SKUs in, and wait until they are there."""
    err.print(f"receiving goods for {skus} SKUs")
    load = await records(here.producer, receipts(skus, uuid4().hex[:8]))
    async with here.counting(STOCK_EVENTS) as counting:
        await here.publish(load)
        await counting.until(StockChanged.TYPE, skus)


async def _rate(here: Grounds, load: list[Record], topic: str, count: int) -> float:
    async with here.counting(topic) as counting:
        started = time.perf_counter()
        await here.publish(load)
        await counting.until(OrderConfirmed.TYPE, count)
        return count / (time.perf_counter() - started)


def _sku_of(message: Message) -> str:
    assert isinstance(message, PlaceOrder)
    return message.lines[0].sku_id
