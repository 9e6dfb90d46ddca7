"""`bench scale`: what a second member of each group brings us, beside what it brings plain consumers.

Both are measured with one member and with two, in turn: our two services, and the raw loop's two plain aiokafka
consumers with the same writes and sends. A second member is started for its measurement, gets its partitions and some
orders to warm up, and is stopped afterwards. With as few cores as processes, neither can gain: then the ratio says
whether a second member costs us more than it costs them.
"""

from __future__ import annotations

from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

from headwater_bench.grounds import Grounds, grounds
from headwater_bench.journey import RAW_TOPICS, SKUS, rate, raw_rate, start_ours, start_raw
from headwater_bench.plot import Bars
from headwater_bench.raw import group_of
from headwater_bench.report import Comparison, Measure, Report, interleave, medians, per_s
from headwater_bench.samples import ORDERS_INBOX, STOCK_INBOX

GOAL = 0.9
SERVICES = ("orders", "logistics")
GROUPS = ("orders.order", "logistics.stock")
RAW_GROUPS = (group_of(ORDERS_INBOX), group_of(STOCK_INBOX))
WARM_UP = 300
"""Orders that a second member gets before the clock starts."""
Start = Callable[[], Awaitable[Sequence[Process]]]


async def scale(quick: bool = False) -> Report:
    """How many times as fast two members are as one, ours and raw."""
    count, rounds = (1000, 1) if quick else (5000, 3)
    async with grounds(RAW_TOPICS) as here:
        await start_ours(here, SKUS)
        await start_raw(here)
        ours, raw = partial(rate, here, skus=SKUS), partial(raw_rate, here, skus=SKUS)
        sides: dict[str, Measure[float]] = {
            "ours-1": partial(ours, count=count),
            "raw-1": partial(raw, count=count),
            "ours-2": _by_two(here, ours, count, GROUPS, partial(_second_members, here)),
            "raw-2": _by_two(here, raw, count, RAW_GROUPS, partial(start_raw, here)),
        }
        found = await interleave("scale", sides, rounds, per_s)
    gains = [
        (ours_2 / ours_1, raw_2 / raw_1)
        for ours_1, raw_1, ours_2, raw_2 in zip(*(found[s] for s in sides), strict=True)
    ]
    rates = {name: [round(one) for one in rates] for name, rates in found.items()}
    comparison = Comparison("gain_ratio", "plain consumers", "times as fast with 2 members", GOAL, gains)
    plot = Bars("Orders with 1 and 2 members of each group", "orders/s", medians(found))
    return Report("scale", [comparison], plot, here.parts, more={"orders": count, "per_s": rates})


def _by_two(
    here: Grounds, measured: Callable[..., Awaitable[float]], count: int, groups: Sequence[str], start: Start
) -> Measure[float]:
    async def measure() -> float:
        async with _second(here, groups, start):
            await measured(count=WARM_UP)
            return await measured(count=count)

    return measure


@asynccontextmanager
async def _second(here: Grounds, groups: Sequence[str], start: Start) -> AsyncIterator[None]:
    """A second member in each group for the time being."""
    started = await start()
    try:
        await here.until_members(groups, 2)
        yield
    finally:
        await here.stop(started)
        await here.until_members(groups, 1)


async def _second_members(here: Grounds) -> list[Process]:
    return [(await here.start_service(name)).process for name in SERVICES]
