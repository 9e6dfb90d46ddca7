"""A plug-in while the broker is killed and comes back, on a broker of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from headwater_cli.ports import free_ports
from tests.conftest import Infra, headwater
from tests.integration.partnership import answers, eventually, parcels, partnership

UP = ("up", "--only", "infra", "--free-ports", "--json")


@pytest.fixture
def own_infra(tmp_path: Path) -> Iterator[Infra]:
    home = tmp_path / "home"
    try:
        up = headwater(home, *UP)
        assert up.returncode == 0, up.stderr
        found = json.loads(up.stdout.splitlines()[-1])
        yield Infra(found["kafka"], found["store"], home)
    finally:
        headwater(home, "down", "--wipe", "--yes")


async def test_a_killed_broker_is_waited_for_and_told_and_no_parcel_is_lost(own_infra: Infra, tmp_path: Path) -> None:
    assert own_infra.home is not None
    broker = json.loads((own_infra.home / "run" / "kafka.json").read_text())["pid"]
    [port] = free_ports(1)
    async with (
        partnership(own_infra.kafka, tmp_path) as partner,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=5) as page,
    ):
        process = partner.start(HEADWATER_HTTP_PORT=str(port), HEADWATER_IN_FLIGHT="50")
        await partner.dispatch(parcels(300))
        await eventually("the first parcels move", lambda: partner.some_reported(100))
        os.kill(broker, signal.SIGKILL)
        await eventually("it says that it waits", lambda: answers(page, "/readyz", "waits for Kafka", status=503))
        assert (await page.get("/livez")).status_code == 200
        await asyncio.to_thread(headwater, own_infra.home, *UP)
        await eventually("it is ready again", lambda: answers(page, "/readyz", "ok"))
        await eventually("all parcels delivered", lambda: partner.all_reported(parcels(300)))
        await eventually("all dispatches committed", lambda: partner.finished(300))
        assert process.poll() is None
        assert await partner.dead_letters() == []
