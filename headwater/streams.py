"""Streams: events as they happen, from a few topics to any number of readers in this process."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from aiokafka.errors import OffsetOutOfRangeError

from headwater.following import from_the_end
from headwater.logs import log
from headwater.settings import ServiceSettings

RECENT = 2000
QUEUE = 1000


@dataclass(frozen=True, slots=True)
class Event:
    """One event as a reader sees it. `position` is `topic/partition/offset`."""

    position: str
    topic: str
    type: str
    key: str
    at: datetime
    data: dict[str, Any]
    traceparent: str | None


class TooSlow(Exception):
    """A reader let its queue run full and has been cut: it may connect again from its last position."""


class Subscription:
    """One reader's queue of events, bounded."""

    def __init__(self, readers: set[asyncio.Queue[Event | None]], limit: int) -> None:
        self._readers = readers
        self._limit = limit
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue(limit + 1)
        readers.add(self._queue)

    async def next(self) -> Event:
        """The next event. Raises `TooSlow` when the reader did not keep up."""
        event = await self._queue.get()
        if event is None:
            raise TooSlow(f"more than {self._limit} events behind")
        return event

    def close(self) -> None:
        """Read no longer."""
        self._readers.discard(self._queue)


class Streams:
    """Reads topics from their ends, without a group, and fans out. Keeps the most recent events for late readers."""

    def __init__(self, settings: ServiceSettings, topics: Sequence[str], queue: int = QUEUE) -> None:
        self._settings = settings
        self._topics = topics
        self._queue = queue
        self._recent: deque[Event] = deque(maxlen=RECENT)
        self._readers: set[asyncio.Queue[Event | None]] = set()
        self._consumer: Any = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._consumer = await from_the_end(self._settings.kafka, self._topics)
        self._task = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
        await self._consumer.stop()

    def recent(self, limit: int) -> list[Event]:
        """The newest events, at most so many, the oldest of them first."""
        return list(self._recent)[-limit:] if limit > 0 else []

    def since(self, position: str) -> list[Event]:
        """The recent events after a position; all recent ones when the position is not among them."""
        events = list(self._recent)
        for index, event in enumerate(events):
            if event.position == position:
                return events[index + 1 :]
        return events

    @property
    def readers(self) -> int:
        """How many readers are connected."""
        return len(self._readers)

    def subscribe(self) -> Subscription:
        """Events from this moment on; close it when it is read no longer."""
        return Subscription(self._readers, self._queue)

    async def _read(self) -> None:
        while True:
            try:
                async for record in self._consumer:
                    self._tell(record)
                return
            except OffsetOutOfRangeError as error:
                (gone,) = error.args
                log.warning("streams miss events that their topic no longer has", offsets=str(gone))
                await self._consumer.seek_to_end(*gone)

    def _tell(self, record: Any) -> None:
        event = _event(record)
        if event is None:
            return
        self._recent.append(event)
        for queue in tuple(self._readers):
            if queue.qsize() >= self._queue:
                self._readers.discard(queue)
                queue.put_nowait(None)
            else:
                queue.put_nowait(event)


def _event(record: Any) -> Event | None:
    headers = {name: value.decode(errors="replace") for name, value in record.headers if value is not None}
    position = f"{record.topic}/{record.partition}/{record.offset}"
    try:
        data = json.loads(record.value)
    except (ValueError, TypeError) as error:
        log.warning("an event is no JSON and is not shown", position=position, reason=str(error))
        return None
    return Event(
        position=position,
        topic=record.topic,
        type=headers.get("ce_type", ""),
        key=(record.key or b"").decode(errors="replace"),
        at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        data=data,
        traceparent=headers.get("traceparent"),
    )
