"""A carrier for one test: its topics on real Kafka, and processes of the demo carrier that play it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from demo_carrier.journey import journey
from headwater.contracts.logistics import ParcelTracked
from headwater.contracts.topics import carrier_dispatches, carrier_tracking, dlq_of
from headwater.envelope import Envelope, decode, encode
from tests.unit.sdk.parcels import to_collect

PATIENCE_S = 40.0
PARTITIONS = 2
TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"


@dataclass
class Partnership:
    """What the platform sees of a carrier: what it sent and what came back."""

    kafka: str
    logs: Path
    carrier: str = field(default_factory=lambda: f"t-{uuid4().hex[:12]}")
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    async def dispatch(self, shipments: list[str]) -> None:
        """Tell the carrier to collect these."""
        async with self._producer() as producer:
            for shipment in shipments:
                parcel = to_collect(shipment, self.carrier)
                headers, value = encode(
                    parcel, id=shipment, source="logistics", time=datetime.now(UTC), subject=shipment, traceparent=TRACE
                )
                await producer.send(parcel.address().topic, value, shipment.encode(), headers=headers)

    async def dispatch_raw(self, value: bytes | None, headers: list[tuple[str, bytes]]) -> None:
        """Put anything onto the carrier's topic."""
        async with self._producer() as producer:
            await producer.send_and_wait(carrier_dispatches(self.carrier), value, b"any", headers=headers)

    async def tracked(self) -> list[Envelope]:
        """All that the carrier has reported so far."""
        return [decode(record.headers, record.value) for record in await self._all(carrier_tracking(self.carrier))]

    async def dead_letters(self) -> list[dict[str, str]]:
        """The headers of the carrier's dead letters."""
        records = await self._all(dlq_of(carrier_dispatches(self.carrier)))
        return [{name: value.decode(errors="replace") for name, value in record.headers} for record in records]

    async def committed(self) -> int:
        """How many dispatches the carrier's group has finished, by its committed offsets."""
        async with self._consumer(group_id=f"partners.carrier.{self.carrier}") as consumer:
            topic = carrier_dispatches(self.carrier)
            return sum([await consumer.committed(TopicPartition(topic, n)) or 0 for n in range(PARTITIONS)])

    async def reported(self) -> dict[str, list[str]]:
        """The event ids that arrived of each parcel, repeats left out, by their first arrival."""
        found: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for envelope in await self.tracked():
            assert isinstance(envelope.message, ParcelTracked)
            found[envelope.message.shipment_id][envelope.message.event_id] = None
        return {shipment: list(ids) for shipment, ids in found.items()}

    async def all_reported(self, shipments: list[str]) -> bool:
        """Whether these parcels, and no others, have all their reports, in order."""
        return await self.reported() == expected(shipments)

    async def some_reported(self, at_least: int) -> bool:
        """Whether so many reports have arrived."""
        return len(await self.tracked()) >= at_least

    async def finished(self, dispatches: int) -> bool:
        """Whether exactly so many dispatches are done with, by the committed offsets."""
        return await self.committed() == dispatches

    def start(self, **env: str) -> subprocess.Popen[bytes]:
        """One more process that plays this carrier."""
        given = {"HEADWATER_KAFKA": self.kafka, "HEADWATER_CARRIERS": self.carrier, "HEADWATER_CARRIER_STEP_MS": "50",
                 "HEADWATER_SESSION_TIMEOUT_MS": "2000", **env}  # fmt: skip
        with (self.logs / f"{len(self.processes)}.log").open("wb") as out:
            argv = [sys.executable, "-m", "demo_carrier"]
            process = subprocess.Popen(argv, env={**os.environ, **given}, stdout=out, stderr=out)
        self.processes.append(process)
        return process

    def log_of(self, process: subprocess.Popen[bytes]) -> str:
        """What a process has logged."""
        return (self.logs / f"{self.processes.index(process)}.log").read_text()

    async def _all(self, topic: str) -> list[Any]:
        async with self._consumer() as consumer:
            partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            found: list[Any] = []
            while len(found) < sum(ends.values()):
                polled = await consumer.getmany(timeout_ms=500)
                found += [record for records in polled.values() for record in records]
            return found

    @asynccontextmanager
    async def _producer(self) -> AsyncIterator[Any]:
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka)
        await producer.start()
        try:
            yield producer
        finally:
            await producer.stop()

    @asynccontextmanager
    async def _consumer(self, group_id: str | None = None) -> AsyncIterator[Any]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.kafka, group_id=group_id, enable_auto_commit=False, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            yield consumer
        finally:
            await consumer.stop()


@asynccontextmanager
async def partnership(kafka: str, logs: Path) -> AsyncIterator[Partnership]:
    """A new carrier with its topics; its processes are gone at the end."""
    partner = Partnership(kafka, logs)
    dispatches, tracking = carrier_dispatches(partner.carrier), carrier_tracking(partner.carrier)
    names = (dispatches, tracking, dlq_of(dispatches))
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names])
        yield partner
    finally:
        for process in partner.processes:
            process.kill()
            process.wait()
        await admin.delete_topics(list(names))
        await admin.close()


def parcels(count: int) -> list[str]:
    """Shipment ids."""
    return [f"shp_{number}" for number in range(count)]


def expected(shipments: list[str]) -> dict[str, list[str]]:
    """The event ids of each parcel's way, in order."""
    ways = {shipment: journey(to_collect(shipment), seed=1) for shipment in shipments}
    return {shipment: [f"{shipment}:{stop.status}" for stop in way] for shipment, way in ways.items()}


async def answers(page: httpx.AsyncClient, path: str, text: str, status: int = 200) -> bool:
    """Whether this page gives this answer."""
    try:
        answer = await page.get(path)
    except httpx.TransportError:
        return False
    return answer.status_code == status and text in answer.text


async def eventually(what: str, holds: Callable[[], Any]) -> None:
    """Wait until `holds()` (which may be awaitable) is true; fail with `what` after a while."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = holds()
        if await found if asyncio.iscoroutine(found) else found:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"not within {PATIENCE_S:.0f} s: {what}")
