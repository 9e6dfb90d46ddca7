"""Followers on a real broker: none goes on as if nothing were amiss when what it should read is gone, or not there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.errors import UnknownTopicOrPartitionError

from headwater.following import Follower, Gone
from tests.conftest import Infra

RECORD = b"." * 900_000
"""A follower reads some 4 MB ahead: twelve of these it cannot have read at once."""


@pytest.fixture
async def admin(infra: Infra) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=infra.kafka)
    await client.start()
    yield client
    await client.close()


async def read_to(follower: Follower, name: str, end: int) -> None:
    while follower.positions[name] < end:
        await follower.poll(1)


async def test_who_follows_is_told_when_what_comes_next_has_been_deleted(
    infra: Infra, admin: AIOKafkaAdminClient
) -> None:
    topic = f"following.{uuid4().hex[:8]}"
    await admin.create_topics([NewTopic(topic, 1, 1)])
    async with AIOKafkaProducer(bootstrap_servers=infra.kafka) as producer:
        for _ in range(12):
            await producer.send_and_wait(topic, RECORD, partition=0)
    follower = await Follower.open(infra.kafka, [topic])
    try:
        await follower.seek({f"{topic}/0": 0})
        await asyncio.wait_for(read_to(follower, f"{topic}/0", 1), 60)
        await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(before_offset=12)})
        with pytest.raises(Gone):
            await asyncio.wait_for(read_to(follower, f"{topic}/0", 12), 60)
    finally:
        await follower.stop()


async def test_nobody_follows_a_topic_that_the_broker_does_not_know(infra: Infra, admin: AIOKafkaAdminClient) -> None:
    known = f"following.{uuid4().hex[:8]}"
    await admin.create_topics([NewTopic(known, 1, 1)])
    with pytest.raises(UnknownTopicOrPartitionError, match=r"following\.nowhere"):
        await Follower.open(infra.kafka, [known, "following.nowhere"])
