"""Look-ups from memory: states that were asked for before, so that most look-ups need no round trip to the store.

What is told stays close to what is stored by three means, each for what the one before it cannot see:

- **Own commits.** What a processor of this process has committed is known here before its replies and events are
  published. While one member owns all lanes its look-ups are exact: who has read `Done` reads the change.
- **Events.** Other members tell of their commits on the aggregate's topic of events, and each event carries the version
  that it made. An older entry is dropped, so a look-up is behind for the milliseconds that an event takes.
- **Age.** No entry is told that is older than `MAX_AGE_S`. That bounds what no event tells: a process that is cut off
  from Kafka but not from the store, an owner that died between its commit and its events, a change without an event.

A lane that goes to another member needs nothing here. An entry says what was committed and when it was read, which
stays true whoever owns the lane; the new owner's changes come as events, and late adoption of an own commit changes
only an entry that is older by its version, and never makes one look younger.

Absence is kept only where a reader is told to (`absent`): elsewhere what was just created is found at once. It is kept
as a value of version 0, which any commit and any event outdates.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from headwater.contracts.base import Message
from headwater.decision import State
from headwater.envelope import Raw
from headwater.store import Reader, values_at

MAX_AGE_S = 5.0
"""The oldest that an entry may be told, in seconds of the loop's clock since its reading began."""
RENEW_AFTER_S = MAX_AGE_S / 2
"""An entry of this age that is in use is read again in the background, so that no look-up has to wait for it."""
RENEW_AT_ONCE = 200
"""So many entries are read again in one round trip."""
S = TypeVar("S", bound=State)
V = TypeVar("V")


@dataclass(slots=True)
class _Entry(Generic[V]):
    value: V | None
    """None: there is nothing under this key."""
    version: int
    since: float
    """When its reading began, by the loop's clock: the value was stored then, or later."""
    asked: bool = False
    """Whether anybody asked for it since it was read."""


class Lookups(Generic[V]):
    """Values by key with their versions, as they were read. The least recently asked for go when there are too many.

    A reading that was under way when its key changed may bring what was stored before: it is told to those who waited
    for it, who asked before the change was known, and is not kept.
    """

    def __init__(
        self,
        read: Callable[[Sequence[str]], Awaitable[Mapping[str, tuple[V, int]]]],
        most: int,
        wake: Callable[[], object] = lambda: None,
        absent: bool = False,
    ) -> None:
        """`read` brings the values that exist; `most` entries are kept; `wake` is called before something is read.

        `absent`: that a key has no value is kept, too.
        """
        self._read = read
        self._absent = absent
        self._most = most
        self._wake = wake
        self._entries: OrderedDict[str, _Entry[V]] = OrderedDict()
        self._reading: dict[str, asyncio.Future[Mapping[str, tuple[V, int]]]] = {}
        """By key the reading whose result may be kept."""

    def __len__(self) -> int:
        return len(self._entries)

    async def get_many(self, keys: Iterable[str]) -> dict[str, V]:
        """The values of these keys, those that exist. Raises what reading raises."""
        oldest = _now() - MAX_AGE_S
        found: dict[str, V] = {}
        missing = []
        for key in keys:
            entry = self._entries.get(key)
            if entry is None or entry.since < oldest:
                missing.append(key)
            else:
                entry.asked = True
                self._entries.move_to_end(key)
                if entry.value is not None:
                    found[key] = entry.value
        if missing:
            self._wake()
            found |= await self._bring(missing)
        return found

    def known(self, key: str, version: int) -> V | None:
        """The value of a key if it is kept in this version, however old."""
        entry = self._entries.get(key)
        return entry.value if entry is not None and entry.version == version else None

    def learn(self, key: str, value: V, version: int) -> None:
        """This process has committed a value: an older entry takes it over, but does not get younger by that."""
        self._reading.pop(key, None)
        entry = self._entries.get(key)
        if entry is not None and entry.version < version:
            entry.value, entry.version = value, version

    def outdate(self, key: str, version: float = math.inf) -> None:
        """The key has come to this version: what is older is told no longer."""
        self._reading.pop(key, None)
        entry = self._entries.get(key)
        if entry is not None and entry.version < version:
            del self._entries[key]

    def clear(self) -> None:
        """Anything may have changed."""
        self._entries.clear()
        self._reading.clear()

    async def renew(self) -> None:
        """Read again what is in use and will soon be too old."""
        due = _now() - RENEW_AFTER_S
        keys = [key for key, entry in self._entries.items() if entry.asked and entry.since < due]
        for start in range(0, len(keys), RENEW_AT_ONCE):
            await self._bring(keys[start : start + RENEW_AT_ONCE])

    async def _bring(self, keys: Sequence[str]) -> dict[str, V]:
        """Read what is not being read already, and wait for all of it."""
        new = [key for key in keys if key not in self._reading]
        if new:
            reading = asyncio.ensure_future(self._read(new))
            self._reading |= dict.fromkeys(new, reading)
            reading.add_done_callback(partial(self._keep, new, _now()))
        waited_for = {key: self._reading[key] for key in keys}
        for one in dict.fromkeys(waited_for.values()):
            await asyncio.shield(one)  # a caller whose deadline passes must not take the answer from the others
        brought = {key: one.result().get(key) for key, one in waited_for.items()}
        return {key: found[0] for key, found in brought.items() if found is not None}

    def _keep(self, keys: Sequence[str], since: float, reading: asyncio.Future[Mapping[str, tuple[V, int]]]) -> None:
        failed = reading.cancelled() or reading.exception() is not None
        for key in keys:
            if self._reading.get(key) is reading:  # else it changed meanwhile
                del self._reading[key]
                if not failed:
                    self._put(key, since, reading.result().get(key))

    def _put(self, key: str, since: float, found: tuple[V, int] | None) -> None:
        self._entries.pop(key, None)
        if found is not None or self._absent:
            value, version = found or (None, 0)
            self._entries[key] = _Entry(value, version, since)
            if len(self._entries) > self._most:
                self._entries.popitem(last=False)


class Index:
    """Which aggregates have a value in a field, by that value: the offers that name a SKU.

    It may name an aggregate that has the value no longer, so whoever asks looks at the states. It misses one that has
    it only as long as `Lookups` may be behind.
    """

    def __init__(
        self,
        reader: Reader[Any],
        field: str,
        told_by: Iterable[type[Message]],
        sort: Sequence[tuple[str, int]],
        limit: int,
        most: int,
        wake: Callable[[], object],
        absent: bool,
    ) -> None:
        """`field` is a path such as `skus.sku_id`, in the states and in the events `told_by`.

        Those events name the values that an aggregate has from now on. `limit` is the most that one reading brings of
        aggregates, the first by `sort`.
        """
        self._reader = reader
        self._field = field
        self._told_by = frozenset(event.TYPE.encode() for event in told_by)
        self._sort = sort
        self._limit = limit
        self._lookups: Lookups[tuple[str, ...]] = Lookups(self._read, most, wake, absent)
        self.get_many = self._lookups.get_many
        """The ids by value, in the order of `sort`; a value that nobody has is left out."""
        self.clear, self.renew = self._lookups.clear, self._lookups.renew

    def committed(self, state: State) -> None:
        """This process has committed a state, whose values may be new."""
        for value in values_at(state, self._field):
            self._lookups.outdate(value)

    def heard(self, type: bytes | None, data: bytes | None) -> None:
        """An event came of any member, by its type and its data in JSON."""
        if type in self._told_by:
            try:
                for value in values_at(json.loads(data or b""), self._field):
                    self._lookups.outdate(value)
            except (ValueError, LookupError, TypeError, AttributeError):  # whatever it names, it is told no longer
                self.clear()

    async def _read(self, values: Sequence[str]) -> dict[str, tuple[tuple[str, ...], int]]:
        found = await self._reader.ids_by(self._field, values, self._sort, self._limit)
        return {value: (ids, 0) for value, ids in found.items()}


class CachedReader(Generic[S]):
    """A reader whose look-ups by id come from memory where they can; `find` asks the store."""

    def __init__(
        self, reader: Reader[S], most: int, wake: Callable[[], object] = lambda: None, absent: bool = False
    ) -> None:
        """`most` states are kept, and as many values of each index. `wake` is called before something is read."""
        self._reader = reader
        self._most = most
        self._wake = wake
        self._absent = absent
        self._states: Lookups[S] = Lookups(self._read, most, wake, absent)
        self._indexes: list[Index] = []
        self.get_many = self._states.get_many
        """The states with these ids, those that exist, without their parts."""
        self.find = reader.find

    async def get(self, id: str) -> S | None:
        """One state by its id, without its parts."""
        return (await self.get_many((id,))).get(id)

    def index(
        self, field: str, *, told_by: Iterable[type[Message]], sort: Sequence[tuple[str, int]], limit: int
    ) -> Index:
        """Look-ups of ids by the values of a field; see `Index`."""
        made = Index(self._reader, field, told_by, sort, limit, self._most, self._wake, self._absent)
        self._indexes.append(made)
        return made

    def committed(self, id: str, state: S, version: int) -> None:
        """A processor of this process has committed a state, which has no parts in it."""
        self._states.learn(id, state, version)
        for index in self._indexes:
            index.committed(state)

    def heard(self, event: Raw) -> None:
        """Any member has published an event of such an aggregate. Raises nothing."""
        headers = dict(event.headers)
        id = (event.key or b"").decode(errors="replace")
        self._states.outdate(id, _revision(headers.get("ce_revision")))
        for index in self._indexes:
            index.heard(headers.get("ce_type"), event.value)

    def clear(self) -> None:
        """Events were missed: anything may have changed."""
        self._states.clear()
        for index in self._indexes:
            index.clear()

    async def renew(self) -> None:
        """Read again what is in use and will soon be too old. Raises `StoreAway`."""
        await self._states.renew()
        for index in self._indexes:
            await index.renew()

    async def _read(self, ids: Sequence[str]) -> dict[str, tuple[S, int]]:
        return await self._reader.versions(ids, self._states.known)


def _revision(header: bytes | None) -> float:
    """The version that an event made; one that cannot be read is above all others."""
    return int(header) if header is not None and header.isdigit() and len(header) < 19 else math.inf


def _now() -> float:
    return asyncio.get_running_loop().time()
