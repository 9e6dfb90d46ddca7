"""The platform's time where no message brings it: the store's, kept between questions by the monotonic clock.

The clock of a host may be stepped by an hour, and what it says then must not end up in a price that holds until then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from headwater.store import StoreAway

ASK_AGAIN_S = 60.0
"""After so long the store is asked again: the two clocks drift by milliseconds meanwhile."""


class StoreClock:
    """Tells the store's time without a round trip for each question."""

    def __init__(self, ask: Callable[[], Awaitable[datetime]]) -> None:
        self._ask = ask
        self._told: tuple[datetime, float] | None = None
        """The last answer, and the loop's time when it came."""

    async def now(self) -> datetime:
        """UTC. Raises `StoreAway` only if the store has never answered."""
        told = self._told
        if told is None or _now() - told[1] > ASK_AGAIN_S:
            try:
                told = self._told = (await self._ask(), _now())
            except StoreAway:
                if told is None:
                    raise
        return told[0] + timedelta(seconds=_now() - told[1])


def _now() -> float:
    return asyncio.get_running_loop().time()
