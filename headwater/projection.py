"""Projections: read models that every process of a service holds for itself on its own disk, such as a search index.

    events (no group) --whose state changed?--> read those states --> put --> commit with the positions

- An event only says *whose* state changed; what it is now is read from the service's own store, which had it before the
  event was published. So repeated events, lost order between partitions, and events that tell a part only do no harm.
- The model keeps the **positions** in the topics together with its contents, in one commit of its own. A process that
  is killed anywhere finds both as they were at the last commit, and reads on from there.
- Without a model, or when a topic no longer has its positions, it is **built** from all stored states, by id. The
  topics' ends are noted before the first state is read, and it follows from there: what changes meanwhile comes twice.
- A build happens beside the model that serves. The new one takes over once it has caught up with the topics.
- Kafka or the store being away is waited for; what there is goes on answering, and says how old it is (`Standing`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from aiokafka.errors import KafkaError

from headwater.decision import State
from headwater.folders import Slot
from headwater.following import Follower, Gone, Positions
from headwater.logs import log
from headwater.store import StoreAway

PAGE = 250
"""So many states are read and put at once: the loop answers look-ups between two pages."""
MOST_AT_ONCE = 1000
"""So many events are taken in one commit."""
AGAIN_AFTER_S = 1.0
CHECK_EVERY_S = 1.0
"""How often it is asked where the topics end, in seconds."""
AWAY = (KafkaError, StoreAway, OSError, TimeoutError)
M = TypeVar("M", bound="Model")


class Model(Protocol):
    """What a projection keeps: opened on a folder, written by one thread at a time, read by any."""

    def positions(self) -> Positions | None:
        """As they were committed last; None if that never happened."""

    def put(self, collection: str, states: Mapping[str, State | None]) -> None:
        """These states are so now; None for those that are not there."""

    def commit(self, positions: Positions) -> None:
        """Keep what was put, and these positions, all of it or nothing; from now on it is read."""

    def close(self) -> None:
        """Write no longer, and let the next one open the folder."""


class States(Protocol):
    """The stored states of an aggregate (`headwater.store.Reader`)."""

    @property
    def collection(self) -> str: ...
    async def get_many(self, ids: Iterable[str]) -> dict[str, Any]: ...
    async def find(
        self, filter: dict[str, Any], sort: Sequence[tuple[str, int]], limit: int
    ) -> list[tuple[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class Source:
    """An aggregate that is projected, and the topic of its events, keyed by its id."""

    states: States
    events: str
    named_in: tuple[States, str] | None = None
    """Other states that show something of these, and their field with its id: a change here puts those anew as well."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a projection is."""

    behind: int
    """Events that have been published and are not in it, when the topics' ends were last known."""
    as_of: datetime | None
    """UTC: all that was told by then is in it. None: it has not caught up since this process began."""
    rebuilding: bool


class NotBuilt(Exception):
    """There is no model to answer from yet; the sentence says how far it is."""


class Follows(Protocol):
    """What a projection needs of `Follower`."""

    positions: Positions

    async def ends(self) -> Positions: ...
    async def seek(self, positions: Mapping[str, int]) -> None: ...
    async def poll(self, most: int) -> list[Any]: ...
    async def stop(self) -> None: ...


@dataclass(slots=True)
class _Generation(Generic[M]):
    """A model at work."""

    model: M
    folder: Path
    behind: int = 0
    as_of: datetime | None = None


class Projection(Generic[M]):
    """A read model of this process, from its folder or built anew; see the module's docstring."""

    def __init__(
        self,
        name: str,
        open_model: Callable[[Path], M],
        sources: Sequence[Source],
        follow: Callable[[Sequence[str]], Any],
        rebuild_on: str | None = None,
    ) -> None:
        """`follow` opens a `Follows` of topics. Any record on the topic `rebuild_on` asks for building anew.

        Sources are built in their order: what others show comes before them.
        """
        self.name = name
        self._open_model = open_model
        self._sources = {source.events: source for source in sources}
        self._follow = follow
        self._rebuild_on = rebuild_on
        self._topics = [*self._sources, *([rebuild_on] if rebuild_on else [])]
        self._serving: _Generation[M] | None = None
        self._building: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None
        self._read = 0
        """States read by the build under way."""

    # --- what look-ups ask -----------------------------------------------------------------------------------------

    def current(self) -> M:
        """The model that answers now. Raises `NotBuilt`."""
        if self._serving is None:
            raise NotBuilt(f"The {self.name} is being built, {self._read:,} states read so far. Try again in a moment.")
        return self._serving.model

    def standing(self) -> Standing:
        """How far the model that answers is."""
        rebuilding = self._building is not None and not self._building.done()
        serving = self._serving
        return Standing(serving.behind, serving.as_of, rebuilding) if serving else Standing(0, None, True)

    def told(self) -> str | None:
        """What an operator should know beside readiness; None when there is nothing to say."""
        standing = self.standing()
        if self._serving is None:
            return f"the {self.name} is not built yet: {self._read:,} states read"
        if standing.rebuilding:
            return f"the {self.name} is being rebuilt beside the one that serves: {self._read:,} states read"
        return f"the {self.name} is {standing.behind:,} events behind" if standing.behind else None

    # --- life ------------------------------------------------------------------------------------------------------

    async def run(self, slot: Slot) -> None:
        """Serve from this folder until cancelled."""
        try:
            kept = await asyncio.to_thread(self._open_kept, slot)
            if kept is not None:
                self._serve(kept, slot)
            else:
                self._begin_build(slot)
            await asyncio.Event().wait()
        finally:
            tasks = [task for task in (self._building, self._following) if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._serving is not None:
                await asyncio.to_thread(self._serving.model.close)

    def _open_kept(self, slot: Slot) -> _Generation[M] | None:
        """The newest model that was committed; what is left of others goes."""
        kept: _Generation[M] | None = None
        for folder in slot.newest_first():
            if kept is None:
                kept = self._opened(folder)
            if kept is None or kept.folder != folder:
                slot.remove(folder)
        return kept

    def _opened(self, folder: Path) -> _Generation[M] | None:
        """A model that was committed; None when it was not, or whatever else is wrong with it."""
        try:
            model = self._open_model(folder)
        except Exception as error:
            log.warning("a kept projection cannot be used and is built anew", name=self.name, reason=repr(error))
            return None
        if model.positions() is not None:
            return _Generation(model, folder)
        model.close()
        return None

    def _serve(self, generation: _Generation[M], slot: Slot) -> None:
        self._serving = generation
        self._following = asyncio.create_task(self._keep_up(generation, slot))

    def _begin_build(self, slot: Slot) -> None:
        if self._building is None or self._building.done():
            self._building = asyncio.create_task(self._build(slot))

    # --- following -------------------------------------------------------------------------------------------------

    async def _keep_up(self, generation: _Generation[M], slot: Slot) -> None:
        """Follow for good. What is away is waited for; positions that are gone have it built anew."""
        while True:
            try:
                await self._follow_from(generation, lambda: self._begin_build(slot))
            except Gone as gone:
                log.warning("a projection is built anew, for events were missed", name=self.name, reason=str(gone))
                self._begin_build(slot)
                assert self._building is not None
                await asyncio.wait({self._building})
            except AWAY as away:
                log.warning("a projection waits", name=self.name, reason=repr(away))
            except Exception:
                log.exception("a projection could not take an event; it tries again", name=self.name)
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _follow_from(
        self, generation: _Generation[M], rebuild: Callable[[], None], until_caught_up: bool = False
    ) -> None:
        follower: Follows = await self._follow(self._topics)
        try:
            await follower.seek(generation.model.positions() or {})
            checked = -CHECK_EVERY_S
            while True:
                if time.monotonic() - checked >= CHECK_EVERY_S:
                    checked, asked = time.monotonic(), datetime.now(UTC)
                    generation.behind = _distance(follower.positions, await follower.ends())
                    if generation.behind == 0:
                        generation.as_of = asked
                        if until_caught_up:
                            return
                records = await follower.poll(MOST_AT_ONCE)
                if records:
                    await self._take(generation.model, records)
                    await asyncio.to_thread(generation.model.commit, dict(follower.positions))
                if any(record.topic == self._rebuild_on for record in records):
                    rebuild()
        finally:
            await follower.stop()

    async def _take(self, model: M, records: Sequence[Any]) -> None:
        """Put the states that these events are about, each once, in the order of the sources."""
        for topic, source in self._sources.items():
            ids = {(record.key or b"").decode(errors="replace"): None for record in records if record.topic == topic}
            for some in _in_pages(list(ids)):
                found = await source.states.get_many(some)
                await asyncio.to_thread(model.put, source.states.collection, {id: found.get(id) for id in some})
                if source.named_in is not None:
                    states, field = source.named_in
                    async for page in _pages(states, {field: {"$in": some}}):
                        await asyncio.to_thread(model.put, states.collection, page)

    # --- building --------------------------------------------------------------------------------------------------

    async def _build(self, slot: Slot) -> None:
        """Build a model beside the one that serves, let it catch up, and let it take over.

        Whoever asks for it meanwhile is answered by this one.
        """
        began = time.monotonic()
        while True:
            folder = slot.new()
            try:
                built = await self._built(folder)
                break
            except (Gone, *AWAY) as reason:
                log.warning("building a projection begins once more", name=self.name, reason=repr(reason))
            except Exception:
                log.exception("a projection could not be built; it begins once more", name=self.name)
            await asyncio.to_thread(slot.remove, folder)
            await asyncio.sleep(AGAIN_AFTER_S)
        log.info("a projection is built", name=self.name, states=self._read, seconds=round(time.monotonic() - began, 1))
        before, following = self._serving, self._following
        self._serve(built, slot)
        if before is not None and following is not None:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            await asyncio.to_thread(before.model.close)
            await asyncio.to_thread(slot.remove, before.folder)

    async def _built(self, folder: Path) -> _Generation[M]:
        follower: Follows = await self._follow(self._topics)
        try:
            noted = await follower.ends()
        finally:
            await follower.stop()
        generation = _Generation(await asyncio.to_thread(self._open_model, folder), folder)
        try:
            self._read = 0
            for source in self._sources.values():
                async for page in _pages(source.states, {}):
                    await asyncio.to_thread(generation.model.put, source.states.collection, page)
                    self._read += len(page)
            await asyncio.to_thread(generation.model.commit, noted)
            await self._follow_from(generation, lambda: None, until_caught_up=True)
        except BaseException:
            generation.model.close()
            raise
        return generation


async def _pages(states: States, filter: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """All states that match, by id. A store that is away for a moment is waited for."""
    last = ""
    while True:
        try:
            found = await states.find({**filter, "_id": {"$gt": last}}, [("_id", 1)], PAGE)
        except StoreAway as away:
            log.warning("building a projection waits for the store", reason=str(away))
            await asyncio.sleep(AGAIN_AFTER_S)
            continue
        if not found:
            return
        yield dict(found)
        last = found[-1][0]


def _in_pages(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + PAGE] for start in range(0, len(ids), PAGE)]


def _distance(positions: Positions, ends: Positions) -> int:
    return sum(max(0, end - positions.get(name, 0)) for name, end in ends.items())


def following(kafka: str) -> Callable[[Sequence[str]], Any]:
    """Followers of topics on this broker."""
    return lambda topics: Follower.open(kafka, topics)
