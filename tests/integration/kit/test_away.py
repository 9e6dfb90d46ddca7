"""The store or the broker being away: the batch waits, readiness says why, and nothing is skipped."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import Infra, headwater
from tests.integration.kit.stage import Member, stage, until

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Infra]:
    """A broker and a store that these tests may stop."""
    home = tmp_path_factory.mktemp("away")
    try:
        up = headwater(home, "up", "--only", "infra", "--free-ports", "--json")
        assert up.returncode == 0, up.stderr
        found = json.loads(up.stdout.splitlines()[-1])
        env = {"HEADWATER_KAFKA": found["kafka"], "HEADWATER_STORE": found["store"]}
        yield Infra(found["kafka"], found["store"], home, env)
    finally:
        headwater(home, "down", "--wipe", "--yes")


def pid_of(infra: Infra, part: str) -> int:
    assert infra.home is not None
    return int(json.loads((infra.home / "run" / f"{part}.json").read_text())["pid"])


async def why_not_ready(member: Member) -> str:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://127.0.0.1:{member.http}/readyz")
    return answer.text if answer.status_code == 503 else ""


async def test_work_waits_while_the_store_or_the_broker_is_away_and_goes_on_when_it_is_back(own: Infra) -> None:
    async with stage(own) as there:
        member = await there.member()
        await there.load(0, 40)
        await there.carried(40)

        store = pid_of(own, "store")
        os.kill(store, signal.SIGSTOP)
        await there.load(40, 80)
        assert "waits for the store" in await until(lambda: why_not_ready(member), 60, "readiness to turn false")
        os.kill(store, signal.SIGCONT)
        await there.carried(80)
        await until(member.ready, what="readiness to come back")

        for part in ("store", "kafka"):
            os.kill(pid_of(own, part), signal.SIGKILL)
        assert own.home is not None
        again = headwater(own.home, "up", "--only", "infra", "--json")
        assert again.returncode == 0, again.stderr
        await there.load(80, 120)
        await there.carried(120)
        outcome = await there.outcome()
        assert all(times == 1 for _, times in outcome.entries.values())
        assert sum(outcome.carried.values()) == 120
        assert member.process.returncode is None, "the member lived through all of it"


@pytest.mark.parametrize("part", ["store", "kafka"])
async def test_a_member_that_is_told_to_stop_does_not_wait_for_what_is_away(own: Infra, part: str) -> None:
    async with stage(own) as there:
        member = await there.member()
        await there.load(0, 40)
        await there.carried(40)
        await there.load(40, 80)
        os.kill(pid_of(own, part), signal.SIGSTOP)
        try:
            member.signal(signal.SIGTERM)
            await member.ended(within_s=10)
        finally:
            os.kill(pid_of(own, part), signal.SIGCONT)
        await there.member()
        await there.carried(80)
        outcome = await there.outcome()
        assert sum(outcome.carried.values()) == 80
        assert all(times == 1 for _, times in outcome.entries.values())
