"""Reading topics from outside: everything that is there now, or what comes from now on. No group notices."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from headwater.envelope import Raw
from headwater_cli.problem import Problem

FETCH_WAITS_MS = 20


@asynccontextmanager
async def consumer(bootstrap: str, **options: Any) -> AsyncIterator[Any]:
    """A consumer without subscription. Raises a Problem when the broker does not answer."""
    # The broker answers a connection's requests in turn: a fetch that waits for records holds up what is asked next.
    client = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, fetch_max_wait_ms=FETCH_WAITS_MS, **options
    )
    try:
        await client.start()
    except KafkaError as error:
        await client.stop()
        raise Problem(f"Kafka at {bootstrap} does not answer: {error}.", "Start it with: headwater up") from None
    try:
        yield client
    finally:
        await client.stop()


async def partitions_of(client: Any, topics: Sequence[str]) -> list[TopicPartition]:
    """All partitions of these topics. Raises a Problem that names a topic that is not there."""
    metadata = await client._client.fetch_all_metadata()
    for topic in topics:
        if topic not in metadata.topics():
            near = sorted(name for name in metadata.topics() if topic.split(".")[0] in name)[:8]
            raise Problem(f"There is no topic {topic}.", f"Near it: {', '.join(near)}" if near else "")
    return [
        TopicPartition(topic, number) for topic in topics for number in sorted(metadata.partitions_for_topic(topic))
    ]


async def history(
    client: Any, topics: Sequence[str], starts: dict[TopicPartition, int] | None = None
) -> AsyncIterator[Raw]:
    """Every record that is there now, partition by partition in order; then it ends."""
    partitions = await partitions_of(client, topics)
    ends = await client.end_offsets(partitions)
    begins = {**await client.beginning_offsets(partitions), **(starts or {})}
    left = {tp for tp in partitions if begins[tp] < ends[tp]}
    client.assign(partitions)
    for tp in partitions:
        client.seek(tp, begins[tp])
    while left:
        for tp, records in (await client.getmany(*left, timeout_ms=500)).items():
            for record in records:
                if record.offset < ends[tp]:
                    yield record
        left = {tp for tp in left if await client.position(tp) < ends[tp]}
