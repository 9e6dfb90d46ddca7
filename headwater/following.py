"""Following: all partitions of some topics, read without a group by everyone who wants to hear of everything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import OffsetOutOfRangeError, UnknownTopicOrPartitionError

from headwater.polling import LongPoll

Positions = dict[str, int]
"""By `topic/partition` the offset of the record to be read next."""


class Gone(Exception):
    """The topic does not have these positions (any longer): what stood there is not to be had from it."""


async def from_the_end(kafka: str, topics: Iterable[str]) -> LongPoll:
    """A consumer of all partitions that these topics have now, without a group, which reads what comes from now on.

    It never leaves anything out: reading on raises `OffsetOutOfRangeError` when what comes next is no longer there. It
    is to be stopped by whoever asked for it. Raises `KafkaError` when the broker does not answer, or does not know one
    of the topics yet.
    """
    consumer = LongPoll(bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="none")
    try:
        await consumer.start()
        partitions = await _partitions(consumer, topics)
        ends = await consumer.end_offsets(partitions)
        consumer.assign(partitions)
        for partition in partitions:
            consumer.seek(partition, ends[partition])
    except BaseException:
        await consumer.stop()
        raise
    return consumer


async def _partitions(consumer: LongPoll, topics: Iterable[str]) -> list[TopicPartition]:
    wanted = list(topics)
    metadata = await consumer._client.fetch_all_metadata()
    numbers = {topic: sorted(metadata.partitions_for_topic(topic) or ()) for topic in wanted}
    if missing := [topic for topic in wanted if not numbers[topic]]:
        raise UnknownTopicOrPartitionError(f"the broker knows no partitions of {', '.join(missing)}")
    await consumer._client.set_topics(wanted)
    return [TopicPartition(topic, number) for topic in wanted for number in numbers[topic]]


class Follower:
    """A reader of topics that knows where it stands. Every method raises `KafkaError` when the broker is away.

    Partitions that a topic gets later are not read; whoever follows anew reads them from their beginning.
    """

    def __init__(self, consumer: LongPoll) -> None:
        self._consumer = consumer
        self.positions: Positions = {}
        """Behind the last records that were handed out."""

    @classmethod
    async def open(cls, kafka: str, topics: Iterable[str]) -> Follower:
        """Ready to follow what comes from now on, or to be sent back."""
        follower = cls(await from_the_end(kafka, topics))
        follower.positions = await follower.ends()
        return follower

    async def ends(self) -> Positions:
        """Where each partition ends now."""
        return _named(await self._consumer.end_offsets(self._partitions()))

    async def seek(self, positions: Mapping[str, int]) -> None:
        """Read on from these positions; from the beginning where none is named. Raises `Gone`."""
        beginnings, ends = _named(await self._consumer.beginning_offsets(self._partitions())), await self.ends()
        wanted = {name: positions.get(name, beginnings[name]) for name in ends}
        for name, position in wanted.items():
            if not beginnings[name] <= position <= ends[name]:
                raise Gone(f"{name} has offsets {beginnings[name]} to {ends[name]}, and {position} is asked for")
        for partition in self._partitions():
            self._consumer.seek(partition, wanted[_name(partition)])
        self.positions = wanted

    async def poll(self, most: int) -> list[Any]:
        """The records that come next, at most so many, as soon as there are some; none after half a second.

        Raises `Gone`.
        """
        try:
            polled = await self._consumer.getmany(max_records=most)
        except OffsetOutOfRangeError as error:
            raise Gone(f"what comes next is not there any longer: {error}") from error
        for partition, records in polled.items():
            self.positions[_name(partition)] = records[-1].offset + 1
        return [record for records in polled.values() for record in records]

    async def stop(self) -> None:
        """Read no longer."""
        await self._consumer.stop()

    def _partitions(self) -> list[TopicPartition]:
        return sorted(self._consumer.assignment())


def _named(offsets: Mapping[TopicPartition, int]) -> Positions:
    return {_name(partition): offset for partition, offset in offsets.items()}


def _name(partition: TopicPartition) -> str:
    return f"{partition.topic}/{partition.partition}"
