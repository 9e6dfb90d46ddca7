"""The states of the services are drawn as their rules are."""

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


ENDS = {
    "order": FINAL,
    "order, made to order": FINAL - {"refused"},
    "checkout": {"confirmed", "partly", "refused"},
    "requisition of a company": {"placed", "refused", "rejected", "withdrawn", "timed_out"},
    "inquiry": {"lapsed", "closed"},
    "shipment": {"delivered"},
    "campaign": {"ended"},
    "enrolment": {"ended"},
}


@pytest.mark.parametrize("aggregate", ENDS)
def test_every_way_leads_to_an_end(aggregate: str) -> None:
    (world,) = (world for world in WORLDS if world.aggregate == aggregate)
    assert set(explore(world).ends) == ENDS[aggregate]


def test_a_campaign_never_goes_back() -> None:
    (world,) = (world for world in WORLDS if world.aggregate == "campaign")
    phases = ["announced", "enrolling", "closed", "running", "ended"]
    for before, after in explore(world).edges:
        assert before is None or phases.index(before) < phases.index(str(after))


def test_a_rule_that_leaves_an_end_is_seen() -> None:
    def lively(state: object, message: object, now: object) -> object:
        decision = ORDER.decide(state, message, now)  # type: ignore[arg-type]
        again = decision.state is not None and decision.state.status == "cancelled" and decision.state is state
        return type(decision)(decision.state.evolve(status="reserving")) if again else decision

    faulty = World(ORDER.service, ORDER.aggregate, lively, ORDER.variants, ORDER.told_apart)  # type: ignore[arg-type]
    assert "cancelled" not in explore(faulty).ends
