"""The commit against the real store: an old owner writes nothing, and an answer that was lost is settled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry
from pymongo.errors import PyMongoError

from headwater.marks import Mark
from headwater.processor import Processor
from headwater.rules import Aggregate
from headwater.store import Changes, LaneLost, Reader, Store, StoreAway, storable
from headwater.telemetry import Meter
from tests.conftest import Infra
from tests.integration.kit.toy import Add, Entry, Ledger, Total, add

LANE = "toy.a:a.inbox/0"


@pytest.fixture
async def store(infra: Infra) -> AsyncIterator[Store]:
    """A database of its own."""
    made = Store(infra.store, f"commit{uuid4().hex[:8]}")
    yield made
    made.close()


def change(mark: Mark, batch: str, total: int) -> Changes:
    """A batch that sets one total and goes one offset on."""
    document = storable({"_id": "adder-1", "version": 1, "total": total})
    after = replace(mark, next=(mark.next or 0) + 1, batch=batch)
    return Changes(batch, [(mark, after)], {"a": {"adder-1": document}})


async def total(store: Store) -> int | None:
    """What is stored."""
    found = await store.load("a", ["adder-1"])
    return found["adder-1"]["total"] if found else None


async def test_an_owner_who_lost_the_lane_writes_nothing(store: Store) -> None:
    old = await store.take(LANE)
    new = await store.take(LANE)
    with pytest.raises(LaneLost):
        await store.commit(change(old, "zombie", 666))
    assert await total(store) is None
    await store.commit(change(new, "heir", 1))
    assert await total(store) == 1


async def test_a_batch_is_committed_once(store: Store) -> None:
    mark = await store.take(LANE)
    await store.commit(change(mark, "one", 1))
    with pytest.raises(LaneLost):
        await store.commit(change(mark, "one", 1))


async def test_an_owner_who_died_within_a_commit_does_not_keep_its_heir_waiting(infra: Infra, store: Store) -> None:
    """Its transaction stays open, and would lock the lane until the store gives up on it, after a minute."""
    dead = Store(infra.store, store._db.name)
    mark = await dead.take(LANE)
    session = await dead._session(LANE)
    session.start_transaction()
    await dead._db.marks.update_one({"_id": LANE}, {"$set": {"batch": "unfinished"}}, session=session)
    async with asyncio.timeout(5):
        heir = await store.take(LANE)
    assert (heir.epoch, heir.batch) == (mark.epoch + 1, "")
    await store.commit(change(heir, "heir", 1))
    with pytest.raises(PyMongoError):
        await session.commit_transaction()
    assert await total(store) == 1
    dead.close()


async def test_the_store_tells_the_time(store: Store) -> None:
    assert abs(await store.now() - datetime.now(UTC)) < timedelta(minutes=1)


async def test_parts_are_paged_by_their_keys_and_those_of_others_stay_out(store: Store) -> None:
    mark = await store.take(LANE)
    places = [("ledger", key) for key in "abc"] + [("ledger-2", "a"), ("ledge", "z"), ("ledger.x", "y")]
    entries: Any = {
        f"{root}/{key}": storable({"_id": f"{root}/{key}", "root": root, "key": key, "n": 1, "times": 1})
        for root, key in places
    }
    await store.commit(Changes("b", [(mark, replace(mark, next=1, batch="b"))], {"b.entries": entries}))
    ledgers = Reader(store, "b", Ledger, "entries", Entry)

    async def keys(*more: Any) -> list[str]:
        return [key for key, _ in await ledgers.parts("ledger", *more)]

    assert await keys() == ["a", "b", "c"]
    assert await keys(2) == ["a", "b"]
    assert await keys(2, "b") == ["c"]
    assert await keys(2, None, True) == ["c", "b"]
    assert await keys(2, "b", True) == ["a"]
    found = await ledgers.parts_where({"key": {"$in": ["a", "b"]}}, [("_id", 1)], 2, {"root": {"$gte": "ledger-"}})
    assert [(root, key, part.n) for root, key, part in found] == [("ledger-2", "a", 1)]


async def test_an_index_that_was_made_otherwise_is_made_anew(store: Store) -> None:
    await store.ensure_index("a", ["wake_at"])
    for _ in range(2):
        await store.ensure_index("a", ["wake_at"], sparse=True)
    mark = await store.take(LANE)
    await store.commit(change(mark, "one", 1))
    assert await store.due("a", datetime.now(UTC), 10) == []


class Forgetful:
    """A store whose answers to commits get lost: after they took effect, or before they were heard of."""

    def __init__(self, store: Store, lost: list[str]) -> None:
        self._store = store
        self._lost = lost
        self.commits = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def commit(self, changes: Changes) -> None:
        """Commit, or not, and say nothing of it."""
        self.commits += 1
        fate = self._lost.pop(0) if self._lost else ""
        if fate != "request":
            await self._store.commit(changes)
        if fate:
            raise StoreAway(f"the {fate} was lost")


class Quiet:
    """A producer that has all topics and sends nothing, and a consumer that goes nowhere."""

    async def partitions(self, topic: str) -> int:
        return 1

    async def publish(self, records: Any) -> None:
        """Nothing."""

    def seek(self, partition: Any, offset: int) -> None:
        """Nowhere."""

    async def commit(self, offsets: Any) -> None:
        """Nobody asks."""


@pytest.mark.parametrize("lost", [["answer"], ["request"], ["request", "answer"], ["request", "request"]])
async def test_a_commit_whose_answer_was_lost_is_settled_by_its_batch_id(store: Store, lost: list[str]) -> None:
    forgetful, quiet = Forgetful(store, list(lost)), Quiet()
    rules = Aggregate("a", Total, add, (Add,), None, 100)
    processor = Processor("toy.a", rules, forgetful, quiet, Meter(CollectorRegistry()))  # type: ignore[arg-type]
    message = Add(id="adder-1", entry="e1", n=7)
    record: Any = SimpleNamespace(
        topic="a.inbox", partition=0, offset=0, timestamp=1_795_000_000_000, key=b"adder-1",
        value=message.to_json(), headers=[("ce_type", message.TYPE.encode()), ("ce_id", b"1")],
    )  # fmt: skip
    await processor.handle([record], quiet)
    assert await total(store) == 7
    assert (await store.load("a", ["adder-1"]))["adder-1"]["version"] == 1
    assert forgetful.commits == len(lost) + (lost[-1] == "request")
    await processor.stop(None, 1)
