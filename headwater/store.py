"""The store: the only module that knows motor. One commit is one transaction over states, parts, outbox and marks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import uuid4

import bson
from bson.codec_options import CodecOptions
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import DeleteOne, InsertOne, ReplaceOne, WriteConcern
from pymongo.errors import ClientBulkWriteException, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern

from headwater.decision import Part, State
from headwater.marks import Mark

S = TypeVar("S", bound=State)
Document = dict[str, Any]
OPTIONS: CodecOptions[Document] = CodecOptions(tz_aware=True)
MAJORITY = WriteConcern(w="majority", j=True)
DUPLICATE_KEY = 11000
INDEX_CONFLICTS = {85, 86}
MAX_DOCUMENT = 15 * 1024 * 1024
UPDATES = 10
"""So often a document is asked for that others make at the same time."""
AFTER_SLASH = chr(ord("/") + 1)


class StoreAway(Exception):
    """The store did not answer, or its answer was lost: whether the last write took effect is not known."""


class LaneLost(Exception):
    """Another member has taken this partition since: whoever still works on it must drop what it holds."""


class BornBefore(Exception):
    """Something that was taken to be new is there already. Nothing was written."""


class Unstorable(Exception):
    """A state that no retry will ever store, for instance larger than a document may be."""


@dataclass(slots=True)
class Changes:
    """What one batch does to the store."""

    batch: str
    marks: list[tuple[Mark, Mark]] = field(default_factory=list)
    """Per lane the mark as it must be, and as it becomes."""
    writes: dict[str, dict[str, RawBSONDocument | None]] = field(default_factory=dict)
    """Per collection and id the document, or None to delete it."""
    outbox: list[RawBSONDocument] = field(default_factory=list)
    published: list[str] = field(default_factory=list)
    """Outbox documents that need not be kept any longer."""
    births: set[tuple[str, str]] = field(default_factory=set)
    """Collection and id of those documents that must not be there yet."""


class Encoded(RawBSONDocument):
    """A document's bytes. The driver asks whether it is empty, which would decode all of it again."""

    def __bool__(self) -> bool:
        return True


def storable(document: Document) -> RawBSONDocument:
    """The bytes of a document, made once. Raises `Unstorable`."""
    try:
        data = bson.encode(document)
    except (BSONError, OverflowError, UnicodeError, TypeError) as error:
        raise Unstorable(f"{document.get('_id')}: {error}") from error
    if len(data) > MAX_DOCUMENT:
        raise Unstorable(f"{document.get('_id')} would be {len(data):,} bytes; a document holds {MAX_DOCUMENT:,}")
    return Encoded(data)


class Store:
    """A service's database. Every method raises `StoreAway` when the store does not answer; trying again is safe."""

    def __init__(self, uri: str, database: str) -> None:
        self._client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
            uri, serverSelectionTimeoutMS=3000, timeoutMS=10_000, retryWrites=True, appname=f"headwater-{database}"
        )
        self._db = self._client.get_database(
            database,
            codec_options=OPTIONS,
            write_concern=MAJORITY,
            read_concern=ReadConcern("local"),
        )
        self._sessions: dict[str, Any] = {}

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    async def ping(self) -> None:
        """Raise `StoreAway` unless the store answers."""
        async with _answering():
            await self._db.command("ping")

    async def now(self) -> datetime:
        """The store's own clock, in UTC."""
        async with _answering():
            answer: Document = await self._db.command("hello", codec_options=OPTIONS)
        found: datetime = answer["localTime"]
        return found

    async def identity(self) -> str:
        """A random name that this database was given when it was first asked, and keeps until it is wiped."""
        new = {"$setOnInsert": {"name": uuid4().hex}}
        async with _answering():
            name: str = (await self._updated("identity", "identity", new))["name"]
        return name

    async def ensure_index(self, collection: str, keys: Sequence[str], *, sparse: bool = False) -> None:
        """Make an index, ascending by each key, descending where it begins with a minus.

        A sparse one leaves out the documents without the key. One of the same keys that was made otherwise is replaced.
        """
        pairs = [_direction(key) for key in keys]
        async with _answering():
            try:
                await self._db[collection].create_index(pairs, sparse=sparse)
            except OperationFailure as error:
                if error.code not in INDEX_CONFLICTS:
                    raise
                await self._db[collection].drop_index(pairs)
                await self._db[collection].create_index(pairs, sparse=sparse)

    async def take(self, lane: str) -> Mark:
        """Own a lane from now on: its epoch goes up, so that whoever owned it before can no longer commit."""
        async with _answering():
            ours = (await self._session(lane)).session_id["id"]
            await self._end_commit_of_last_owner(lane, ours)
            document = await self._updated("marks", lane, {"$inc": {"epoch": 1}, "$set": {"session": ours}})
        return read_mark(document)

    async def _updated(self, collection: str, id: str, update: Document) -> Document:
        """A document after an update, which makes it if it is not there. The update may be applied more than once.

        Of several who make it at the same time, SecantusDB tells some nothing at all: they ask again, and there it is.
        """
        for _ in range(UPDATES):
            found: Document | None = await self._db[collection].find_one_and_update(
                {"_id": id}, update, upsert=True, return_document=True
            )
            if found is not None:
                return found
        raise StoreAway(f"the store has told nothing of {id} in {collection}, {UPDATES} times")

    async def _session(self, lane: str) -> Any:
        """The session of the processor that a lane belongs to. It commits one batch at a time."""
        processor = lane.partition(":")[0]
        if processor not in self._sessions:
            self._sessions.setdefault(processor, await self._client.start_session(causal_consistency=False))
        return self._sessions[processor]

    async def _end_commit_of_last_owner(self, lane: str, ours: Any) -> None:
        """A process that died within a transaction would lock its lanes until the store gives up on it: a minute."""
        mark = await self._db.marks.find_one({"_id": lane}, {"session": 1})
        if mark is not None and mark.get("session") not in (None, ours):
            with suppress(OperationFailure):  # a store that does not know this command is waited for
                await self._client.admin.command({"killSessions": [{"id": mark["session"]}]})

    async def marks(self, lanes: Iterable[str]) -> dict[str, Mark]:
        """The marks of these lanes, as they are stored."""
        async with _answering():
            return {d["_id"]: read_mark(d) async for d in self._db.marks.find({"_id": {"$in": list(lanes)}})}

    async def outbox(self, lane: str) -> list[Document]:
        """The outbox documents of a lane that are not known to be published, oldest first."""
        async with _answering():
            return [d async for d in self._db.outbox.find({"lane": lane}).sort("box", 1)]

    async def load(self, collection: str, ids: Iterable[str]) -> dict[str, Document]:
        """The documents with these ids, those that exist."""
        async with _answering():
            return {d["_id"]: d async for d in self._db[collection].find({"_id": {"$in": list(ids)}})}

    async def commit(self, changes: Changes) -> None:
        """All of it or nothing, in two round trips.

        Raises `LaneLost` when a mark is not as expected, or else `BornBefore` when a document of `births` is there.
        """
        async with _answering():
            session = await self._session(changes.marks[0][0].lane)
        # A mark that is not as expected matches nothing, so its upsert inserts a second one of the same id: refused.
        operations: list[Any] = [
            ReplaceOne(
                {"_id": old.lane, "epoch": old.epoch, "next": old.next},
                write_mark(new) | {"session": session.session_id["id"]}, upsert=True,
                namespace=self._namespace("marks"),
            )
            for old, new in changes.marks
        ]  # fmt: skip
        for collection, documents in changes.writes.items():
            namespace = self._namespace(collection)
            operations += [
                _operation(id, document, namespace, born=(collection, id) in changes.births)
                for id, document in documents.items()
            ]
        boxes, boxes_from = self._namespace("outbox"), len(operations)
        operations += [DeleteOne({"_id": id}, namespace=boxes) for id in changes.published]
        operations += [InsertOne(box, namespace=boxes) for box in changes.outbox]
        async with _answering():
            try:
                # Both round trips in one job: each hand-over to the driver's threads costs as much as an answer.
                await asyncio.to_thread(self._transact, session.delegate, operations)
            except ClientBulkWriteException as error:
                faults: list[Any] = list(error.write_errors or ())
                twice = [fault["idx"] for fault in faults if fault["code"] == DUPLICATE_KEY]
                if any(index < len(changes.marks) for index in twice):
                    lanes = ", ".join(old.lane for old, _ in changes.marks)
                    raise LaneLost(f"another member has taken one of {lanes}") from error
                if twice and twice[0] < boxes_from:
                    raise BornBefore(f"one of {len(changes.births)} new documents is there already") from error
                raise

    def _transact(self, session: Any, operations: Sequence[Any]) -> None:
        with session.start_transaction(write_concern=MAJORITY):
            self._client.delegate.bulk_write(operations, session=session)

    def _namespace(self, collection: str) -> str:
        return f"{self._db.name}.{collection}"

    async def due(self, collection: str, now: Any, limit: int) -> list[Document]:
        """Ids and `wake_at` of the aggregates that asked to be woken by now, the longest due first."""
        async with _answering():
            cursor = self._db[collection].find({"wake_at": {"$lte": now}}, {"wake_at": 1}).sort("wake_at", 1)
            return [d async for d in cursor.limit(limit)]

    async def find(
        self, collection: str, filter: Document, sort: Sequence[tuple[str, int]], limit: int
    ) -> list[Document]:
        """Documents of a collection for a view."""
        async with _answering():
            cursor = self._db[collection].find(filter)
            return [d async for d in (cursor.sort(list(sort)) if sort else cursor).limit(limit)]


class Reader(Generic[S]):
    """Typed reads of an aggregate for views and look-ups: states as they were last committed."""

    def __init__(
        self, store: Store, collection: str, state: type[S], parts: str | None, part: type[Part] | None
    ) -> None:
        self.collection = collection
        """Where the states are stored."""
        self._store = store
        self._state = state
        self._parts = f"{collection}.{parts}"
        self._part = part

    async def get(self, id: str) -> S | None:
        """One state by its id, without its parts."""
        return (await self.get_many([id])).get(id)

    async def get_many(self, ids: Iterable[str]) -> dict[str, S]:
        """The states with these ids, those that exist."""
        found = await self._store.load(self.collection, ids)
        return {id: self._state.model_validate(document) for id, document in found.items()}

    async def versions(self, ids: Iterable[str], known: Callable[[str, int], S | None]) -> dict[str, tuple[S, int]]:
        """As `get_many`, each with its version. A state that is `known` in that version is not built once more."""
        found = await self._store.load(self.collection, ids)
        versions = {id: (document["version"], document) for id, document in found.items()}
        return {
            id: (known(id, version) or self._state.model_validate(document), version)
            for id, (version, document) in versions.items()
        }

    async def ids_by(
        self, field: str, values: Iterable[str], sort: Sequence[tuple[str, int]], limit: int
    ) -> dict[str, tuple[str, ...]]:
        """By each of these values that a field has, the ids of the states that have it there, in the order of `sort`.

        `field` is a path such as `skus.sku_id`; `limit` is the most states that are looked at.
        """
        ids: dict[str, dict[str, None]] = {value: {} for value in values}
        for document in await self._store.find(self.collection, {field: {"$in": list(ids)}}, sort, limit):
            for value in values_at(document, field):
                if value in ids:
                    ids[value][document["_id"]] = None
        return {value: tuple(found) for value, found in ids.items() if found}

    async def find(
        self,
        filter: Document,
        sort: Sequence[tuple[str, int]] = (),
        limit: int = 100,
        after: Document | None = None,
    ) -> list[tuple[str, S]]:
        """States that match, with their ids. `after` is a further filter that says where the last page ended."""
        query = {"$and": [filter, after]} if after else filter
        found = await self._store.find(self.collection, query, sort, limit)
        return [(d["_id"], self._state.model_validate(d)) for d in found]

    async def part(self, id: str, key: str) -> Any:
        """One part of an aggregate, or None."""
        assert self._part is not None
        found = await self._store.load(self._parts, [f"{id}/{key}"])
        return next((self._part.model_validate(d) for d in found.values()), None)

    async def parts(
        self, id: str, limit: int = 100, after_key: str | None = None, newest_first: bool = False
    ) -> list[tuple[str, Any]]:
        """The parts of an aggregate in the order of their keys, from the one after `after_key` on."""
        assert self._part is not None
        # The ids of parts are `root/key`, and no id holds a slash: their own index has them together and in order.
        least, most = f"{id}/", f"{id}{AFTER_SLASH}"
        if after_key is not None:
            least, most = (least, f"{id}/{after_key}") if newest_first else (f"{id}/{after_key}", most)
        query = {"_id": {"$gt": least, "$lt": most}}
        found = await self._store.find(self._parts, query, [("_id", -1 if newest_first else 1)], limit)
        return [(d["key"], self._part.model_validate(d)) for d in found]

    async def find_parts(self, id: str, filter: Document, sort: Sequence[tuple[str, int]], limit: int) -> list[Any]:
        """The parts of an aggregate that match, in that order. `Parts.indexes` should have its fields."""
        assert self._part is not None
        found = await self._store.find(self._parts, {"root": id, **filter}, sort, limit)
        return [self._part.model_validate(d) for d in found]

    async def parts_where(
        self, filter: Document, sort: Sequence[tuple[str, int]] = (), limit: int = 100, after: Document | None = None
    ) -> list[tuple[str, str, Any]]:
        """Parts of any aggregates that match (`root` is the aggregate's id), each as id, key and part; see `find`."""
        assert self._part is not None
        query = {"$and": [filter, after]} if after else filter
        found = await self._store.find(self._parts, query, sort, limit)
        return [(d["root"], d["key"], self._part.model_validate(d)) for d in found]


def values_at(thing: Any, path: str) -> Iterator[Any]:
    """What stands at a path such as `skus.sku_id` in a document, a state or a message; of a list, in each entry."""
    step, _, rest = path.partition(".")
    found = thing[step] if isinstance(thing, Mapping) else getattr(thing, step)
    for one in found if isinstance(found, list | tuple) else (found,):
        if rest:
            yield from values_at(one, rest)
        else:
            yield one


@asynccontextmanager
async def _answering() -> AsyncIterator[None]:
    try:
        yield
    except PyMongoError as error:
        raise StoreAway(f"the store did not answer as it should: {error}") from error


def _operation(id: str, document: RawBSONDocument | None, namespace: str, born: bool) -> Any:
    if document is None:
        return DeleteOne({"_id": id}, namespace=namespace)
    if born:  # a third cheaper for the store, and it tells when something is there
        return InsertOne(document, namespace=namespace)
    return ReplaceOne({"_id": id}, document, upsert=True, namespace=namespace)


def _direction(key: str) -> tuple[str, int]:
    return (key[1:], -1) if key.startswith("-") else (key, 1)


def read_mark(d: Document) -> Mark:
    """A mark from its document."""
    return Mark(
        lane=d["_id"],
        epoch=d["epoch"],
        next=d.get("next"),
        batch=d.get("batch", ""),
        seen={source: (high, tuple((a, b) for a, b in holes)) for source, high, holes in d.get("seen", ())},
        sent=dict(d.get("sent", ())),
        outbox=d.get("outbox", 0),
    )


def write_mark(mark: Mark) -> Document:
    """The document of a mark."""
    # Pairs, not objects: topic names hold dots, which a field name should not.
    return {
        "_id": mark.lane,
        "epoch": mark.epoch,
        "next": mark.next,
        "batch": mark.batch,
        "seen": [[source, high, holes] for source, (high, holes) in mark.seen.items()],
        "sent": list(mark.sent.items()),
        "outbox": mark.outbox,
    }
