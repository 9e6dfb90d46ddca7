"""Streams: events as they happen, from a few topics to any number of readers in this process."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from headwater.settings import ServiceSettings
from headwater.telemetry import log

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
        self._consumer = AIOKafkaConsumer(bootstrap_servers=self._settings.kafka, enable_auto_commit=False)
        await self._consumer.start()
        metadata = await self._consumer._client.fetch_all_metadata()
        partitions = [
            TopicPartition(topic, number)
            for topic in self._topics
            for number in sorted(metadata.partitions_for_topic(topic) or ())
        ]
        self._consumer.assign(partitions)
        for partition, end in (await self._consumer.end_offsets(partitions)).items():
            self._consumer.seek(partition, end)
        self._task = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
        await self._consumer.stop()

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

    async def subscribe(self) -> AsyncIterator[Event]:
        """Events from now on. Raises `TooSlow` when the reader does not keep up."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue(self._queue + 1)
        self._readers.add(queue)
        try:
            while (event := await queue.get()) is not None:
                yield event
            raise TooSlow(f"more than {self._queue} events behind")
        finally:
            self._readers.discard(queue)

    async def _read(self) -> None:
        async for record in self._consumer:
            event = _event(record)
            if event is None:
                continue
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
