"""The platform's time, where no message brings it, is the store's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from headwater import clock
from headwater.clock import ASK_AGAIN_S, StoreClock
from headwater.store import StoreAway

NOON = datetime(2026, 11, 11, 12, tzinfo=UTC)


class Stored:
    """A store that tells its time, unless it is away; and the loop's clock beside it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.loop, self.asked, self.away = 100.0, 0, False
        self.ahead = timedelta()
        monkeypatch.setattr(clock, "_now", lambda: self.loop)

    async def now(self) -> datetime:
        self.asked += 1
        if self.away:
            raise StoreAway("it does not answer")
        return NOON + timedelta(seconds=self.loop - 100) + self.ahead


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> Stored:
    return Stored(monkeypatch)


async def test_time_goes_on_without_a_question_each_time(stored: Stored) -> None:
    time = StoreClock(stored.now)
    assert await time.now() == NOON
    stored.loop += 5
    assert await time.now() == NOON + timedelta(seconds=5)
    assert stored.asked == 1


async def test_the_store_is_asked_again_since_clocks_drift(stored: Stored) -> None:
    time = StoreClock(stored.now)
    await time.now()
    stored.ahead = timedelta(seconds=2)
    stored.loop += ASK_AGAIN_S + 1
    assert await time.now() == NOON + timedelta(seconds=ASK_AGAIN_S + 3)


async def test_while_the_store_is_away_time_goes_on(stored: Stored) -> None:
    time = StoreClock(stored.now)
    await time.now()
    stored.away = True
    stored.loop += ASK_AGAIN_S + 1
    assert await time.now() == NOON + timedelta(seconds=ASK_AGAIN_S + 1)


async def test_a_store_that_never_answered_is_away(stored: Stored) -> None:
    stored.away = True
    with pytest.raises(StoreAway):
        await StoreClock(stored.now).now()
