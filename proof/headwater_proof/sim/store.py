"""The simulated store: the promises of `headwater.store.Store`, kept in dictionaries of bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar

import bson

from headwater.marks import Mark
from headwater.store import OPTIONS, BornBefore, Changes, Document, LaneLost, StoreAway, read_mark, write_mark
from headwater_proof.sim.network import Lost, Node, Server

T = TypeVar("T")
COMMIT_S = 0.004
"""About what a transaction takes on the real one."""


class Database:
    """What the disk holds: documents by collection and id, as the bytes that were written."""

    def __init__(self, server: Server, clock: Callable[[], datetime]) -> None:
        self.server = server
        self.clock = clock
        self.collections: dict[str, dict[str, bytes]] = {}
        self._wakes: dict[str, dict[str, datetime]] = {}

    def find(self, collection: str) -> list[Document]:
        """All documents of a collection."""
        return [bson.decode(data, OPTIONS) for data in self.collections.get(collection, {}).values()]

    def get(self, collection: str, id: str) -> Document | None:
        """One document."""
        data = self.collections.get(collection, {}).get(id)
        return None if data is None else bson.decode(data, OPTIONS)

    def put(self, collection: str, id: str, data: bytes) -> None:
        """Write one document."""
        self.collections.setdefault(collection, {})[id] = data
        wakes = self._wakes.setdefault(collection, {})
        wakes.pop(id, None)
        at = bson.decode(data, OPTIONS).get("wake_at") if b"wake_at" in data else None
        if at is not None:
            wakes[id] = at

    def delete(self, collection: str, id: str) -> None:
        """Delete one document."""
        self.collections.get(collection, {}).pop(id, None)
        self._wakes.get(collection, {}).pop(id, None)

    def due(self, collection: str, now: datetime, limit: int) -> list[Document]:
        """As `Store.due`."""
        found = sorted((at, id) for id, at in self._wakes.get(collection, {}).items() if at <= now)
        return [{"_id": id, "wake_at": at} for at, id in found[:limit]]

    def take(self, lane: str) -> Mark:
        """As `Store.take`."""
        document = self.get("marks", lane) or {"_id": lane, "epoch": 0}
        document["epoch"] += 1
        self.put("marks", lane, bson.encode(document))
        return read_mark(document)

    def marks(self, lanes: Iterable[str]) -> dict[str, Mark]:
        """As `Store.marks`."""
        found = ((lane, self.get("marks", lane)) for lane in lanes)
        return {lane: read_mark(document) for lane, document in found if document is not None}

    def outbox(self, lane: str) -> list[Document]:
        """As `Store.outbox`."""
        return sorted((d for d in self.find("outbox") if d["lane"] == lane), key=lambda d: int(d["box"]))

    def commit(self, changes: Changes) -> None:
        """As `Store.commit`: all of it, or nothing and `LaneLost` or `BornBefore`."""
        for old, _ in changes.marks:
            stored = read_mark(self.get("marks", old.lane) or {"_id": old.lane, "epoch": 0})
            if (stored.epoch, stored.next) != (old.epoch, old.next):
                raise LaneLost(f"another member has taken one of {old.lane}")
        if any(self.get(collection, id) is not None for collection, id in changes.births):
            raise BornBefore("one of the new documents is there already")
        boxes = self.collections.setdefault("outbox", {})
        if any(box["_id"] in boxes for box in changes.outbox):
            raise StoreAway("an outbox document of this id is there already")
        for _, new in changes.marks:
            self.put("marks", new.lane, bson.encode(write_mark(new)))
        for collection, documents in changes.writes.items():
            for id, document in documents.items():
                if document is None:
                    self.delete(collection, id)
                else:
                    self.put(collection, id, bytes(document.raw))
        for id in changes.published:
            boxes.pop(id, None)
        for box in changes.outbox:
            boxes[box["_id"]] = bytes(box.raw)


class SimStore:
    """A process's way to its database."""

    def __init__(self, node: Node, database: Database) -> None:
        self._node = node
        self._database = database

    async def now(self) -> datetime:
        """As `Store.now`."""
        return await self._ask(self._database.clock)

    async def take(self, lane: str) -> Mark:
        """As `Store.take`."""
        return await self._ask(lambda: self._database.take(lane))

    async def marks(self, lanes: Iterable[str]) -> dict[str, Mark]:
        """As `Store.marks`."""
        wanted = list(lanes)
        return await self._ask(lambda: self._database.marks(wanted))

    async def outbox(self, lane: str) -> list[Document]:
        """As `Store.outbox`."""
        return await self._ask(lambda: self._database.outbox(lane))

    async def load(self, collection: str, ids: Iterable[str]) -> dict[str, Document]:
        """As `Store.load`."""
        wanted = list(ids)
        found = await self._ask(lambda: [self._database.get(collection, id) for id in wanted])
        return {document["_id"]: document for document in found if document is not None}

    async def due(self, collection: str, now: Any, limit: int) -> list[Document]:
        """As `Store.due`."""
        return await self._ask(lambda: self._database.due(collection, now, limit))

    async def commit(self, changes: Changes) -> None:
        """As `Store.commit`."""
        await self._ask(lambda: self._database.commit(changes), COMMIT_S)

    async def _ask(self, effect: Callable[[], T], lasts_s: float = 0.001) -> T:
        try:
            return await self._node.call(self._database.server, effect, lasts_s)
        except Lost as lost:
            raise StoreAway(str(lost)) from lost
