"""A pool: joined and left, reached or not, each share an order or its money back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from headwater.contracts.base import Done
from headwater.contracts.catalog import PriceRange
from headwater.contracts.orders import CancelOrder
from headwater.contracts.pools import PoolReached, PoolSettled, ShareAnswer
from orders.domain import order as order_rules
from tests.unit.orders.building import CALLER, NOW, POLICY, line, pay, place
from tests.unit.orders.pooling import PRICE, SOON, Town, join, leave, opened, quote, wake


def kinds(town: Town, kind: type) -> list[object]:
    return [one for one in town.told if isinstance(one, kind)]


def test_a_pool_that_is_reached_makes_every_share_an_order_that_is_paid() -> None:
    town = Town().give(opened(), join("a"), join("b"))
    assert (town.pool.status, town.pool.missing) == ("open", 10)  # type: ignore[union-attr]
    town.give(join("c")).run()
    assert (town.pool.status, town.statuses()) == ("ordered", ["ordered"] * 3)  # type: ignore[union-attr]
    assert {(one.status, one.total_fen) for one in town.orders.values()} == {("paid", 7_000)}
    assert town.money() == {"provider": -21_000, "escrow": 21_000, "pool:pool_1": 0} | {
        f"buyer:b-{name}": 0 for name in "abc"
    }
    assert [one.ordered for one in kinds(town, PoolSettled)] == [3]  # type: ignore[attr-defined]


def test_a_pool_that_is_not_reached_gives_everyone_the_money_back_once() -> None:
    town = Town().give(opened(), join("a"), join("b")).give(wake(SOON), wake(SOON), at=SOON).run()
    assert (town.pool.status, town.statuses(), town.orders) == ("failed", ["returned"] * 2, {})  # type: ignore[union-attr]
    assert not any(town.money().values())
    town.give(wake(SOON)).run()
    assert len(kinds(town, PoolSettled)) == 1


def test_a_pool_that_nobody_joined_fails_at_its_deadline() -> None:
    assert Town().give(opened()).give(wake(SOON), at=SOON).pool.status == "failed"  # type: ignore[union-attr]


def test_the_share_that_reaches_the_pool_is_taken_whole_and_a_late_joiner_is_told_where_to_go() -> None:
    town = Town().give(opened(), join("a"), join("b", 95)).run()
    assert town.pool.pieces == 105  # type: ignore[union-attr]
    assert {order.total_fen for order in town.orders.values()} == {7_000, 66_500}
    assert town.refusal(join("late")) == "pool_closed"


def test_a_pool_until_its_deadline_takes_more_after_it_is_reached_up_to_its_most() -> None:
    town = Town().give(opened(closes="at_deadline", most_pieces=60), join("a", 30), join("b", 20))
    assert town.pool.status == "reached"  # type: ignore[union-attr]
    assert town.refusal(join("c", 11)) == "above_most"
    town.give(join("c")).give(wake(SOON), at=SOON).run()
    assert (len(kinds(town, PoolReached)), town.statuses()) == (1, ["ordered"] * 3)


def test_who_joins_at_the_deadline_is_late_even_before_the_pool_was_woken() -> None:
    town = Town().give(opened(), join("a")).give(join("late", 20), at=SOON)
    assert [one.code for one in town.told if hasattr(one, "code")] == ["pool_closed"]  # type: ignore[attr-defined]
    assert town.run().pool.status == "failed"  # type: ignore[union-attr]


def test_of_a_leave_and_the_join_that_reaches_the_first_counts() -> None:
    before = Town().give(opened(), join("a", 20), leave("a"), join("b"))
    assert (before.pool.status, before.pool.pieces) == ("open", 10)  # type: ignore[union-attr]
    after = Town().give(opened(), join("a", 20), join("b"))
    assert after.refusal(leave("a")) == "already_reached"
    until_the_end = Town().give(opened(closes="at_deadline"), join("a", 30))
    assert until_the_end.refusal(leave("a")) == "already_reached"


def test_a_leave_gives_the_money_back_at_once_and_only_to_who_joined() -> None:
    town = Town().give(opened(), join("a"))
    assert town.refusal(leave("a", buyer="eve")) == "no_such_share"
    town.give(leave("a"), leave("a"))
    assert not any(town.money().values())
    left, again = [one for one in town.told if isinstance(one, ShareAnswer)][-2:]
    assert (left.returned_fen, again) == (7_000, left)
    assert town.give(wake(SOON), at=SOON).run().statuses() == ["left"]


def test_the_same_join_counts_once_and_another_under_its_id_is_refused() -> None:
    sealed_anew = quote("b-a", line("X-L", 10, 700), line("X-M", 1, 700)).model_copy(
        update={"lines": (line("X-L", 10, 650),)}
    )
    town = Town().give(opened(), join("a"), join("a"), join("a", quote=sealed_anew))
    assert (town.pool.joins, town.pool.pieces) == (1, 10)  # type: ignore[union-attr]
    assert len(kinds(town, ShareAnswer)) == 3
    assert town.refusal(join("a", 11)) == "idempotency_conflict"
    assert town.refusal(join("a", buyer="eve")) == "idempotency_conflict"


def test_the_same_pool_is_opened_once() -> None:
    town = Town().give(opened(), opened())
    assert len(kinds(town, Done)) == 2
    assert town.refusal(opened(fingerprint="other")) == "idempotency_conflict"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"quote": None}, "no_quote"),
        ({"quote": quote("eve")}, "forged_quote"),
        ({"quote": quote("b-a", kind="goods")}, "forged_quote"),
        ({"quote": quote("b-a").model_copy(update={"lines": (line("X-L", 10, 1),)})}, "forged_quote"),
        ({"quote": quote("b-a", line("X-L", 10, 650))}, "price_changed"),
        ({"quote": quote("b-a", line("Y-L", 10, 700))}, "not_in_pool"),
        ({"quote": quote("b-a", line("X-L", 5, 700), line("X-L", 5, 700))}, "duplicate_sku"),
        ({"amount_fen": 6_999}, "wrong_amount"),
        ({"buyer": "factory"}, "own_pool"),
    ],
)
def test_what_is_not_the_catalogs_price_for_this_buyer_and_pool_is_refused(
    changes: dict[str, object], code: str
) -> None:
    assert Town().give(opened()).refusal(join("a", **changes)) == code  # type: ignore[arg-type]


def test_a_quote_that_has_ended_is_refused() -> None:
    town = Town().give(opened(closes_at=NOW + timedelta(days=9)))
    town.now = NOW + timedelta(days=4)
    assert town.refusal(join("a")) == "expired_quote"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"closes_at": NOW}, "bad_times"),
        ({"closes_at": NOW + timedelta(days=91)}, "bad_times"),
        ({"most_pieces": 29}, "bad_target"),
        ({"goods": None}, "goods_or_design"),
        ({"goods": quote("eve", line("X-L", 1, 700))}, "forged_quote"),
        ({"goods": quote("factory", line("X-L", 1, 650))}, "bad_price"),
    ],
)
def test_a_pool_is_opened_at_the_catalogs_price_for_a_time(changes: dict[str, object], code: str) -> None:
    assert Town().refusal(opened(**changes)) == code


def test_where_stock_is_short_who_joined_first_has_it_and_the_others_their_money() -> None:
    town = Town(stock=25).give(opened(), join("a"), join("b"), join("c")).run()
    assert (town.pool.status, town.statuses()) == ("ordered", ["ordered", "ordered", "returned"])  # type: ignore[union-attr]
    assert town.pool.shares["shr_c"].why.startswith("X-L: none are left")  # type: ignore[union-attr]
    assert town.money()["provider"] == -14_000


def test_a_pool_of_which_no_order_is_taken_has_failed() -> None:
    assert Town(stock=0).give(opened(), join("a", 30)).run().pool.status == "failed"  # type: ignore[union-attr]


def test_an_order_of_a_pool_is_paid_by_its_pool_alone_and_stays() -> None:
    town = Town().give(opened(), join("a", 30)).run()
    (order,) = town.orders.values()
    unpaid = order.evolve(status="confirmed", paid_fen=0, payment_id=None, pay_by=SOON)
    (refusal,) = order_rules.pay(unpaid, pay(21_000, buyer="b-a"), NOW).messages
    assert refusal.message.code == "paid_by_pool"  # type: ignore[union-attr]
    cancel = CancelOrder(order_id=order.order_id, buyer_id="b-a", reason="no", reply_to=CALLER)  # type: ignore[arg-type]
    (refusal,) = order_rules.cancel(unpaid, cancel, NOW).messages
    assert refusal.message.code == "too_late_to_cancel"  # type: ignore[union-attr]


def test_nobody_orders_at_a_pools_price_without_a_pool() -> None:
    (refusal,) = order_rules.place(POLICY, place(kind="pool"), NOW).messages
    assert refusal.message.code == "join_a_pool"  # type: ignore[union-attr]


def test_many_shares_are_settled_in_the_order_in_which_they_joined() -> None:
    town = Crowd().give(opened(closes="at_deadline"), *(join(f"{number:03}", 1) for number in range(250)))
    town.give(wake(SOON), at=SOON).run()
    assert [id.removeprefix("ord_shr_") for id in town.orders] == [f"{number:03}" for number in range(250)]
    super(Crowd, town).check()


def test_ten_thousand_join_a_pool_whose_document_stays_small_and_have_their_money_back() -> None:
    town = Crowd().give(opened(price_ranges=(PriceRange(start_quantity=20_000, price_fen=PRICE),)))
    for number in range(10_000):
        town.give(join(f"{number:05}", 1))
    assert town.pool.joins == 10_000  # type: ignore[union-attr]
    assert len(town.pool.model_dump_json(exclude={"shares"})) < 10_000  # type: ignore[union-attr]
    assert max(len(one.model_dump_json()) for one in town.shares.values()) < 5_000
    assert town.refusal(join("one-more", 1)) == "pool_full"
    town.give(wake(SOON), at=SOON).run()
    assert (town.pool.status, town.pool.returned) == ("failed", 10_000)  # type: ignore[union-attr]
    super(Crowd, town).check()


class Crowd(Town):
    """A town that is checked at the end alone: to add up all of it after each of 50,000 messages takes long."""

    def check(self) -> None:
        """Later."""
