"""The sweeper: whoever is due is woken, by the member that owns it, and not at every sweep."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from aiokafka.errors import KafkaError

from headwater.contracts.base import Wake
from headwater.envelope import decode
from headwater.producer import PublishFailed, partition_of
from headwater.store import StoreAway
from headwater.timers import AGAIN_AFTER, MOST_PATIENCE, Sweeper
from tests.unit.kit.fakes import AWAY, INBOX, NOW, MemoryProducer

DUE = NOW - timedelta(minutes=1)


class Calendar:
    """A store of which only the due dates matter."""

    def __init__(self, **due: datetime) -> None:
        self.due_at = due
        self.failures: list[Exception] = []

    async def now(self) -> datetime:
        """Its clock, which stands still."""
        return NOW

    async def due(self, collection: str, now: datetime, limit: int) -> list[dict[str, Any]]:
        """What is due by now."""
        if self.failures:
            raise self.failures.pop(0)
        found = sorted((at, id) for id, at in self.due_at.items() if at <= now)
        return [{"_id": id, "wake_at": at} for at, id in found[:limit]]


def sweeper(calendar: Calendar, producer: MemoryProducer, owned: str = "") -> Sweeper:
    return Sweeper("jars", INBOX, calendar, producer, lambda key, partitions: key.startswith(owned))  # type: ignore[arg-type]


async def test_what_is_due_is_woken_by_a_message_to_its_own_partition() -> None:
    producer = MemoryProducer({INBOX: 8})
    assert await sweeper(Calendar(jar1=DUE, jar2=NOW + timedelta(seconds=1)), producer).sweep(NOW) == 1
    (record,) = producer.records
    assert (record.topic, record.partition, record.key) == (INBOX, partition_of(b"jar1", 8), b"jar1")
    woken = decode(record.headers, record.value)
    assert woken.message == Wake(id="jar1", due=DUE)
    assert woken.sequence is None, "a wake comes from no lane: twice does no harm"


async def test_members_wake_only_what_they_own() -> None:
    producer = MemoryProducer()
    assert await sweeper(Calendar(mine=DUE, theirs=DUE), producer, owned="mine").sweep(NOW) == 1
    assert producer.records[0].key == b"mine"


async def test_who_was_told_lately_is_not_told_again_at_once() -> None:
    producer = MemoryProducer()
    one = sweeper(Calendar(jar=DUE), producer)
    told = [await one.sweep(NOW + after) for after in (timedelta(0), AGAIN_AFTER / 2, AGAIN_AFTER)]
    assert told == [1, 0, 1]


async def test_who_stays_due_is_told_more_and_more_seldom_since_the_first_message_may_wait_in_a_long_inbox() -> None:
    one = sweeper(Calendar(jar=DUE), MemoryProducer())
    told = [s for s in range(3600) if await one.sweep(NOW + timedelta(seconds=s))]
    assert told[:6] == [0, 5, 15, 35, 75, 155]
    assert max(b - a for a, b in pairwise(told)) == MOST_PATIENCE.total_seconds()


async def test_a_new_time_is_told_at_once() -> None:
    producer, calendar = MemoryProducer(), Calendar(jar=DUE)
    one = sweeper(calendar, producer)
    await one.sweep(NOW)
    calendar.due_at["jar"] = DUE + timedelta(seconds=1)
    assert await one.sweep(NOW) == 1


async def test_what_could_not_be_told_is_told_at_the_next_sweep() -> None:
    producer = MemoryProducer()
    producer.refusals = [AWAY]
    one = sweeper(Calendar(jar=DUE), producer)
    with pytest.raises(PublishFailed):
        await one.sweep(NOW)
    assert await one.sweep(NOW) == 1


async def test_an_inbox_that_is_not_there_yet_delays_the_timers() -> None:
    producer = MemoryProducer({"another": 1})
    one = sweeper(Calendar(jar=DUE), producer)
    assert await one.sweep(NOW) == 0
    producer.topics[INBOX] = 1
    assert await one.sweep(NOW) == 1


@pytest.mark.parametrize("trouble", [StoreAway("away"), AWAY, RuntimeError("a bug"), KafkaError("odd")])
async def test_trouble_delays_the_timers_and_never_ends_them(trouble: Exception) -> None:
    calendar, producer, sweeps = Calendar(jar=datetime(2026, 1, 1, tzinfo=UTC)), MemoryProducer(), 0
    calendar.failures = [trouble]

    async def thrice(every_s: float) -> None:
        nonlocal sweeps
        sweeps += 1
        if sweeps == 3:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await sweeper(calendar, producer).run(0.2, thrice)
    assert len(producer.records) == 1
