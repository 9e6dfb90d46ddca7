"""The garbage collector beside a service."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from headwater.memory import FREEZE_EVERY_S, SEARCH_EVERY_S, keep_collector_away


class Cycle:
    """Holds itself."""

    def __init__(self) -> None:
        self.me = self


class Enough(Exception):
    """The test has seen enough."""


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave the collector as it was."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


async def test_what_lives_is_out_of_sight_and_cycles_go_within_the_hour() -> None:
    slept = 0.0
    cycle = Cycle()
    gone = weakref.ref(cycle)
    del cycle

    async def sleep(seconds: float) -> None:
        nonlocal slept
        slept += seconds
        if slept == FREEZE_EVERY_S:
            assert gone() is None, "the first look is at once"
            assert gc.get_freeze_count() > 0
            keep.append(weakref.ref(Cycle()))
        if slept > SEARCH_EVERY_S + FREEZE_EVERY_S:
            raise Enough

    keep: list[weakref.ref[Cycle]] = []
    with pytest.raises(Enough):
        await keep_collector_away(sleep)
    assert keep[0]() is None
