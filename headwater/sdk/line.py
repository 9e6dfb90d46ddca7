"""The line to the platform: what goes out over it arrives, however long the broker is away."""

from __future__ import annotations

import asyncio

from headwater.envelope import Headers
from headwater.logs import log
from headwater.producer import Producer, PublishFailed, Record, partition_of

PROBE_S = 1.0


class Line:
    """Sends from many tasks at once over one idempotent producer.

    When the broker does not answer, one task looks for it and all others wait; `away` says why.
    """

    def __init__(self, kafka: str, name: str) -> None:
        self._name = name
        self._producer = Producer(kafka, name)
        self._there = asyncio.Event()
        self._there.set()
        self._probing: asyncio.Task[None] | None = None
        self.away: str | None = None

    async def require(self, topic: str) -> None:
        """Check that the broker answers and has this topic. Raises `PublishFailed`."""
        await self._partitions(topic)

    async def send(self, topic: str, key: bytes, value: bytes, headers: Headers) -> None:
        """Returns once the broker has it safely; waits while it is away."""
        while True:
            await self._there.wait()
            try:
                partition = partition_of(key, await self._partitions(topic))
                await self._producer.send(Record(topic, partition, key, value, headers))
                return
            except PublishFailed as error:
                self._lost(topic, str(error))

    async def stop(self) -> None:
        """Disconnect; whoever still waits has been cancelled before."""
        if self._probing is not None:
            self._probing.cancel()
        await self._producer.stop()

    async def _partitions(self, topic: str) -> int:
        count = await self._producer.partitions(topic)
        if count is None:
            raise PublishFailed(f"topic {topic} is missing: run `headwater topics apply`")
        return count

    def _lost(self, topic: str, reason: str) -> None:
        if self.away is None:
            self.away = reason
            self._there.clear()
            log.warning("waiting for Kafka; nothing is lost", partner=self._name, reason=reason)
            self._probing = asyncio.create_task(self._until_there(topic))

    async def _until_there(self, topic: str) -> None:
        while self.away is not None:
            await asyncio.sleep(PROBE_S)
            try:
                await self._partitions(topic)
            except PublishFailed as error:
                self.away = str(error)
            else:
                self.away = None
        self._there.set()
        log.info("Kafka is there again", partner=self._name)
