"""The one road: a batch is a transaction.

    inbox topic --batch--> load states --> decide (pure) --> ONE transaction --> publish --> commit offsets
                           one find        no I/O            states + outbox + marks     in order

Every change of state in every service goes through `Processor.handle`. What makes it exact:

- A **lane** is one partition of one inbox. Whoever takes it raises its epoch in the store, and every transaction first
  compares epoch and offset: a member that lost the lane (a zombie) writes nothing.
- The messages to send are stored in the **outbox** within the transaction and published after it. Whoever takes the
  lane publishes first what is left there: a message may be published twice, never not at all.
- Each message carries its source and a gapless number per topic partition. The receiver's mark remembers what it has
  **seen**: a message that is published twice has its effect once.
- Offsets are committed to Kafka for lag monitoring only. The truth is the mark.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Protocol, TypeVar
from uuid import uuid4

from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError
from pydantic import TypeAdapter, ValidationError

from headwater.contracts.base import Key, Message
from headwater.contracts.topics import TOPICS
from headwater.envelope import Raw, Unreadable, decode
from headwater.logs import log
from headwater.marks import Mark, Seen
from headwater.outbox import Box, OutboxWriter, read_box
from headwater.producer import Producer, PublishFailed, partition_of
from headwater.rules import Rules
from headwater.store import BornBefore, Changes, LaneLost, Store, StoreAway
from headwater.telemetry import Meter

T = TypeVar("T")
ID: TypeAdapter[str] = TypeAdapter(Key)
KNOWN_TOPICS = frozenset(topic.name for topic in TOPICS)
BACKOFF_S = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
OFFSETS_EVERY_S = 0.2
"""Kafka hears of our progress so often; it needs it for lag monitoring only."""
AFTER_LOSS_S = 1.0
"""A member that was away learns from its next heartbeat that its partitions are gone; until then it keeps still."""


class Consumer(Protocol):
    """What a processor needs of a Kafka consumer."""

    def seek(self, partition: TopicPartition, offset: int) -> None: ...
    async def commit(self, offsets: dict[TopicPartition, int]) -> None: ...


class Stopping(Exception):
    """The process is going away: what is in hand is left to whoever takes the lane next."""


@dataclass(slots=True)
class Lane:
    """A partition that this member owns."""

    tp: TopicPartition
    mark: Mark
    """As it was last committed."""
    published: list[str] = field(default_factory=list)
    """Outbox documents that the next transaction may delete."""
    rewound: bool = False
    """The consumer was sent back to the mark; if it begins behind it again, the broker has nothing older."""


@dataclass(slots=True)
class Letter:
    """One record of a batch: opened, or with the reason why it could not be."""

    at: Lane
    record: Raw
    now: datetime
    key: str = ""
    content: Message | None = None
    trace: str | None = None
    fault: str | None = None

    @property
    def lane(self) -> str:
        """The name of its lane."""
        return self.at.mark.lane

    @property
    def topic(self) -> str:
        """The topic it came on."""
        return self.record.topic

    @property
    def message(self) -> Message:
        """Its message; only for letters without a fault."""
        assert self.content is not None
        return self.content


@dataclass(slots=True)
class Batch:
    """One batch on its way."""

    id: str
    next: dict[str, int] = field(default_factory=dict)
    """Per lane, the offset after its last record."""
    lanes: dict[str, Lane] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)
    seen: dict[str, Seen] = field(default_factory=dict)
    duplicates: int = 0
    outbox: dict[str, OutboxWriter] = field(default_factory=dict)
    dead: int = 0
    boxes: dict[str, Box] = field(default_factory=dict)
    box_ids: dict[str, list[str]] = field(default_factory=dict)
    deletes: dict[str, int] = field(default_factory=dict)
    """Per lane, how many of its published outbox documents its transaction deletes."""
    marks: dict[str, Mark] = field(default_factory=dict)


def _no_fault(_point: str) -> None:
    """Nothing happens at this point; a test may arrange otherwise."""


class Processor:
    """Works through one inbox, or one route. One instance per process and inbox, which handles one batch at a time."""

    def __init__(
        self, name: str, rules: Rules, store: Store, producer: Producer, meter: Meter,
        *, at: Callable[[str], None] = _no_fault, batch_id: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:  # fmt: skip
        self.name = name
        self.healthy = True
        """False while the store or the broker keeps a batch waiting."""
        self._rules = rules
        self._store = store
        self._producer = producer
        self._meter = meter
        self._at = at
        self._batch_id = batch_id
        self._lanes: dict[TopicPartition, Lane] = {}
        self._taking: defaultdict[TopicPartition, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._busy = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._publishing: asyncio.Task[None] | None = None
        self._telling: asyncio.Task[None] | None = None
        self._offsets: dict[TopicPartition, int] = {}
        self._offsets_told = 0.0

    # --- the road ------------------------------------------------------------------------------------------------

    async def handle(self, records: Sequence[Raw], consumer: Consumer) -> None:
        """Process the records of one poll, of any number of partitions, and return when they are committed.

        Raises nothing: what cannot be done now is tried again, and what another member has taken is dropped.
        """
        by_partition: dict[TopicPartition, list[Raw]] = {}
        for record in records:
            by_partition.setdefault(TopicPartition(record.topic, record.partition), []).append(record)
        async with self._busy:
            if self._stopping.is_set():
                return
            try:
                await self._process(by_partition, consumer)
            except Stopping:
                log.info("stopped; whoever takes the lanes sends what is committed and reads what is not",
                         processor=self.name)  # fmt: skip
            except LaneLost as lost:
                log.warning("another member has this partition now; the batch is dropped", reason=str(lost))
                self._meter.conflict(self.name)
                await self._give_back(by_partition, consumer)
            except Exception:
                log.exception("a batch failed in an unforeseen way and will be read again", processor=self.name)
                self.healthy = False
                await self._give_back(by_partition, consumer)

    async def _process(self, by_partition: dict[TopicPartition, list[Raw]], consumer: Consumer) -> None:
        self._at("polled")
        batch = Batch(self._batch_id())
        for tp, records in by_partition.items():
            lane = await self._take(tp, consumer)
            await self._open_all(batch, lane, self._unprocessed(lane, records, consumer))
        if not batch.lanes:
            return
        if not await self._settle(batch, certain=False):
            await self._settle(batch, certain=True)
        await self._published()
        self._publishing = asyncio.create_task(self._publish(batch, consumer))

    async def _settle(self, batch: Batch, certain: bool) -> bool:
        """Load, decide, commit. False if something was taken to be new and is not: nothing has happened then."""
        readable = [letter for letter in batch.letters if letter.fault is None]
        await self._persist(lambda: self._rules.load(self._store, readable, certain))
        self._at("loaded")
        self._decide(batch)
        self._at("decided")
        if not certain and not await self._persist(lambda: self._rules.holds(self._store)):
            return False
        if await self._committed(batch):
            return True
        if certain:
            # All that the messages touch was looked for: a rule begins what it had begun before. That is the fault of
            # one message, and the lane does not stand still for it.
            await self._persist(lambda: self._rules.look(self._store))
            self._decide(batch, careful=True)
            if await self._committed(batch):
                return True
            raise RuntimeError("a new document is there already, and no message of the batch begins it")
        return False

    async def _committed(self, batch: Batch) -> bool:
        """Commit what is decided, and adopt it. False if something that it begins is there already."""
        changes = await self._changes(batch)
        self._at("sealed")
        started = _now()
        try:
            await self._commit(changes)
        except BornBefore:
            return False
        self._at("committed")
        self._adopt(batch, _now() - started)
        return True

    # --- owning lanes --------------------------------------------------------------------------------------------

    async def assigned(self, partitions: Iterable[TopicPartition], consumer: Consumer) -> None:
        """Take these partitions: raise their epochs, publish what is left in their outboxes, go to their marks."""
        for tp in partitions:
            with suppress(Stopping):
                await self._take(tp, consumer)

    async def revoked(self, partitions: Iterable[TopicPartition], consumer: Consumer, wait_s: float = 3.0) -> None:
        """Hand these partitions over: finish what is in hand if that is quick, then forget them."""
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s), self._busy:
                await self._finish(consumer)
        for tp in partitions:
            self._forget(tp)

    async def stop(self, consumer: Consumer | None, wait_s: float) -> None:
        """Take no further batch; finish the one in hand, in at most `wait_s` seconds."""
        try:
            async with asyncio.timeout(wait_s), self._busy:
                self._stopping.set()
                await self._finish(consumer)
        except TimeoutError:
            log.warning("stopped in the middle of a batch; whoever comes next repeats it", processor=self.name)
        finally:
            self._stopping.set()
            for task in (self._publishing, self._telling):
                if task is not None:
                    task.cancel()

    async def _finish(self, consumer: Consumer | None) -> None:
        """Publish what is committed, and tell Kafka how far we are; what is left when we stop, the next owner sends."""
        with suppress(Stopping):
            await self._published()
        if self._telling is not None:
            # Who gives up waiting must not cancel it: the next to wait, the group's own task, would end with it.
            await asyncio.wait({self._telling})
        if consumer is not None:
            await self._tell_offsets(consumer)

    def owns(self, key: str, partitions: int) -> bool:
        """Whether this member owns the inbox partition of a key."""
        partition = partition_of(key.encode(), partitions)
        return any(tp.partition == partition for tp in self._lanes)

    async def _take(self, tp: TopicPartition, consumer: Consumer) -> Lane:
        # Records may be handed out while the assignment callback still runs, so both come here; the first one takes.
        async with self._taking[tp]:
            lane = self._lanes.get(tp)
            if lane is None:
                name = f"{self.name}:{tp.topic}/{tp.partition}"
                lane = Lane(tp, await self._persist(lambda: self._store.take(name)))
                self._at("taken")
                for box in await self._persist(lambda: self._store.outbox(name)):
                    records = read_box(box)
                    await self._persist(lambda records=records: self._producer.publish(records))  # type: ignore[misc]
                    lane.published.append(box["_id"])
                if lane.mark.next is not None:
                    self._seek(consumer, tp, lane.mark.next)
                self._lanes[tp] = lane
                log.info("lane taken", lane=name, epoch=lane.mark.epoch, next=lane.mark.next,
                         republished=len(lane.published))  # fmt: skip
        return lane

    def _forget(self, tp: TopicPartition) -> None:
        lane = self._lanes.pop(tp, None)
        self._offsets.pop(tp, None)
        if lane is not None:
            self._rules.forget(lane.mark.lane)

    async def _give_back(self, by_partition: dict[TopicPartition, list[Raw]], consumer: Consumer) -> None:
        for tp in by_partition:
            self._forget(tp)
        await asyncio.sleep(AFTER_LOSS_S)
        for tp, records in by_partition.items():
            self._seek(consumer, tp, records[0].offset)

    def _seek(self, consumer: Consumer, tp: TopicPartition, offset: int) -> None:
        with suppress(IllegalStateError):  # not assigned any longer: its new owner reads it
            consumer.seek(tp, offset)

    # --- reading -------------------------------------------------------------------------------------------------

    def _unprocessed(self, lane: Lane, records: list[Raw], consumer: Consumer) -> list[Raw]:
        """The records from the mark on. A poll may begin before it (after a restart), or behind it."""
        expected, found = lane.mark.next, records[0].offset
        if expected is None or found == expected:
            return records
        if found < expected:
            return [record for record in records if record.offset >= expected]
        if not lane.rewound:
            lane.rewound = True
            self._seek(consumer, lane.tp, expected)
            return []
        log.error("messages left the topic before they were processed", lane=lane.mark.lane, first=expected,
                  last=found - 1, do="check the topic's retention against the time the service was down")  # fmt: skip
        return records

    async def _open_all(self, batch: Batch, lane: Lane, records: list[Raw]) -> None:
        if not records:
            return
        name = lane.mark.lane
        batch.lanes[name] = lane
        batch.next[name] = records[-1].offset + 1
        seen = batch.seen[name] = Seen(lane.mark.seen)
        partitions = await self._persist(lambda: self._producer.partitions(lane.tp.topic))
        for record in records:
            letter = self._open(lane, record, seen, partitions or 0)
            if letter is None:
                batch.duplicates += 1
            else:
                batch.letters.append(letter)

    def _open(self, lane: Lane, record: Raw, seen: Seen, partitions: int) -> Letter | None:
        """Read one record; None if its message has been seen before."""
        now = datetime.fromtimestamp(record.timestamp / 1000, UTC)
        try:
            envelope = decode(record.headers, record.value, numbered=self._rules.trusts_sources)
            key = (record.key or b"").decode()
            if self._rules.keyed:
                _check_key(key, envelope.message, record, partitions)
        except (Unreadable, UnicodeDecodeError) as error:
            return Letter(lane, record, now, fault=str(error))
        if envelope.sequence is not None and not seen.is_new(envelope.source, envelope.sequence):
            return None
        return Letter(lane, record, now, key, envelope.message, envelope.traceparent)

    # --- deciding ------------------------------------------------------------------------------------------------

    def _decide(self, batch: Batch, careful: bool = False) -> None:
        """Apply the rules to each message in order. What fails goes to the dead letters, and the rest goes on.

        `careful` finds the one whose state could not be stored, or begins what is there, by trying after each.
        """
        self._rules.restart()
        batch.dead = 0
        batch.outbox = {name: OutboxWriter() for name in batch.lanes}
        for letter in batch.letters:
            outbox = batch.outbox[letter.lane]
            place = outbox.place()
            fault = letter.fault
            if fault is None:
                try:
                    messages, revision = self._rules.apply(letter)
                    for message in messages:
                        outbox.put(message, letter.now, letter.trace, revision)
                    if careful:
                        self._rules.check(letter)
                except Exception as error:
                    fault = f"{type(error).__name__}: {error}"
                    log.exception("a rule failed; its message goes to the dead letters", processor=self.name,
                                  key=letter.key, type=letter.message.TYPE, trace=letter.trace)  # fmt: skip
                    self._rules.undo(letter)
                    outbox.back_to(place)
            if fault is not None:
                outbox.dead_letter(letter.record, fault, self.name)
                batch.dead += 1

    async def _changes(self, batch: Batch) -> Changes:
        try:
            writes = self._rules.writes()
        except (
            Exception
        ):  # one aggregate cannot be stored, or not even be written down: find the message that made it so
            self._decide(batch, careful=True)
            writes = self._rules.writes()
        changes = Changes(batch.id, writes=writes, births=self._rules.births())
        topics = {topic for outbox in batch.outbox.values() for topic in outbox.topics()}
        partitions = {topic: await self._persist(lambda t=topic: self._partitions(t)) for topic in topics}  # type: ignore[misc]
        for name, lane in batch.lanes.items():
            box = batch.boxes[name] = batch.outbox[name].seal(lane.mark, lane.tp.topic, partitions)
            documents = dict(box.documents())
            batch.box_ids[name] = list(documents)
            changes.outbox.extend(documents.values())
            changes.published.extend(lane.published)
            batch.deletes[name] = len(lane.published)
            batch.marks[name] = replace(
                lane.mark, next=batch.next[name], batch=batch.id, seen=batch.seen[name].marks, sent=box.sent,
                outbox=lane.mark.outbox + len(documents),
            )  # fmt: skip
            changes.marks.append((lane.mark, batch.marks[name]))
        return changes

    async def _partitions(self, topic: str) -> int | None:
        count = await self._producer.partitions(topic)
        if count is None and topic in KNOWN_TOPICS:
            raise PublishFailed(f"topic {topic} is missing: run `headwater topics apply`")
        return count

    # --- committing ----------------------------------------------------------------------------------------------

    async def _commit(self, changes: Changes) -> None:
        """Commit, for as long as it takes. An answer that was lost is settled by the batch id in the marks."""
        in_doubt = False
        for attempt in count():
            try:
                await self._store.commit(changes)
                return
            except StoreAway as away:
                in_doubt = True
                await self._back_off(attempt, away)
            except LaneLost:
                if not in_doubt:
                    raise
            if await self._took_effect(changes):
                return

    async def _took_effect(self, changes: Changes) -> bool:
        stored = await self._persist(lambda: self._store.marks([old.lane for old, _ in changes.marks]))
        if all(stored[old.lane].batch == changes.batch for old, _ in changes.marks):
            return True
        if any((stored[old.lane].epoch, stored[old.lane].next) != (old.epoch, old.next) for old, _ in changes.marks):
            raise LaneLost(f"another member has taken one of {', '.join(stored)}")
        return False

    def _adopt(self, batch: Batch, seconds: float) -> None:
        self.healthy = True
        self._rules.adopt()
        for name, lane in batch.lanes.items():
            lane.mark = batch.marks[name]
            del lane.published[: batch.deletes[name]]  # the last batch may have been published since
            lane.rewound = False
            if self._lanes.get(lane.tp) is not lane:  # handed over meanwhile: others write its states from here on
                self._rules.forget(name)
        applied = len(batch.letters) - batch.dead
        self._meter.counted(self.name, applied=applied, deduplicated=batch.duplicates, dead_lettered=batch.dead)
        if batch.letters:
            age = time.time() - batch.letters[-1].record.timestamp / 1000
            self._meter.committed(self.name, seconds, age)

    # --- publishing ----------------------------------------------------------------------------------------------

    async def _publish(self, batch: Batch, consumer: Consumer) -> None:
        """Runs beside the next batch until that is committed, too. The next one's messages must not overtake these."""
        records = [record for box in batch.boxes.values() for record in box.records()]
        if records:
            await self._persist(lambda: self._producer.publish(records))
        self._at("published")
        for name, lane in batch.lanes.items():
            lane.published.extend(batch.box_ids[name])
            self._offsets[lane.tp] = batch.next[name]
        told = self._telling is None or self._telling.done()
        if told and _now() - self._offsets_told >= OFFSETS_EVERY_S:
            self._telling = asyncio.create_task(self._tell_offsets(consumer))

    async def _published(self) -> None:
        """Wait until all that was given to publish is published. Raises `Stopping` when it is not any more."""
        publishing = self._publishing
        if publishing is not None:
            try:
                await asyncio.shield(publishing)
            except asyncio.CancelledError:
                if publishing.cancelled():  # by `stop`; else it is the waiting that was cancelled
                    raise Stopping from None
                raise

    async def _tell_offsets(self, consumer: Consumer) -> None:
        """Nobody waits for this: the broker takes longer for it than for the messages."""
        offsets = {tp: offset for tp, offset in self._offsets.items() if tp in self._lanes}
        self._offsets, self._offsets_told = {}, _now()
        if offsets:
            try:
                await consumer.commit(offsets)
            except Exception as error:  # for monitoring only: the mark is the truth
                log.debug("Kafka was not told how far we are", processor=self.name, reason=repr(error))
        self._at("told")

    # --- patience ------------------------------------------------------------------------------------------------

    async def _persist(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Try until it works or the process stops: the store or the broker being away is no reason to skip anything."""
        for tries in range(1_000_000):
            try:
                return await attempt()
            except (StoreAway, PublishFailed) as away:
                await self._back_off(tries, away)
        raise Stopping

    async def _back_off(self, tries: int, away: Exception) -> None:
        self.healthy = False
        if tries % 10 == 0:
            log.warning("waiting; the batch is tried again", processor=self.name, tries=tries + 1, reason=str(away))
        with suppress(TimeoutError):
            async with asyncio.timeout(BACKOFF_S[min(tries, len(BACKOFF_S) - 1)]):
                await self._stopping.wait()
        if self._stopping.is_set():
            raise Stopping


def _now() -> float:
    """The loop's clock, in seconds: it is never stepped, and a simulation brings its own."""
    return asyncio.get_running_loop().time()


def _check_key(key: str, message: Message, record: Raw, partitions: int) -> None:
    """A message with a wrong key would give its aggregate a second writer."""
    field_name = type(message).KEY
    if field_name is None:  # nothing in the message says it, so nobody has looked at it yet
        try:
            ID.validate_python(key)
        except ValidationError:
            raise Unreadable(f"the record's key is {key[:96]!r}; it must be the id of the aggregate") from None
    elif getattr(message, field_name) != key:
        raise Unreadable(f"the record's key is {key[:96]!r}, but {field_name} is {getattr(message, field_name)!r}")
    partition = partition_of(key.encode(), partitions)
    if partition != record.partition:
        raise Unreadable(f"key {key} belongs into partition {partition}: use the murmur2 partitioner")
