"""What a buyer's orders make of its standing: levels, coefficients, each fact once, twelve months long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.contracts.base import Message, OrderId, Wake
from headwater.contracts.buyerstanding import BuyerLevel, BuyerLevelChanged, CountFact, Fact
from headwater.contracts.orders import AcceptOrder, PlaceOrder
from orders.domain.buyerstanding import FOLLOWS, decide
from orders.domain.buyerstanding_state import BuyerStanding
from orders.domain.levels import LADDER, POINTS, level_of, months_after, reckon
from tests.unit.orders import building
from tests.unit.orders.building import cancel, held, pay, place, progress
from tests.unit.orders.standing import NOW, fact, known, tally

BIG = 100_000
"""Fen: with one order of so much a buyer is at L2."""


# --- levels and coefficients ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("rung", LADDER, ids=lambda rung: rung.level)
def test_a_level_is_reached_by_all_it_asks_for_and_missed_by_any_one_of_it(rung: Any) -> None:
    below = {"L7": "L6", "L6": "L5", "L5": "L4", "L4": "L3", "L3": "L2", "L2": "L1"}[rung.level]
    assert level_of(rung.amount_fen, rung.orders, rung.in_time_percent) == rung.level
    assert level_of(rung.amount_fen - 1, 10**6, 100) == below
    assert level_of(10**12, rung.orders - 1, 100) == below
    if rung.in_time_percent:
        assert level_of(10**12, 10**6, rung.in_time_percent - 1) == below


def test_levels_ask_for_more_the_higher_they_are() -> None:
    assert [rung.level for rung in LADDER] == sorted((rung.level for rung in LADDER), reverse=True)
    for higher, lower in pairwise(LADDER):
        assert all(more > less for more, less in zip(higher[1:], lower[1:], strict=True))


def test_coefficients_are_brought_into_their_bounds_at_the_end_and_not_in_between() -> None:
    assert reckon([]).integrity == reckon([]).generosity == 100
    assert reckon([tally(completed=1, accepted=1)]).integrity == 110
    assert reckon([tally(dispute_lost=10)]).integrity == 0
    assert reckon([tally(dispute_lost=10, completed=30)]).integrity == 100
    assert reckon([tally(accepted=1000)]).generosity == 1000


def test_every_fact_has_its_points() -> None:
    assert POINTS.keys() == set(get_args(Fact))


# --- facts ---------------------------------------------------------------------------------------------------------


def test_a_fact_of_an_order_counts_the_first_time_only() -> None:
    once, twice = known(fact("completed", fen=BIG)), known(*[fact("completed", fen=BIG)] * 2)
    assert (twice.standing.amount_fen, twice.standing.counts) == (BIG, {"completed": 1})
    assert decide(once, fact("completed", fen=5), NOW).state is once


def test_a_new_level_is_told_once_and_numbered() -> None:
    first = decide(None, fact("completed", fen=BIG), NOW)
    assert first.messages == (BuyerLevelChanged(buyer_id="shop", level="L2", before="L1", turn=1),)
    assert not decide(first.state, fact("accepted"), NOW).messages


def test_what_is_older_than_twelve_months_is_forgotten_and_the_fall_is_told_when_woken() -> None:
    account = known(fact("completed", fen=BIG))
    assert account.wake_at == datetime(2027, 11, 1, tzinfo=UTC)
    for early in (account.wake_at - timedelta(seconds=1), NOW):
        assert not decide(account, Wake(id="shop", due=early), early).messages
    fallen = decide(account, Wake(id="shop", due=account.wake_at), account.wake_at)
    assert fallen.messages == (BuyerLevelChanged(buyer_id="shop", level="L1", before="L2", turn=2),)
    assert fallen.state is not None
    assert (fallen.state.standing.integrity, fallen.state.tallies, fallen.state.wake_at) == (100, (), None)


def test_a_fact_that_comes_when_its_month_is_forgotten_counts_no_more() -> None:
    late = known(fact("completed", fen=BIG), now=NOW + timedelta(days=400))
    assert (late.standing.level, late.tallies, late.reasons) == ("L1", (), ())


def test_an_account_stays_small_however_much_it_orders() -> None:
    facts = [
        fact(what, f"ord_{number}", at=NOW - timedelta(days=number))
        for number in range(400)
        for what in ("paid_in_time", "completed")
    ]
    account = known(*facts)  # type: ignore[arg-type]
    assert len(account.tallies) == 12
    assert len(account.reasons) == 50
    assert [one.at for one in account.reasons] == sorted((one.at for one in account.reasons), reverse=True)


FACTS = st.builds(
    fact,
    st.sampled_from(get_args(Fact)),
    st.sampled_from([f"ord_{number}" for number in range(6)]),
    at=st.sampled_from([NOW - timedelta(days=40 * number) for number in range(12)]),
    fen=st.integers(0, 10 * BIG),
)


@given(facts=st.lists(FACTS, max_size=30, unique_by=lambda one: (one.order_id, one.fact)), data=st.data())
def test_facts_make_the_same_standing_in_any_order_and_however_often(facts: list[CountFact], data: Any) -> None:
    shuffled = data.draw(st.permutations(facts + data.draw(st.lists(st.sampled_from(facts)) if facts else st.just([]))))

    def after(messages: list[CountFact]) -> BuyerStanding | None:
        account = None
        for message in messages:
            account = decide(account, message, NOW).state
        return account

    first, second = after(facts), after(shuffled)
    if first is None or second is None:
        assert not facts
        return
    left_out = {"level_turn"}
    assert first.model_dump(exclude=left_out) == second.model_dump(exclude=left_out)
    assert first.level == first.standing.level
    counted = (one.amount_fen for one in facts if one.at >= datetime(2025, 12, 1, tzinfo=UTC))
    assert first.standing.amount_fen == sum(counted)


def test_months_are_reckoned_over_the_turn_of_a_year() -> None:
    assert [months_after("2026-11", many) for many in (0, 1, 2, -11, 14)] == [
        "2026-11", "2026-12", "2027-01", "2025-12", "2028-01",
    ]  # fmt: skip


# --- what orders say -----------------------------------------------------------------------------------------------


def said(*messages: tuple[Message, datetime]) -> list[tuple[str, int]]:
    """What an order says of its buyer after these messages, each at its time."""
    order, facts = None, []
    for message, now in messages:
        decision = building.decide(order, message, now)
        order = decision.state
        for event in decision.messages:
            if type(event) in FOLLOWS:
                facts += [(one.fact, one.amount_fen) for one in FOLLOWS[type(event)](event, now)]  # type: ignore[attr-defined]
    return facts


CONFIRMED: tuple[tuple[Message, datetime], ...] = ((place(), NOW), (held(), NOW))
ACCEPT = AcceptOrder(order_id=OrderId("ord_1"), buyer_id="shop")
SENT = ((progress("delivered"), NOW),)


def minutes(many: int) -> datetime:
    return NOW + timedelta(minutes=many)


@pytest.mark.parametrize(
    ("messages", "facts"),
    [
        ([(pay(), minutes(1)), *SENT, (ACCEPT, minutes(9))],
         [("paid_in_time", 0), ("accepted", 0), ("completed", 10_000)]),
        ([(pay(), minutes(26))], [("paid_in_time", 0)]),
        ([(pay(), minutes(28))], [("paid_late", 0)]),
        ([(pay(), NOW), *SENT, (Wake(id="ord_1", due=NOW), NOW + timedelta(days=8))],
         [("paid_in_time", 0), ("completed", 10_000)]),
        ([(Wake(id="ord_1", due=minutes(30)), minutes(30))], [("expired_unpaid", 0)]),
        ([(pay(), minutes(31))], [("expired_unpaid", 0)]),
        ([(cancel(), minutes(1))], [("cancelled_held", 0)]),
    ],
    ids=["in time", "just in time", "late", "accepted for it", "expired", "paid after the window", "cancelled"],
)  # fmt: skip
def test_an_order_says_of_its_buyer(messages: Any, facts: list[tuple[str, int]]) -> None:
    assert said(*CONFIRMED, *messages) == facts


def test_a_cancellation_before_anything_was_held_says_nothing() -> None:
    assert said((place(), NOW), (cancel(), NOW)) == []
    waits: PlaceOrder = place(together=True)
    assert said((waits, NOW), (held(), NOW), (cancel(), NOW)) == []


def test_levels_have_their_names_in_order() -> None:
    assert list(get_args(BuyerLevel)) == sorted(get_args(BuyerLevel))
