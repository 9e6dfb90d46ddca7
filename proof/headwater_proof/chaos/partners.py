"""Partners who misbehave: they say again what they said, in another order, and they talk nonsense at full speed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from random import Random
from typing import Any, get_args

from aiokafka import TopicPartition

from headwater.contracts.base import CarrierId, ShipmentId, WarehouseId
from headwater.contracts.logistics import ParcelPacked, ParcelTracked, TrackingStatus
from headwater.contracts.topics import CARRIERS, WAREHOUSES, carrier_tracking, warehouse_reports
from headwater.envelope import encode
from headwater.polling import LongPoll
from headwater.producer import Producer, Record, partition_of
from headwater_proof.chaos.groups import PARTITIONS

REPORTS = (*map(carrier_tracking, CARRIERS), *map(warehouse_reports, WAREHOUSES))
LATEST = 60
"""So many records of each partition are said again."""
AT_ONCE, MOST = 500, 8_000
"""Nonsense goes out so many at a time; in all no more than that, since each leaves a trace for good."""


async def repeat(producer: Producer, kafka: str, chance: Random) -> int:
    """Say again the latest of what partners have said, shuffled; returns how much that was."""
    records = [Record(one.topic, one.partition, one.key, one.value, list(one.headers))
               for one in await latest(kafka, REPORTS)]  # fmt: skip
    chance.shuffle(records)
    if records:
        await producer.publish(records)
    return len(records)


async def latest(kafka: str, topics: Sequence[str]) -> list[Any]:
    """The newest records of these topics."""
    consumer = LongPoll(bootstrap_servers=kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, number) for topic in topics for number in range(PARTITIONS[topic])]
        consumer.assign(partitions)
        left = {tp: end for tp, end in (await consumer.end_offsets(partitions)).items() if end}
        for tp in partitions:
            consumer.seek(tp, max(0, left.get(tp, 0) - LATEST))
        found: list[Any] = []
        while left:
            for tp, records in (await consumer.getmany(timeout_ms=200)).items():
                found += records
                if records[-1].offset + 1 >= left.get(tp, 0):
                    left.pop(tp, None)
        return found
    finally:
        await consumer.stop()


async def nonsense(producer: Producer, kafka: str, for_s: float, chance: Random) -> int:
    """One partner writes whatever comes to its mind, as fast as it can; returns how much that was."""
    topic = chance.choice(REPORTS)
    foreign = [
        one.key.decode(errors="replace")
        for one in await latest(kafka, REPORTS)
        if one.topic.split(".")[1] != topic.split(".")[1] and one.key and one.key.startswith(b"shp_")
    ]  # others' poison lies there, too
    words = _words(topic, foreign, chance)
    ends_at, said = time.monotonic() + for_s, 0
    while time.monotonic() < ends_at and said < MOST:
        await producer.publish(list(islice(words, AT_ONCE)))
        said += AT_ONCE
    return said


def _words(topic: str, foreign: Sequence[str], chance: Random) -> Iterator[Record]:
    """Half noise, half reports on parcels that are not this partner's, which are well-formed."""
    while True:
        key = chance.choice(foreign) if foreign and chance.random() < 0.5 else f"shp_none-{chance.randrange(1000)}"
        partition = partition_of(key.encode(), PARTITIONS[topic])
        if chance.random() < 0.5:
            yield Record(
                topic, partition, key.encode(), chance.randbytes(40), [("ce_type", ParcelTracked.TYPE.encode())]
            )
        else:
            headers, value = encode(
                _report(topic, ShipmentId(key), chance), id=f"nonsense-{chance.randrange(10**9)}", source="nonsense",
                time=datetime.now(UTC), subject=key, sequence=chance.randrange(1, 10**6),
            )  # fmt: skip
            yield Record(topic, partition, key.encode(), value, headers)


def _report(topic: str, shipment_id: ShipmentId, chance: Random) -> ParcelPacked | ParcelTracked:
    event_id = f"nonsense-{chance.randrange(10**6)}"
    if ".warehouse." in topic:
        # A warehouse that packs the parcel of another one, in that one's name.
        return ParcelPacked(
            shipment_id=shipment_id, warehouse_id=WarehouseId(chance.choice(WAREHOUSES)), event_id=event_id,
            weight_g=chance.randrange(1, 10**7), occurred_at=datetime.now(UTC),
        )  # fmt: skip
    return ParcelTracked(
        shipment_id=shipment_id, carrier_id=CarrierId(chance.choice(CARRIERS)), event_id=event_id,
        status=chance.choice(get_args(TrackingStatus)), occurred_at=datetime.now(UTC), place="nowhere",
        delay_hours=chance.randrange(2400),
    )  # fmt: skip
