"""The stage of the exactly-once tests: topics, a load, members that die, and what came of it all."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from headwater.envelope import encode
from headwater.producer import Producer, Record, partition_of
from headwater.store import Store
from headwater_cli.ports import free_ports
from tests.conftest import Infra
from tests.integration.kit.toy import Add

ROOT = Path(__file__).parents[3]
PARTITIONS = 4
ADDERS = tuple(f"adder-{number}" for number in range(12))
POISON = b"{this is no JSON"


async def until(condition: Any, within_s: float = 60.0, what: str = "it") -> Any:
    """Wait for an awaitable condition to give something true; fail with its name when it does not."""
    deadline = asyncio.get_running_loop().time() + within_s
    while not (found := await condition()):
        assert asyncio.get_running_loop().time() < deadline, f"{what} did not happen in {within_s} s"
        await asyncio.sleep(0.05)
    return found


@dataclass(slots=True)
class Member:
    """A process of the toy service."""

    process: asyncio.subprocess.Process
    http: int

    async def ready(self) -> bool:
        """Whether it has partitions and works."""
        async with httpx.AsyncClient(trust_env=False) as client:
            try:
                return (await client.get(f"http://127.0.0.1:{self.http}/readyz")).status_code == 200
            except httpx.TransportError:
                return False

    async def count(self, outcome: str) -> int:
        """How many messages it has counted with this outcome, over both processors."""
        async with httpx.AsyncClient(trust_env=False) as client:
            text = (await client.get(f"http://127.0.0.1:{self.http}/metrics")).text
        found = re.findall(rf'headwater_messages_total{{outcome="{outcome}",processor="[^"]+"}} ([0-9.]+)', text)
        return int(sum(map(float, found)))

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    async def ended(self, within_s: float = 30.0) -> int:
        """Wait for its end; returns the exit code, negative for a signal."""
        return await asyncio.wait_for(self.process.wait(), within_s)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a load, in a form in which two runs can be compared."""

    totals: dict[str, tuple[int, int]]
    """By aggregate: its total and its version."""
    entries: dict[str, tuple[int, int]]
    """By entry of the ledgers: its amount, and how often it was carried there."""
    carried: Counter[tuple[str, int]]
    """The messages published to `b`, each counted once however often it was published."""
    dead: frozenset[tuple[str, str]]
    """The places of the dead letters, as partition and offset."""


@dataclass(slots=True)
class Stage:
    """One run: its topics, its database, its members."""

    infra: Infra
    run: str
    producer: Producer
    store: Store
    members: list[Member] = field(default_factory=list)
    sequences: Counter[int] = field(default_factory=Counter)

    @property
    def a(self) -> str:
        """The first inbox."""
        return f"{self.run}.a.inbox.v1"

    @property
    def b(self) -> str:
        """The second inbox."""
        return f"{self.run}.b.inbox.v1"

    async def member(self, *, ready: bool = True, service: str = "toy", **env: str) -> Member:
        """Start a member of the toy service, or of another one in this folder, and wait until it works."""
        (http,) = free_ports(1)
        known = {
            **os.environ, **self.infra.env, "TOY_RUN": self.run, "HEADWATER_HTTP_PORT": str(http),
            "HEADWATER_BATCH_SIZE": "20", "HEADWATER_SESSION_TIMEOUT_MS": "3000", **env,
        }  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.integration.kit.member", service, cwd=ROOT, env=known
        )
        member = Member(process, http)
        self.members.append(member)
        if ready:
            await until(member.ready, what="a member's readiness")
        return member

    async def load(self, first: int, last: int) -> None:
        """Entries `first` to `last`, numbered as an inbox of ours would number them; every tenth is published twice."""
        records = []
        for number in range(first, last):
            add = Add(id=ADDERS[number % len(ADDERS)], entry=f"e{number}", n=number)
            partition = partition_of(add.id.encode(), PARTITIONS)
            self.sequences[partition] += 1
            headers, value = encode(
                add, id=f"{number}", source="test:source/0", time=datetime.now(UTC), subject=add.id,
                sequence=self.sequences[partition],
            )  # fmt: skip
            record = Record(self.a, partition, add.id.encode(), value, headers)
            records += [record, record] if number % 10 == 0 else [record]
        await self.producer.publish(records)

    async def poison(self) -> None:
        """A message that nobody can read."""
        headers = [("ce_type", b"toy.Add.v1"), ("ce_id", b"poison")]
        await self.producer.publish([Record(self.a, 0, b"poison", POISON, headers)])

    async def carried(self, count: int, within_s: float = 60.0) -> None:
        """Wait until so many entries have reached the ledgers."""

        async def there() -> bool:
            return len(await self.store.find("b.entries", {}, [], count + 1)) >= count

        await until(there, within_s, f"{count} entries")

    async def outcome(self) -> Outcome:
        """Read the store and the topics."""
        states = [("a", d) for d in await self.store.find("a", {}, [], 1000)]
        states += [("b", d) for d in await self.store.find("b", {}, [], 1000)]
        entries = await self.store.find("b.entries", {}, [], 100_000)
        return Outcome(
            {f"{name}/{d['_id']}": (d["total"], d["version"]) for name, d in states},
            {d["key"]: (d["n"], d["times"]) for d in entries},
            gapless(await self.everything(self.b)),
            frozenset(
                (dict(r.headers)["dlq_partition"].decode(), dict(r.headers)["dlq_offset"].decode())
                for r in await self.everything(f"{self.a}.dlq")
            ),
        )

    async def everything(self, topic: str) -> list[Any]:
        """All records of a topic."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.infra.kafka, enable_auto_commit=False)
        await consumer.start()
        try:
            count = await self.producer.partitions(topic) or 0
            partitions = [TopicPartition(topic, number) for number in range(count)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            ends, records = await consumer.end_offsets(partitions), []
            while any([await consumer.position(tp) < end for tp, end in ends.items()]):
                for found in (await consumer.getmany(timeout_ms=200)).values():
                    records += found
            return records
        finally:
            await consumer.stop()


def gapless(records: Sequence[Any]) -> Counter[tuple[str, int]]:
    """The messages in the records, repeats left out.

    Fails when a number of a source is missing or used twice, or when a version of an aggregate is.
    """
    seen: dict[tuple[str, int], dict[int, bytes]] = {}
    for record in records:
        headers = dict(record.headers)
        numbers = seen.setdefault((headers["ce_source"].decode(), record.partition), {})
        number = int(headers["ce_sequence"])
        assert numbers.setdefault(number, record.value) == record.value, "one number stands for two messages"
    messages: Counter[tuple[str, int]] = Counter()
    revisions: dict[str, set[int]] = {}
    for record in records:
        (n,) = re.search(rb'"n":(\d+)', record.value).groups()  # type: ignore[union-attr]
        revisions.setdefault(ADDERS[int(n) % len(ADDERS)], set()).add(int(dict(record.headers)["ce_revision"]))
    for (source, partition), numbers in seen.items():
        assert sorted(numbers) == list(range(1, len(numbers) + 1)), f"{source} to {partition} has gaps"
        for value in numbers.values():
            entry, n = re.search(rb'"entry":"(\w+)","n":(\d+)', value).groups()  # type: ignore[union-attr]
            messages[entry.decode(), int(n)] += 1
    for adder, found in revisions.items():
        assert found == set(range(1, len(found) + 1)), f"versions of {adder} have gaps"
    assert sum(map(len, revisions.values())) == messages.total(), "each version told of its message"
    return messages


@asynccontextmanager
async def stage(infra: Infra) -> AsyncIterator[Stage]:
    """Topics and a database for one run; its members end with it."""
    run = f"toy{uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=infra.kafka)
    await admin.start()
    names = [f"{run}.{inbox}.inbox.v1{dlq}" for inbox in "ab" for dlq in ("", ".dlq")]
    stamped = {"message.timestamp.type": "LogAppendTime"}
    await admin.create_topics(
        [NewTopic(name, 1 if name.endswith("dlq") else PARTITIONS, 1, topic_configs=stamped) for name in names]
    )
    await admin.close()
    producer, store = Producer(infra.kafka, "test"), Store(infra.store, run)
    await producer.start()
    there = Stage(infra, run, producer, store)
    try:
        yield there
    finally:
        for member in there.members:
            if member.process.returncode is None:
                member.signal(signal.SIGKILL)
                await member.process.wait()
        await producer.stop()
        store.close()
