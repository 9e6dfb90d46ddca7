"""The outbox: the messages of a batch, stored with its states in one transaction and published after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import bson
from bson.raw_bson import RawBSONDocument

from headwater.contracts.base import Message, Sent
from headwater.contracts.topics import dlq_of
from headwater.envelope import Headers, Raw, dead_letter_headers, headers_of, rfc3339
from headwater.marks import Mark
from headwater.producer import MAX_VALUE, Record, partition_of
from headwater.store import storable

BOX_BYTES = 8 * 1024 * 1024
"""One outbox document holds about so much; the store takes 16 MB."""

Topics = Mapping[str, int | None]
"""The number of partitions of each topic, None for one that does not exist."""


Place = tuple[int, int]
"""A partition, and the number in the sequence from this lane to it; 0 for a dead letter, which has none."""


class Outgoing(NamedTuple):
    """A message that a rule has decided to send; its place, and the headers that follow from it, come later."""

    topic: str
    key: bytes
    value: bytes
    type: str
    time: bytes
    trace: str | None
    revision: int
    extra: Headers | None = None
    """All headers of a dead letter, which keeps those that it came with; None for a message."""

    @property
    def size(self) -> int:
        """About how many bytes it takes in an outbox document, or somewhat less."""
        headers = sum(len(name) + len(data) + 40 for name, data in self.extra) if self.extra else 0
        return len(self.value) + len(self.key) + headers + 500

    def record(self, lane: bytes, place: Place) -> Record:
        """As it is published, the first time and each time again."""
        partition, number = place
        headers = self.extra
        if headers is None:
            id = b"%s/%d#%d" % (self.topic.encode(), partition, number)
            headers = headers_of(self.type, id, lane, self.time, self.key, number, self.revision, self.trace)
        return Record(self.topic, partition, self.key, self.value, headers)


class OutboxWriter:
    """Collects what one lane's messages have led to, in order."""

    def __init__(self) -> None:
        self._items: list[Outgoing] = []
        self._time: tuple[datetime | None, bytes] = (None, b"")

    def put(self, message: Message | Sent, now: datetime, trace: str | None, revision: int) -> None:
        """Add a message. Raises `ValueError` when it has no address or is too large for a topic."""
        to, body = (message.to, message.message) if isinstance(message, Sent) else (message.address(), message)
        value = body.to_json()
        if len(value) > MAX_VALUE:
            raise ValueError(f"{body.TYPE} would be {len(value):,} bytes; a message holds {MAX_VALUE:,}")
        if self._time[0] != now:
            self._time = (now, rfc3339(now).encode())
        self._items.append(Outgoing(to.topic, to.key.encode(), value, body.TYPE, self._time[1], trace, revision))

    def dead_letter(self, record: Raw, error: str, processor: str) -> None:
        """Add a message that could not be read or whose rule failed, with where it came from and why."""
        headers = dead_letter_headers(record, processor, error)
        topic, key, value = dlq_of(record.topic), record.key or b"", record.value or b""
        self._items.append(Outgoing(topic, key, value, "", b"", None, 0, headers))

    def place(self) -> int:
        """Where the outbox stands, for `back_to`."""
        return len(self._items)

    def back_to(self, place: int) -> None:
        """Take back what was put since."""
        del self._items[place:]

    def topics(self) -> set[str]:
        """The topics that something goes to."""
        return {item.topic for item in self._items}

    def seal(self, mark: Mark, inbox: str, topics: Topics) -> Box:
        """Give each message its partition and its number in that partition's sequence."""
        sent = dict(mark.sent)
        items = self._items
        places = []
        for index, item in enumerate(items):
            partitions = topics[item.topic]
            if partitions is None:
                item = items[index] = _undeliverable(item, inbox)
                partitions = 1
            partition = partition_of(item.key, partitions)
            number = 0
            if item.extra is None:
                lane = f"{item.topic}/{partition}"
                number = sent[lane] = sent.get(lane, 0) + 1
            places.append((partition, number))
        return Box(mark, items, places, sent)


@dataclass(slots=True)
class Box:
    """A lane's messages of one batch, each with its place."""

    mark: Mark
    items: list[Outgoing]
    places: list[Place]
    sent: dict[str, int]

    def records(self) -> list[Record]:
        """What is published."""
        lane = self.mark.lane.encode()
        return [item.record(lane, place) for item, place in zip(self.items, self.places, strict=True)]

    def documents(self) -> Iterator[tuple[str, RawBSONDocument]]:
        """Ids and outbox documents: one, or more when it would grow too large."""
        for number, chunk in enumerate(_chunks(self.items), start=self.mark.outbox + 1):
            id = f"{self.mark.lane}#{number:012d}"
            # A column a field, which is fast to write, and all in one value, which the store need not look into.
            columns = dict(zip(Outgoing._fields, map(list, zip(*self.items[chunk], strict=True)), strict=True))
            messages = storable({**columns, "places": self.places[chunk]}).raw
            yield id, storable({"_id": id, "lane": self.mark.lane, "box": number, "messages": messages})


def read_box(document: Mapping[str, Any]) -> list[Record]:
    """The records of a stored outbox document. Raises `ValueError` if this version cannot read it."""
    if "messages" not in document:
        raise ValueError(
            f"The messages of outbox document {document['_id']} wait to be sent, and another version of Headwater "
            "has written them: run that version until the outbox is empty, then this one."
        )
    lane, columns = document["lane"].encode(), bson.decode(document["messages"])
    rows = zip(*(columns[name] for name in Outgoing._fields), strict=True)
    return [_outgoing(row).record(lane, place) for row, place in zip(rows, columns["places"], strict=True)]


def _outgoing(row: tuple[Any, ...]) -> Outgoing:
    item = Outgoing(*row)
    return item._replace(extra=[(name, bytes(value)) for name, value in item.extra]) if item.extra is not None else item


def _chunks(items: Sequence[Outgoing]) -> Iterator[slice]:
    start = size = 0
    for index, item in enumerate(items):
        size += item.size
        if size > BOX_BYTES:
            yield slice(start, index)
            start, size = index, item.size
    if start < len(items):
        yield slice(start, len(items))


def _undeliverable(item: Outgoing, inbox: str) -> Outgoing:
    """A reply to a topic that does not exist: someone gave a wrong address. Kept for a person to look at."""
    error = f"the reply cannot be delivered: topic {item.topic} does not exist"
    headers = [
        *headers_of(item.type, b"undeliverable", inbox.encode(), item.time, item.key),
        ("dlq_topic", item.topic.encode()),
        ("dlq_error", error.encode()),
    ]
    return item._replace(topic=dlq_of(inbox), extra=headers)
