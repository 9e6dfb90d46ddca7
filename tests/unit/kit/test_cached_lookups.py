"""Look-ups from memory: what is kept, what is told no longer, and what becomes of a reading that a change overtakes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from headwater import lookups
from headwater.contracts.base import Key, Message
from headwater.decision import State
from headwater.lookups import MAX_AGE_S, RENEW_AFTER_S, CachedReader, Index
from headwater.rules import Aggregate
from headwater.store import Reader, StoreAway
from tests.unit.kit.fakes import PARTS, Jar, MemoryStore, Put, Spoil, Take, decide, member, record


class Shelved(Message, to="kit.shelf.events.v1", key="shelf"):
    """Which jars stand on a shelf from now on."""

    shelf: Key
    jars: tuple[Key, ...]


class Shelf(State):
    """Some jars."""

    jars: tuple[str, ...] = ()


class Shop(MemoryStore):
    """A store whose answers can be held back, and which finds shelves by their jars."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = asyncio.Event()
        self.answers.set()
        self.away = False

    async def load(self, collection: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """What is there when it is asked, told when it may answer."""
        found = await super().load(collection, ids)
        await self._answer()
        return found

    async def find(
        self, collection: str, filter: dict[str, Any], sort: Sequence[tuple[str, int]], limit: int
    ) -> list[dict[str, Any]]:
        """The shelves with any of these jars."""
        wanted = set(filter["jars"]["$in"])
        self.loads.append((collection, frozenset(wanted)))
        found = [shelf for shelf in self.collections[collection].values() if wanted & set(shelf["jars"])]
        await self._answer()
        return found[:limit]

    async def _answer(self) -> None:
        await self.answers.wait()
        if self.away:
            raise StoreAway("it does not answer")

    def put(self, id: str, version: int, total: int) -> None:
        """A jar as another member committed it."""
        self.collections.setdefault("jars", {})[id] = {"_id": id, "version": version, "total": total}

    def shelve(self, id: str, *jars: str) -> None:
        """A shelf as another member committed it."""
        self.collections.setdefault("shelves", {})[id] = {"_id": id, "version": 1, "jars": list(jars)}

    @property
    def asked(self) -> list[list[str]]:
        """What was read so far, sorted, a reading at a time."""
        return [sorted(ids) for _, ids in self.loads]


@pytest.fixture
def shop() -> Shop:
    """With two jars, and one shelf that one of them stands on."""
    made = Shop()
    made.put("jar-1", 3, 30)
    made.put("jar-2", 1, 10)
    made.shelve("shelf-1", "jar-1")
    return made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The loop's clock, as far as the look-ups read it: `now` in seconds."""
    made = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(lookups, "_now", lambda: made.now)
    return made


def jars_in(shop: Shop, most: int = 100) -> CachedReader[Jar]:
    return CachedReader(Reader(shop, "jars", Jar, None, None), most)  # type: ignore[arg-type]


def shelves_of(shop: Shop) -> tuple[CachedReader[Shelf], Index]:
    """The shelves, and their index by jar."""
    shelves: CachedReader[Shelf] = CachedReader(Reader(shop, "shelves", Shelf, None, None), 100)  # type: ignore[arg-type]
    return shelves, shelves.index("jars", told_by=(Shelved,), sort=[("_id", 1)], limit=100)


def event(id: str, revision: int | str | None = None, message: Message | None = None) -> Any:
    """An event as the consumer hands it out."""
    headers = [("ce_type", message.TYPE.encode() if message else b"kit.Changed.v1")]
    if revision is not None:
        headers.append(("ce_revision", f"{revision}".encode()))
    return SimpleNamespace(key=id.encode(), headers=headers, value=message.to_json() if message else b"{}")


async def total(jars: CachedReader[Jar], id: str = "jar-1") -> int | None:
    found = await jars.get(id)
    return found.total if found else None


async def test_what_was_asked_for_is_told_again_without_the_store(shop: Shop) -> None:
    jars = jars_in(shop)
    assert [await total(jars), await total(jars)] == [30, 30]
    assert shop.asked == [["jar-1"]]


async def test_absence_is_kept_only_where_it_is_wanted_and_what_is_created_is_found_at_once(shop: Shop) -> None:
    jars = CachedReader(Reader(shop, "jars", Jar, None, None), 100, absent=True)  # type: ignore[arg-type]
    assert [await total(jars, "ghost"), await total(jars, "ghost")] == [None, None]
    assert shop.asked == [["ghost"]]
    shop.put("ghost", 1, 5)
    jars.heard(event("ghost", 1))
    assert await total(jars, "ghost") == 5


async def test_what_this_process_created_is_found_at_once_though_its_absence_was_kept(shop: Shop) -> None:
    jars = CachedReader(Reader(shop, "jars", Jar, None, None), 100, absent=True)  # type: ignore[arg-type]
    assert await total(jars, "ghost") is None
    jars.committed("ghost", Jar(total=5), 1)
    assert await total(jars, "ghost") == 5


async def test_that_nobody_has_a_value_is_kept_until_somebody_has_it(shop: Shop) -> None:
    shelves = CachedReader(Reader(shop, "shelves", Shelf, None, None), 100, absent=True)  # type: ignore[arg-type]
    by_jar = shelves.index("jars", told_by=(Shelved,), sort=[("_id", 1)], limit=100)
    for _ in range(2):
        assert await by_jar.get_many(["jar-9"]) == {}
    shop.shelve("shelf-9", "jar-9")
    assert await by_jar.get_many(["jar-9"]) == {}
    shelves.heard(event("shelf-9", 1, Shelved(shelf="shelf-9", jars=("jar-9",))))
    assert await by_jar.get_many(["jar-9"]) == {"jar-9": ("shelf-9",)}


async def test_of_many_only_those_are_read_that_are_not_known(shop: Shop) -> None:
    jars = jars_in(shop)
    await jars.get("jar-1")
    found = await jars.get_many(["jar-1", "jar-2", "ghost"])
    assert {id: jar.total for id, jar in found.items()} == {"jar-1": 30, "jar-2": 10}
    assert shop.asked == [["jar-1"], ["ghost", "jar-2"]]


async def test_what_is_not_there_is_looked_for_each_time(shop: Shop) -> None:
    jars = jars_in(shop)
    assert await total(jars, "jar-9") is None
    shop.put("jar-9", 1, 90)
    assert await total(jars, "jar-9") == 90


async def test_the_least_recently_asked_for_go_when_there_are_too_many(shop: Shop) -> None:
    jars = jars_in(shop, most=2)
    shop.put("jar-3", 1, 0)
    for id in ("jar-1", "jar-2", "jar-1", "jar-3", "jar-1", "jar-2"):
        await jars.get(id)
    assert shop.asked == [["jar-1"], ["jar-2"], ["jar-3"], ["jar-2"]]


async def test_an_event_of_a_newer_version_has_the_state_read_again(shop: Shop) -> None:
    jars = jars_in(shop)
    await jars.get("jar-1")
    shop.put("jar-1", 4, 40)
    jars.heard(event("jar-1", 4))
    assert await total(jars) == 40


@pytest.mark.parametrize("revision", [1, 3])
async def test_an_event_of_what_is_known_already_changes_nothing(shop: Shop, revision: int) -> None:
    jars = jars_in(shop)
    await jars.get("jar-1")
    jars.heard(event("jar-1", revision))
    await jars.get("jar-1")
    assert shop.asked == [["jar-1"]]


@pytest.mark.parametrize("revision", [None, "", "many", "9" * 5000])
async def test_an_event_that_names_no_version_counts_as_newer(shop: Shop, revision: str | None) -> None:
    jars = jars_in(shop)
    await jars.get("jar-1")
    shop.put("jar-1", 4, 40)
    jars.heard(event("jar-1", revision))
    assert await total(jars) == 40


async def test_a_reading_that_an_event_overtakes_is_not_kept(shop: Shop) -> None:
    jars = jars_in(shop)
    shop.answers.clear()
    before = asyncio.create_task(total(jars))
    await asyncio.sleep(0)  # it has read version 3 by now, and waits for the answer
    await asyncio.sleep(0)
    assert shop.asked == [["jar-1"]]
    shop.put("jar-1", 4, 40)
    jars.heard(event("jar-1", 4))
    shop.answers.set()
    assert await before == 30
    assert await total(jars) == 40


async def test_who_asks_after_the_change_does_not_get_the_reading_of_before(shop: Shop) -> None:
    jars = jars_in(shop)
    shop.answers.clear()
    before = asyncio.create_task(jars.get_many(["jar-1", "jar-2"]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    shop.put("jar-1", 4, 40)
    jars.committed("jar-1", Jar(total=40), 4)
    after = asyncio.create_task(jars.get_many(["jar-2", "jar-1"]))
    await asyncio.sleep(0)
    shop.answers.set()
    assert (await before)["jar-1"].total == 30
    assert {id: jar.total for id, jar in (await after).items()} == {"jar-1": 40, "jar-2": 10}
    assert shop.asked == [["jar-1", "jar-2"], ["jar-1"]], "jar-2 did not change: its reading was shared"


async def test_who_asks_at_the_same_time_shares_one_reading_and_may_leave_it_to_the_others(shop: Shop) -> None:
    jars = jars_in(shop)
    shop.answers.clear()
    asking = [asyncio.create_task(total(jars)) for _ in range(3)]
    await asyncio.sleep(0)
    asking[0].cancel()
    await asyncio.sleep(0)
    shop.answers.set()
    assert await asyncio.gather(*asking[1:]) == [30, 30]
    assert shop.asked == [["jar-1"]]


async def test_a_store_that_is_away_is_told_to_all_who_asked_and_asked_again_by_the_next(shop: Shop) -> None:
    jars = jars_in(shop)
    shop.away = True
    outcomes = await asyncio.gather(total(jars), total(jars), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [StoreAway, StoreAway]
    shop.away = False
    assert await total(jars) == 30


async def test_an_entry_is_told_until_it_is_too_old_and_then_read_again(shop: Shop, clock: SimpleNamespace) -> None:
    jars = jars_in(shop)
    await jars.get("jar-1")
    shop.put("jar-1", 4, 40)
    clock.now += MAX_AGE_S
    assert await total(jars) == 30
    clock.now += 0.1
    assert await total(jars) == 40


async def test_the_age_counts_from_the_beginning_of_the_reading(shop: Shop, clock: SimpleNamespace) -> None:
    jars = jars_in(shop)
    shop.answers.clear()
    asking = asyncio.create_task(total(jars))
    await asyncio.sleep(0)
    clock.now += MAX_AGE_S + 0.1
    shop.answers.set()
    await asking
    await jars.get("jar-1")
    assert shop.asked == [["jar-1"], ["jar-1"]]


async def test_an_own_commit_is_told_at_once_but_makes_an_entry_no_younger(shop: Shop, clock: SimpleNamespace) -> None:
    jars = jars_in(shop)
    await jars.get("jar-1")
    clock.now += MAX_AGE_S
    jars.committed("jar-1", Jar(total=40), 4)
    assert await total(jars) == 40
    clock.now += 0.1
    shop.put("jar-1", 5, 50)
    assert await total(jars) == 50


async def test_an_own_commit_that_is_heard_of_late_takes_back_nothing_newer(shop: Shop) -> None:
    jars = jars_in(shop)
    await jars.get("jar-1")
    jars.committed("jar-1", Jar(total=20), 2)
    assert await total(jars) == 30


async def test_what_nobody_asked_for_is_not_kept_when_it_is_committed(shop: Shop) -> None:
    jars = jars_in(shop)
    jars.committed("jar-1", Jar(total=20), 2)
    assert await total(jars) == 30


async def test_what_is_in_use_is_renewed_before_it_is_too_old_and_what_is_not_is_left(
    shop: Shop, clock: SimpleNamespace
) -> None:
    jars = jars_in(shop)
    await jars.get_many(["jar-1", "jar-2"])
    await jars.get("jar-1")
    clock.now += RENEW_AFTER_S + 0.1
    shop.put("jar-1", 4, 40)
    await jars.renew()
    assert shop.asked == [["jar-1", "jar-2"], ["jar-1"]]
    clock.now += MAX_AGE_S - 0.1
    assert await total(jars) == 40
    assert len(shop.asked) == 2


async def test_what_is_gone_when_it_is_renewed_is_told_no_longer(shop: Shop, clock: SimpleNamespace) -> None:
    jars = jars_in(shop)
    for _ in range(2):
        await jars.get("jar-1")
    del shop.collections["jars"]["jar-1"]
    clock.now += RENEW_AFTER_S + 0.1
    await jars.renew()
    assert await total(jars) is None


async def test_after_an_interruption_nothing_is_told_that_was_read_before_not_even_by_a_reading_under_way(
    shop: Shop,
) -> None:
    jars = jars_in(shop)
    await jars.get("jar-1")
    shop.answers.clear()
    asking = asyncio.create_task(jars.get("jar-2"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    jars.clear()
    shop.put("jar-1", 4, 40)
    shop.put("jar-2", 2, 20)
    shop.answers.set()
    await asking
    assert [await total(jars), await total(jars, "jar-2")] == [40, 20]


async def test_what_a_processor_of_this_process_commits_is_seen_at_once_without_the_store(shop: Shop) -> None:
    jars = jars_in(shop)
    rules = Aggregate("jars", Jar, decide, (Put, Take, Spoil), PARTS, 100, tell=[jars.committed])
    here = member(rules)
    here.processor._store = shop  # type: ignore[assignment]
    assert await total(jars) == 30
    await here.handle(record(Put(jar="jar-1", name="tea", n=5)), record(Put(jar="jar-1", name="salt", n=2), offset=1))
    asked = len(shop.loads)
    found = await jars.get("jar-1")
    assert (found, len(shop.loads)) == (Jar(total=37), asked), "its parts are no look-up's business"
    assert shop.collections["jars"]["jar-1"]["version"] == 5


async def test_a_message_that_changes_nothing_is_not_told(shop: Shop) -> None:
    told: list[Any] = []
    rules = Aggregate("jars", Jar, decide, (Put, Take, Spoil), PARTS, 100, tell=[lambda *change: told.append(change)])
    await member(rules).handle(record(Take(jar="jar-1", name="no such thing")))
    assert told == []
    await member(rules).handle(record(Put(jar="jar-1", name="tea", n=5)))
    assert told == [("jar-1", Jar(total=5), 1)]


async def test_an_index_finds_by_value_and_is_told_of_new_ones_by_the_event_that_names_them(shop: Shop) -> None:
    shelves, by_jar = shelves_of(shop)
    assert await by_jar.get_many(["jar-1", "jar-2"]) == {"jar-1": ("shelf-1",)}
    shop.shelve("shelf-2", "jar-1", "jar-2")
    assert await by_jar.get_many(["jar-1"]) == {"jar-1": ("shelf-1",)}, "it has not heard of it yet"
    shelves.heard(event("shelf-2", 1, Shelved(shelf="shelf-2", jars=("jar-1", "jar-2"))))
    assert await by_jar.get_many(["jar-1", "jar-2"]) == {"jar-1": ("shelf-1", "shelf-2"), "jar-2": ("shelf-2",)}


async def test_an_index_knows_the_own_commits_at_once(shop: Shop) -> None:
    shelves, by_jar = shelves_of(shop)
    await by_jar.get_many(["jar-1"])
    shop.shelve("shelf-2", "jar-1")
    shelves.committed("shelf-2", Shelf(jars=("jar-1",)), 1)
    assert await by_jar.get_many(["jar-1"]) == {"jar-1": ("shelf-1", "shelf-2")}


async def test_an_indexs_reading_that_a_listing_overtakes_is_not_kept(shop: Shop) -> None:
    shelves, by_jar = shelves_of(shop)
    shop.answers.clear()
    before = asyncio.create_task(by_jar.get_many(["jar-1"]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    shop.shelve("shelf-2", "jar-1")
    shelves.heard(event("shelf-2", 1, Shelved(shelf="shelf-2", jars=("jar-1",))))
    shop.answers.set()
    await before
    assert await by_jar.get_many(["jar-1"]) == {"jar-1": ("shelf-1", "shelf-2")}


@pytest.mark.parametrize("data", [None, b"", b"{", b"[]", b"7", b"{}", b'{"jars": [{}]}', b'{"jars": [["x"]]}'])
async def test_an_event_that_cannot_be_read_has_the_whole_index_read_again(shop: Shop, data: bytes | None) -> None:
    shelves, by_jar = shelves_of(shop)
    await by_jar.get_many(["jar-1"])
    shop.shelve("shelf-2", "jar-1")
    strange = event("shelf-2", 1, Shelved(shelf="shelf-2", jars=()))
    strange.value = data
    shelves.heard(strange)
    assert await by_jar.get_many(["jar-1"]) == {"jar-1": ("shelf-1", "shelf-2")}
