"""Payment, shipping, acceptance, and the ways in which an order ends without goods."""

from __future__ import annotations

from datetime import timedelta

import pytest

from headwater.contracts.base import Message, Refused, Wake
from headwater.contracts.logistics import CreateShipment, ReleaseStock
from headwater.contracts.orders import (
    AcceptOrder,
    OrderAccepted,
    OrderAnswer,
    OrderCancelled,
    OrderCompleted,
    OrderDelivered,
    OrderExpired,
    OrderPaid,
    OrderShipped,
)
from tests.unit.orders.building import CALLER, NOW, after, cancel, decide, held, line, pay, place, progress, told

LATE = NOW + timedelta(minutes=30)
CONFIRMED = (place(), held())
DELIVERED = (*CONFIRMED, pay(), progress("collected"), progress("delivered"))


def accept(buyer: str = "shop") -> AcceptOrder:
    return AcceptOrder(order_id="ord_1", buyer_id=buyer, reply_to=CALLER)


def wake(minutes: int = 30) -> Wake:
    return Wake(id="ord_1", due=NOW + timedelta(minutes=minutes))


def test_paying_asks_each_warehouse_for_one_parcel() -> None:
    order = after(place(line("X-L"), line("X-M")), held("X-L", warehouse="yiwu"), held("X-M", warehouse="keqiao"))
    decision = decide(order, pay(20_000), NOW)
    parcels = told(decision, CreateShipment)
    assert [(p.shipment_id, p.warehouse_id) for p in parcels] == [("shp_1-yiwu", "yiwu"), ("shp_1-keqiao", "keqiao")]
    assert told(decision, OrderPaid)[0].amount_fen == 20_000


def test_the_same_payment_again_is_answered_and_counts_once() -> None:
    order = after(*CONFIRMED, pay())
    decision = decide(order, pay(), NOW)
    assert decision.state is order
    assert [type(message) for message in told(decision, Message)] == [OrderAnswer]


@pytest.mark.parametrize(
    ("before", "payment", "code"),
    [
        (CONFIRMED, pay(9_999), "wrong_amount"),
        (CONFIRMED, pay(buyer="other"), "not_your_order"),
        ((*CONFIRMED, pay()), pay(payment="pay-2"), "already_paid"),
        ((place(),), pay(), "not_confirmed"),
        ((*CONFIRMED, cancel()), pay(), "not_payable"),
    ],
)
def test_a_payment_that_does_not_fit_is_refused_by_name(
    before: tuple[Message, ...], payment: Message, code: str
) -> None:
    order = after(*before)
    decision = decide(order, payment, NOW)
    assert told(decision, Refused)[0].code == code
    assert decision.state is order


def test_a_payment_after_the_window_is_refused_and_expires_the_order_at_once() -> None:
    decision = decide(after(*CONFIRMED), pay(), LATE)
    assert told(decision, Refused)[0].code == "payment_window_closed"
    assert told(decision, OrderExpired)
    assert told(decision, ReleaseStock)


def test_an_unpaid_order_expires_when_its_window_closes_and_not_before() -> None:
    order = after(*CONFIRMED)
    assert decide(order, wake(), LATE - timedelta(seconds=1)).state is order
    decision = decide(order, wake(), LATE)
    assert decision.state is not None
    assert decision.state.status == "expired"
    assert told(decision, ReleaseStock)


def test_an_order_is_shipped_by_its_first_parcel_and_delivered_by_its_last() -> None:
    order = after(place(line("X-L"), line("X-M")), held("X-L"), held("X-M", warehouse="keqiao"), pay(20_000))
    first = decide(order, progress("collected"), NOW)
    assert told(first, OrderShipped)
    assert first.state is not None
    one_there = decide(first.state, progress("delivered"), NOW)
    assert not told(one_there, OrderDelivered)
    assert told(decide(one_there.state, progress("delivered", "keqiao"), NOW), OrderDelivered)


def test_a_late_progress_never_undoes_a_delivery() -> None:
    order = after(*DELIVERED)
    assert decide(order, progress("collected"), NOW).state is order


def test_accepting_completes_the_order_and_settles_what_was_paid() -> None:
    decision = decide(after(*DELIVERED), accept(), NOW)
    assert told(decision, OrderAccepted)[0].by == "buyer"
    assert told(decision, OrderCompleted)[0].settled_fen == 10_000
    again = decide(decision.state, accept(), NOW)
    assert again.state is decision.state


def test_the_acceptance_window_accepts_for_a_buyer_who_says_nothing() -> None:
    decision = decide(after(*DELIVERED), wake(), NOW + timedelta(days=7))
    assert told(decision, OrderAccepted)[0].by == "window"


@pytest.mark.parametrize(("before", "code"), [(CONFIRMED, "not_delivered"), (DELIVERED, "not_your_order")])
def test_acceptance_that_does_not_fit_is_refused(before: tuple[Message, ...], code: str) -> None:
    who = "other" if code == "not_your_order" else "shop"
    assert told(decide(after(*before), accept(who), NOW), Refused)[0].code == code


@pytest.mark.parametrize("before", [(place(),), CONFIRMED])
def test_cancelling_before_payment_releases_every_line(before: tuple[Message, ...]) -> None:
    decision = decide(after(*before), cancel(), NOW)
    assert [release.sku_id for release in told(decision, ReleaseStock)] == ["X-L"]
    assert told(decision, OrderCancelled)
    assert decide(decision.state, cancel(), NOW).state is decision.state


def test_cancelling_after_payment_is_refused() -> None:
    assert told(decide(after(*CONFIRMED, pay()), cancel(), NOW), Refused)[0].code == "too_late_to_cancel"


@pytest.mark.parametrize("command", [pay(), cancel(), accept()])
def test_a_command_for_an_unknown_order_says_where_to_look(command: Message) -> None:
    decision = decide(None, command, NOW)
    assert decision.state is None
    assert "GET /v1/orders" in told(decision, Refused)[0].detail


def test_the_history_tells_everything_in_order() -> None:
    order = after(*DELIVERED, accept())
    told_steps = [step.what for step in order.history]
    assert told_steps == ["placed", "confirmed", "paid", "shipped", "delivered", "accepted", "completed"]
