"""The producer: the right partition for each key, order within it, and a new start after a failure."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from headwater.producer import MAX_VALUE, Producer, PublishFailed, Record, partition_of


@given(st.binary(min_size=1, max_size=100), st.integers(1, 200))
def test_a_key_has_the_partition_that_every_other_client_gives_it(key: bytes, partitions: int) -> None:
    numbers = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, numbers, numbers)


def test_the_hash_is_that_of_the_java_client() -> None:
    """Values from Kafka's own `UtilsTest.testMurmur2`, so that a change of the library would show."""
    assert [partition_of(key, 2**31) for key in (b"21", b"foobar", b"a-little-bit-long-string")] == [
        -973932308 & 0x7FFFFFFF, -790332482 & 0x7FFFFFFF, -985981536 & 0x7FFFFFFF,
    ]  # fmt: skip


class Batch:
    """A record batch that holds three."""

    def __init__(self) -> None:
        self.values: list[bytes] = []

    def append(self, *, value: bytes, **_: Any) -> object | None:
        """None when it is full."""
        if len(self.values) == 3:
            return None
        self.values.append(value)
        return object()


class Kafka:
    """An aiokafka producer that remembers what it was given, and fails as told."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.sent: list[tuple[int, list[bytes]]] = []
        self.stopped = False

    def create_batch(self) -> Batch:
        """A new one."""
        return Batch()

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> asyncio.Future[object]:
        """Fail, now or later, or keep it."""
        failure = self.failures.pop(0) if self.failures else None
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        if isinstance(failure, KafkaError):
            future.set_exception(failure)
            return future
        if failure is not None:
            raise failure
        self.sent.append((partition, batch.values))
        future.set_result(object())
        return future

    async def stop(self) -> None:
        """Gone."""
        self.stopped = True


def producer(kafka: Kafka) -> Producer:
    made = Producer("nowhere:9092", "test")
    made._kafka = kafka
    return made


def records(*places: int) -> list[Record]:
    return [Record("t", partition, b"k", b"%d" % number, []) for number, partition in enumerate(places)]


async def test_messages_keep_their_order_within_a_partition_over_many_record_batches() -> None:
    kafka = Kafka()
    places = [random.Random(7).randrange(3) for _ in range(40)]
    await producer(kafka).publish(records(*places))
    for partition in range(3):
        sent = [value for place, values in kafka.sent if place == partition for value in values]
        assert sent == [b"%d" % number for number, place in enumerate(places) if place == partition]


@pytest.mark.parametrize("failure", [KafkaError("later"), RuntimeError("a library's bug"), TimeoutError()])
async def test_any_failure_is_one_that_may_be_tried_again_with_a_new_producer(failure: Exception) -> None:
    kafka = Kafka(failure)
    made = producer(kafka)
    with pytest.raises(PublishFailed, match="publishing 4 messages failed"):
        await made.publish(records(0, 0, 0, 0))
    assert kafka.stopped
    assert made._kafka is None, "the next call makes a new one"


async def test_a_message_too_large_for_a_topic_is_refused_before_it_disturbs_the_others() -> None:
    kafka = Kafka()
    large = Record("t", 0, b"k", b"x" * (MAX_VALUE + 1), [])
    with pytest.raises(PublishFailed, match=r"a message of 921,601 bytes is too large for t: 921,600 fit"):
        await producer(kafka).send(large)
    assert not kafka.stopped


async def test_a_broker_that_is_not_there_is_named() -> None:
    lonely = Producer("127.0.0.1:1", "test")
    with pytest.raises(PublishFailed, match=r"127\.0\.0\.1:1 does not answer"):
        await lonely.start()
    await lonely.stop()
