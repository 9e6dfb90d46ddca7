"""The embedded broker and store: nothing that was acknowledged is lost, and `down` ends only what `up` started."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pymongo import AsyncMongoClient

from headwater_cli.home import Home
from headwater_cli.supervisor import running
from tests.conftest import headwater

pytestmark = pytest.mark.timeout(1800)
TOPIC = "survives"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One home for those tests that begin with `up`, whatever the one before left."""
    home = tmp_path_factory.mktemp("home")
    yield home
    headwater(home, "down", "--wipe", "--yes")


@pytest.fixture
def fresh_home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"
    headwater(tmp_path / "home", "down", "--wipe", "--yes")


def up(home: Path, *args: str, **env: str) -> dict[str, Any]:
    done = headwater(home, "up", "--only", "infra", "--json", *args, **env)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def pids(home: Path) -> dict[str, int]:
    found = {name: running(Home(home), name) for name in ("kafka", "store")}
    return {name: record.pid for name, record in found.items() if record}


async def test_what_was_acknowledged_survives_a_kill_of_both(home: Path) -> None:
    found = up(home, "--free-ports")
    await send(found["kafka"], [b"%d" % number for number in range(200)])
    await transact(found["store"], 200)
    for pid in pids(home).values():
        os.kill(pid, signal.SIGKILL)

    again = up(home)

    assert again == found
    assert await received(found["kafka"]) == [b"%d" % number for number in range(200)]
    assert await stored(found["store"]) == {"states": 200, "outbox": 200}


def test_a_second_up_changes_nothing_and_a_dead_part_is_started_again(home: Path) -> None:
    up(home, "--free-ports")
    before = pids(home)
    up(home)
    assert pids(home) == before

    os.kill(before["store"], signal.SIGKILL)
    up(home)

    after = pids(home)
    assert after["kafka"] == before["kafka"]
    assert after["store"] != before["store"]


def test_down_keeps_the_data_and_ends_only_what_up_started(home: Path) -> None:
    found = up(home, "--free-ports")
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        # As if the system had given the store's pid to somebody else.
        record = home / "run" / "carrier.json"
        record.write_text(json.dumps({"name": "carrier", "pid": bystander.pid, "born": 1.0, "address": ""}))
        assert headwater(home, "down").returncode == 0
        assert bystander.poll() is None
        assert pids(home) == {}
    finally:
        bystander.kill()
        bystander.wait()
    assert (home / "data" / "kafka" / "meta.properties").exists()
    assert up(home) == found


def test_a_taken_port_is_named_with_its_holder_and_the_way_out(fresh_home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = headwater(
            fresh_home, "up", "--only", "infra", HEADWATER_STORE_PORT=str(port), HEADWATER_KAFKA_PORT="29471"
        )
    assert done.returncode == 1
    assert f"Port {port}, wanted for store, is taken by" in done.stderr
    assert f"(pid {os.getpid()})" in done.stderr
    assert "HEADWATER_STORE_PORT=<port> headwater up" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_in_the_environment_is_used_and_not_started(fresh_home: Path) -> None:
    done = headwater(
        fresh_home, "up", "--only", "infra", HEADWATER_KAFKA="127.0.0.1:1", HEADWATER_STORE="mongodb://127.0.0.1:1"
    )
    assert done.returncode == 1
    assert "HEADWATER_KAFKA names 127.0.0.1:1, but no kafka answers there." in done.stderr
    assert pids(fresh_home) == {}


async def send(bootstrap: str, values: list[bytes]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        for sent in [await producer.send(TOPIC, value) for value in values]:
            await sent


async def received(bootstrap: str) -> list[bytes | None]:
    async with AIOKafkaConsumer(TOPIC, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        found: list[bytes | None] = []
        while len(found) < 200:
            found += [record.value for batch in (await consumer.getmany(timeout_ms=5000)).values() for record in batch]
        return found


async def transact(uri: str, count: int) -> None:
    async with AsyncMongoClient(uri, w="majority", journal=True) as client, client.start_session() as session:
        for number in range(count):
            async with await session.start_transaction():
                await client.survives.states.insert_one({"_id": number}, session=session)
                await client.survives.outbox.insert_one({"_id": number}, session=session)


async def stored(uri: str) -> dict[str, int]:
    async with AsyncMongoClient(uri) as client:
        return {name: await client.survives[name].count_documents({}) for name in ("states", "outbox")}
