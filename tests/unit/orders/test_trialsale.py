"""After a half-price trial: the buyer signs for more or walks away, and silence is an answer."""

from __future__ import annotations

import itertools
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from headwater.contracts.base import Refused, Wake
from headwater.contracts.orders import (
    OrderAnswer,
    OrderCancelled,
    OrderDelivered,
    OrderExpired,
    OrderPaid,
    PlaceOrder,
)
from headwater.contracts.quotes import SealedQuote
from headwater.contracts.trialsales import (
    NoteFollowUp,
    OpenTrialSale,
    SignTrial,
    TrialSaleAnswer,
    TrialSaleEnded,
    TrialSaleSigned,
    TrialSaleWalked,
    WalkAway,
)
from orders.domain import trialsale as rules
from orders.domain.trialsale_state import TrialSale
from tests.unit.orders.building import CALLER, HOME, NOW, POLICY, after, held, line, pay, place, progress, told
from tests.unit.orders.building import decide as decide_order

decide: Any = partial(rules.decide, POLICY)
OPENED: Any = OpenTrialSale(order_id="ord_1", buyer_id="shop", supplier_id="factory", offers=("off-X",))  # type: ignore[arg-type]
FOLLOW_UP = "ord_sgn_1-0"
LATE = NOW + POLICY.trial_decision


def quoted(*lines: Any, **changes: Any) -> SealedQuote:
    order = place(*(lines or (line(quantity=100, price=900),)), **changes)
    return SealedQuote(
        buyer_id=order.buyer_id, supplier_id=order.supplier_id, currency="CNY", kind=order.kind, lines=order.lines,
        seal=order.seal,
    )  # type: ignore[arg-type]  # fmt: skip


def sign(id: str = "s-1", quote: SealedQuote | None = None, buyer: str = "shop", fingerprint: str = "f") -> Any:
    return SignTrial(
        order_id="ord_1", buyer_id=buyer, sign_id=id, quote=quote or quoted(), destination=HOME,
        fingerprint=fingerprint, reply_to=CALLER,
    )  # type: ignore[arg-type]  # fmt: skip


WALK: Any = WalkAway(order_id="ord_1", buyer_id="shop", reason="it shrinks", reply_to=CALLER)  # type: ignore[arg-type]


def answer(status: Any, id: str = FOLLOW_UP) -> Any:
    return OrderAnswer(order_id=id, status=status, total_fen=90_000, currency="CNY", refusal="none left")  # type: ignore[arg-type]


def note(outcome: Any) -> Any:
    return NoteFollowUp(order_id="ord_1", follow_up_id=FOLLOW_UP, outcome=outcome)  # type: ignore[arg-type]


def sale(*messages: Any) -> TrialSale:
    state: Any = None
    for message in (OPENED, *messages):
        state = decide(state, message, NOW).state
    return state  # type: ignore[no-any-return]


def test_a_delivered_trial_waits_for_a_decision_and_other_orders_do_not() -> None:
    for kind, expected in (("trial", ("off-X",)), ("goods", None)):
        paid = after(place(line(), kind=kind), held(), pay())
        (delivered,) = told(decide_order(paid, progress("delivered"), NOW), OrderDelivered)
        opened = list(rules.opened_by(delivered, NOW))
        assert [one.offers for one in opened] == ([expected] if expected else [])


def test_to_sign_is_to_order_more_at_the_sealed_price_and_the_order_s_word_decides() -> None:
    decision = decide(sale(), sign(), NOW)
    (placed,) = told(decision, PlaceOrder)
    assert (placed.order_id, placed.lines[0].quantity, placed.kind) == (FOLLOW_UP, 100, "goods")
    assert decide_order(None, placed, NOW).state is not None, "the seal is genuine"
    assert told(decision, TrialSaleAnswer) == []
    signed = decide(decision.state, answer("confirmed"), NOW)
    (event,), (reply,) = told(signed, TrialSaleSigned), told(signed, TrialSaleAnswer)
    assert (event.total_fen, reply.status, reply.follow_up_id) == (90_000, "signed", FOLLOW_UP)
    ended = decide(signed.state, note("paid"), NOW)
    assert [one.how for one in told(ended, TrialSaleEnded)] == ["fulfilled"]


@pytest.mark.parametrize("outcome", ["cancelled", "expired"])
def test_who_signs_and_does_not_pay_has_broken_its_word(outcome: str) -> None:
    ended = decide(sale(sign(), answer("confirmed")), note(outcome), NOW)
    assert (ended.state.status, [one.how for one in told(ended, TrialSaleEnded)]) == ("broken", ["broken"])


def test_whatever_the_order_of_what_is_heard_it_ends_alike() -> None:
    for heard, end in (
        ((answer("confirmed"), note("paid")), "fulfilled"),
        ((answer("cancelled"), note("cancelled")), "broken"),
        ((answer("confirmed"), note("expired")), "broken"),
    ):
        for order in itertools.permutations(heard * 2):
            assert sale(sign(), *order).status == end


def test_silence_until_the_deadline_walks_away_with_or_without_a_wake() -> None:
    woken = decide(sale(), Wake(id="ord_1", due=LATE), LATE)
    assert [one.by for one in told(woken, TrialSaleWalked)] == ["silence"]
    late = decide(sale(), sign(), LATE)
    assert [one.by for one in told(late, TrialSaleWalked)] == ["silence"]
    (refused,) = told(late, Refused)
    assert (late.state.status, refused.code) == ("walked", "trial_over")
    early = decide(sale(), Wake(id="ord_1", due=NOW), LATE - timedelta(seconds=1))
    assert early.state.status == "deciding"


def test_a_refused_order_leaves_time_to_sign_anew_with_an_order_of_its_own() -> None:
    just_in_time = LATE - timedelta(seconds=1)
    asked = decide(sale(), sign(), just_in_time).state
    refused = decide(asked, answer("refused"), LATE)
    assert [one.code for one in told(refused, Refused)] == ["out_of_stock"]
    assert (refused.state.status, refused.state.decide_by) == ("deciding", LATE + rules.SECOND_TRY)
    repeated = decide(refused.state, sign(), LATE)
    assert (repeated.state, told(repeated, PlaceOrder)) == (refused.state, []), "a late repeat signs nothing anew"
    (again,) = told(decide(refused.state, sign("s-2"), LATE), PlaceOrder)
    assert again.order_id == "ord_sgn_1-1"
    gone = decide(refused.state, Wake(id="ord_1", due=LATE), LATE + rules.SECOND_TRY)
    assert gone.state.status == "walked"


def test_who_walked_cannot_sign_and_who_signed_cannot_walk() -> None:
    walked = sale(WALK)
    assert [one.code for one in told(decide(walked, sign(), NOW), Refused)] == ["trial_over"]
    assert decide(walked, WALK, NOW).state is walked
    for signed in (sale(sign()), sale(sign(), answer("confirmed"))):
        for message in (WALK, sign("s-2")):
            assert [one.code for one in told(decide(signed, message, NOW), Refused)] == ["already_signed"]


def test_the_same_signature_is_answered_again_and_another_one_under_its_id_is_refused() -> None:
    signed = sale(sign(), answer("confirmed"))
    again = decide(signed, sign(quote=quoted(line(quantity=100, price=800))), NOW)
    assert (again.state, [one.status for one in told(again, TrialSaleAnswer)]) == (signed, ["signed"])
    other = decide(signed, sign(fingerprint="other"), NOW)
    assert [one.code for one in told(other, Refused)] == ["idempotency_conflict"]
    assert sale(OPENED, OPENED) == sale()


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (sign(buyer="eve"), "not_your_order"),
        (sign(quote=quoted(supplier_id="other")), "other_goods"),
        (sign(quote=quoted(kind="sample")), "other_goods"),
        (sign(quote=quoted(line().model_copy(update={"offer_id": "off-Y"}))), "other_goods"),
    ],
)
def test_what_is_not_the_trial_s_is_not_signed_for(message: Any, code: str) -> None:
    decision = decide(sale(), message, NOW)
    assert (decision.state.status, [one.code for one in told(decision, Refused)]) == ("deciding", [code])


def test_nobody_signs_before_the_delivery() -> None:
    (refused,) = told(decide(None, sign(), NOW), Refused)
    assert (refused.code, "once it has arrived" in refused.detail) == ("no_such_trial", True)


def test_only_the_orders_that_were_signed_for_are_noted() -> None:
    for id, expected in ((FOLLOW_UP, "ord_1"), ("ord_1", None), ("ord_chk-0", None)):
        event: Any = OrderExpired(order_id=id, buyer_id="shop")  # type: ignore[arg-type]
        assert [one.order_id for one in rules.note_of(event, NOW)] == ([expected] if expected else [])
    assert {OrderPaid, OrderCancelled, OrderExpired, OrderDelivered} == set(rules.FOLLOWS)
