"""Pieces that are set aside for a campaign: for its orders alone, from its start, in the order of their arrival."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.contracts.base import Message, Wake
from headwater.contracts.campaigns import CampaignRun
from headwater.contracts.logistics import (
    AsideRefused,
    ReserveStock,
    ReturnStockAside,
    SetStockAside,
    StockChanged,
    StockRefused,
    StockReserved,
    StockSetAside,
)
from logistics.domain import setting_aside
from logistics.domain.stock import Stock
from tests.unit.logistics.building import NETWORK, NOW, ORDER, pick, receive, release, reserve, told

decide = partial(setting_aside.decide, NETWORK)
START, END = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
RUN = CampaignRun(campaign_id="festival", starts_at=START, ends_at=END)
SECOND = timedelta(seconds=1)
AT_END = Wake(id="X-L", due=END)


def aside(pieces: int = 6, turn: int = 1, limit: int | None = None) -> SetStockAside:
    return SetStockAside(
        sku_id="X-L", enrolment_id="enr_1", turn=turn, run=RUN, pieces=pieces, limit_per_buyer=limit, reply_to=ORDER
    )


def give_back(turn: int = 1) -> ReturnStockAside:
    return ReturnStockAside(sku_id="X-L", enrolment_id="enr_1", turn=turn, run=RUN)


def draw(pieces: int = 2, order: str = "ord_1", buyer: str = "shop") -> ReserveStock:
    return reserve(pieces, order).model_copy(update={"enrolment_id": "enr_1", "buyer_id": buyer})


def at(*steps: tuple[datetime, Message]) -> Stock:
    state = None
    for now, message in steps:
        state = decide(state, message, now).state
    assert state is not None
    return state


def ready(pieces: int = 6, limit: int | None = None) -> Stock:
    return at((NOW, receive(10)), (NOW, aside(pieces, limit=limit)))


def shelf(stock: Stock) -> tuple[int, int, int, int]:
    """On hand, held, aside and free."""
    one = stock.shelves["yiwu"]
    return one.on_hand, one.held, one.aside, one.free


def test_what_is_set_aside_is_not_sold_to_others() -> None:
    stock = ready()
    assert shelf(stock) == (10, 0, 6, 4)
    (refused,) = told(decide(stock, reserve(5), START), StockRefused)
    assert "5 pieces of X-L are wanted, 4 are available" in refused.detail


def test_all_that_there_is_can_be_set_aside_and_sold() -> None:
    decision = decide(ready(10), draw(10), START)
    assert [(one.on_hand, one.available, one.aside) for one in told(decision, StockChanged)] == [(10, 0, 0)]
    assert decision.state is not None
    assert shelf(decision.state) == (10, 10, 0, 0)


def test_it_is_sold_from_the_very_second_of_the_start() -> None:
    (refused,) = told(decide(ready(), draw(), START - timedelta(microseconds=1)), StockRefused)
    assert refused.detail == "Campaign festival starts 2026-11-11 01:00:00 UTC: order then."
    decision = decide(ready(), draw(), START)
    assert told(decision, StockReserved)
    assert decision.state is not None
    assert shelf(decision.state) == (10, 2, 4, 4)


def test_it_is_given_back_exactly_at_the_end_by_whatever_comes_first() -> None:
    sold = at((NOW, receive(10)), (NOW, aside()), (START, draw(2)))
    assert shelf(at_end(sold, AT_END)) == (10, 2, 0, 8)
    assert told(decide(sold, reserve(8, "ord_2"), END), StockReserved)
    assert told(decide(sold, reserve(8, "ord_2"), END - SECOND), StockRefused)
    assert told(decide(sold, draw(1, "ord_2"), END), StockRefused)


def at_end(stock: Stock, message: Message) -> Stock:
    state = decide(stock, message, END).state
    assert state is not None
    return state


def test_it_asks_to_be_woken_at_its_end_and_not_after() -> None:
    stock = ready()
    assert stock.wake_at == END
    assert at_end(stock, AT_END).wake_at is None


def test_an_order_that_comes_to_nothing_gives_back_to_the_campaign_and_after_it_to_everyone() -> None:
    sold = at((NOW, receive(10)), (NOW, aside()), (START, draw(2)))
    before = decide(sold, release(), START + SECOND).state
    assert before is not None
    assert shelf(before) == (10, 0, 6, 4)
    after = decide(at_end(sold, AT_END), release(), END + SECOND).state
    assert after is not None
    assert shelf(after) == (10, 0, 0, 10)


def test_what_the_campaign_sold_leaves_the_shelf_as_any_other() -> None:
    assert shelf(at((NOW, receive(10)), (NOW, aside()), (START, draw(4)), (START, pick(4)))) == (6, 0, 2, 4)


def test_a_buyer_gets_no_more_than_the_limit_and_has_it_again_when_an_order_comes_to_nothing() -> None:
    stock = ready(limit=3)
    first = decide(stock, draw(2), START).state
    (refused,) = told(decide(first, draw(2, "ord_2"), START), StockRefused)
    assert "this one has 2: order 1 at most" in refused.detail
    assert told(decide(first, draw(2, "ord_2", buyer="other"), START), StockReserved)
    released = decide(first, release(), START).state
    assert told(decide(released, draw(3, "ord_3"), START), StockReserved)


def test_setting_aside_twice_is_once_and_too_many_pieces_are_refused() -> None:
    stock = ready()
    again = decide(stock, aside(), NOW)
    assert again.state is stock
    assert told(again, StockSetAside)
    (refused,) = told(decide(at((NOW, receive(5))), aside(6), NOW), AsideRefused)
    assert refused.detail == "6 pieces of X-L are wanted, 5 are free: receive more."


def test_all_there_is_may_be_set_aside_and_drawn_from() -> None:
    stock = at((NOW, receive(5)), (NOW, aside(5)))
    decision = decide(stock, draw(2, "o1"), START)
    assert told(decision, StockReserved)
    assert shelf(decision.state or stock) == (5, 2, 3, 0)


def test_what_was_given_back_before_it_was_asked_for_is_not_set_aside() -> None:
    stock = at((NOW, receive(10)), (NOW, give_back()))
    assert told(decide(stock, aside(), NOW), AsideRefused)
    assert told(decide(stock, aside(turn=2), NOW), StockSetAside)


def test_a_return_of_an_earlier_turn_leaves_the_later_one_alone() -> None:
    stock = at((NOW, receive(10)), (NOW, aside()), (NOW, give_back()), (NOW, aside(3, turn=2)))
    assert decide(stock, give_back(1), NOW).state is stock
    assert shelf(stock) == (10, 0, 3, 7)


def test_no_later_arrival_gets_pieces_that_an_earlier_one_was_refused_for_lack_of() -> None:
    """One piece each for more buyers than pieces: who came first has one, whatever the seconds say."""
    stock, answers = ready(6), []
    for number in range(10):
        decision = decide(stock, draw(1, f"ord_{number}"), START)
        stock = decision.state or stock
        answers.append(bool(told(decision, StockReserved)))
    assert answers == [True] * 6 + [False] * 4


MESSAGES = st.one_of(
    st.builds(receive, st.integers(1, 9), st.sampled_from(("yiwu", "keqiao")), st.sampled_from("abcde")),
    st.builds(aside, st.integers(1, 9), st.integers(1, 3), st.sampled_from((None, 3))),
    st.builds(give_back, st.integers(1, 3)),
    st.builds(draw, st.integers(1, 5), st.sampled_from(("o1", "o2", "o3")), st.sampled_from("ab")),
    st.builds(reserve, st.integers(1, 5), st.sampled_from(("o4", "o5"))),
    st.builds(release, st.sampled_from(("o1", "o2", "o3", "o4", "o5"))),
    st.builds(pick, st.integers(1, 5), st.sampled_from(("o1", "o4")), st.sampled_from(("yiwu", "keqiao"))),
    st.just(AT_END),
)  # fmt: skip
MINUTES = st.sampled_from((0, 59, 60, 90, 119, 120, 121))


@given(st.lists(st.tuples(MINUTES, MESSAGES), max_size=40))
def test_in_any_order_of_messages_pieces_are_conserved_and_never_promised_twice(steps: list[tuple[int, Any]]) -> None:
    stock, received = None, {}
    for minutes, message in sorted(steps, key=lambda step: step[0]):
        stock = decide(stock, message, NOW + timedelta(minutes=minutes)).state
        if message.TYPE == "logistics.ReceiveStock.v1":
            received.setdefault(message.receipt_id, message.pieces)
        if stock is None:
            continue
        picked = sum(n for hold in stock.holds.values() for n in hold.picked.values())
        held = sum(
            n - hold.picked.get(w, 0)
            for hold in stock.holds.values() if hold.status == "held"
            for w, n in hold.allocations.items()
        )  # fmt: skip
        open_pools = [one for one in stock.asides.values() if not one.over]
        shelves = stock.shelves.values()
        assert sum(one.on_hand for one in shelves) + picked == sum(received.values())
        assert sum(one.held for one in shelves) == held
        assert sum(one.aside for one in shelves) == sum(sum(one.left.values()) for one in open_pools)
        assert all(min(one.free, one.held, one.aside, one.on_hand) >= 0 for one in shelves)
        for pool in open_pools:
            holds = [hold for hold in stock.holds.values() if hold.drawn and hold.drawn.turn == pool.turn]
            drawn = [hold.picked if hold.status == "released" else hold.allocations for hold in holds]
            assert sum(pool.left.values()) + sum(sum(pieces.values()) for pieces in drawn) == pool.pieces


@pytest.mark.parametrize("turn", [1, 2])
def test_a_turn_that_is_over_is_not_set_aside_again(turn: int) -> None:
    stock = at((NOW, receive(10)), (NOW, aside(turn=2)), (NOW, give_back(2)))
    assert told(decide(stock, aside(turn=turn), NOW), AsideRefused)
