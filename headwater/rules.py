"""Rules: what a processor applies to a message. An aggregate decides on its state; a route only passes on."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bson.raw_bson import RawBSONDocument

from headwater.contracts.base import Message, Sent
from headwater.decision import Decision, Part, State
from headwater.store import Store, storable

Messages = Iterable[Message | Sent]
MessageTypes = tuple[type[Message], ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """That a state keeps many small things in the field `name`, and which of them a message touches."""

    name: str
    type: type[Part]
    touched: Callable[[Any], Sequence[str]]
    begins: MessageTypes = ()
    """The messages that usually begin a part: it is taken to be new, and not looked for."""
    indexes: tuple[tuple[str, ...], ...] = ()
    """By which of their fields parts are looked for: beside their own, each has its aggregate's id in `root`."""


class Incoming(Protocol):
    """A message that could be read, with its lane, its key and the broker's time."""

    @property
    def lane(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def message(self) -> Message: ...
    @property
    def now(self) -> datetime: ...


class Rules(Protocol):
    """What a processor asks of the rules that it applies."""

    keyed: bool
    """Whether a message must stand in the partition of its key, because that decides who writes its aggregate."""
    trusts_sources: bool
    """Whether the senders are our own services, whose sequence numbers count."""

    async def load(self, store: Store, incoming: Sequence[Incoming], certain: bool = False) -> None: ...
    async def holds(self, store: Store) -> bool: ...
    async def look(self, store: Store) -> None: ...
    def apply(self, incoming: Incoming) -> tuple[Messages, int]: ...
    def undo(self, incoming: Incoming) -> None: ...
    def check(self, incoming: Incoming) -> None: ...
    def restart(self) -> None: ...
    def writes(self) -> dict[str, dict[str, RawBSONDocument | None]]: ...
    def births(self) -> set[tuple[str, str]]: ...
    def adopt(self) -> None: ...
    def forget(self, lane: str) -> None: ...


class Route:
    """Stateless: an event comes in, commands go out. Types that it does not name pass by."""

    keyed = False

    def __init__(self, handlers: Mapping[type[Message], Callable[..., Messages]], *, with_topic: bool, external: bool):
        self.trusts_sources = not external
        self.handlers = dict(handlers)
        self.with_topic = with_topic

    async def load(self, store: Store, incoming: Sequence[Incoming], certain: bool = False) -> None:
        """Nothing to load."""

    async def holds(self, store: Store) -> bool:
        """Nothing was taken for granted."""
        return True

    async def look(self, store: Store) -> None:
        """Nothing is born."""

    def apply(self, incoming: Incoming) -> tuple[Messages, int]:
        """What follows from the message."""
        handler = self.handlers.get(type(incoming.message))
        if handler is None:
            return (), 0
        more = (incoming.topic,) if self.with_topic else ()
        return handler(incoming.message, incoming.now, *more), 0

    def undo(self, incoming: Incoming) -> None:
        """Nothing to undo."""

    def check(self, incoming: Incoming) -> None:
        """Nothing to check."""

    def restart(self) -> None:
        """Nothing to start anew."""

    def writes(self) -> dict[str, dict[str, RawBSONDocument | None]]:
        """Nothing to write."""
        return {}

    def births(self) -> set[tuple[str, str]]:
        """Nothing is born."""
        return set()

    def adopt(self) -> None:
        """Nothing to keep."""

    def forget(self, lane: str) -> None:
        """Nothing to forget."""


def merged(*routes: Mapping[type[Message], Callable[..., Iterable[Any]]]) -> dict[type[Message], Callable[..., Any]]:
    """Several routes as one, so that a topic is read once for all of them: what follows from each follows."""

    def follows(event: Message, now: datetime) -> Iterator[Any]:
        for route in routes:
            if (handler := route.get(type(event))) is not None:
                yield from handler(event, now)

    return {kind: follows for route in routes for kind in route}


async def _absent(store: Store, collection: str, ids: Iterable[str]) -> Mapping[str, Any]:
    """Load what is not in memory; nothing to load costs nothing."""
    wanted = tuple(ids)
    return await store.load(collection, wanted) if wanted else {}


class BegunBefore(Exception):
    """A rule begins a state or a part that is stored already, and that its message does not name as touched."""


@dataclass(slots=True)
class _Entry:
    """An aggregate within a batch: as stored, and as decided so far."""

    lane: str
    stored: State | None
    stored_version: int
    parts: dict[str, Part] = field(default_factory=dict)
    state: State | None = None
    version: int = 0
    before: tuple[State | None, int] = (None, 0)

    def restart(self) -> None:
        self.state, self.version = self.stored, self.stored_version


class Hot:
    """What the owner of the lanes keeps in memory between batches: nobody else can write it. Least recently used go."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        # A plain dict looks for its first entry past all those that were deleted before it.
        self._kept: OrderedDict[str, tuple[str, Any]] = OrderedDict()

    def get(self, id: str) -> Any:
        """What is kept under an id, or None."""
        found = self._kept.get(id)
        if found is None:
            return None
        self._kept.move_to_end(id)
        return found[1]

    def put(self, lane: str, id: str, value: Any) -> None:
        """Keep something of a lane."""
        self._kept[id] = (lane, value)
        self._kept.move_to_end(id)
        if len(self._kept) > self._limit:
            self._kept.popitem(last=False)

    def drop(self, id: str) -> None:
        """Drop one: it is no more."""
        self._kept.pop(id, None)

    def forget(self, lane: str) -> None:
        """Drop all of a lane: another may write it now."""
        self._kept = OrderedDict((id, kept) for id, kept in self._kept.items() if kept[0] != lane)


class Aggregate:
    """One type of aggregate: its collection, its state, and its `decide`.

    A message of `begins` usually begins a new state, so that to look for one would be in vain. What such a message
    touches first in a batch is **taken to be new**: its document is inserted, and the store tells if there was one
    (`BornBefore`). Where nothing is written that could tell (the message was refused), `holds` looks. If the batch was
    wrong about it, it begins once more with `certain`, which looks for everything.
    """

    keyed = True
    trusts_sources = True

    def __init__(
        self,
        collection: str,
        state: type[State],
        decide: Callable[[Any, Any, datetime], Decision[Any]],
        accepts: Iterable[type[Message]],
        parts: Parts | None,
        hot: int,
        begins: Iterable[type[Message]] = (),
        tell: Iterable[Callable[[str, Any, int], None]] = (),
    ) -> None:
        """`tell` is called for each change that is committed: the id, the state without its parts, the version."""
        self.collection = collection
        self.state = state
        self.decide = decide
        self.accepts = frozenset(accepts)
        self.parts = parts
        self.begins = tuple(begins)
        self._part_collection = f"{collection}.{parts.name}" if parts else ""
        self._hot = Hot(hot)
        self._hot_parts = Hot(hot)
        self._tell = tell
        self._entries: dict[str, _Entry] = {}
        self._faulty: dict[int, Exception] = {}
        self._taken_as_new: tuple[set[str], set[str]] = (set(), set())
        """Ids of states, and of parts."""
        self._there: set[tuple[str, str]] = set()
        """Of the last `births` those that are stored already, once `look` has looked."""

    async def load(self, store: Store, incoming: Sequence[Incoming], certain: bool = False) -> None:
        """Begin a batch: bring in the states and parts that its messages touch, from memory or in one find each."""
        lanes = {i.key: i.lane for i in incoming}
        self._faulty, self._there = {}, set()
        first, first_part = self._first(incoming)
        states = {key: kept for key in lanes if (kept := self._hot.get(key)) is not None}
        parts = {id: kept for id in first_part if (kept := self._hot_parts.get(id)) is not None}
        absent, absent_parts = lanes.keys() - states.keys(), first_part.keys() - parts.keys()
        new: set[str] = set()
        new_parts: set[str] = set()
        if not certain:
            new = {key for key in absent if issubclass(first[key], self.begins)}
            begins = self.parts.begins if self.parts else ()
            new_parts = {id for id in absent_parts if issubclass(first_part[id], begins)}
        self._taken_as_new = new, new_parts
        documents, part_documents = await self._find(store, absent - new, absent_parts - new_parts)
        for key, document in documents.items():
            states[key] = (self.state.model_validate(document), document["version"])
        self._entries = {key: _Entry(lane, *states.get(key, (None, 0))) for key, lane in lanes.items()}
        if self.parts:
            parts.update((id, self.parts.type.model_validate(document)) for id, document in part_documents.items())
            self._give_parts(self.parts.name, parts)
        self.restart()

    async def holds(self, store: Store) -> bool:
        """Whether what was taken to be new is new, as far as the commit will not tell. Raises `StoreAway`."""
        new, new_parts = self._taken_as_new
        unwritten = {key for key in new if self._entries[key].state is None}
        found = await self._find(store, unwritten, {id for id in new_parts if not self._is_born(id)})
        return not any(found)

    async def look(self, store: Store) -> None:
        """Find out which of the births are none: `check` tells the messages that begin them. Raises `StoreAway`."""
        born = self.births()
        states = {id for collection, id in born if collection == self.collection}
        there = await self._find(store, states, {id for _, id in born if id not in states})
        self._there = {(self.collection, id) for id in there[0]} | {(self._part_collection, id) for id in there[1]}

    async def _find(self, store: Store, ids: set[str], parts: set[str]) -> Sequence[Mapping[str, Any]]:
        if not ids and not parts:
            return {}, {}
        return await asyncio.gather(
            _absent(store, self.collection, ids), _absent(store, self._part_collection, parts)
        )  # fmt: skip

    def _is_born(self, part: str) -> bool:
        root, _, name = part.partition("/")
        assert self.parts is not None
        return name in getattr(self._entries[root].state, self.parts.name, ())

    def _first(self, incoming: Sequence[Incoming]) -> tuple[dict[str, type[Message]], dict[str, type[Message]]]:
        """The type of the first message for each state, and for each part."""
        first: dict[str, type[Message]] = {}
        first_part: dict[str, type[Message]] = {}
        for one in incoming:
            first.setdefault(one.key, type(one.message))
            if self.parts:
                for part in self._touched(one):
                    first_part.setdefault(f"{one.key}/{part}", type(one.message))
        return first, first_part

    def _touched(self, incoming: Incoming) -> Sequence[str]:
        if self.parts is None or type(incoming.message) not in self.accepts:
            return ()
        try:
            return self.parts.touched(incoming.message)
        except Exception as bug:  # one message's fault, not the batch's: `apply` tells it
            self._faulty[id(incoming)] = bug
            return ()

    def _give_parts(self, name: str, parts: Mapping[str, Part]) -> None:
        for id, part in parts.items():
            root, _, key = id.partition("/")
            self._entries[root].parts[key] = part
        for entry in self._entries.values():
            if entry.stored is not None and entry.parts:
                entry.stored = entry.stored.evolve(**{name: entry.parts})

    def apply(self, incoming: Incoming) -> tuple[Messages, int]:
        """Decide on one message; the batch's state of its aggregate is the new one from here on."""
        entry = self._entries[incoming.key]
        entry.before = (entry.state, entry.version)
        if type(incoming.message) not in self.accepts:
            raise TypeError(f"{self.collection} does not take {incoming.message.TYPE}; it may have the wrong address")
        if self._faulty and (bug := self._faulty.get(id(incoming))) is not None:
            raise bug
        decision = self.decide(entry.state, incoming.message, incoming.now)
        if decision.state is not entry.state:
            entry.state = decision.state
            entry.version += 1
        return decision.messages, entry.version

    def undo(self, incoming: Incoming) -> None:
        """Take back the last `apply`, which failed."""
        entry = self._entries[incoming.key]
        entry.state, entry.version = entry.before

    def check(self, incoming: Incoming) -> None:
        """Raise `Unstorable` if the aggregate cannot be stored as it is now, `BegunBefore` if it is there already."""
        for collection, id, _ in self._documents(incoming.key, self._entries[incoming.key]):
            if (collection, id) in self._there:
                raise BegunBefore(f"{collection} {id} is stored already; the rule began it once more")

    def restart(self) -> None:
        """Go back to what is stored: the batch is decided anew."""
        for entry in self._entries.values():
            entry.restart()

    def writes(self) -> dict[str, dict[str, RawBSONDocument | None]]:
        """The documents that the batch changes, by collection and id. Raises `Unstorable`."""
        writes: dict[str, dict[str, RawBSONDocument | None]] = {self.collection: {}, self._part_collection: {}}
        for key, entry in self._entries.items():
            for collection, id, document in self._documents(key, entry):
                writes[collection][id] = document
        return writes

    def births(self) -> set[tuple[str, str]]:
        """Collection and id of those documents that were not there before."""
        born: set[tuple[str, str]] = set()
        for key, entry in self._entries.items():
            if entry.state is None:
                continue
            if entry.stored is None:
                born.add((self.collection, key))
            if self.parts:
                parts: Mapping[str, Part] = getattr(entry.state, self.parts.name)
                born.update((self._part_collection, f"{key}/{name}") for name in parts.keys() - entry.parts.keys())
        return born

    def _documents(self, key: str, entry: _Entry) -> Iterable[tuple[str, str, RawBSONDocument | None]]:
        if entry.state is entry.stored or entry.state is None:
            return
        fields = entry.state.model_dump(exclude={self.parts.name} if self.parts else None)
        if fields["wake_at"] is None:  # the index of those who wait is sparse: who waits for nothing costs it nothing
            del fields["wake_at"]
        yield self.collection, key, storable({"_id": key, "version": entry.version, **fields})
        if self.parts:
            parts: Mapping[str, Part] = getattr(entry.state, self.parts.name)
            for name, part in parts.items():
                if part is not entry.parts.get(name):
                    id = f"{key}/{name}"
                    document = {"_id": id, "root": key, "key": name, **part.model_dump()}
                    yield self._part_collection, id, storable(document)
            for name in entry.parts.keys() - parts.keys():
                yield self._part_collection, f"{key}/{name}", None

    def adopt(self) -> None:
        """The batch is committed: keep what it decided in memory."""
        for key, entry in self._entries.items():
            if entry.state is None:
                continue
            state = entry.state
            if self.parts:
                parts: Mapping[str, Part] = getattr(state, self.parts.name)
                for name, part in parts.items():
                    self._hot_parts.put(entry.lane, f"{key}/{name}", part)
                for name in entry.parts.keys() - parts.keys():
                    self._hot_parts.drop(f"{key}/{name}")
                state = state.evolve(**{self.parts.name: {}})
            self._hot.put(entry.lane, key, (state, entry.version))
            if entry.state is not entry.stored:
                for tell in self._tell:
                    tell(key, state, entry.version)
        self._entries = {}

    def forget(self, lane: str) -> None:
        """Another member may write this lane now."""
        self._hot.forget(lane)
        self._hot_parts.forget(lane)
