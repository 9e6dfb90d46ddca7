"""Money that goes back: before the goods arrive, and after it with evidence, an answer, a ruling, a return."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from headwater.contracts.accounts import CreditSupplier
from headwater.contracts.base import Message, Refused
from headwater.contracts.buyerstanding import CountFact
from headwater.contracts.logistics import RecallShipment, ReleaseStock, TakeBackStock
from headwater.contracts.orders import OrderCancelled, OrderCompleted, OrderDelivered
from headwater.contracts.refunds import ClaimFreight, FreightCovered, RefundAnswer, RefundMoved
from tests.unit.orders.building import NOW, balances, cancel, held, progress, told
from tests.unit.orders.refunding import (
    ACCEPT,
    DAY,
    DELIVERED,
    PAID,
    PLACED,
    PREMIUM,
    WAKE,
    after,
    answer,
    ask,
    case_of,
    decide,
    dispute,
    inspect,
    pay,
    recalled,
    rule_,
    send,
    then,
    withdraw,
)

EARLY = ask(photos=0, reason="too_slow")
BACK = inspect(("X-L", "yiwu", 10, 0), ("X-M", "keqiao", 4, 2))


def code_of(*messages: Message | timedelta) -> str:
    (refusal,) = told(then(*messages), Refused)
    return str(refusal.code)


# --- before arrival ------------------------------------------------------------------------------------------------


def test_before_arrival_the_money_goes_back_at_once_and_every_parcel_is_called_back() -> None:
    asked = then(*PAID, progress("collected"), EARLY)
    assert asked.state is not None
    assert (asked.state.status, asked.state.paid_fen, asked.state.refunded_fen) == ("cancelled", 0, 22_000)
    assert not any(balances(asked.state.postings).values())
    assert {one.shipment_id for one in told(asked, RecallShipment)} == {"shp_1-yiwu", "shp_1-keqiao"}
    assert not told(asked, ReleaseStock), "the parcel knows whether its goods are still on the shelf"
    (answered,), (event,) = told(asked, RefundAnswer), told(asked, OrderCancelled)
    assert (answered.status, answered.refunded_fen, event.refunded_fen) == ("recalling", 22_000, 22_000)


def test_parcels_that_never_left_end_the_case() -> None:
    order = after(*PAID, EARLY, recalled("stopped"), recalled("stopped", "keqiao"))
    assert (case_of(order).status, order.wake_at) == ("recalled", None)


def test_a_parcel_that_its_carrier_brought_back_is_inspected_and_put_back_or_written_off() -> None:
    on_shelf = (*PAID, EARLY, recalled("stopped"), recalled("returned", "keqiao"))
    assert case_of(after(*on_shelf)).status == "back"
    assert code_of(*on_shelf, BACK) == "not_in_refund", "what was stopped never left its shelf"
    seen = then(*on_shelf, inspect(("X-M", "keqiao", 4, 2)))
    (taken,) = told(seen, TakeBackStock)
    assert (taken.restocked, taken.written_off, taken.return_id) == (4, 2, "0.0")
    assert case_of(seen.state).status == "refunded"
    assert seen.state is not None
    assert seen.state.refunded_fen == 22_000, "once, when it was asked for"


def test_a_parcel_that_arrives_all_the_same_goes_on_as_a_return() -> None:
    arrived = then(*PAID, EARLY, recalled("stopped"), progress("delivered", "keqiao"))
    case = case_of(arrived.state)
    assert (case.status, case.due, case.history[-1].what) == ("returning", NOW + 4 * DAY, "delivered_all_the_same")
    assert not told(arrived, OrderDelivered), "the order is cancelled, its money is back"
    sent = (*PAID, EARLY, recalled("stopped"), progress("delivered", "keqiao"), send())
    assert case_of(after(*sent, inspect(("X-M", "keqiao", 6, 0)))).status == "refunded"


def test_goods_that_are_kept_though_the_money_is_back_are_said_to_be() -> None:
    order = after(*PAID, EARLY, recalled("delivered"), recalled("returned", "keqiao"), 4 * DAY, WAKE)
    assert case_of(order).status == "kept"


def test_of_an_order_that_came_in_part_only_the_other_parcels_are_refunded() -> None:
    asked = then(*PAID, progress("delivered", "keqiao"), EARLY)
    assert asked.state is not None
    assert (asked.state.status, asked.state.paid_fen, asked.state.left_fen) == ("delivered", 12_000, 12_000)
    assert [one.shipment_id for one in told(asked, RecallShipment)] == ["shp_1-yiwu"]
    assert told(asked, OrderDelivered)
    done = decide(asked.state, ACCEPT, NOW)
    assert done.state is not None
    assert [event.settled_fen for event in told(done, OrderCompleted)] == [12_000]
    assert balances(done.state.postings)["escrow"] == 0


# --- after arrival -------------------------------------------------------------------------------------------------


def test_what_the_supplier_agrees_to_is_paid_and_the_rest_is_released() -> None:
    order = after(*DELIVERED, ask(X_L=4), answer())
    assert (order.status, order.paid_fen, order.refunded_fen, order.unvouched_fen) == ("delivered", 18_000, 4_000, 200)
    done = after(*DELIVERED, ask(X_L=4), answer(), ACCEPT)
    found = balances(done.postings)
    assert (done.settled_fen, found["clearing"], found["escrow"], found["buyer:shop"]) == (18_000, 18_300, 0, 0)
    credits = told(then(*DELIVERED, ask(X_L=4), answer(), ACCEPT), CreditSupplier)
    assert [(one.supplier_id, one.amount_fen) for one in credits] == [("factory", 18_300)]


def test_silence_is_consent() -> None:
    order = after(*DELIVERED, ask(X_L=4), 2 * DAY, WAKE)
    assert (case_of(order).status, order.refunded_fen) == ("refunded", 4_000)
    assert [step.what for step in case_of(order).history] == ["asked", "silent", "paid"]
    assert code_of(*DELIVERED, ask(X_L=4), 2 * DAY, answer(agrees=False)) == "not_asked", "an answer after it is late"


def test_an_order_that_is_refunded_in_full_is_cancelled_and_never_released() -> None:
    order = after(*DELIVERED, ask(), answer(), 30 * DAY, WAKE, ACCEPT)
    assert (order.status, order.settled_fen) == ("cancelled", 0)
    assert not any(balances(order.postings).values())
    assert "release" not in order.postings


def test_a_refusal_needs_a_reason_and_is_final_if_nobody_disputes_it() -> None:
    assert code_of(*DELIVERED, ask(X_L=4), answer(agrees=False, reason="")) == "no_reason"
    refused = (*DELIVERED, ask(X_L=4), answer(agrees=False))
    assert case_of(after(*refused)).status == "refused"
    order = after(*refused, 2 * DAY, WAKE)
    assert (case_of(order).status, order.refunded_fen) == ("denied", 0)
    assert code_of(*refused, 2 * DAY, dispute()) == "not_refused"


@pytest.mark.parametrize(
    ("ruling", "amount", "status", "fen"),
    [("full", None, "refunded", 4_000), ("part", 1_500, "refunded", 1_500), ("none", None, "denied", 0)],
)
def test_an_operator_rules_on_a_dispute(ruling: str, amount: int | None, status: str, fen: int) -> None:
    order = after(*DELIVERED, ask(X_L=4), answer(agrees=False), dispute(), rule_(ruling, amount))
    assert (case_of(order).status, order.refunded_fen) == (status, fen)
    assert case_of(order).history[2].evidence == ("photo-9",)
    assert order.left_fen + order.refunded_fen + order.unvouched_fen == 22_500


def test_a_ruling_in_part_is_below_what_was_asked_for() -> None:
    disputed = (*DELIVERED, ask(X_L=4), answer(agrees=False), dispute())
    for wrong in (rule_("part", 4_000), rule_("part"), rule_("full", 1)):
        assert code_of(*disputed, wrong) == "wrong_amount"


def test_with_a_return_the_money_waits_for_the_goods() -> None:
    agreed = (*DELIVERED, ask(X_L=4, returns=True), answer())
    assert (case_of(after(*agreed)).status, after(*agreed).refunded_fen) == ("returning", 0)
    back = then(*agreed, send(), inspect(("X-L", "yiwu", 3, 1)))
    assert back.state is not None
    assert (case_of(back.state).status, back.state.refunded_fen) == ("refunded", 4_000)
    (taken,) = told(back, TakeBackStock)
    assert (taken.restocked, taken.written_off, taken.warehouse_id) == (3, 1, "yiwu")


def test_goods_that_are_not_sent_back_in_time_bring_no_money() -> None:
    order = after(*DELIVERED, ask(X_L=4, returns=True), answer(), 4 * DAY, WAKE)
    assert (case_of(order).status, order.refunded_fen) == ("lapsed", 0)


def test_pieces_that_did_not_come_back_are_for_an_operator_to_judge() -> None:
    short = (*DELIVERED, ask(X_L=4, returns=True), answer(), send(), inspect(("X-L", "yiwu", 1, 1)))
    assert (case_of(after(*short)).status, after(*short).refunded_fen) == ("disputed", 0)
    order = after(*short, rule_("part", 2_000))
    assert (case_of(order).status, order.refunded_fen) == ("refunded", 2_000)


def test_who_does_not_inspect_in_time_pays_and_may_still_put_the_goods_back() -> None:
    silent = (*DELIVERED, ask(X_L=4, returns=True), answer(), send(), 2 * DAY, WAKE)
    assert (case_of(after(*silent)).status, after(*silent).refunded_fen) == ("refunded", 4_000)
    seen = then(*silent, inspect(("X-L", "yiwu", 4, 0)))
    assert seen.state is not None
    assert (len(told(seen, TakeBackStock)), seen.state.refunded_fen) == (1, 4_000)


def test_an_order_waits_for_its_refunds() -> None:
    (refusal,) = told(then(*DELIVERED, ask(X_L=4), ACCEPT), Refused)
    assert (refusal.code, "withdraw it" in refusal.detail) == ("refund_open", True)
    late = after(*DELIVERED, ask(X_L=4), answer(agrees=False), 1 * DAY, dispute(), 30 * DAY, WAKE)
    assert (late.status, late.wake_at) == ("delivered", None)
    ruled = then(*DELIVERED, ask(X_L=4), answer(agrees=False), dispute(), 30 * DAY, rule_("none"))
    assert ruled.state is not None
    assert ruled.state.wake_at == NOW + 7 * DAY
    assert [(one.buyer_id, one.fact) for one in told(ruled, CountFact)] == [("shop", "dispute_lost")]
    assert not told(then(*DELIVERED, ask(X_L=4), answer(agrees=False), dispute(), rule_("full")), CountFact)
    assert then(*DELIVERED, ask(), withdraw(), ACCEPT).state.status == "completed"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ((*PLACED, ask()), "not_paid"),
        ((*DELIVERED, ACCEPT, ask()), "already_accepted"),
        ((*DELIVERED, 5 * DAY, ask()), "refund_window_closed"),
        ((*DELIVERED, 7 * DAY, ask()), "already_accepted"),
        ((*PAID, ask(X_L=1)), "whole_parcels"),
        ((*PAID, EARLY, ask("rfd_2")), "nothing_to_refund"),
        ((*DELIVERED, ask(photos=0)), "no_evidence"),
        ((*DELIVERED, ask(X_L=11)), "too_many_pieces"),
        ((*DELIVERED, ask(X_L=8), ask("rfd_2", X_L=3)), "too_many_pieces"),
        ((*DELIVERED, ask(X_L=8, amount_fen=8_001)), "amount_too_large"),
        ((*DELIVERED, ask(), ask("rfd_2")), "nothing_to_refund"),
        ((*DELIVERED, ask(buyer="thief")), "not_your_order"),
        ((*DELIVERED, ask(), ask(X_L=1)), "idempotency_conflict"),
        ((*DELIVERED, ask(), answer(by="rival")), "not_your_order"),
        ((*DELIVERED, ask(), answer(case="rfd_9")), "no_such_refund"),
        ((*DELIVERED, ask(), rule_("full")), "not_disputed"),
        ((*DELIVERED, ask(), send()), "not_returning"),
        ((*DELIVERED, ask(), inspect()), "nothing_to_inspect"),
        ((*DELIVERED, ask(), answer(), withdraw()), "not_withdrawable"),
        ((*DELIVERED, ask(X_L=4, returns=True), answer(), send(), inspect(("X-L", "keqiao", 4, 0))), "other_warehouse"),
        ((*DELIVERED, ask(X_L=4, returns=True), answer(), send(), inspect(("X-L", "yiwu", 4, 1))), "too_many_pieces"),
    ],
)
def test_what_cannot_be_is_refused_by_name(messages: tuple[Any, ...], code: str) -> None:
    assert code_of(*messages) == code


def test_pieces_of_a_request_that_was_withdrawn_may_be_asked_for_again() -> None:
    order = after(*DELIVERED, ask(), withdraw(), ask("rfd_2"), answer(case="rfd_2"))
    assert [case.status for case in order.cases] == ["withdrawn", "refunded"]


def test_a_command_that_comes_again_is_answered_by_the_case_as_it_is() -> None:
    order = after(*DELIVERED, ask(X_L=4), answer())
    for again in (ask(X_L=4), answer()):
        repeated = decide(order, again, NOW)
        assert repeated.state is order
        assert [(one.status, one.refunded_fen) for one in told(repeated, RefundAnswer)] == [("refunded", 4_000)]
        assert not told(repeated, RefundMoved)


def test_a_repeated_reservation_releases_nothing_of_an_order_whose_parcels_are_called_back() -> None:
    order = after(*PAID, EARLY)
    for late in (held(), cancel(), progress("packed")):
        assert decide(order, late, NOW).state is order
        assert not told(decide(order, late, NOW), ReleaseStock)


# --- freight insurance ---------------------------------------------------------------------------------------------


def test_a_premium_is_paid_with_the_order_and_never_by_less() -> None:
    order = after(*PLACED, pay(insured=True))
    assert (order.paid_fen, order.premium_fen) == (22_000, PREMIUM)
    assert balances(order.postings)["freight"] == PREMIUM
    short = pay(insured=True).model_copy(update={"amount_fen": 22_000})
    assert code_of(*PLACED, short) == "wrong_amount"


def test_the_freight_of_an_accepted_return_is_claimed_once_and_goes_to_the_buyer() -> None:
    insured = (*PLACED, pay(insured=True), *DELIVERED[-2:])
    returned = (*insured, ask(X_L=4, returns=True), answer(), send())
    back = then(*returned, inspect(("X-L", "yiwu", 4, 0)))
    (claim,) = told(back, ClaimFreight)
    covered = FreightCovered(order_id=claim.order_id, case_id="rfd_1", amount_fen=claim.amount_fen, by_platform_fen=0)
    paid = decide(back.state, covered, NOW).state
    assert case_of(paid).freight_fen == claim.amount_fen == 1_800
    assert decide(paid, covered, NOW).state is paid
    second = (ask("rfd_2", X_M=1, returns=True), answer(case="rfd_2"), send("rfd_2"))
    again = then(*returned, inspect(("X-L", "yiwu", 4, 0)), *second, inspect(("X-M", "keqiao", 1, 0), case="rfd_2"))
    assert (case_of(again.state, 1).status, told(again, ClaimFreight)) == ("refunded", [])
    assert [one.return_id for one in told(again, TakeBackStock)] == ["1.0"], "of the second case"


def test_without_insurance_or_a_return_nothing_is_claimed() -> None:
    insured = (*PLACED, pay(insured=True), *DELIVERED[-2:])
    assert not told(then(*insured, ask(X_L=4), answer()), ClaimFreight)
    sent = (*DELIVERED, ask(X_L=4, returns=True), answer(), send())
    assert not told(then(*sent, inspect(("X-L", "yiwu", 4, 0))), ClaimFreight)
