"""A test plan: what sells is ordered again within its limits, what does not is stopped, and everything counts once."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

import pytest

from headwater.contracts.base import Refused, Wake
from headwater.contracts.lots import LotPriced, PriceLot
from headwater.contracts.orders import CancelOrder, OrderAnswer, OrderLine, PlaceOrder
from headwater.contracts.quotes import SealedQuote
from headwater.contracts.testplans import (
    ClosePlan,
    FollowUpConfirmed,
    Limits,
    NoteLot,
    NoteReview,
    PlanEnded,
    ReportSales,
    SoldOn,
    StartPlan,
    StyleJudged,
)
from orders.domain import testplan as rules
from orders.domain.testplan_state import Lot, Plan
from tests.unit.orders.building import CALLER, HOME, NOW, place, told
from tests.unit.orders.building import decide as decide_order

decide: Any = rules.decide
FIRST, FOLLOW_UP = "ord_tpl_1-0", "ord_tpl_1-1"
LIMITS = Limits(style_pieces=60, style_fen=60_000, pieces=100, fen=100_000)
DAY = date(2026, 11, 11)


def line(sku: str, pieces: int = 10, price: int = 1000) -> OrderLine:
    return OrderLine(sku_id=sku, offer_id="off-X", quantity=pieces, unit_price_fen=price)  # type: ignore[arg-type]


def quoted(*lines: OrderLine, buyer: str = "shop") -> SealedQuote:
    order = place(*lines, buyer_id=buyer)
    return SealedQuote(
        buyer_id=order.buyer_id, supplier_id=order.supplier_id, currency="CNY", kind="goods", lines=lines,
        seal=order.seal,
    )  # type: ignore[arg-type]  # fmt: skip


def start(*lots: SealedQuote, **changes: Any) -> Any:
    fields: dict[str, Any] = {
        "plan_id": "tpl_1", "buyer_id": "shop", "name": "autumn", "lots": lots or (quoted(line("a"), line("b")),),
        "follow_up_pieces": 40, "limits": LIMITS, "ends_at": NOW + timedelta(days=60), "destination": HOME,
        "fingerprint": "f", "reply_to": CALLER,
    }  # fmt: skip
    return StartPlan(**(fields | changes))


def sold(sku: str, *pieces: int, revision: int = 1) -> Any:
    """So many pieces a day, from the first day on."""
    days = tuple(
        SoldOn(sku_id=sku, day=DAY + timedelta(days=number), pieces=count, revision=revision)  # type: ignore[arg-type]
        for number, count in enumerate(pieces)
    )
    return ReportSales(plan_id="tpl_1", buyer_id="shop", sold=days, reply_to=CALLER)  # type: ignore[arg-type]


def note(outcome: Any, order_id: str = FIRST) -> Any:
    return NoteLot(plan_id="tpl_1", order_id=order_id, outcome=outcome)  # type: ignore[arg-type]


def answer(status: Any, order_id: str = FOLLOW_UP) -> Any:
    return OrderAnswer(order_id=order_id, status=status, total_fen=1, currency="CNY", pay_by=NOW)  # type: ignore[arg-type]


def priced(pieces: int = 40, price: int = 900, order_id: str = FOLLOW_UP) -> Any:
    return LotPriced(request_id=f"{order_id}.price", quote=quoted(line("a", pieces, price)))


def after(*messages: Any, now: Any = NOW, plan: Plan | None = None) -> Plan:
    state: Any = plan
    for message in messages:
        state = decide(state, message, now).state
    return state  # type: ignore[no-any-return]


LATER = NOW + timedelta(days=3)
DELIVERED = after(start(), answer("confirmed", FIRST), note("paid"), note("delivered"))
SCALED = after(sold("a", 4, 4, 1), now=LATER, plan=DELIVERED)


def lot(plan: Plan, sku: str = "a") -> Lot:
    style = plan.style(sku)
    assert style is not None
    return style.lots[-1]


def test_a_plan_orders_its_first_lots_at_their_sealed_prices() -> None:
    decision = decide(None, start(quoted(line("a")), quoted(line("b"), line("c"))), NOW)
    orders = told(decision, PlaceOrder)
    assert [(one.order_id, len(one.lines)) for one in orders] == [("ord_tpl_1-0", 1), ("ord_tpl_1-1", 2)]
    assert all(decide_order(None, one, NOW).state is not None for one in orders), "the seals are genuine"


def test_what_sells_is_priced_ordered_and_held_for_its_buyer() -> None:
    decision = decide(DELIVERED, sold("a", 4, 4, 1), LATER)
    (judged,), (asked,) = told(decision, StyleJudged), told(decision, PriceLot)
    assert (judged.sku_id, judged.verdict, "9 of 10" in judged.reason) == ("a", "scale", True)
    assert (asked.request_id, asked.offer_id, asked.pieces) == (f"{FOLLOW_UP}.price", "off-X", 40)
    (order,) = told(decide(decision.state, priced(), NOW), PlaceOrder)
    assert (order.order_id, order.lines[0].unit_price_fen) == (FOLLOW_UP, 900)
    assert decide_order(None, order, NOW).state is not None
    (held,) = told(decide(after(priced(), plan=SCALED), answer("confirmed"), NOW), FollowUpConfirmed)
    assert (held.order_id, held.pieces, held.total_fen, held.pay_by) == (FOLLOW_UP, 40, 36_000, NOW)


def test_one_follow_up_is_underway_at_a_time_and_the_next_comes_when_it_sells_too() -> None:
    held = after(priced(), answer("confirmed"), now=LATER, plan=SCALED)
    for message in (sold("a", 4, 4, 2, revision=2), note("paid", FOLLOW_UP)):
        assert told(decide(held, message, LATER), PriceLot) == []
    there = after(note("paid", FOLLOW_UP), note("delivered", FOLLOW_UP), now=LATER, plan=held)
    assert there.style("a").verdict == "hold", "9 of 50 pieces"  # type: ignore[union-attr]
    (next_one,) = told(decide(there, sold("a", 20, 20, revision=2), LATER), PriceLot)
    assert (next_one.request_id, next_one.pieces) == ("ord_tpl_1-2.price", 10), "60 pieces of a style are the limit"


def test_limits_hold_for_pieces_and_for_money_of_a_style_and_in_all() -> None:
    for limits, pieces in (
        ({"style_pieces": 30, "style_fen": 60_000, "pieces": 100, "fen": 100_000}, 20),
        ({"style_pieces": 60, "style_fen": 60_000, "pieces": 45, "fen": 100_000}, 25),
        ({"style_pieces": 10, "style_fen": 60_000, "pieces": 45, "fen": 100_000}, None),
    ):
        plan = after(start(limits=Limits(**limits)), note("paid"), note("delivered"))
        asked = told(decide(plan, sold("a", 4, 4, 1), LATER), PriceLot)
        assert [one.pieces for one in asked] == ([pieces] if pieces else [])
    for money in ({"style_fen": 45_999, "fen": 100_000}, {"style_fen": 60_000, "fen": 55_999}):
        limits = Limits(style_pieces=60, pieces=100, **money)
        plan = after(start(limits=limits), note("paid"), note("delivered"))
        plan = after(sold("a", 4, 4, 1), now=LATER, plan=plan)
        too_dear = decide(plan, priced(), LATER)
        assert (told(too_dear, PlaceOrder), lot(too_dear.state).status) == ([], "lost")
        assert "36000 fen" in lot(too_dear.state).why


@pytest.mark.parametrize(
    "lost", [Refused(id=f"{FOLLOW_UP}.price", code="below_minimum", detail="add 38"), answer("refused")]
)
def test_a_lost_follow_up_is_tried_again_only_when_more_is_sold(lost: Any) -> None:
    first = (priced(),) if isinstance(lost, OrderAnswer) else ()
    plan = after(*first, lost, now=LATER, plan=SCALED)
    assert lot(plan).status == "lost"
    assert told(decide(plan, Wake(id="tpl_1", due=LATER), LATER), PriceLot) == []
    (again,) = told(decide(plan, sold("a", 5, revision=2), LATER), PriceLot)
    assert again.request_id == "ord_tpl_1-2.price"


def test_a_style_that_does_not_sell_is_stopped_when_it_is_old_enough_though_nobody_says_a_word() -> None:
    slow = after(sold("b", 1, 0, 0), now=LATER, plan=DELIVERED)
    due = slow.wake_at
    assert due == NOW + timedelta(days=14)
    (judged,) = told(decide(slow, Wake(id="tpl_1", due=due), due), StyleJudged)
    assert (judged.sku_id, judged.verdict) == ("b", "stop")


def test_stop_cancels_what_is_not_paid_and_nothing_else() -> None:
    bad = NoteReview(plan_id="tpl_1", order_id=FIRST, sku_id="a", review_id="r1", rating=1)  # type: ignore[arg-type]
    asking = decide(SCALED, bad, LATER)
    assert (lot(asking.state).status, told(asking, CancelOrder)) == ("lost", [])
    assert told(decide(asking.state, priced(), LATER), PlaceOrder) == []
    for heard in ((priced(),), (priced(), answer("confirmed"))):
        (cancel,) = told(decide(after(*heard, now=LATER, plan=SCALED), bad, LATER), CancelOrder)
        assert cancel.order_id == FOLLOW_UP
    paid = after(priced(), answer("confirmed"), note("paid", FOLLOW_UP), now=LATER, plan=SCALED)
    assert told(decide(paid, bad, LATER), CancelOrder) == []
    assert decide(after(bad, plan=SCALED), bad, LATER).state.style("a").reviews == 1


def test_the_end_takes_back_what_is_not_paid_and_stops_ordering() -> None:
    close = ClosePlan(plan_id="tpl_1", buyer_id="shop", reason="over", reply_to=CALLER)  # type: ignore[arg-type]
    closed = decide(after(start()), close, NOW)
    assert [one.order_id for one in told(closed, CancelOrder)] == [FIRST]
    assert [one.how for one in told(closed, PlanEnded)] == ["closed"]
    assert decide(closed.state, close, NOW).state is closed.state
    end = NOW + timedelta(days=60)
    late = decide(SCALED, sold("a", 4, 4, 2, revision=2), end)
    assert [one.how for one in told(late, PlanEnded)] == ["out_of_time"]
    assert [one.code for one in told(late, Refused)] == ["plan_ended"]
    assert told(decide(late.state, priced(), end), PlaceOrder) == []
    stopping = [
        NoteReview(plan_id="tpl_1", order_id=FIRST, sku_id=sku, review_id=sku, rating=1)  # type: ignore[arg-type]
        for sku in "ab"
    ]
    assert after(*stopping, plan=DELIVERED).ended == "all_stopped"


def test_a_day_counts_once_by_its_highest_revision_whatever_the_order() -> None:
    reports = [sold("a", 3), sold("a", 5, revision=2), sold("a", 2, revision=3), sold("a", 3)]
    for order in itertools.permutations(reports):
        style = after(*order, plan=DELIVERED).style("a")
        assert style is not None
        assert (style.sold, style.days) == (2, 1)
    (refused,) = told(decide(after(sold("a", 3), plan=DELIVERED), sold("a", 4), NOW), Refused)
    assert refused.code == "idempotency_conflict"


def test_a_report_is_taken_whole_or_not_at_all() -> None:
    for wrong, code in (
        (SoldOn(sku_id="z", day=DAY, pieces=1), "not_in_plan"),  # type: ignore[arg-type]
        (SoldOn(sku_id="b", day=DAY + timedelta(days=2), pieces=1), "bad_day"),  # type: ignore[arg-type]
    ):
        report = sold("a", 3)
        decision = decide(DELIVERED, report.model_copy(update={"sold": (*report.sold, wrong)}), NOW)
        assert (decision.state, [one.code for one in told(decision, Refused)]) == (DELIVERED, [code])


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (start(quoted(line("a"), buyer="eve")), "forged_quote"),
        (start(quoted(line("a")), quoted(line("a"))), "duplicate_sku"),
        (start(quoted(line("a", 61))), "above_limits"),
        (start(quoted(line("a", 50, 2000))), "above_limits"),
        (start(ends_at=NOW), "bad_times"),
        (sold("a", 1), "no_such_plan"),
    ],
)
def test_what_cannot_be_is_refused_by_name(message: Any, code: str) -> None:
    decision = decide(None, message, NOW)
    assert (decision.state, [one.code for one in told(decision, Refused)]) == (None, [code])


def test_another_plan_or_another_buyer_under_its_id_changes_nothing() -> None:
    for message, code in (
        (start(fingerprint="other"), "idempotency_conflict"),
        (sold("a", 1).model_copy(update={"buyer_id": "eve"}), "not_your_plan"),
    ):
        decision = decide(DELIVERED, message, NOW)
        assert (decision.state, [one.code for one in told(decision, Refused)]) == (DELIVERED, [code])
    assert decide(DELIVERED, start(), NOW).state is DELIVERED


def test_what_is_heard_of_an_order_ends_alike_whatever_the_order() -> None:
    asked = after(priced(), now=LATER, plan=SCALED)
    for heard, status in (
        ((answer("confirmed"), note("paid", FOLLOW_UP), note("delivered", FOLLOW_UP)), "delivered"),
        ((answer("confirmed"), note("expired", FOLLOW_UP)), "lost"),
        ((answer("refused"), note("cancelled", FOLLOW_UP)), "lost"),
    ):
        for order in itertools.permutations(heard):
            assert lot(after(*order, *order, now=LATER, plan=asked)).status == status
