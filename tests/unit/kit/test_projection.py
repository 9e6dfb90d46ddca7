"""Projections: built from what is stored, kept up by events, resumed, and built anew while the old one serves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from headwater import projection
from headwater.folders import Slot
from headwater.following import Gone, Positions
from headwater.projection import NotBuilt, Projection, Source
from headwater.store import StoreAway

JARS, SHELVES, ASKED = "jars.events", "shelves.events", "rebuild"


class Log:
    """Topics of one partition each, in memory."""

    def __init__(self) -> None:
        self.records: dict[str, list[Any]] = {JARS: [], SHELVES: [], ASKED: []}
        self.oldest: dict[str, int] = dict.fromkeys(self.records, 0)
        self.away = False

    def tell(self, topic: str, id: str, times: int = 1) -> None:
        """An event about an aggregate, published so often."""
        self.records[topic] += [SimpleNamespace(topic=topic, key=id.encode()) for _ in range(times)]

    async def follow(self, topics: Sequence[str]) -> Follower:
        if self.away:
            raise OSError("the broker is away")
        return Follower(self, topics)


class Follower:
    """As `headwater.following.Follower`."""

    def __init__(self, log: Log, topics: Sequence[str]) -> None:
        self._log = log
        self._topics = topics
        self.positions: Positions = {}

    async def ends(self) -> Positions:
        if self._log.away:
            raise OSError("the broker is away")
        return {topic: len(self._log.records[topic]) for topic in self._topics}

    async def seek(self, positions: Mapping[str, int]) -> None:
        for topic, position in positions.items():
            if not self._log.oldest[topic] <= position <= len(self._log.records[topic]):
                raise Gone(topic)
        self.positions = dict(positions)

    async def poll(self, most: int) -> list[Any]:
        await asyncio.sleep(0.002)
        if self._log.away:
            raise OSError("the broker is away")
        found: list[Any] = []
        for topic in self._topics:
            records = self._log.records[topic][self.positions[topic] :]
            self.positions[topic] += len(records)
            found += records
        return found

    async def stop(self) -> None:
        pass


class Stored:
    """Stored states by id; they can be away, and a reading can be held back."""

    def __init__(self, collection: str, **states: Any) -> None:
        self.collection = collection
        self.states: dict[str, Any] = states
        self.away = False
        self.may_read = asyncio.Event()
        self.may_read.set()
        self.pages = 0

    async def get_many(self, ids: Iterable[str]) -> dict[str, Any]:
        if self.away:
            raise StoreAway("it does not answer")
        return {id: self.states[id] for id in ids if id in self.states}

    async def find(self, filter: dict[str, Any], sort: Sequence[tuple[str, int]], limit: int) -> list[tuple[str, Any]]:
        if self.away:
            raise StoreAway("it does not answer")
        self.pages += 1
        after = filter["_id"]["$gt"]
        shelves = filter.get("shelf", {"$in": None})["$in"]
        found = [(id, state) for id, state in sorted(self.states.items())
                 if id > after and (shelves is None or state["shelf"] in shelves)]  # fmt: skip
        await self.may_read.wait()
        return found[:limit]


class Kept:
    """A model in a JSON file: what is in each jar, and on which shelf it stands."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "kept.json"
        committed = json.loads(self._file.read_text()) if self._file.exists() else {"positions": None}
        self._positions: Positions | None = committed["positions"]
        self._now: dict[str, Any] = committed.get("now", {})
        self.now = dict(self._now)

    def positions(self) -> Positions | None:
        return self._positions

    def put(self, collection: str, states: Mapping[str, Any]) -> None:
        for id, state in states.items():
            if state is None:
                self._now.pop(id, None)
            elif collection == "jars":
                shelf = self._now.get(state["shelf"], {})
                self._now[id] = {**state, "at": shelf.get("at")}
            else:
                self._now[id] = state

    def commit(self, positions: Positions) -> None:
        self._file.write_text(json.dumps({"positions": positions, "now": self._now}))
        self._positions, self.now = positions, dict(self._now)

    def close(self) -> None:
        pass


class Kitchen:
    """A projection over jars and the shelves that they stand on."""

    def __init__(self, base: Path) -> None:
        self.log = Log()
        self.jars = Stored("jars", tea={"n": 1, "shelf": "top"})
        self.shelves = Stored("shelves", top={"at": "the window"})
        self.base = base

    @asynccontextmanager
    async def serving(self, built: bool = True) -> AsyncIterator[Projection[Kept]]:
        sources = [Source(self.shelves, SHELVES, named_in=(self.jars, "shelf")), Source(self.jars, JARS)]  # type: ignore[arg-type]
        made: Projection[Kept] = Projection("pantry", Kept, sources, self.log.follow, rebuild_on=ASKED)
        slot = Slot.take(self.base)
        running = asyncio.create_task(made.run(slot))
        try:
            if built:
                await until(lambda: made.standing().as_of is not None)
            yield made
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            slot.free()

    def change(self, jar: str, n: int, times: int = 1) -> None:
        """As a processor would: stored first, told afterwards."""
        self.jars.states[jar] = {"n": n, "shelf": "top"}
        self.log.tell(JARS, jar, times)


@pytest.fixture
def kitchen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kitchen:
    monkeypatch.setattr(projection, "AGAIN_AFTER_S", 0.01)
    monkeypatch.setattr(projection, "CHECK_EVERY_S", 0.01)
    return Kitchen(tmp_path)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


def amounts(of: Projection[Kept]) -> dict[str, int]:
    return {id: state["n"] for id, state in of.current().now.items() if "n" in state}


async def test_it_is_built_from_what_is_stored_and_kept_up_by_events(kitchen: Kitchen) -> None:
    async with kitchen.serving() as pantry:
        assert amounts(pantry) == {"tea": 1}
        kitchen.change("salt", 2)
        await until(lambda: amounts(pantry) == {"tea": 1, "salt": 2})
        del kitchen.jars.states["tea"]
        kitchen.log.tell(JARS, "tea")
        await until(lambda: amounts(pantry) == {"salt": 2})


async def test_until_it_is_built_whoever_asks_is_told_so(kitchen: Kitchen) -> None:
    kitchen.jars.may_read.clear()
    async with kitchen.serving(built=False) as pantry:
        await until(lambda: kitchen.jars.pages > 0)
        with pytest.raises(
            NotBuilt, match=r"The pantry is being built, 1 states read so far\. Try again in a moment\."
        ):
            pantry.current()
        assert pantry.told() == "the pantry is not built yet: 1 states read"
        kitchen.jars.may_read.set()
        await until(lambda: pantry.told() is None)


async def test_what_changes_while_it_is_built_is_in_it(kitchen: Kitchen) -> None:
    kitchen.jars.may_read.clear()
    async with kitchen.serving(built=False) as pantry:
        await until(lambda: kitchen.jars.pages > 0)  # the page with tea has been read, and not been handed over yet
        kitchen.change("tea", 5)
        kitchen.change("anise", 3)
        kitchen.jars.may_read.set()
        await until(lambda: pantry.standing().as_of is not None)
        assert amounts(pantry) == {"tea": 5, "anise": 3}


async def test_after_a_restart_it_goes_on_where_it_was_without_reading_all(kitchen: Kitchen) -> None:
    async with kitchen.serving():
        pass
    read = kitchen.jars.pages
    kitchen.change("salt", 2)
    async with kitchen.serving() as pantry:
        assert amounts(pantry) == {"tea": 1, "salt": 2}
    assert kitchen.jars.pages == read


async def test_when_events_were_missed_it_is_built_anew_and_the_old_one_answers_until_then(kitchen: Kitchen) -> None:
    async with kitchen.serving():
        pass
    kitchen.jars.states["tea"] = {"n": 9, "shelf": "top"}  # its event came and went while nobody listened
    kitchen.log.tell(JARS, "tea")
    kitchen.log.oldest[JARS] = 1
    kitchen.jars.may_read.clear()
    read = kitchen.jars.pages
    async with kitchen.serving(built=False) as pantry:
        await until(lambda: kitchen.jars.pages > read)
        assert amounts(pantry) == {"tea": 1}
        kitchen.jars.may_read.set()
        await until(lambda: amounts(pantry) == {"tea": 9})


async def test_a_rebuild_is_asked_for_by_a_message_and_the_old_one_is_kept_up_meanwhile(kitchen: Kitchen) -> None:
    async with kitchen.serving() as pantry:
        kitchen.jars.may_read.clear()
        before = pantry.current()
        kitchen.log.tell(ASKED, "now")
        await until(lambda: pantry.standing().rebuilding)
        kitchen.change("salt", 2)
        await until(lambda: amounts(pantry) == {"tea": 1, "salt": 2})
        assert pantry.current() is before
        kitchen.jars.may_read.set()
        await until(lambda: not pantry.standing().rebuilding)
        assert pantry.current() is not before
        assert amounts(pantry) == {"tea": 1, "salt": 2}
        assert len(list(kitchen.base.glob("0/0*"))) == 1, "the old one is gone from the disk"


async def test_a_rebuild_that_was_asked_for_while_it_was_down_happens_once(kitchen: Kitchen) -> None:
    async with kitchen.serving():
        pass
    kitchen.log.tell(ASKED, "now")
    async with kitchen.serving() as pantry:
        await until(lambda: (kitchen.base / "0" / "000002").exists())
        await until(lambda: not pantry.standing().rebuilding)
    async with kitchen.serving() as pantry:
        await asyncio.sleep(0.05)
        assert not pantry.standing().rebuilding
    assert not (kitchen.base / "0" / "000003").exists()


async def test_repeated_events_and_events_of_the_past_do_no_harm(kitchen: Kitchen) -> None:
    async with kitchen.serving() as pantry:
        kitchen.change("salt", 2, times=3)
        kitchen.change("salt", 4)
        kitchen.log.tell(JARS, "tea", times=2)
        kitchen.log.tell(JARS, "never was")
        await until(lambda: pantry.standing().behind == 0 and amounts(pantry) == {"tea": 1, "salt": 4})


async def test_what_others_show_of_a_state_changes_with_it(kitchen: Kitchen) -> None:
    async with kitchen.serving() as pantry:
        assert pantry.current().now["tea"]["at"] == "the window"
        kitchen.shelves.states["top"] = {"at": "the door"}
        kitchen.log.tell(SHELVES, "top")
        await until(lambda: pantry.current().now["tea"]["at"] == "the door")


async def test_what_is_away_is_waited_for_and_what_there_is_goes_on_answering(kitchen: Kitchen) -> None:
    async with kitchen.serving() as pantry:
        kitchen.jars.away = True
        kitchen.change("salt", 2)
        await asyncio.sleep(0.05)
        assert amounts(pantry) == {"tea": 1}
        kitchen.log.away = True
        kitchen.jars.away = False
        await asyncio.sleep(0.05)
        assert amounts(pantry) == {"tea": 1}
        kitchen.log.away = False
        await until(lambda: amounts(pantry) == {"tea": 1, "salt": 2})


async def test_a_model_that_cannot_be_opened_is_built_anew(kitchen: Kitchen) -> None:
    async with kitchen.serving():
        pass
    (kitchen.base / "0" / "000001" / "kept.json").write_text("{torn")
    async with kitchen.serving() as pantry:
        assert amounts(pantry) == {"tea": 1}


async def test_a_build_that_was_interrupted_is_not_taken_for_a_whole_one(kitchen: Kitchen) -> None:
    kitchen.jars.may_read.clear()
    async with kitchen.serving(built=False):
        await until(lambda: kitchen.jars.pages > 0)
    kitchen.jars.may_read.set()
    async with kitchen.serving() as pantry:
        assert amounts(pantry) == {"tea": 1}


def test_each_process_has_a_folder_of_its_own_and_finds_it_again(tmp_path: Path) -> None:
    first, second = Slot.take(tmp_path), Slot.take(tmp_path)
    assert (first.folder.name, second.folder.name) == ("0", "1")
    first.free()
    again = Slot.take(tmp_path)
    assert again.folder == first.folder
    again.free()
    second.free()
