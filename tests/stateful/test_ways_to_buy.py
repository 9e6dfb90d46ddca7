"""All ways to buy at once, for thousands of steps, against a simple model of pieces and fen."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.market import Market
from tests.stateful.planted import PLANTED
from tests.stateful.ways import EverythingAtOnce

STEPS = 100
"""Of one example: enough for what is ordered to be made, paid, sent and accepted in it."""
MIXED = settings(stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.timeout(3600)
def test_all_ways_to_buy_at_once_leave_every_piece_and_every_fen_where_it_belongs(pytestconfig: pytest.Config) -> None:
    wanted = pytestconfig.getoption("--stateful-steps")
    Market.steps = 0
    while Market.steps < wanted:
        examples = -(-(wanted - Market.steps) // STEPS)
        run_state_machine_as_test(EverythingAtOnce, settings=settings(MIXED, max_examples=examples))
    print(f"{Market.steps:,} steps")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mistake", PLANTED)
def test_a_planted_mistake_is_caught(mistake: str) -> None:
    way, plant = PLANTED[mistake]
    looked_at = settings(
        MIXED, max_examples=100, phases=(Phase.generate,), derandomize=True, database=None, report_multiple_bugs=False
    )
    with plant(), pytest.raises(AssertionError):
        run_state_machine_as_test(way, settings=looked_at)
