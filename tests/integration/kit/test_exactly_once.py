"""Exactly once, on real Kafka and the real store: whatever dies, the outcome is that of a run without faults."""

from __future__ import annotations

import signal

import pytest

from headwater.faults import POINTS
from headwater.producer import Record
from tests.conftest import Infra
from tests.integration.kit.stage import Outcome, Stage, stage, until

ENTRIES = 160
pytestmark = pytest.mark.timeout(180)


async def half(there: Stage) -> None:
    await there.load(0, ENTRIES // 2)
    await there.poison()


async def other_half(there: Stage) -> None:
    await there.load(ENTRIES // 2, ENTRIES)


@pytest.fixture(scope="module")
async def faultless(infra: Infra) -> Outcome:
    """What comes of the load when nothing goes wrong."""
    async with stage(infra) as there:
        await there.member()
        await half(there)
        await other_half(there)
        await there.carried(ENTRIES)
        outcome = await there.outcome()
    assert sum(total for name, (total, _) in outcome.totals.items() if name.startswith("b/")) == sum(range(ENTRIES))
    assert all(times == 1 for _, times in outcome.entries.values())
    assert len(outcome.dead) == 1
    return outcome


VICTIMS = [("a", point) for point in POINTS] + [("b", point) for point in ("loaded", "sealed", "committed")]


@pytest.mark.parametrize(("victim", "point"), VICTIMS)
async def test_a_process_killed_anywhere_on_the_road_changes_nothing(
    infra: Infra, faultless: Outcome, victim: str, point: str
) -> None:
    async with stage(infra) as there:
        await half(there)
        count = 1 if point in ("taken", "told") else 2  # Kafka is told of several batches at once
        doomed = await there.member(ready=False, HEADWATER_DIE_AT=f"{there.run}.{victim}:{point}:{count}")
        await other_half(there)
        assert await doomed.ended() == -signal.SIGKILL
        await there.member()
        await there.carried(ENTRIES)
        assert await there.outcome() == faultless


async def test_members_that_come_die_and_go_in_the_middle_change_nothing(infra: Infra, faultless: Outcome) -> None:
    async with stage(infra) as there:
        first = await there.member()
        await half(there)
        second = await there.member()
        first.signal(signal.SIGKILL)
        await other_half(there)
        third = await there.member(ready=False)
        second.signal(signal.SIGTERM)
        assert await second.ended(within_s=10) == 0, "a graceful stop ends within 10 s"
        await until(third.ready, what="the last member's readiness")
        await there.carried(ENTRIES)
        assert await there.outcome() == faultless


async def test_a_zombie_that_wakes_up_after_its_partitions_moved_writes_nothing(
    infra: Infra, faultless: Outcome
) -> None:
    async with stage(infra) as there:
        zombie = await there.member()
        await half(there)
        zombie.signal(signal.SIGSTOP)
        await other_half(there)
        heir = await there.member(ready=False)
        await there.carried(ENTRIES)
        before = await there.outcome()
        zombie.signal(signal.SIGCONT)
        await until(zombie.ready, what="the zombie's return to the group")
        await there.load(ENTRIES, ENTRIES + 40)
        await there.carried(ENTRIES + 40)
        assert before == faultless
        after = await there.outcome()
        assert sum(after.carried.values()) == ENTRIES + 40
        assert all(times == 1 for _, times in after.entries.values())
        assert heir.process.returncode is None


async def test_a_message_published_again_has_no_effect(infra: Infra, faultless: Outcome) -> None:
    async with stage(infra) as there:
        member = await there.member()
        await half(there)
        await other_half(there)
        await there.carried(ENTRIES)
        before = await there.outcome()
        counted = await member.count("deduplicated")
        again = [r for r in await there.everything(there.b) if r.offset % 2 == 0]
        await there.producer.publish([Record(r.topic, r.partition, r.key, r.value, list(r.headers)) for r in again])

        async def all_seen() -> bool:
            return await member.count("deduplicated") == counted + len(again)

        await until(all_seen, what="the repeats' being told apart")
        assert await there.outcome() == before == faultless
