"""A pre-order: a design gathers demand, is made in one batch, and becomes everyone's own order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from headwater.contracts.base import Done, Refused
from headwater.contracts.pools import PoolMade, PoolSettled
from tests.unit.orders.building import CALLER
from tests.unit.orders.pooling import SOON, Town, batch, join, leave, preorder, wake, want

LATE = SOON + timedelta(days=5)
"""When it should have been made."""
GIVEN_UP = LATE + timedelta(days=30)


def made_for(*shares: Any) -> Town:
    """A pre-order that was reached by these, and is being made."""
    town = Town().give(preorder(), *shares).give(wake(SOON), at=SOON).run()
    assert town.pool is not None
    assert town.pool.status == "producing"
    return town


def told(town: Town, kind: type) -> list[Any]:
    return [one for one in town.told if isinstance(one, kind)]


def test_a_design_is_made_once_for_all_and_becomes_everyones_order() -> None:
    town = made_for(want("a", 20), want("b", 15, "M"))
    (start,) = told(town, PoolMade)
    assert [(line.sku_id, line.pieces) for line in start.lines] == [("pool_1-S", 20), ("pool_1-M", 15)]
    assert start.made_by == LATE
    town.give(batch("one", 20), batch("two", 5, "M")).run()
    assert town.statuses() == ["joined", "joined"], "not all of it is there"
    town.give(batch("three", 10, "M")).run()
    assert (town.pool.status, town.statuses()) == ("ordered", ["ordered"] * 2)  # type: ignore[union-attr]
    assert {one.lines[0].sku_id for one in town.orders.values()} == {"pool_1-S", "pool_1-M"}


def test_the_price_falls_for_all_alike_and_the_difference_goes_back() -> None:
    town = made_for(want("a", 20), want("b", 35))
    town.give(batch("all", 55)).run()
    assert {one.total_fen for one in town.orders.values()} == {20 * 600, 35 * 600}
    assert {one.returned_fen for one in town.shares.values()} == {20 * 100, 35 * 100}
    assert town.money()["provider"] == -55 * 600
    assert told(town, PoolSettled)[0].unit_price_fen == 600


def test_a_design_that_too_few_want_is_not_made() -> None:
    town = Town().give(preorder(), want("a", 29)).give(wake(SOON), at=SOON).run()
    assert (town.pool.status, told(town, PoolMade)) == ("failed", [])  # type: ignore[union-attr]
    assert not any(town.money().values())


def test_while_it_is_made_nobody_leaves_and_past_its_time_everyone_may() -> None:
    town = made_for(want("a", 20), want("b", 35))
    assert town.refusal(leave("a")) == "already_reached"
    town.give(batch("for-one", 35)).run()
    town.give(wake(LATE), wake(LATE), at=LATE)
    assert [one.stage for one in told(town, PoolMade)] == ["producing", "overdue"]
    town.give(leave("a")).run()
    assert town.statuses() == ["left", "ordered"], "what is there is enough for who stayed"
    assert town.shares["shr_b"].returned_fen == 35 * 100, "the price does not rise again"


def test_when_everyone_leaves_what_is_overdue_the_pool_has_failed() -> None:
    town = made_for(want("a", 30)).give(wake(LATE), at=LATE).give(leave("a"))
    assert (town.pool.status, any(town.money().values())) == ("failed", False)  # type: ignore[union-attr]


def test_what_is_never_made_is_given_up_and_everyone_has_the_money_back() -> None:
    town = made_for(want("a", 20), want("b", 35)).give(batch("some", 10)).run()
    town.give(wake(LATE), at=LATE).give(wake(GIVEN_UP - timedelta(seconds=1)), at=GIVEN_UP - timedelta(seconds=1))
    assert (town.pool.status, town.pool.wake_at) == ("overdue", GIVEN_UP)  # type: ignore[union-attr]
    town.give(wake(GIVEN_UP), wake(GIVEN_UP), at=GIVEN_UP).run()
    assert (town.pool.status, town.statuses()) == ("failed", ["returned"] * 2)  # type: ignore[union-attr]
    assert not any(town.money().values())
    assert town.refusal(batch("more", 10)) == "not_producing"


def test_a_batch_counts_once_and_what_is_not_wanted_is_refused() -> None:
    town = made_for(want("a", 30))
    town.give(batch("one", 10), batch("one", 10)).run()
    town.give(batch("one", 10))
    assert len(told(town, Done)) == 3, "the pool, the batch, and the batch again"
    assert town.refusal(batch("one", 11)) == "idempotency_conflict"
    assert town.refusal(batch("two", 21)) == "too_many_pieces"
    assert town.refusal(batch("two", 1, "M")) == "not_in_order"
    assert town.refusal(batch("two", 1, by="eve")) == "not_your_pool"
    assert Town().give(preorder()).refusal(batch("two", 1)) == "not_producing"


def test_what_its_stock_refuses_is_told_to_the_factory_and_may_be_brought_anew() -> None:
    town = made_for(want("a", 30)).give(batch("one", 30))
    town.waiting.clear()
    no = Refused(id="pool_1.0.0", code="unknown_warehouse", detail="There is no such warehouse.")
    town.give(no, no)
    assert [one.code for one in told(town, Refused)] == ["batch_refused"]
    assert town.give(batch("two", 30)).run().statuses() == ["ordered"]


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (want("a", 1, "XL"), "not_in_pool"),
        (want("a", 1, amount_fen=600), "wrong_amount"),
        (want("a", 1, buyer="factory"), "own_pool"),
        (want("a", 1).model_copy(update={"lines": ()}), "no_quote"),
    ],
)
def test_a_share_of_a_design_is_of_its_sizes_at_its_price(wish: Any, code: str) -> None:
    assert Town().give(preorder()).refusal(wish) == code


def test_a_design_is_opened_by_who_makes_it() -> None:
    assert Town().refusal(preorder(opened_by="eve")) == "not_your_design"


def test_what_is_about_no_pool_says_so() -> None:
    for message in (join("a"), leave("a"), batch("b", 1)):
        assert Town().refusal(message) == "no_such_pool"
    assert message.reply_to == CALLER
