"""What the road asks of a store, of the real one and of the simulated one alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from headwater.marks import Mark
from headwater.store import BornBefore, Changes, LaneLost, Store, storable
from headwater_proof.sim.network import Node, Server, Weather
from headwater_proof.sim.store import Database, SimStore
from tests.conftest import Infra

LANE, OTHER = "toy.a:a.inbox/0", "toy.a:a.inbox/1"
NOW = datetime(2026, 11, 11, 8, 30, tzinfo=UTC)


@pytest.fixture(params=["simulated", "real"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    """A store of its own."""
    if request.param == "real":
        infra: Infra = request.getfixturevalue("infra")
        real = Store(infra.store, f"parts{uuid4().hex[:8]}")
        yield real
        real.close()
    else:
        node = Node("test", asyncio.get_running_loop(), Random(1), Weather())
        yield SimStore(node, Database(Server("store"), lambda: datetime.now(UTC)))


def goes_on(mark: Mark, by: int = 1, **more: Any) -> tuple[Mark, Mark]:
    """The mark as it is, and after so many messages."""
    return mark, replace(mark, next=(mark.next or 0) + by, batch="b", **more)


def box(lane: str, number: int) -> Any:
    """An outbox document."""
    return storable({"_id": f"{lane}#{number:012d}", "lane": lane, "box": number})


def adder(total: int, **more: Any) -> dict[str, Any]:
    """A state to be written."""
    return {"a": {"adder-1": storable({"_id": "adder-1", "version": 1, "total": total, **more})}}


async def total(store: Any) -> int | None:
    """The state as stored."""
    found = await store.load("a", ["adder-1"])
    return found["adder-1"]["total"] if found else None


async def test_a_lane_begins_with_nothing_and_each_taking_raises_its_epoch(store: Any) -> None:
    first = await store.take(LANE)
    assert first == Mark(LANE, epoch=1)
    assert await store.take(LANE) == replace(first, epoch=2)
    assert await store.marks([LANE, OTHER]) == {LANE: replace(first, epoch=2)}


async def test_members_that_take_a_new_lane_at_once_all_get_it_in_turn(store: Any) -> None:
    for number in range(10):
        taken = await asyncio.gather(*(store.take(f"toy.a:a.inbox/{number}") for _ in range(3)))
        assert len({mark.epoch for mark in taken}) == 3


async def test_all_who_ask_a_new_database_for_its_name_at_once_are_told_the_same(infra: Infra) -> None:
    for _ in range(10):
        new = Store(infra.store, f"parts{uuid4().hex[:8]}")
        assert len(set(await asyncio.gather(*(new.identity() for _ in range(3))))) == 1
        new.close()


async def test_a_commit_stores_states_parts_outbox_and_mark_together(store: Any) -> None:
    mark = await store.take(LANE)
    seen, sent = {"a:x/0": (7, ((3, 4), (6, 6)))}, {"b.inbox.v1/2": 5}
    old, new = goes_on(mark, seen=seen, sent=sent, outbox=1)
    part = {"a.parts": {"adder-1/p": storable({"_id": "adder-1/p", "root": "adder-1", "key": "p", "n": 3})}}
    await store.commit(Changes("b", [(old, new)], adder(7, at=NOW) | part, [box(LANE, 1)]))
    assert (await store.load("a", ["adder-1", "nobody"])) == {
        "adder-1": {"_id": "adder-1", "version": 1, "total": 7, "at": NOW}
    }
    assert (await store.load("a.parts", ["adder-1/p"]))["adder-1/p"]["n"] == 3
    assert await store.marks([LANE]) == {LANE: new}
    assert [document["_id"] for document in await store.outbox(LANE)] == [f"{LANE}#{1:012d}"]
    assert await store.outbox(OTHER) == []


async def test_an_owner_who_lost_the_lane_writes_nothing(store: Any) -> None:
    old, new = await store.take(LANE), await store.take(LANE)
    with pytest.raises(LaneLost):
        await store.commit(Changes("zombie", [goes_on(old)], adder(666), [box(LANE, 1)]))
    assert (await total(store), await store.outbox(LANE)) == (None, [])
    await store.commit(Changes("heir", [goes_on(new)], adder(1)))
    assert await total(store) == 1


async def test_who_lost_one_of_two_lanes_writes_neither(store: Any) -> None:
    mine, lost = await store.take(LANE), await store.take(OTHER)
    await store.take(OTHER)
    with pytest.raises(LaneLost):
        await store.commit(Changes("b", [goes_on(mine), goes_on(lost)], adder(666)))
    assert await total(store) is None
    assert (await store.marks([LANE]))[LANE] == mine


async def test_a_batch_is_committed_once(store: Any) -> None:
    mark = await store.take(LANE)
    await store.commit(Changes("one", [goes_on(mark)], adder(1)))
    with pytest.raises(LaneLost):
        await store.commit(Changes("one", [goes_on(mark)], adder(2)))
    assert await total(store) == 1


async def test_the_mark_that_is_expected_is_that_of_the_last_commit(store: Any) -> None:
    mark = await store.take(LANE)
    for number in range(1, 4):
        old, mark = goes_on(mark)
        await store.commit(Changes(f"{number}", [(old, mark)], adder(number)))
    assert ((await store.marks([LANE]))[LANE].next, await total(store)) == (3, 3)


async def test_what_is_gone_is_deleted_and_a_published_box_is_dropped(store: Any) -> None:
    old, mark = goes_on(await store.take(LANE), outbox=2)
    await store.commit(Changes("one", [(old, mark)], adder(1), [box(LANE, 2), box(LANE, 1)]))
    assert [document["box"] for document in await store.outbox(LANE)] == [1, 2], "the oldest first"
    gone: Any = {"a": {"adder-1": None, "nobody": None}}
    await store.commit(Changes("two", [goes_on(mark)], gone, published=[f"{LANE}#{1:012d}", "unknown"]))
    assert await total(store) is None
    assert [document["box"] for document in await store.outbox(LANE)] == [2]


async def test_an_outbox_document_is_never_overwritten(store: Any) -> None:
    from headwater.store import StoreAway

    old, mark = goes_on(await store.take(LANE))
    await store.commit(Changes("one", [(old, mark)], adder(1), [box(LANE, 1)]))
    with pytest.raises(StoreAway):
        await store.commit(Changes("two", [goes_on(mark)], adder(2), [box(LANE, 1)]))
    assert await total(store) == 1


async def test_what_is_born_was_not_there(store: Any) -> None:
    old, mark = goes_on(await store.take(LANE))
    births = {("a", "adder-1")}
    await store.commit(Changes("one", [(old, mark)], adder(1), births=births))
    with pytest.raises(BornBefore):
        await store.commit(Changes("two", [goes_on(mark)], adder(2), [box(LANE, 1)], births=births))
    assert (await total(store), await store.outbox(LANE)) == (1, [])
    assert (await store.marks([LANE]))[LANE] == mark
    await store.commit(Changes("three", [goes_on(mark)], adder(3)))
    assert await total(store) == 3


async def test_who_lost_the_lane_is_told_so_even_if_all_was_born_before(store: Any) -> None:
    """An owner whose answer was lost tries again: that its own documents are there is not what it must hear."""
    mark = await store.take(LANE)
    births = {("a", "adder-1")}
    await store.commit(Changes("one", [goes_on(mark)], adder(1), births=births))
    with pytest.raises(LaneLost):
        await store.commit(Changes("one", [goes_on(mark)], adder(1), births=births))


async def test_who_is_due_is_found_the_longest_due_first(store: Any) -> None:
    mark = await store.take(LANE)
    due = {"late": NOW, "later": NOW - timedelta(hours=1), "never": None, "soon": NOW + timedelta(seconds=1)}
    states: Any = {id: storable({"_id": id, "version": 1, "wake_at": at}) for id, at in due.items()}
    await store.commit(Changes("b", [goes_on(mark)], {"a": states}))
    found = await store.due("a", NOW, 10)
    assert [(d["_id"], d["wake_at"]) for d in found] == [("later", NOW - timedelta(hours=1)), ("late", NOW)]
    assert len(await store.due("a", NOW, 1)) == 1
    assert await store.due("b", NOW, 10) == []


async def test_the_store_tells_the_time_in_utc(store: Any) -> None:
    assert abs(await store.now() - datetime.now(UTC)) < timedelta(minutes=1)
