"""An aggregate within a batch: what it loads, what it writes, what it takes back, what it keeps in memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from headwater.contracts.base import Done, Message
from headwater.rules import Aggregate, Hot, Route, merged
from headwater.store import Changes, Unstorable
from tests.unit.kit.fakes import EVENTS, INBOX, NOW, Changed, MemoryStore, Put, Take, jars, member, record


@dataclass
class Letter:
    """A message that came in."""

    message: Message
    key: str = "jar-1"
    lane: str = "lane"
    topic: str = "kit.jar.inbox.v1"
    now: datetime = NOW


def put(name: str, n: int = 1, jar: str = "jar-1") -> Letter:
    return Letter(Put(jar=jar, name=name, n=n), jar)


def take(name: str) -> Letter:
    return Letter(Take(jar="jar-1", name=name))


async def batch(rules: Aggregate, store: MemoryStore, *letters: Letter) -> dict[str, dict[str, Any]]:
    """Load, decide, commit, adopt; returns what was written, deletions as None."""
    await rules.load(store, letters)  # type: ignore[arg-type]
    for letter in letters:
        rules.apply(letter)
    writes = rules.writes()
    await store.commit(Changes("batch", writes=writes, births=rules.births()))
    rules.adopt()
    return {name: {id: d and dict(d) for id, d in documents.items()} for name, documents in writes.items()}


async def test_a_part_is_a_document_of_its_own() -> None:
    written = await batch(jars(), MemoryStore(), put("tea", 2))
    assert written == {
        "jars": {"jar-1": {"_id": "jar-1", "version": 1, "total": 2}},
        "jars.things": {"jar-1/tea": {"_id": "jar-1/tea", "root": "jar-1", "key": "tea", "n": 2}},
    }


async def test_only_the_parts_that_changed_are_written() -> None:
    rules, store = jars(), MemoryStore()
    await batch(rules, store, put("tea"), put("salt"))
    assert (await batch(rules, store, put("oil"), take("no such thing")))["jars.things"].keys() == {"jar-1/oil"}


@pytest.mark.parametrize("hot", [100, 0])
async def test_a_part_that_is_taken_out_is_deleted_and_stays_out(hot: int) -> None:
    rules, store = jars(hot), MemoryStore()
    await batch(rules, store, put("tea"), put("salt"))
    assert (await batch(rules, store, take("tea")))["jars.things"] == {"jar-1/tea": None}
    assert (await batch(rules, store, take("tea"), put("salt")))["jars.things"].keys() == {"jar-1/salt"}
    assert store.collections["jars.things"].keys() == {"jar-1/salt"}


async def test_a_part_put_and_taken_out_in_one_batch_was_never_there() -> None:
    store = MemoryStore()
    written = await batch(jars(), store, put("tea"), take("tea"))
    assert written["jars.things"] == {}
    assert written["jars"]["jar-1"]["version"] == 2


async def test_a_rule_sees_the_parts_that_its_message_touches_and_the_store_is_asked_for_no_others() -> None:
    store = MemoryStore()
    await batch(jars(), store, put("tea"), put("salt"), put("oil"))
    store.loads.clear()
    rules = jars()
    await rules.load(store, [take("tea")])  # type: ignore[arg-type]
    assert set(store.loads) == {("jars", frozenset({"jar-1"})), ("jars.things", frozenset({"jar-1/tea"}))}
    assert rules._entries["jar-1"].state.things.keys() == {"tea"}  # type: ignore[union-attr]


async def test_what_is_in_memory_is_not_asked_for_again() -> None:
    rules, store = jars(), MemoryStore()
    await batch(rules, store, put("tea"))
    store.loads.clear()
    await batch(rules, store, take("tea"))
    assert store.loads == []


async def test_with_no_memory_every_batch_asks_the_store() -> None:
    rules, store = jars(hot=0), MemoryStore()
    await batch(rules, store, put("tea"))
    await batch(rules, store, put("tea", 4))
    assert store.collections["jars"]["jar-1"]["total"] == 5


async def test_what_a_message_begins_is_not_looked_for_and_told_to_be_born() -> None:
    rules, store = jars(begins=(Put,)), MemoryStore()
    letters = [put("tea"), put("salt"), take("salt")]
    await rules.load(store, letters)  # type: ignore[arg-type]
    for letter in letters:
        rules.apply(letter)
    assert store.loads == []
    assert rules.births() == {("jars", "jar-1"), ("jars.things", "jar-1/tea")}
    assert await rules.holds(store)  # type: ignore[arg-type]
    assert store.loads == [("jars.things", frozenset({"jar-1/salt"}))], "nothing that is written tells of it"


async def test_what_another_message_touches_first_is_looked_for() -> None:
    rules, store = jars(begins=(Put,)), MemoryStore()
    await rules.load(store, [take("tea"), put("tea")])  # type: ignore[arg-type]
    assert {id for _, ids in store.loads for id in ids} == {"jar-1", "jar-1/tea"}


async def test_a_batch_that_wrote_nothing_new_finds_out_that_it_was_wrong() -> None:
    store = MemoryStore()
    await batch(jars(), store, put("tea"))
    rules = jars(begins=(Take,))
    await rules.load(store, [take("tea")])  # type: ignore[arg-type]
    rules.apply(take("tea"))
    assert not await rules.holds(store)  # type: ignore[arg-type]
    await rules.load(store, [take("tea")], certain=True)  # type: ignore[arg-type]
    rules.apply(take("tea"))
    assert rules.writes()["jars.things"] == {"jar-1/tea": None}


async def test_a_lane_that_is_forgotten_is_read_from_the_store_again() -> None:
    rules, store = jars(), MemoryStore()
    await batch(rules, store, put("tea"))
    store.collections["jars"]["jar-1"] |= {"total": 90, "version": 9}
    rules.forget("another lane")
    assert (await batch(rules, store, put("tea")))["jars"]["jar-1"]["total"] == 2
    store.collections["jars"]["jar-1"] |= {"total": 90, "version": 9}
    rules.forget("lane")
    written = (await batch(rules, store, put("tea")))["jars"]["jar-1"]
    assert (written["total"], written["version"]) == (91, 10)


async def test_a_version_counts_the_changes_and_messages_carry_it() -> None:
    rules = jars()
    letters = [put("tea"), take("no such thing"), put("salt")]
    await rules.load(MemoryStore(), letters)  # type: ignore[arg-type]
    assert [rules.apply(letter)[1] for letter in letters] == [1, 1, 2]


async def test_what_did_not_change_is_not_written() -> None:
    rules, store = jars(), MemoryStore()
    await batch(rules, store, put("tea"))
    assert await batch(rules, store, take("no such thing")) == {"jars": {}, "jars.things": {}}


async def test_undo_takes_back_the_last_message_only() -> None:
    rules, store = jars(), MemoryStore()
    letters = [put("tea"), put("salt")]
    await rules.load(store, letters)  # type: ignore[arg-type]
    for letter in letters:
        rules.apply(letter)
    rules.undo(letters[1])
    writes = rules.writes()
    assert writes["jars.things"].keys() == {"jar-1/tea"}
    assert dict(writes["jars"]["jar-1"] or {})["version"] == 1


async def test_check_tells_which_message_made_a_state_that_cannot_be_stored() -> None:
    rules = jars()
    letters = [put("tea"), put("far", 2**64)]
    await rules.load(MemoryStore(), letters)  # type: ignore[arg-type]
    rules.apply(letters[0])
    rules.check(letters[0])
    rules.apply(letters[1])
    with pytest.raises(Unstorable, match=r"jar-1: .*8-byte"):
        rules.check(letters[1])


async def test_a_batch_can_be_decided_anew() -> None:
    rules = jars()
    letters = [put("tea")]
    await rules.load(MemoryStore(), letters)  # type: ignore[arg-type]
    rules.apply(letters[0])
    rules.restart()
    rules.apply(letters[0])
    assert dict(rules.writes()["jars"]["jar-1"] or {})["total"] == 1


async def test_a_message_of_another_type_is_refused_by_name() -> None:
    rules = jars()
    letter = Letter(Done(id="jar-1"))
    await rules.load(MemoryStore(), [letter])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"jars does not take base\.Done\.v1; it may have the wrong address"):
        rules.apply(letter)


def test_the_least_recently_used_goes_first() -> None:
    hot = Hot(2)
    hot.put("lane", "a", 1)
    hot.put("lane", "b", 2)
    hot.get("a")
    hot.put("lane", "c", 3)
    assert [hot.get(id) for id in "abc"] == [1, None, 3]


def test_putting_again_makes_it_the_newest_and_costs_no_place() -> None:
    hot = Hot(2)
    for id, value in (("a", 1), ("b", 2), ("a", 3), ("c", 4)):
        hot.put("lane", id, value)
    assert [hot.get(id) for id in "abc"] == [3, None, 4]


def test_a_lane_is_forgotten_whole_and_alone() -> None:
    hot = Hot(9)
    for lane, id in (("one", "a"), ("two", "b"), ("one", "c")):
        hot.put(lane, id, id)
    hot.forget("one")
    hot.drop("never there")
    assert [hot.get(id) for id in "abc"] == [None, "b", None]


async def test_a_partner_who_counts_in_a_way_of_its_own_is_heard_each_time() -> None:
    """Its events may come twice, so what they lead to must be idempotent by their ids, not by their numbers."""
    one = member(Route({Put: lambda put, now: (put,)}, with_topic=False, external=True))
    await one.handle(*(record(Put(jar="jar-1", name="tea"), offset, sequence=7) for offset in range(2)))
    assert len(one.producer.to(INBOX)) == 2


async def test_a_route_passes_by_what_it_does_not_name() -> None:
    def told(put: Message, now: datetime, topic: str) -> tuple[Message]:
        assert (now, topic) == (NOW, INBOX)
        return (Changed(jar="jar-1", total=1),)

    one = member(Route({Put: told}, with_topic=True, external=False))
    await one.handle(record(Take(jar="jar-1", name="tea"), 0), record(Put(jar="jar-1", name="tea"), 1))
    assert [one.topic for one in one.producer.records] == [EVENTS]
    assert one.counted("applied") == 2


def test_an_event_is_followed_by_what_follows_from_it_in_each_of_merged_routes() -> None:
    follows = merged({Put: lambda event, now: [event.name]}, {Put: lambda event, now: [now], Take: lambda *_: ()})
    assert set(follows) == {Put, Take}
    assert list(follows[Put](put("plum").message, NOW)) == ["plum", NOW]
    assert list(follows[Take](take("plum").message, NOW)) == []
