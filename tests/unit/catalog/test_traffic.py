"""Traffic: distinct buyers, exposure that counts once, the weight that follows, and the guarantee for new suppliers."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain import guarantee as guarantees
from catalog.domain import weight
from catalog.domain.guarantee import Guarantee
from catalog.domain.traffic import EPOCH, WEEK, Traffic, decide
from catalog.domain.weight import LEAST, MOST, NEUTRAL, RETURN_WEEKS, WINDOW_WEEKS, Figures, earned
from headwater.contracts.base import Done, Message, Refused, Wake
from headwater.contracts.governance import (
    CountOrder,
    GuaranteeEnded,
    GuaranteeGiven,
    GuaranteeSupplier,
    RecordExposure,
    TrafficWeighed,
)
from tests.unit.catalog.building import CALLER, NOW, told

DAY = timedelta(days=1)
COUNTS = st.integers(0, 10**6)


def order(buyer: str, id: str) -> CountOrder:
    return CountOrder(supplier_id="factory", buyer_id=buyer, order_id=id)


def exposure(impressions: int, window: int, source: str = "gw-1") -> RecordExposure:
    return RecordExposure(supplier_id="factory", source=source, window=window, impressions=impressions)


def promise(**changes: Any) -> GuaranteeSupplier:
    fields: dict[str, Any] = {
        "supplier_id": "factory", "guarantee_id": "gua-1", "impressions": 1000, "first_orders": 2, "days": 30,
        "reply_to": CALLER,
    }  # fmt: skip
    return GuaranteeSupplier(**{**fields, **changes})


def after(*messages: Message, at: datetime = NOW, known: Traffic | None = None) -> Traffic:
    for message in messages:
        known = decide(known, message, at).state
    assert known is not None
    return known


def test_the_table_of_weights_is_true() -> None:
    lines = re.findall(r"^ {4}(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)$", weight.__doc__ or "", re.M)
    assert len(lines) == 6
    for line in lines:
        impressions, new, cohort, came_back, *expected = map(int, line)
        figures = Figures(impressions, new, cohort, came_back)
        assert [weight.conversion(figures), weight.retention(figures), earned(figures)] == expected


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_a_weight_is_bounded(impressions: int, new: int, cohort: int, came_back: int) -> None:
    assert LEAST <= earned(Figures(impressions, new, cohort, min(came_back, cohort))) <= MOST


def test_a_supplier_of_whom_nothing_is_known_is_neutral() -> None:
    assert earned(Figures()) == NEUTRAL == Traffic(supplier_id="factory").weight


@given(COUNTS, COUNTS, COUNTS, COUNTS, st.integers(1, 1000))
def test_a_weight_rises_with_conversion_and_with_retention(
    impressions: int, new: int, cohort: int, came_back: int, more: int
) -> None:
    figures = Figures(impressions, new, cohort, min(came_back, cohort))
    assert earned(figures._replace(new_buyers=new + more)) >= earned(figures)
    assert earned(figures._replace(came_back=figures.came_back + more, cohort=cohort + more)) >= earned(figures)
    assert earned(figures._replace(impressions=impressions + more)) <= earned(figures), "shown more, bought as much"
    assert earned(figures._replace(cohort=cohort + more)) <= earned(figures), "more buyers, as many came back"


def test_a_buyer_is_new_once_and_counts_as_come_back_once_its_time_is_over() -> None:
    known = after(order("ann", "o1"), order("ann", "o2"), order("ann", "o3"), order("bob", "o4"))
    assert known.figures == Figures(impressions=0, new_buyers=2, cohort=0, came_back=0)
    assert (known.known_buyers, known.returned_buyers, known.orders) == (2, 1, 4)
    assert known.wake_at is not None
    judged = decide(known, Wake(id="factory", due=known.wake_at), known.wake_at).state
    assert judged is not None
    assert judged.figures == Figures(impressions=0, new_buyers=2, cohort=2, came_back=1)
    assert 4 * WEEK < known.wake_at - NOW <= 5 * WEEK


def test_a_buyer_who_comes_back_too_late_has_not_come_back() -> None:
    known = after(order("ann", "o2"), at=NOW + 5 * WEEK, known=after(order("ann", "o1")))
    assert (known.figures, known.returned_buyers) == (Figures(0, 1, 1, 0), 1)


def test_the_same_order_counts_once() -> None:
    known = after(order("ann", "o1"))
    assert decide(known, order("ann", "o1"), NOW).state is known


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), max_size=40))
def test_distinct_buyers_are_counted_exactly_over_the_weeks(orders: list[tuple[int, int]]) -> None:
    state, at, bought = None, NOW, dict[str, list[int]]()
    for number, (buyer, weeks) in enumerate(orders):
        at += weeks * WEEK
        state = decide(state, order(f"b{buyer}", f"o{number}"), at).state
        bought.setdefault(f"b{buyer}", []).append((at - EPOCH) // WEEK)
    if state is None:
        return
    week = (at - EPOCH) // WEEK
    new = [times for times in bought.values() if times[0] + WINDOW_WEEKS > week]
    cohort = [times for times in new if times[0] + RETURN_WEEKS < week]
    back = [times for times in cohort if len(times) > 1 and times[1] - times[0] <= RETURN_WEEKS]
    assert state.figures == Figures(0, len(new), len(cohort), len(back))
    assert state.known_buyers == len(bought)


def test_what_is_older_than_the_window_no_longer_counts_and_the_weight_wakes_up_for_it() -> None:
    known = after(exposure(9000, 1))
    assert known.weight < NEUTRAL
    assert known.wake_at is not None
    assert 12 * WEEK < known.wake_at - NOW <= 13 * WEEK
    later = decide(known, Wake(id="factory", due=known.wake_at), known.wake_at)
    assert later.state is not None
    assert (later.state.weight, later.state.weeks, later.state.wake_at) == (NEUTRAL, (), None)
    assert told(later, TrafficWeighed)[0].weight_per_mille == NEUTRAL


def test_a_window_of_exposure_counts_once_and_late_ones_not_at_all() -> None:
    known = after(exposure(5, 2), exposure(7, 1, "gw-2"))
    assert known.impressions == 12
    for repeat in (exposure(5, 2), exposure(9, 1), exposure(7, 1, "gw-2")):
        assert decide(known, repeat, NOW).state is known


def test_the_gateways_that_are_remembered_are_bounded_and_the_most_silent_is_forgotten() -> None:
    known = after(*(exposure(1, 1, f"gw-{number}") for number in range(32)), exposure(1, 2, "gw-0"))
    known = after(exposure(1, 1, "gw-new"), known=known)
    assert len(known.sources) == 32
    assert "gw-1" not in dict(known.sources)
    assert dict(known.sources)["gw-0"] == 2


def test_a_weight_is_told_when_it_has_moved_by_one_per_cent() -> None:
    little = decide(None, exposure(5, 1), NOW)
    assert not told(little, TrafficWeighed)
    much = decide(little.state, exposure(1000, 2), NOW)
    assert much.state is not None
    assert told(much, TrafficWeighed)[0].weight_per_mille == much.state.weight == much.state.told


@pytest.mark.parametrize(
    ("days", "impressions", "orders", "boost"),
    [(0, 0, 0, 1200), (15, 500, 1, 1200), (15, 0, 1, 1600), (30, 0, 0, 2000)],
)
def test_the_further_behind_its_pace_the_more_a_guarantee_boosts(
    days: int, impressions: int, orders: int, boost: int
) -> None:
    given_ = guarantees.given(promise(), NOW)
    at = given_.model_copy(update={"impressions": impressions, "first_orders": orders})
    assert guarantees.boost(at, NOW + days * DAY) == boost


def test_a_guarantee_is_kept_when_both_promises_are_and_the_boost_ends() -> None:
    begun = decide(None, promise(), NOW)
    assert told(begun, GuaranteeGiven)[0].until == NOW + 30 * DAY
    assert begun.state is not None
    assert begun.state.boost == 1200
    nearly = after(exposure(1000, 1), order("ann", "o1"), order("ann", "o2"), known=begun.state)
    assert nearly.guarantee is not None
    assert (nearly.guarantee.outcome, nearly.guarantee.first_orders) == ("running", 1), "ann is one new buyer"
    kept = decide(nearly, order("bob", "o3"), NOW + DAY)
    assert told(kept, GuaranteeEnded)[0].outcome == "kept"
    assert kept.state is not None
    assert kept.state.boost == 1000


def test_a_guarantee_that_is_not_reached_is_broken_at_its_end_and_says_what_was() -> None:
    state: Traffic | None = after(promise(days=2), exposure(300, 1))
    ended: list[Any] = []
    for _ in range(3):
        assert state is not None
        if state.wake_at is None or state.guarantee is None or state.guarantee.outcome != "running":
            break
        decision = decide(state, Wake(id="factory", due=state.wake_at), state.wake_at)
        state, ended = decision.state, ended + told(decision, GuaranteeEnded)
    assert [(one.outcome, one.impressions, one.first_orders) for one in ended] == [("broken", 300, 0)]
    assert state is not None
    late = decide(state, order("ann", "o1"), NOW + 3 * DAY).state
    assert late is not None
    assert late.guarantee is not None
    assert late.guarantee.first_orders == 0, "what comes after the end does not count"


def test_a_supplier_gets_one_guarantee_and_only_while_it_is_new() -> None:
    known = after(promise())
    assert told(decide(known, promise(), NOW + DAY), Done) == [Done(id="gua-1")]
    assert told(decide(known, promise(guarantee_id="gua-2"), NOW), Refused)[0].code == "has_guarantee"
    grown = after(order("ann", "o1"), order("bob", "o2"))
    assert told(decide(grown, promise(), NOW), Refused)[0].code == "not_new"


def test_a_wake_before_its_time_changes_nothing() -> None:
    known = after(promise())
    assert decide(known, Wake(id="factory", due=NOW), NOW).state is known


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 3)), max_size=20))
def test_what_a_guarantee_has_reached_never_falls_and_it_ends_once(steps: list[tuple[int, int]]) -> None:
    state: Traffic | None = after(promise())
    ends, before, at = 0, 0, NOW
    for number, (impressions, days) in enumerate(steps):
        at += days * DAY
        decision = decide(state, exposure(impressions, number), at)
        state, ends = decision.state, ends + len(told(decision, GuaranteeEnded))
        assert state is not None
        reached: Guarantee | None = state.guarantee
        assert reached is not None
        assert reached.impressions >= before
        assert LEAST <= state.weight <= 2 * MOST
        before = reached.impressions
    assert ends <= 1
