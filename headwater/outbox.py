"""The outbox: the messages of a batch, stored with its states in one transaction and published after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bson.raw_bson import RawBSONDocument

from headwater.contracts.base import Message, Sent
from headwater.contracts.topics import dlq_of
from headwater.envelope import Headers, Raw, headers_of, rfc3339
from headwater.marks import Mark
from headwater.producer import MAX_VALUE, Record, partition_of
from headwater.store import storable

BOX_BYTES = 8 * 1024 * 1024
"""One outbox document holds about so much; the store takes 16 MB."""

Draft = dict[str, Any]
Topics = Mapping[str, int | None]
"""The number of partitions of each topic, None for one that does not exist."""


@dataclass(slots=True)
class Outgoing:
    """A message that a rule has decided to send, before it has its place in a partition's sequence."""

    topic: str
    key: bytes
    value: bytes
    type: str
    time: str
    trace: str | None
    revision: int
    is_reply: bool = False
    extra: Headers = field(default_factory=list)
    """The headers of a dead letter, which keeps those that it came with."""


class OutboxWriter:
    """Collects what one lane's messages have led to, in order."""

    def __init__(self) -> None:
        self._items: list[Outgoing] = []
        self._time: tuple[datetime | None, str] = (None, "")

    def put(self, message: Message | Sent, now: datetime, trace: str | None, revision: int) -> None:
        """Add a message. Raises `ValueError` when it has no address or is too large for a topic."""
        is_reply = isinstance(message, Sent)
        to, body = (message.to, message.message) if isinstance(message, Sent) else (message.address(), message)
        value = body.to_json()
        if len(value) > MAX_VALUE:
            raise ValueError(f"{body.TYPE} would be {len(value):,} bytes; a message holds {MAX_VALUE:,}")
        self._items.append(
            Outgoing(to.topic, to.key.encode(), value, body.TYPE, self._rfc3339(now), trace, revision, is_reply)
        )

    def dead_letter(self, record: Raw, error: str, processor: str) -> None:
        """Add a message that could not be read or whose rule failed, with where it came from and why."""
        origin = {
            "dlq_topic": record.topic,
            "dlq_partition": str(record.partition),
            "dlq_offset": str(record.offset),
            "dlq_processor": processor,
            "dlq_error": error[:2000],
        }
        headers = [(name, value or b"") for name, value in record.headers]
        headers += [(name, text.encode(errors="replace")) for name, text in origin.items()]
        self._items.append(
            Outgoing(dlq_of(record.topic), record.key or b"", record.value or b"", "", "", None, 0, extra=headers)
        )

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
        records = []
        for item in self._items:
            partitions = topics[item.topic]
            if partitions is None:
                item, partitions = _undeliverable(item, inbox), 1
            partition = partition_of(item.key, partitions)
            headers = item.extra
            if not headers:
                lane = f"{item.topic}/{partition}"
                number = sent[lane] = sent.get(lane, 0) + 1
                headers = headers_of(
                    item.type, id=f"{lane}#{number}", source=mark.lane, time=item.time, subject=item.key.decode(),
                    sequence=number, trace=item.trace, revision=item.revision,
                )  # fmt: skip
            records.append(Record(item.topic, partition, item.key, item.value, headers))
        return Box(mark, records, sent)

    def _rfc3339(self, now: datetime) -> str:
        if self._time[0] != now:
            self._time = (now, rfc3339(now))
        return self._time[1]


@dataclass(slots=True)
class Box:
    """A lane's messages of one batch, each with its place."""

    mark: Mark
    records: list[Record]
    sent: dict[str, int]

    def documents(self) -> Iterator[tuple[str, RawBSONDocument]]:
        """Ids and outbox documents: one, or more when it would grow too large."""
        for number, records in enumerate(_chunks(self.records), start=self.mark.outbox + 1):
            id = f"{self.mark.lane}#{number:012d}"
            columns = {
                "topics": [r.topic for r in records],
                "partitions": [r.partition for r in records],
                "keys": [r.key for r in records],
                "values": [r.value for r in records],
                "headers": [[part for name, value in r.headers for part in (name, value)] for r in records],
            }
            yield id, storable({"_id": id, "lane": self.mark.lane, "number": number, **columns})


def read_box(document: Mapping[str, Any]) -> list[Record]:
    """The records of a stored outbox document."""
    return [
        Record(
            topic, partition, bytes(key), bytes(value), list(zip(headers[::2], map(bytes, headers[1::2]), strict=True))
        )
        for topic, partition, key, value, headers in zip(
            *(document[name] for name in ("topics", "partitions", "keys", "values", "headers")), strict=True
        )
    ]


def _chunks(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    start = size = 0
    for index, record in enumerate(records):
        size += len(record.value) + 1000
        if size > BOX_BYTES:
            yield records[start:index]
            start, size = index, len(record.value) + 1000
    if start < len(records):
        yield records[start:]


def _undeliverable(item: Outgoing, inbox: str) -> Outgoing:
    """A reply to a topic that does not exist: someone gave a wrong address. Kept for a person to look at."""
    error = f"the reply cannot be delivered: topic {item.topic} does not exist"
    headers = [
        *headers_of(item.type, id="undeliverable", source=inbox, time=item.time, subject=item.key.decode()),
        ("dlq_topic", item.topic.encode()),
        ("dlq_error", error.encode()),
    ]
    return Outgoing(dlq_of(inbox), item.key, item.value, item.type, item.time, item.trace, 0, extra=headers)
