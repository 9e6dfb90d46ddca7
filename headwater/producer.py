"""Publishing: outgoing messages in order, whole record batches at a time, to partitions that we choose ourselves.

The partition of a key is chosen here, with the hash of the Java client (murmur2), because the sequence numbers that
make repeats harmless are counted per topic partition.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2

from headwater.envelope import Headers

MAX_VALUE = 900 * 1024
"""The largest message that is sent, in bytes, so that it fits into a topic's 1 MiB with its headers."""
_RECORD_BATCH = 512 * 1024


class PublishFailed(Exception):
    """Not every message is known to have arrived; publishing all of them again is safe."""


class Record(NamedTuple):
    """A record on its way out."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: Headers


@lru_cache(maxsize=65_536)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key, as Kafka's Java client chooses it."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions


class Producer:
    """An idempotent producer (`acks=all`) that is made anew after a failure, since a failed one may stay broken."""

    def __init__(self, bootstrap: str, client_id: str) -> None:
        self._options = {
            "bootstrap_servers": bootstrap,
            "client_id": client_id,
            "enable_idempotence": True,
            "max_batch_size": _RECORD_BATCH,
            # A dead-letter record carries a whole message and why it failed.
            "max_request_size": 4 * 1024 * 1024,
            "request_timeout_ms": 10_000,
        }
        self._kafka: Any = None
        self._partitions: dict[str, int] = {}
        self._renewing = asyncio.Lock()

    async def start(self) -> None:
        """Connect. Raises `PublishFailed` when the broker does not answer."""
        kafka = AIOKafkaProducer(**self._options)
        try:
            await kafka.start()
        except KafkaError as error:
            await kafka.stop()
            raise PublishFailed(f"Kafka at {self._options['bootstrap_servers']} does not answer: {error}") from error
        self._kafka = kafka

    async def stop(self) -> None:
        """Flush and disconnect."""
        if self._kafka is not None:
            kafka, self._kafka = self._kafka, None
            await kafka.stop()

    async def partitions(self, topic: str) -> int | None:
        """How many partitions a topic has (for an inbox that never changes), or None: there is no such topic.

        Raises `PublishFailed` when the broker does not answer.
        """
        count = self._partitions.get(topic)
        if count is None:
            kafka = await self._alive()
            try:
                cluster = await kafka.client.fetch_all_metadata()
            except KafkaError as error:
                raise PublishFailed(f"the broker does not tell its topics: {error}") from error
            self._partitions = {name: len(cluster.partitions_for_topic(name) or ()) for name in cluster.topics()}
            count = self._partitions.get(topic)
        return count or None

    async def publish(self, records: Sequence[Record]) -> None:
        """Send all in order and wait until all are on the broker's disks as it promises. Raises `PublishFailed`."""
        kafka = await self._alive()
        by_partition: defaultdict[tuple[str, int], list[Record]] = defaultdict(list)
        for record in records:
            by_partition[record.topic, record.partition].append(record)
        try:
            sent = [
                future
                for (topic, partition), group in by_partition.items()
                for future in await self._send(kafka, topic, partition, group)
            ]
            outcomes = await asyncio.gather(*sent, return_exceptions=True)
        except Exception as error:  # whatever it was, what is not known to be there is published again
            outcomes = [error]
        failed = next((outcome for outcome in outcomes if isinstance(outcome, BaseException)), None)
        if failed is not None:
            await self._renew(kafka)
            raise PublishFailed(f"publishing {len(records)} messages failed: {failed!r}") from failed

    async def send(self, record: Record) -> None:
        """Send one message and wait until it is there; many at once share a round trip. Raises `PublishFailed`."""
        if len(record.value) > MAX_VALUE:  # the broker's refusal would break the producer, for all who send with it
            size = f"{len(record.value):,} bytes"
            raise PublishFailed(f"a message of {size} is too large for {record.topic}: {MAX_VALUE:,} fit")
        kafka = await self._alive()
        try:
            sent = await kafka.send(
                record.topic, record.value, record.key, partition=record.partition, headers=record.headers
            )
            await sent
        except KafkaError as error:
            await self._renew(kafka)
            raise PublishFailed(f"sending to {record.topic} failed: {error!r}") from error

    async def _send(
        self, kafka: AIOKafkaProducer, topic: str, partition: int, records: list[Record]
    ) -> list[asyncio.Future[object]]:
        futures = []
        batch = kafka.create_batch()
        for record in records:
            added = batch.append(key=record.key, value=record.value, timestamp=None, headers=record.headers)
            if added is None:
                futures.append(await kafka.send_batch(batch, topic, partition=partition))
                batch = kafka.create_batch()
                batch.append(key=record.key, value=record.value, timestamp=None, headers=record.headers)
        futures.append(await kafka.send_batch(batch, topic, partition=partition))
        return futures

    async def _alive(self) -> AIOKafkaProducer:
        if self._kafka is None:
            async with self._renewing:
                if self._kafka is None:
                    await self.start()
        return self._kafka

    async def _renew(self, failed: AIOKafkaProducer) -> None:
        if self._kafka is failed:
            self._kafka = None
            self._partitions.clear()
            with suppress(KafkaError, TimeoutError):  # broken already; what it still had is published again
                await asyncio.wait_for(failed.stop(), timeout=5)
