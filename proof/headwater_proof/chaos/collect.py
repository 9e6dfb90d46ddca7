"""Collecting the evidence, and waiting until there is nothing left to happen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import TopicPartition
from motor.motor_asyncio import AsyncIOMotorClient

from headwater.polling import LongPoll
from headwater.store import OPTIONS
from headwater_proof.chaos.groups import PARTITIONS, SERVICES
from headwater_proof.evidence import Entry, Evidence, Record

AT_ONCE = 5000


async def evidence(kafka: str, store: str, history: Sequence[Entry]) -> Evidence:
    """All that is stored and all that stands on the topics, beside what clients wrote down."""
    documents = await _documents(store)
    records = await _records(kafka)
    return Evidence(history, records, documents, PARTITIONS)


async def _documents(store: str) -> dict[str, dict[str, list[Mapping[str, Any]]]]:
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(store, serverSelectionTimeoutMS=10_000)
    try:
        found: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
        for service in SERVICES:
            database = client.get_database(service, codec_options=OPTIONS)
            names = await database.list_collection_names()
            found[service] = {name: [d async for d in database[name].find({})] for name in names}
        return found
    finally:
        client.close()


async def _records(kafka: str) -> dict[str, list[Record]]:
    # The consumer of our services: it also hands out what other clients stumble over.
    # A fetch that finds nothing would hold up the next topic's.
    consumer = LongPoll(bootstrap_servers=kafka, enable_auto_commit=False, fetch_max_wait_ms=10)
    await consumer.start()
    try:
        return {topic: await _of_topic(consumer, topic) for topic in PARTITIONS}
    finally:
        await consumer.stop()


async def _of_topic(consumer: LongPoll, topic: str) -> list[Record]:
    partitions = [TopicPartition(topic, number) for number in range(PARTITIONS[topic])]
    ends = await consumer.end_offsets(partitions)
    consumer.assign(partitions)
    for tp in partitions:
        consumer.seek(tp, 0)  # nothing is old enough to have been deleted
    read: dict[TopicPartition, list[Record]] = {tp: [] for tp in partitions}
    while any(len(read[tp]) < end for tp, end in ends.items()):
        for tp, found in (await consumer.getmany(max_records=AT_ONCE)).items():
            read[tp] += [_record(one) for one in found]
    return [one for tp in partitions for one in read[tp]]


def _record(one: Any) -> Record:
    return Record(one.topic, one.partition, one.offset, one.timestamp, one.key, one.value, tuple(one.headers))
