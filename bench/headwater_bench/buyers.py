"""Buyers in a closed loop: each asks for the hot SKU, waits for the answer, and asks again at once."""

from __future__ import annotations

import time
from collections import Counter

from headwater.contracts.logistics import StockRefused, StockReserved
from headwater.contracts.topics import GATEWAY_REPLIES
from headwater_bench.grounds import Grounds
from headwater_bench.load import records, reservations

ANSWERS = (StockReserved.TYPE, StockRefused.TYPE)


async def buy(here: Grounds, buyers: int, count: int, sku_number: int = 0) -> tuple[float, Counter[str]]:
    """`count` reservations of one piece, `buyers` at a time: answers per second, and how many of each type came."""
    load = await records(here.producer, reservations(count, 1, first=sku_number))
    answers: Counter[str] = Counter()
    asked = min(buyers, count)
    async with here.arrivals(GATEWAY_REPLIES) as arrivals:
        started = time.perf_counter()
        await here.publish(load[:asked])
        async for replies in arrivals.of(ANSWERS, count):
            answers.update(dict(reply.headers)["ce_type"].decode() for reply in replies)
            again = load[asked : asked + len(replies)]
            asked += len(again)
            await here.publish(again)
        return count / (time.perf_counter() - started), answers
