"""Rebalance storms: strangers that join a consumer group, are given partitions, do nothing with them, and go.

That loses nothing: they commit no offsets, and how far a lane is processed is told by its mark alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from random import Random

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

STRANGERS = 2
STAY_S, LEAVE_S = (0.1, 1.2), 2.0
VANISH = 0.2
"""The share of those that go without a word, so that the group waits out their session."""


async def storm(kafka: str, group: str, topics: Sequence[str], for_s: float, session_s: float, chance: Random) -> None:
    """Come and go for so long."""
    ends_at = time.monotonic() + for_s
    strangers = [Random(chance.randrange(10**9)) for _ in range(STRANGERS)]
    await asyncio.gather(*(_come_and_go(kafka, group, topics, ends_at, session_s, one) for one in strangers))


async def _come_and_go(
    kafka: str, group: str, topics: Sequence[str], ends_at: float, session_s: float, chance: Random
) -> None:
    while time.monotonic() < ends_at:
        with suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(2 * session_s):
                await _visit(kafka, group, topics, session_s, chance)


async def _visit(kafka: str, group: str, topics: Sequence[str], session_s: float, chance: Random) -> None:
    stranger = AIOKafkaConsumer(
        *topics, bootstrap_servers=kafka, group_id=group, client_id="stranger", enable_auto_commit=False,
        session_timeout_ms=int(session_s * 1000), heartbeat_interval_ms=500,
    )  # fmt: skip
    try:
        await stranger.start()
        await asyncio.sleep(chance.uniform(*STAY_S))
        if chance.random() < VANISH:
            stranger._coordinator._maybe_leave_group = _without_a_word
    finally:
        with suppress(KafkaError, TimeoutError):
            await asyncio.wait_for(stranger.stop(), LEAVE_S)


async def _without_a_word() -> None:
    """Instead of telling the group that one leaves."""
