"""Messages in hand: bounded, and forgotten with their partition."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import TopicPartition

from headwater.sdk.in_flight import InFlight

LANE = TopicPartition("dispatches", 0)
OTHER = TopicPartition("dispatches", 1)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_when_all_hands_are_full_nothing_more_is_taken() -> None:
    in_flight, gate = InFlight(limit=2), asyncio.Event()
    for offset in range(2):
        in_flight.start(LANE, offset, until(gate))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(in_flight.room(), 0.01)
    gate.set()
    assert await in_flight.room() >= 1


async def test_a_lost_partition_is_not_committed_and_its_work_is_let_go() -> None:
    in_flight, gate = InFlight(limit=10), asyncio.Event()
    in_flight.start(LANE, 7, until(gate))
    in_flight.start(OTHER, 3, until(gate))
    in_flight.forget([LANE])
    gate.set()
    await settle()
    assert in_flight.marks() == {OTHER: 4}
    assert len(in_flight) == 0


async def test_a_partition_that_comes_back_begins_at_its_committed_offset() -> None:
    in_flight, gate = InFlight(limit=10), asyncio.Event()
    in_flight.start(LANE, 7, until(gate))
    in_flight.forget([LANE])
    in_flight.start(LANE, 7, until(gate))
    assert in_flight.marks() == {LANE: 7}
    gate.set()
    await settle()
    assert in_flight.marks() == {LANE: 8}


async def test_a_rewound_partition_begins_again_where_it_was_rewound_to() -> None:
    in_flight, gate = InFlight(limit=10), asyncio.Event()
    in_flight.start(LANE, 7, until(gate))
    in_flight.start(LANE, 2, until(gate))
    assert in_flight.marks() == {LANE: 2}
    in_flight.forget_all()


async def test_a_mark_is_committed_once() -> None:
    in_flight, gate = InFlight(limit=10), asyncio.Event()
    gate.set()
    in_flight.start(LANE, 7, until(gate))
    await settle()
    assert in_flight.to_commit() == {LANE: 8}
    in_flight.committed({LANE: 8})
    assert in_flight.to_commit() == {}


async def test_draining_lets_the_quick_finish_and_cancels_the_slow() -> None:
    in_flight, never = InFlight(limit=10), asyncio.Event()
    in_flight.start(LANE, 0, asyncio.sleep(0.01))
    in_flight.start(LANE, 1, until(never))
    assert await in_flight.drain(within_s=0.1) == 1
    assert in_flight.marks() == {LANE: 1}


async def test_a_bug_in_handling_is_not_passed_over() -> None:
    in_flight = InFlight(limit=10)
    in_flight.start(LANE, 0, broken())
    await settle()
    with pytest.raises(ZeroDivisionError):
        await in_flight.room()


async def until(gate: asyncio.Event) -> None:
    await gate.wait()


async def broken() -> None:
    raise ZeroDivisionError
