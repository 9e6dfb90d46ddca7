"""A store, a producer and a consumer in memory, with the promises of the real ones, and a toy aggregate for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition
from prometheus_client import CollectorRegistry

from headwater.contracts.base import Key, Message, ReplyTo
from headwater.decision import Decision, Part, State
from headwater.envelope import encode
from headwater.marks import Mark
from headwater.processor import Processor
from headwater.producer import PublishFailed, Record
from headwater.rules import Aggregate, Parts, Rules
from headwater.store import BornBefore, Changes, LaneLost
from headwater.telemetry import Meter

NOW = datetime(2026, 11, 11, 8, 30, tzinfo=UTC)
INBOX = "kit.jar.inbox.v1"
EVENTS = "kit.jar.events.v1"


class Put(Message, to=INBOX, key="jar"):
    """Put something into a jar."""

    jar: Key
    name: str
    n: int = 1


class Take(Message, to=INBOX, key="jar"):
    """Take something out of a jar: its part is gone."""

    jar: Key
    name: str


class Spoil(Message, to=INBOX, key="jar"):
    """Its rule has a bug."""

    jar: Key
    how: str


class Changed(Message, to=EVENTS, key="jar"):
    """The event."""

    jar: Key
    total: int


class Thing(Part):
    """One of the things in a jar."""

    n: int


class Jar(State):
    """A jar of things."""

    total: int = 0
    things: dict[str, Thing] = {}  # noqa: RUF012


def touched(message: Any) -> tuple[str, ...]:
    """The thing that a message is about; the rules of a jar know no messages without one."""
    if isinstance(message, Spoil):
        return () if message.how != "touch" else message.no_such_field  # type: ignore[attr-defined]
    return (message.name,)


def decide(jar: Jar | None, message: Message, now: datetime) -> Decision[Jar]:
    """The rules of a jar."""
    known = jar or Jar()
    match message:
        case Put():
            things = {**known.things, message.name: Thing(n=message.n)}
            changed = known.evolve(total=known.total + message.n, things=things)
        case Take() if message.name in known.things:
            rest = {name: thing for name, thing in known.things.items() if name != message.name}
            changed = known.evolve(total=known.total - known.things[message.name].n, things=rest)
        case Spoil(how="no part"):
            changed = known.evolve(things={**known.things, "broken": "no part"})
        case Spoil(how="again"):
            changed = known.evolve(things={**known.things, "tea": Thing(n=9)})
        case Spoil():
            raise RuntimeError(message.how)
        case _:
            return Decision(jar)
    return Decision(changed, (Changed(jar=message.jar, total=changed.total),))


PARTS = Parts("things", Thing, touched)


def jars(hot: int = 100, begins: tuple[type[Message], ...] = ()) -> Aggregate:
    """The rules as a processor uses them; `begins` are the messages that are taken to begin a jar, and a thing."""
    return Aggregate("jars", Jar, decide, (Put, Take, Spoil), replace(PARTS, begins=begins), hot, begins)


def record(
    message: Message, offset: int = 0, *, sequence: int | None = None, source: str = "other:inbox/0", partition: int = 0
) -> Any:
    """A message as the consumer hands it out."""
    key = message.address().key
    headers, value = encode(message, id=f"{offset}", source=source, time=NOW, subject=key, sequence=sequence)
    return raw(value, headers, offset, key=key.encode(), partition=partition)


def raw(
    value: bytes | None, headers: Sequence[tuple[str, bytes]], offset: int = 0, *, key: bytes | None = b"jar-1",
    partition: int = 0, topic: str = INBOX,
) -> Any:  # fmt: skip
    """Any record."""
    return SimpleNamespace(
        topic=topic, partition=partition, offset=offset, timestamp=int(NOW.timestamp() * 1000), key=key, value=value,
        headers=tuple(headers),
    )  # fmt: skip


class MemoryStore:
    """A store that keeps everything in dictionaries and commits by compare-and-set, as the real one does."""

    def __init__(self) -> None:
        self.lanes: dict[str, Mark] = {}
        self.collections: dict[str, dict[str, dict[str, Any]]] = {}
        self.boxes: dict[str, dict[str, Any]] = {}
        self.loads: list[tuple[str, frozenset[str]]] = []
        self.before_commit: Any = None
        """Awaited at the beginning of each commit, if set."""

    async def take(self, lane: str) -> Mark:
        """Raise the epoch."""
        old = self.lanes.get(lane, Mark(lane))
        self.lanes[lane] = Mark(lane, old.epoch + 1, old.next, old.batch, old.seen, old.sent, old.outbox)
        return self.lanes[lane]

    async def marks(self, lanes: Iterable[str]) -> dict[str, Mark]:
        """The marks as stored."""
        return {lane: self.lanes[lane] for lane in lanes}

    async def outbox(self, lane: str) -> list[dict[str, Any]]:
        """What was not published, oldest first."""
        return sorted((box for box in self.boxes.values() if box["lane"] == lane), key=lambda box: int(box["box"]))

    async def load(self, collection: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Documents by id."""
        wanted = frozenset(ids)
        self.loads.append((collection, wanted))
        found = self.collections.get(collection, {})
        return {id: found[id] for id in wanted if id in found}

    async def commit(self, changes: Changes) -> None:
        """All or nothing."""
        if self.before_commit is not None:
            await self.before_commit()
        for old, _ in changes.marks:
            if (self.lanes[old.lane].epoch, self.lanes[old.lane].next) != (old.epoch, old.next):
                raise LaneLost(old.lane)
        if any(id in self.collections.get(collection, {}) for collection, id in changes.births):
            raise BornBefore("one of the new documents is there already")
        for _, new in changes.marks:
            self.lanes[new.lane] = new
        for name, documents in changes.writes.items():
            collection = self.collections.setdefault(name, {})
            for id, document in documents.items():
                if document is None:
                    collection.pop(id, None)
                else:
                    collection[id] = dict(document)
        for id in changes.published:
            del self.boxes[id]
        for box in changes.outbox:
            self.boxes[box["_id"]] = dict(box)


class MemoryProducer:
    """A broker that keeps what is published, and can be away."""

    def __init__(self, topics: dict[str, int] | None = None) -> None:
        self.topics = topics or {INBOX: 1, EVENTS: 4, f"{INBOX}.dlq": 1}
        self.records: list[Record] = []
        self.refusals: list[Exception] = []
        """Raised by the next calls of `publish`, one each."""
        self.before_publish: Any = None
        """Awaited at the beginning of each `publish`, if set."""

    async def partitions(self, topic: str) -> int | None:
        """How many a topic has."""
        return self.topics.get(topic)

    async def publish(self, records: Sequence[Record]) -> None:
        """Keep them."""
        if self.before_publish is not None:
            await self.before_publish()
        if self.refusals:
            raise self.refusals.pop(0)
        self.records += records

    def to(self, topic: str) -> list[Record]:
        """What a topic holds."""
        return [one for one in self.records if one.topic == topic]


@dataclass
class MemoryConsumer:
    """A consumer that remembers where it was sent."""

    sought: list[tuple[TopicPartition, int]] = field(default_factory=list)
    committed: dict[TopicPartition, int] = field(default_factory=dict)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Go there."""
        self.sought.append((partition, offset))

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        """Tell Kafka."""
        self.committed.update(offsets)


class Member:
    """A processor on a store and a broker that others may share."""

    def __init__(self, store: MemoryStore, producer: MemoryProducer, rules: Rules | None = None) -> None:
        self.store, self.producer, self.consumer = store, producer, MemoryConsumer()
        self.registry = CollectorRegistry()
        self.processor = Processor("kit.jar", rules or jars(), store, producer, Meter(self.registry))  # type: ignore[arg-type]

    async def handle(self, *records: Any) -> None:
        """Work through one poll, and wait until its messages are published."""
        await self.processor.handle(records, self.consumer)
        await self.processor._published()

    def counted(self, outcome: str) -> int:
        """How many messages came to this."""
        labels = {"processor": "kit.jar", "outcome": outcome}
        return int(self.registry.get_sample_value("headwater_messages_total", labels) or 0)

    def errors(self) -> list[str]:
        """Why messages went to the dead letters."""
        return [dict(one.headers)["dlq_error"].decode() for one in self.producer.to(f"{INBOX}.dlq")]

    def jar(self, id: str = "jar-1") -> tuple[int, dict[str, int]] | None:
        """A jar as stored: its total and its things."""
        found = self.store.collections.get("jars", {}).get(id)
        things = self.store.collections.get("jars.things", {}).values()
        return (found["total"], {d["key"]: d["n"] for d in things if d["root"] == id}) if found else None


def member(rules: Rules | None = None) -> Member:
    """One on its own."""
    return Member(MemoryStore(), MemoryProducer(), rules)


def reply_to(topic: str = EVENTS, key: str = "asker") -> ReplyTo:
    """Where an answer goes."""
    return ReplyTo(topic=topic, key=key)


AWAY = PublishFailed("the broker is away")
