"""Look-ups from memory beside another member that commits: its changes are seen by its events, and by age alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from headwater import lookups
from headwater.freshness import Freshness
from headwater.lookups import CachedReader
from headwater.store import Reader
from tests.conftest import Infra
from tests.integration.kit.stage import ADDERS, Stage, stage, until
from tests.integration.kit.toy import Total

ADDER = ADDERS[0]
FOR_EVER = 1e9


@asynccontextmanager
async def looking_up(there: Stage, kafka: str) -> AsyncIterator[CachedReader[Total]]:
    """What a member that owns no lane knows of the totals."""
    freshness = Freshness(kafka)
    cached = CachedReader(Reader(there.store, "a", Total, None, None), 100, freshness.wake)
    freshness.keep(cached, there.b)
    running = asyncio.create_task(freshness.run())
    try:
        yield cached
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def sees(cached: CachedReader[Total], total: int) -> None:
    """Wait until the look-up tells this total."""

    async def there() -> bool:
        found = await cached.get(ADDER)
        return found is not None and found.total == total

    await until(there, 30, f"a look-up that tells {total}")


async def test_what_another_member_changes_is_seen_by_its_events(infra: Infra, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "MAX_AGE_S", FOR_EVER)
    monkeypatch.setattr(lookups, "RENEW_AFTER_S", FOR_EVER)
    async with stage(infra) as there, looking_up(there, infra.kafka) as cached:
        await there.member(service="tally")
        total = 0
        for turn in range(1, 6):  # the first may be seen because reading has just begun; the later ones are heard of
            entry = turn * len(ADDERS)
            await there.load(entry, entry + 1)
            total += entry
            await sees(cached, total)


async def test_without_kafka_it_is_seen_when_the_entry_is_too_old(
    infra: Infra, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "MAX_AGE_S", 0.5)
    async with stage(infra) as there, looking_up(there, "127.0.0.1:1") as cached:
        await there.member(service="tally")
        await there.load(12, 13)
        await sees(cached, 12)
        await there.load(24, 25)
        await sees(cached, 36)
