"""`bench growth`: what an order costs when 10,000, 100,000 and a million orders and SKUs are stored already.

Each size has a broker, a store and services of its own, so that the sizes can be measured in turn. The stores are
filled with the documents that finished orders leave. New orders choose their SKUs by chance among all that are stored:
with few SKUs the services find most stocks in their memory, with a million hardly any. The fill is given the time of a
checkpoint, or the store would write a million documents to disk while the first rounds are measured.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from random import Random

from headwater_bench.grounds import Grounds, Member, grounds
from headwater_bench.journey import rate
from headwater_bench.plot import Lines
from headwater_bench.report import Comparison, Measure, Report, err, interleave, medians
from headwater_bench.stored import store

SIZES = (10_000, 100_000, 1_000_000)
"""Orders stored, and as many SKUs."""
GOAL = 1.15
SERVICES = ("orders", "logistics")
CHECKPOINT_S = 75
"""The store's checkpoints are a minute apart."""


async def growth(quick: bool = False) -> Report:
    """Milliseconds per order by the number of orders stored, and the memory of each service afterwards."""
    sizes, count, rounds = (SIZES[:2], 1000, 2) if quick else (SIZES, 5000, 5)
    async with AsyncExitStack() as stack:
        places = {size: await stack.enter_async_context(grounds()) for size in sizes}
        members = {size: await _start(here, size) for size, here in places.items()}
        if not quick:
            err.print(f"growth: the stores are filled; {CHECKPOINT_S} s for their checkpoints")
            await asyncio.sleep(CHECKPOINT_S)
        sides = {f"{size}": _cost(here, count, size) for size, here in places.items()}
        costs = await interleave("growth", sides, rounds, lambda ms: f"{ms:.2f} ms/order")
        memory = {size: {name: one.resident_mb() for name, one in members[size].items()} for size in sizes}
    least = costs[f"{sizes[0]}"]
    beside_least = [
        Comparison(
            f"cost_at_{size}",
            f"{sizes[0]:,} stored, with {size:,}",
            "ms/order",
            GOAL,
            [*zip(costs[f"{size}"], least, strict=True)],
            better="lower",
        )
        for size in reversed(sizes[1:])
    ]
    plot = Lines(
        "Cost of an order by what is stored", "orders and SKUs stored", "ms/order",
        {"ours": [(int(size), ms) for size, ms in medians(costs).items()]}, log_x=True,
    )  # fmt: skip
    more = {"orders": count, "resident_mb_by_stored": memory}
    return Report("growth", beside_least, plot, places[sizes[0]].parts, more=more)


async def _start(here: Grounds, size: int) -> dict[str, Member]:
    # The services first: they make the indexes while there is nothing to index yet.
    running = {name: await here.start_service(name) for name in SERVICES}
    await store(here, size)
    return running


def _cost(here: Grounds, count: int, skus: int) -> Measure[float]:
    chance = Random(1)

    async def cost() -> float:
        return 1000 / await rate(here, count, skus, chance=chance)

    return cost
