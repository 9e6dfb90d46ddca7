"""The low-water mark: what is committed never passes a message that is unfinished."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from headwater.sdk.low_water import LowWater


def test_the_mark_waits_for_the_oldest() -> None:
    water = LowWater()
    for offset in (5, 6, 7):
        water.start(offset)
    water.finish(6)
    water.finish(7)
    assert water.mark == 5
    water.finish(5)
    assert water.mark == 8


def test_offsets_that_the_broker_removed_do_not_hold_the_mark() -> None:
    water = LowWater()
    water.start(5)
    water.start(90)
    water.finish(5)
    assert water.mark == 90


def test_a_rewound_partition_is_refused() -> None:
    water = LowWater()
    water.start(5)
    assert not water.is_next(5)
    with pytest.raises(ValueError, match="offset 4 comes after 5"):
        water.start(4)


class AnyOrder(RuleBasedStateMachine):
    """Messages start in the order of their offsets, with gaps, and finish in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.water = LowWater()
        self.started: list[int] = []
        self.unfinished: list[int] = []
        self.highest_mark = -1

    @rule(gap=st.integers(0, 3))
    def start(self, gap: int) -> None:
        offset = (self.started[-1] + 1 if self.started else 0) + gap
        self.water.start(offset)
        self.started.append(offset)
        self.unfinished.append(offset)

    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        if self.unfinished:
            offset = data.draw(st.sampled_from(self.unfinished))
            self.unfinished.remove(offset)
            self.water.finish(offset)

    @invariant()
    def nothing_unfinished_is_before_the_mark(self) -> None:
        assert all(offset >= self.water.mark for offset in self.unfinished)

    @invariant()
    def everything_before_the_oldest_unfinished_is(self) -> None:
        done = [offset for offset in self.started if offset < min(self.unfinished, default=10**9)]
        assert all(offset < self.water.mark for offset in done)

    @invariant()
    def the_mark_never_goes_back(self) -> None:
        assert self.water.mark >= self.highest_mark
        self.highest_mark = self.water.mark


TestAnyOrder = AnyOrder.TestCase
