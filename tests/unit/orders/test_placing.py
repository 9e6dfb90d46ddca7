"""An order is confirmed when every line is held, and refused when one is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from headwater.contracts.base import Refused, ReplyTo, Sent
from headwater.contracts.logistics import ReleaseStock, ReserveStock
from headwater.contracts.orders import OrderAnswer, OrderConfirmed, OrderPlaced, OrderRefused
from tests.unit.orders.building import CALLER, NOW, after, decide, held, line, place, short, told


def test_placing_asks_for_the_stock_of_every_line() -> None:
    decision = decide(None, place(line("X-L", 10), line("X-M", 5)), NOW)
    asked = told(decision, ReserveStock)
    assert [(a.sku_id, a.pieces, a.city, a.reply_to.key) for a in asked] == [
        ("X-L", 10, "Madrid", "ord_1"), ("X-M", 5, "Madrid", "ord_1"),
    ]  # fmt: skip
    assert told(decision, OrderPlaced)[0].total_fen == 15_000
    assert decision.state is not None
    assert decision.state.status == "reserving"


def test_the_order_is_confirmed_when_the_last_line_is_held() -> None:
    order = after(place(line("X-L"), line("X-M")), held("X-L"))
    decision = decide(order, held("X-M"), NOW)
    assert told(decision, OrderConfirmed)[0].pay_by == NOW + timedelta(minutes=30)
    assert decision.messages[-1] == Sent(to=CALLER, message=told(decision, OrderAnswer)[0])
    assert order.status == "reserving"


def test_a_buyer_may_shorten_the_payment_window_and_not_lengthen_it() -> None:
    assert after(place(pay_within_s=60), held()).pay_by == NOW + timedelta(seconds=60)
    assert after(place(pay_within_s=86_400), held()).pay_by == NOW + timedelta(minutes=30)


def test_one_line_that_cannot_be_held_refuses_the_order_and_releases_the_others() -> None:
    order = after(place(line("X-L"), line("X-M"), line("X-S")), held("X-L"))
    decision = decide(order, short("X-M"), NOW)
    assert [release.sku_id for release in told(decision, ReleaseStock)] == ["X-L", "X-S"]
    assert "X-M: 10 pieces wanted, 3 available" in told(decision, OrderRefused)[0].reason
    assert told(decision, OrderAnswer)[0].status == "refused"


def test_a_line_held_after_the_refusal_is_released_even_if_it_was_held_by_a_repeated_reservation() -> None:
    refused = after(place(line("X-L"), line("X-M")), short("X-M"))
    for sku in ("X-L", "X-M"):
        decision = decide(refused, held(sku), NOW)
        assert decision.state is refused
        assert decision.messages == (ReleaseStock(sku_id=sku, order_id="ord_1"),)


def test_the_same_order_again_is_answered_again() -> None:
    order = after(place(), held())
    decision = decide(order, place(reply_to=ReplyTo(topic="gateway.replies.v1", key="req_2")), NOW)
    assert decision.state is order
    assert told(decision, OrderAnswer)[0].status == "confirmed"


def test_the_same_order_again_before_it_is_confirmed_moves_the_answer_to_the_newest_caller() -> None:
    newest = ReplyTo(topic="gateway.replies.v1", key="req_2")
    order = after(place(), place(reply_to=newest))
    assert decide(order, held(), NOW).messages[-1].to == newest  # type: ignore[union-attr]


@pytest.mark.parametrize("changed", [{"fingerprint": "g"}, {"buyer_id": "other"}])
def test_another_order_under_the_same_id_is_refused(changed: dict[str, str]) -> None:
    order = after(place(), held())
    decision = decide(order, place(**changed), NOW)
    assert told(decision, Refused)[0].code == "idempotency_conflict"
    assert decision.state is order


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (place(line("X-L"), line("X-L")), "duplicate_sku"),
        (place(line(price=0)), "nothing_to_pay"),
        (place(line(quantity=10**9, price=10**9)), "amount_too_large"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_by_name(order: object, code: str) -> None:
    decision = decide(None, order, NOW)  # type: ignore[arg-type]
    assert decision.state is None
    assert told(decision, Refused)[0].code == code
