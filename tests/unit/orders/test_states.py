"""The states of the orders service are drawn as its rules are."""

from __future__ import annotations

import pytest

from headwater_proof.checks.case import FINAL
from headwater_proof.states.explore import World, explore
from headwater_proof.states.worlds import WORLDS
from tools.diagrams import ROOT, pages

ORDER = next(world for world in WORLDS if world.aggregate == "order")


@pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_of_states_is_as_the_rules_are(path: object) -> None:
    assert path.read_text(encoding="utf-8") == pages()[path], "run: make diagrams"  # type: ignore[attr-defined, index]


def test_every_way_of_an_order_leads_to_an_end() -> None:
    assert set(explore(ORDER).ends) == FINAL


def test_a_rule_that_leaves_an_end_is_seen() -> None:
    def lively(state: object, message: object, now: object) -> object:
        decision = ORDER.decide(state, message, now)  # type: ignore[arg-type]
        again = decision.state is not None and decision.state.status == "cancelled" and decision.state is state
        return type(decision)(decision.state.evolve(status="reserving")) if again else decision

    faulty = World(ORDER.service, ORDER.aggregate, lively, ORDER.variants, ORDER.told_apart)  # type: ignore[arg-type]
    assert "cancelled" not in explore(faulty).ends
