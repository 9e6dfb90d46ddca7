"""`bench latency`: how long an order takes from placed to confirmed at 50 orders/s, beside a raw Kafka round trip.

The load is open: each order has its time to be sent, by a Poisson process, and its latency runs from that time, even
if it was sent later. So a stall is counted for every order that it kept waiting. The raw round trip is the same record
at the same times, produced with `acks=all` and read back from one topic by the same consumer, with nothing between.

An order makes four such trips in a row, and three transactions whose commit waits for the disk. A commit takes 2.2 ms
when nothing else runs: two answers of the store of 0.8 to 1 ms each, of which the disk takes 0.34, and the hand-over to
the driver's thread (2 cores, 2026-11-26, the raw trip 1.7 ms). That is 13.4 ms, or 8 trips, before a line of ours runs.
The rest is waiting: for a core, since a commit takes twice as long while all five processes run, and for the batch in
hand.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from itertools import accumulate, chain

from headwater.contracts.orders import OrderConfirmed, PlaceOrder
from headwater.contracts.topics import ORDER_EVENTS, Topic
from headwater.producer import Record
from headwater_bench.grounds import Arrivals, Grounds, grounds
from headwater_bench.journey import SKUS, start_ours
from headwater_bench.load import orders, records
from headwater_bench.plot import Lines
from headwater_bench.report import Comparison, Report, interleave

ORDERS_PER_S = 50
RAW = Topic("raw.round-trip.v1")
P50_GOAL, P99_GOAL = 8.0, 12.0
SHARES = (1, *range(5, 100, 5), 99)
Latencies = list[float]
"""Of one round, in ms, the shortest first."""


async def latency(quick: bool = False) -> Report:
    """p50 and p99 of a confirmation, ours and raw, in milliseconds."""
    seconds, rounds = (5, 1) if quick else (20, 3)
    async with grounds([RAW]) as here:
        await start_ours(here, SKUS)

        async def ours() -> Latencies:
            load = await records(here.producer, orders(ORDERS_PER_S * seconds, SKUS))
            return await _latencies(here, load, ORDER_EVENTS, OrderConfirmed.TYPE)

        async def raw() -> Latencies:
            load = await records(here.producer, orders(ORDERS_PER_S * seconds, SKUS), RAW.name)
            return await _latencies(here, load, RAW.name, PlaceOrder.TYPE)

        sides = {"ours": ours, "raw": raw}
        found = await interleave(
            "latency", sides, rounds, tell=lambda ms: f"p50 {at(ms, 50):.1f} ms p99 {at(ms, 99):.1f} ms"
        )
    p50, p99 = (
        [(at(ours, share), at(raw, share)) for ours, raw in zip(found["ours"], found["raw"], strict=True)]
        for share in (50, 99)
    )
    return Report(
        "latency",
        [
            Comparison("p50_ratio", "a raw Kafka round trip, p50", "ms", P50_GOAL, p50, better="lower"),
            Comparison("p99_ratio", "a raw Kafka round trip, p99", "ms", P99_GOAL, p99, better="lower"),
        ],
        Lines("From placed to confirmed", "percent of the orders", "ms", _curves(found), log_y=True),
        here.parts,
        more={"orders_per_s": ORDERS_PER_S, "seconds": seconds},
    )


def _curves(found: Mapping[str, Sequence[Latencies]]) -> dict[str, list[tuple[float, float]]]:
    """The latency that so many percent do not exceed, over all rounds."""
    pooled = {name: sorted(chain.from_iterable(rounds)) for name, rounds in found.items()}
    return {name: [(share, at(all, share)) for share in SHARES] for name, all in pooled.items()}


def at(latencies: Latencies, percent: float) -> float:
    """The latency that so many percent do not exceed."""
    return latencies[min(int(len(latencies) * percent / 100), len(latencies) - 1)]


async def _latencies(here: Grounds, load: Sequence[Record], topic: str, type_name: str) -> Latencies:
    loop = asyncio.get_running_loop()
    async with here.arrivals(topic) as arrivals:
        start = loop.time() + 0.1
        due = {record.key: start + after_s for record, after_s in zip(load, _schedule(len(load)), strict=True)}
        sending = asyncio.create_task(_send(here, load, due))
        came = await _confirmed(arrivals, type_name, due)
        await sending
    return sorted(1000 * (came[key] - due[key]) for key in due)


async def _send(here: Grounds, load: Sequence[Record], due: dict[bytes, float]) -> None:
    """Send each at its time, whether or not those before it have arrived."""
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as sends:
        for record in load:
            await asyncio.sleep(due[record.key] - loop.time())
            sends.create_task(here.producer.send(record))


async def _confirmed(arrivals: Arrivals, type_name: str, due: dict[bytes, float]) -> dict[bytes, float]:
    """When each order's answer came, by the order's id."""
    came: dict[bytes, float] = {}
    async for confirmed in arrivals.of([type_name], len(due)):
        now = asyncio.get_running_loop().time()
        came.update((record.key, now) for record in confirmed)
    return came


def _schedule(count: int) -> list[float]:
    """Seconds from the start: the gaps of a Poisson process, the same in every round."""
    chance = random.Random(1)
    return list(accumulate(chance.expovariate(ORDERS_PER_S) for _ in range(count)))
