"""What the road asks of a broker, of the real one and of the simulated one alike: to publish, and to read in groups."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import IllegalStateError

from headwater.polling import LongPoll
from headwater.producer import Producer, Record
from headwater_proof.sim import broker as simulated
from headwater_proof.sim.network import Node, Weather
from tests.conftest import Infra

PARTITIONS = 4
CALM = Weather()


class Member(ConsumerRebalanceListener):  # type: ignore[misc]
    """A member of a group on either broker, and what it was told."""

    def __init__(self) -> None:
        self.owns: set[int] = set()
        self.consumer: Any = None
        self.poll: Callable[[], Any] = lambda: None
        self.leave: Callable[[], Any] = lambda: None

    async def on_partitions_assigned(self, assigned: Any) -> None:
        """Now these."""
        self.owns = {tp.partition for tp in assigned}

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """None for now."""
        self.owns = set()

    async def read(self, count: int) -> list[Any]:
        """So many records."""
        records: list[Any] = []
        async with asyncio.timeout(20):
            while len(records) < count:
                records += await self.poll()
        return records


class Simulated:
    """The simulated broker, on a real clock."""

    def __init__(self) -> None:
        self.topic = "toy.inbox.v1"
        loop = asyncio.get_running_loop()
        self._broker = simulated.Broker({self.topic: PARTITIONS}, loop, Random(1), time.time)
        self._nodes: list[Node] = []
        self.producer: Any = simulated.Producer(self._node(), self._broker, Random(2), CALM)

    def _node(self) -> Node:
        self._nodes.append(Node("test", asyncio.get_running_loop(), Random(3), CALM))
        return self._nodes[-1]

    async def member(self) -> Member:
        """Join the group."""
        member, node = Member(), self._node()
        consumer = simulated.Consumer(node, self._broker, "toy", [self.topic], Random(4))

        async def revoked(share: Any, _: Any) -> None:
            await member.on_partitions_revoked(share)

        async def assigned(share: Any, _: Any) -> None:
            await member.on_partitions_assigned(share)

        async def leave() -> None:
            await consumer.leave()
            node.kill()

        node.spawn(consumer.belong(assigned, revoked))
        member.consumer, member.poll, member.leave = consumer, lambda: consumer.getmany(500), leave
        return member

    async def stop(self) -> None:
        """End everything."""
        for node in self._nodes:
            node.kill()


class Real:
    """The real broker, with a topic of its own."""

    def __init__(self, infra: Infra) -> None:
        self.topic = f"toy{uuid4().hex[:8]}.inbox.v1"
        self._kafka = infra.kafka
        self._consumers: list[Any] = []
        self.producer = Producer(infra.kafka, "test")

    async def start(self) -> None:
        """Make the topic."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._kafka)
        await admin.start()
        await admin.create_topics([NewTopic(self.topic, PARTITIONS, 1)])
        await admin.close()
        await self.producer.start()

    async def member(self) -> Member:
        """Join the group."""
        member = Member()
        consumer = LongPoll(
            bootstrap_servers=self._kafka, group_id=f"group-{self.topic}", enable_auto_commit=False,
            auto_offset_reset="earliest", session_timeout_ms=3000, heartbeat_interval_ms=500,
        )  # fmt: skip
        consumer.subscribe([self.topic], listener=member)
        await consumer.start()
        self._consumers.append(consumer)

        async def poll() -> list[Any]:
            return [record for records in (await consumer.getmany()).values() for record in records]

        member.consumer, member.poll, member.leave = consumer, poll, consumer.stop
        return member

    async def stop(self) -> None:
        """End everything."""
        for consumer in self._consumers:
            await consumer.stop()
        await self.producer.stop()


@pytest.fixture(params=["simulated", "real"])
async def broker(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    """A broker with one topic."""
    if request.param == "simulated":
        made: Any = Simulated()
    else:
        made = Real(request.getfixturevalue("infra"))
        await made.start()
    yield made
    await made.stop()


def records(topic: str, *numbers: int, partition: int = 0) -> list[Record]:
    """Records to be told apart."""
    return [Record(topic, partition, b"k", b"%d" % n, [("ce_type", b"toy"), ("n", b"%d" % n)]) for n in numbers]


async def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition."""
    deadline = asyncio.get_running_loop().time() + 20
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, f"{what} did not happen"
        await asyncio.sleep(0.05)


async def test_a_producer_knows_the_partitions_of_topics_and_which_do_not_exist(broker: Any) -> None:
    assert await broker.producer.partitions(broker.topic) == PARTITIONS
    assert await broker.producer.partitions("no.such.topic") is None


async def test_what_is_published_is_read_in_order_with_its_headers_and_a_time(broker: Any) -> None:
    await broker.producer.publish(records(broker.topic, 1, 2, 3))
    await broker.producer.publish(records(broker.topic, 4))
    found = await (await broker.member()).read(4)
    assert [record.value for record in found] == [b"1", b"2", b"3", b"4"]
    assert [record.offset for record in found] == [0, 1, 2, 3]
    assert [tuple(header) for header in found[2].headers] == [("ce_type", b"toy"), ("n", b"3")]
    assert abs(found[0].timestamp / 1000 - time.time()) < 60


async def test_publishing_again_repeats(broker: Any) -> None:
    for _ in range(2):
        await broker.producer.publish(records(broker.topic, 1, 2))
    found = await (await broker.member()).read(4)
    assert [record.value for record in found] == [b"1", b"2", b"1", b"2"]


async def test_members_share_the_partitions_and_take_over_from_who_leaves(broker: Any) -> None:
    first = await broker.member()
    await until(lambda: first.owns == {0, 1, 2, 3}, "one member owning all")
    second = await broker.member()
    await until(lambda: len(first.owns) == len(second.owns) == 2, "sharing")
    assert first.owns | second.owns == {0, 1, 2, 3}
    polling = asyncio.create_task(_keep_polling(second))
    await first.leave()
    await until(lambda: second.owns == {0, 1, 2, 3}, "taking over")
    polling.cancel()


async def test_who_seeks_reads_from_there(broker: Any) -> None:
    await broker.producer.publish(records(broker.topic, 1, 2, 3))
    member = await broker.member()
    await member.read(3)
    member.consumer.seek(TopicPartition(broker.topic, 0), 1)
    assert [record.value for record in await member.read(2)] == [b"2", b"3"]


async def test_nobody_seeks_in_a_partition_of_others(broker: Any) -> None:
    member = await broker.member()
    await until(lambda: bool(member.owns), "an assignment")
    with pytest.raises(IllegalStateError):
        member.consumer.seek(TopicPartition("toy.another.v1", 0), 1)


async def test_the_next_member_begins_at_the_offset_that_was_told(broker: Any) -> None:
    await broker.producer.publish(records(broker.topic, 1, 2, 3))
    first = await broker.member()
    await first.read(3)
    await first.consumer.commit({TopicPartition(broker.topic, 0): 2})
    await first.leave()
    assert [record.value for record in await (await broker.member()).read(1)] == [b"3"]


async def _keep_polling(member: Member) -> None:
    with suppress(asyncio.CancelledError):
        while True:
            await member.poll()
