"""The grounds of a bench: a broker and a store of its own, on free ports, and the processes that are measured."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from motor.motor_asyncio import AsyncIOMotorClient

from headwater.contracts.topics import TOPICS, Topic
from headwater.producer import Producer, Record
from headwater_bench.load import QUOTE_SECRETS
from headwater_bench.report import err
from headwater_cli import lifecycle, topics
from headwater_cli.home import Home
from headwater_cli.platform import Addresses
from headwater_cli.ports import free_ports
from headwater_cli.problem import Problem
from headwater_cli.progress import Board

PUBLISH_AT_ONCE = 2000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Member:
    """One process of a service of ours."""

    process: asyncio.subprocess.Process
    grpc: int
    """The port of its look-ups."""

    def resident_mb(self) -> int:
        """The memory that it holds now, in MiB."""
        return int(psutil.Process(self.process.pid).memory_info().rss) // 2**20


@dataclass(slots=True)
class Grounds:
    """Where a bench runs."""

    kafka: str
    store: str
    logs: Path
    producer: Producer
    client: Any
    """The bench's own connection to the store."""
    parts: Mapping[str, str]
    """The versions of the broker and the store."""
    processes: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def start(self, *argv: str, env: Mapping[str, str] | None = None) -> asyncio.subprocess.Process:
        """Run a Python module (`-m name args`) beside the bench; it ends with it."""
        log = (self.logs / f"{argv[0]}-{len(self.processes)}.log").open("wb")
        ours = {
            "HEADWATER_KAFKA": self.kafka, "HEADWATER_STORE": self.store, "HEADWATER_LOG_LEVEL": "WARNING",
            "HEADWATER_QUOTE_SECRETS": QUOTE_SECRETS, "HEADWATER_PROJECTIONS": str(self.logs / "projections"),
        }  # fmt: skip
        known = {**os.environ, **ours}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *argv, env={**known, **(env or {})}, stdout=log, stderr=log
        )
        self.processes.append(process)
        return process

    async def start_service(self, name: str, **env: str) -> Member:
        """Run one of our services on free ports and wait until it is ready."""
        http, grpc = free_ports(2)
        process = await self.start(
            name, env={"HEADWATER_HTTP_PORT": str(http), "HEADWATER_GRPC_PORT": str(grpc), **env}
        )
        await self.until_ready(process, http)
        return Member(process, grpc)

    async def until_ready(self, process: asyncio.subprocess.Process, http: int) -> None:
        """Wait for `/readyz`. Raises a Problem when the process ends instead."""
        from headwater_cli.platform import is_ready

        for _ in range(600):
            if process.returncode is not None:
                raise Problem(f"A measured process ended with {process.returncode}.", f"Its log is in {self.logs}.")
            if await asyncio.to_thread(is_ready, http):
                return
            await asyncio.sleep(0.1)
        raise Problem("A measured process was not ready in 60 s.", f"Its log is in {self.logs}.")

    async def stop(self, processes: Sequence[asyncio.subprocess.Process]) -> None:
        """End processes that were started here, and wait until they are gone."""
        for process in processes:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
        await asyncio.gather(*(process.wait() for process in processes))

    async def until_members(self, groups: Sequence[str], count: int) -> None:
        """Wait until each group has so many members, and all of them their partitions. Raises a Problem after 60 s."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka)
        await admin.start()
        try:
            for _ in range(300):
                # One by one: aiokafka cannot read an answer about several.
                answers = [(await admin.describe_consumer_groups([group]))[0].groups[0] for group in groups]
                found = [(state, len(members)) for _, _, state, _, _, members in answers]
                if all(one == ("Stable", count) for one in found):
                    return
                await asyncio.sleep(0.2)
        finally:
            await admin.close()
        raise Problem(f"The groups {', '.join(groups)} did not come to {count} members each: {found}.")

    async def publish(self, records: Sequence[Record]) -> None:
        """Put records on the broker as fast as it takes them."""
        for start in range(0, len(records), PUBLISH_AT_ONCE):
            await self.producer.publish(records[start : start + PUBLISH_AT_ONCE])

    def database(self, name: str) -> Any:
        """A database of the store, to fill it before a measurement or to look into it afterwards."""
        return self.client[name]

    @asynccontextmanager
    async def arrivals(self, topic: str) -> AsyncIterator[Arrivals]:
        """What comes on a topic from now on."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka, enable_auto_commit=False, max_poll_records=5000)
        await consumer.start()
        try:
            count = await self.producer.partitions(topic) or 0
            partitions = [TopicPartition(topic, number) for number in range(count)]
            consumer.assign(partitions)
            for partition, end in (await consumer.end_offsets(partitions)).items():
                consumer.seek(partition, end)
            yield Arrivals(consumer)
        finally:
            await consumer.stop()


class Arrivals:
    """The records of a topic, as they come to a plain consumer."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def of(self, types: Collection[str], count: int, within_s: float = 180.0) -> AsyncIterator[list[Any]]:
        """The records of these types, a poll at a time, until so many have come. Raises a Problem when they do not."""
        wanted, seen = {name.encode() for name in types}, 0
        deadline = time.monotonic() + within_s
        while seen < count:
            if time.monotonic() > deadline:
                raise Problem(f"Only {seen} of {count} {' or '.join(types)} came in {within_s:.0f} s.")
            polled = await self._consumer.getmany(timeout_ms=500)
            found = [record for records in polled.values() for record in records
                     if dict(record.headers).get("ce_type") in wanted]  # fmt: skip
            if found:
                seen += len(found)
                yield found

    async def until(self, type_name: str, count: int, within_s: float = 180.0) -> None:
        """Wait until so many of a type have come. Raises a Problem when they do not."""
        async for _ in self.of([type_name], count, within_s):
            pass


@asynccontextmanager
async def grounds(extra: Sequence[Topic] = ()) -> AsyncIterator[Grounds]:
    """Bring a broker and a store up for this bench alone; all of it is gone afterwards."""
    os.environ["HEADWATER_NO_DOCKER"] = "1"  # containers are there once for all; each bench wants its own
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as folder:
        home = Home(Path(folder))
        try:
            found = await _up(home)
            await topics.apply(found.kafka, (*TOPICS, *extra))
            async with _opened(home, found) as here:
                yield here
        finally:
            await _down(home)


@asynccontextmanager
async def _opened(home: Home, found: Addresses) -> AsyncIterator[Grounds]:
    producer = Producer(found.kafka, "headwater-bench")
    client: Any = AsyncIOMotorClient(found.store)
    here = Grounds(found.kafka, found.store, home.logs, producer, client, await _parts(home, client))
    await producer.start()
    try:
        yield here
    finally:
        await producer.stop()
        client.close()
        await here.stop(here.processes)


async def _up(home: Home) -> Addresses:
    """Whoever else starts something on this machine may take a port that was free: then once more, with others."""
    try:
        return await _lifecycle(lifecycle.up, home, True, True)
    except Problem as problem:
        err.print(f"{problem.happened} Once more.", soft_wrap=True)
        await _down(home)
        return await _lifecycle(lifecycle.up, home, True, True)


async def _down(home: Home) -> None:
    await _lifecycle(lifecycle.down, home)


async def _lifecycle(step: Callable[..., T], home: Home, *options: bool) -> T:
    with Board(err, ["kafka", "store"]) as board:
        return await asyncio.to_thread(step, home, board, *options)


async def _parts(home: Home, client: Any) -> dict[str, str]:
    """What runs: the broker by the name of its artifact, the store by its own word."""
    told = await client.admin.command("buildInfo")
    name = "secantusdb" if "secantusVersion" in told else "mongodb"
    kafka = (home.bin / "kafka").resolve().name.split("-")[1]
    return {"kafka": kafka, name: told.get("secantusVersion", told["version"])}
