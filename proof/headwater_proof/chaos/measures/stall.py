"""A poison message holds up what stands behind it in its partition for one second at most.

The stall is how much longer the slowest message behind any poison took than the others usually do.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from itertools import cycle
from random import Random

from headwater.contracts.logistics import ReserveStock, StockRefused, StockReserved
from headwater.contracts.orders import OrderPlaced, PlaceOrder
from headwater.contracts.topics import ORDER_EVENTS, ORDER_INBOX, STOCK_INBOX, dlq_of
from headwater.producer import Producer, Record
from headwater_proof.chaos.groups import PARTITIONS
from headwater_proof.chaos.measures.measured import Measured, spread
from headwater_proof.chaos.poison import ANYWHERE, INBOX_ONLY, publish
from headwater_proof.chaos.recovery import percentile
from headwater_proof.chaos.round import Running, Say, observed
from headwater_proof.chaos.striking import Struck
from headwater_proof.evidence import Evidence
from headwater_proof.evidence import Record as Stored

BOUND_MS = 1000
EVERY_S, SECONDS, PER_SECOND = 0.7, 60.0, 15.0
BEHIND_MS = 1500
"""Whatever came into the partition so long after a poison message may have waited for it."""
Wait = tuple[int, int, int]
"""Partition, when a message came in, and how long until what follows from it was published, in milliseconds."""


async def measure(seed: int, say: Say) -> Measured:
    """Poison of every kind into the two busiest inboxes, one at a time, while orders flow."""

    async def poison(running: Running) -> list[Struck]:
        chance, kinds = Random(seed), cycle(sorted((ANYWHERE | INBOX_ONLY).items()))
        producer = Producer(running.stage.kafka, "chaos")
        for number in range(int(SECONDS / EVERY_S)):
            await asyncio.sleep(EVERY_S)
            topic, (_, make) = (ORDER_INBOX, STOCK_INBOX)[number % 2], next(kinds)
            key, value, headers = make(chance)
            record = Record(topic, chance.randrange(PARTITIONS[topic]), key, value, headers)  # type: ignore[arg-type]
            await publish(producer, running.stage.kafka, [record])
        await producer.stop()
        return []

    outcome, found = await observed(seed, SECONDS, say, poison, PER_SECOND)
    behind, others = _split(found)
    dead = sum(len(found.records[dlq_of(topic)]) for topic in (ORDER_INBOX, STOCK_INBOX))
    stall = max(behind, default=0) - percentile(others, 0.5)
    figures = {"bound_ms": BOUND_MS, "stall_ms": stall, "poison": dead, "messages_behind": len(behind),
               "behind_poison_ms": spread(behind), "others_ms": spread(others)}  # fmt: skip
    return Measured("stall", figures, bool(behind) and stall <= BOUND_MS, outcome.violations)


def _split(found: Evidence) -> tuple[list[int], list[int]]:
    """How long messages behind poison waited, and how long the others."""
    behind: list[int] = []
    others: list[int] = []
    for topic, waits in ((ORDER_INBOX, _placings(found)), (STOCK_INBOX, _reservations(found))):
        poisoned = _poisoned(found, topic)
        for partition, at, wait in waits:
            near = any(p == partition and 0 <= at - then <= BEHIND_MS for p, then in poisoned)
            (behind if near else others).append(wait)
    return behind, others


def _poisoned(found: Evidence, topic: str) -> list[tuple[int, int]]:
    """Partition and time of each record of an inbox that became a dead letter."""
    letters = [dict(letter.headers) for letter in found.records[dlq_of(topic)]]
    dead = {(int(letter["dlq_partition"]), int(letter["dlq_offset"])) for letter in letters}
    return [(one.partition, one.timestamp) for one in found.records[topic] if (one.partition, one.offset) in dead]


def _placings(found: Evidence) -> Iterator[Wait]:
    told = {one.key: one.timestamp for one in reversed(_of(found, ORDER_EVENTS, OrderPlaced.TYPE))}
    for one in _of(found, ORDER_INBOX, PlaceOrder.TYPE):
        if one.key in told:
            yield one.partition, one.timestamp, max(0, told[one.key] - one.timestamp)


def _reservations(found: Evidence) -> Iterator[Wait]:
    answers = [*_of(found, ORDER_INBOX, StockReserved.TYPE), *_of(found, ORDER_INBOX, StockRefused.TYPE)]
    told = {(one.key, _field(one, "sku_id")): one.timestamp for one in answers}
    for one in _of(found, STOCK_INBOX, ReserveStock.TYPE):
        place = (_field(one, "order_id").encode(), _field(one, "sku_id"))
        if place in told:
            yield one.partition, one.timestamp, max(0, told[place] - one.timestamp)


def _of(found: Evidence, topic: str, type_name: str) -> list[Stored]:
    return [one for one in found.records[topic] if dict(one.headers).get("ce_type") == type_name.encode()]


def _field(one: Stored, name: str) -> str:
    return str(json.loads(one.value or b"{}").get(name))
