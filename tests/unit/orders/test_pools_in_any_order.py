"""Joins, leaves, clocks and batches in any order, some twice: a pool's money adds up, and nobody is lost."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from headwater.contracts.base import Message
from tests.unit.orders.pooling import SOON, Town, batch, join, leave, opened, preorder, wake, want
from tests.unit.orders.test_preorder import GIVEN_UP, LATE

SHARES = [("a", 5), ("b", 10), ("c", 14), ("d", 20), ("e", 30)]
TIMES = (SOON, LATE, GIVEN_UP)


def happening(wish: Any, sizes: tuple[str, ...]) -> st.SearchStrategy[Any]:
    one = st.sampled_from(SHARES)
    return st.one_of(
        one.map(lambda share: wish(*share)), one.map(lambda share: leave(share[0])),
        st.sampled_from(TIMES), st.just("run"),
        st.tuples(st.integers(1, 40), st.sampled_from(sizes)).map(lambda made: batch(f"{made[0]}", *made)),
    )  # fmt: skip


def lived(town: Town, steps: list[Any]) -> None:
    for step in steps:
        if isinstance(step, Message):
            town.give(step)
        elif step == "run":
            town.run()
        else:
            town.give(wake(step), at=step)
    for days in (0, 5, 30):  # a pool that was closed late is made late, and given up late
        time = max(GIVEN_UP, town.now) + timedelta(days=days)
        town.give(wake(time), at=time).run()
    assert town.pool is not None
    assert town.pool.status in ("ordered", "failed")
    assert set(town.statuses()) <= {"left", "ordered", "returned"}
    assert town.money()["pool:pool_1"] == town.pool.held_fen == town.pool.shares_open == 0
    assert town.pool.ordered == town.statuses().count("ordered")
    assert -town.money()["provider"] == town.money()["escrow"]


@given(
    st.lists(happening(join, ("S",)), max_size=12), st.sampled_from(["at_reach", "at_deadline"]),
    st.integers(0, 80), st.integers(0, 2**32),
)  # fmt: skip
def test_a_pool_of_goods_ends_and_its_money_adds_up(steps: list[Any], closes: str, stock: int, seed: int) -> None:
    lived(Town(stock, Random(seed)).give(opened(closes=closes)), steps)


@given(st.lists(happening(want, ("S", "M")), max_size=16), st.integers(0, 2**32))
def test_a_pre_order_ends_and_its_money_adds_up(steps: list[Any], seed: int) -> None:
    lived(Town(chance=Random(seed)).give(preorder()), steps)


@given(st.permutations(SHARES), st.integers(0, 2**32))
def test_whoever_joins_first_the_same_is_wanted_and_paid(order: list[tuple[str, int]], seed: int) -> None:
    town = Town(chance=Random(seed)).give(preorder(), *(want(*share) for share in order))
    town.give(wake(SOON), at=SOON).give(batch("all", 79)).run()
    assert {one.total_fen for one in town.orders.values()} == {pieces * 600 for _, pieces in SHARES}
    assert -town.money()["provider"] == 79 * 600
