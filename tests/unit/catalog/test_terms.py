"""Price lists, levels, programmes and trials: what else a price depends on, and that each change counts once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain import buyer, pricelist, programme, trial
from catalog.domain.pricelist import PriceList
from catalog.domain.programme import Programme
from headwater.contracts.base import BuyerId, Done, Message, OfferId, OrderId, Refused
from headwater.contracts.buyerstanding import BuyerLevelChanged
from headwater.contracts.catalog import (
    BuyerLevelSet,
    NoteEarnedLevel,
    OfferLadder,
    PriceListSet,
    ProgrammeSet,
    SetBuyerLevel,
    SetPriceList,
    SetProgramme,
    TrialChanged,
    trial_id,
)
from headwater.contracts.orders import OrderCancelled, OrderKind, OrderLine, OrderPlaced
from headwater.decision import Decision
from tests.unit.catalog.building import CALLER, NOW, ladder, told

DAY = timedelta(days=1)


def prices(**changes: Any) -> SetPriceList:
    fields: dict[str, Any] = {
        "pricelist_id": "vip", "supplier_id": "factory", "name": "VIP", "buyers": ("shop",), "level": "gold",
        "ladders": (OfferLadder(offer_id=OfferId("off-X"), price_ranges=ladder((2, 900))),), "change_id": "c1",
        "reply_to": CALLER,
    }  # fmt: skip
    return SetPriceList(**{**fields, **changes})


def price_list(**changes: Any) -> PriceList:
    made = pricelist.decide(None, prices(**changes), NOW).state
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("buyer_id", "level", "holds"),
    [("shop", None, True), ("other", "gold", True), ("other", "silver", False), ("other", None, False)],
)
def test_a_price_list_holds_for_those_it_names_and_those_of_its_level(buyer_id: str, level: Any, holds: bool) -> None:
    assert price_list().holds_for(BuyerId(buyer_id), level, NOW) is holds


def test_a_price_list_for_named_buyers_only_is_for_nobody_without_a_level() -> None:
    assert not price_list(level=None).holds_for(BuyerId("other"), None, NOW)


@pytest.mark.parametrize(
    ("now", "holds"), [(NOW - DAY, False), (NOW, True), (NOW + DAY - timedelta(seconds=1), True), (NOW + DAY, False)]
)
def test_a_price_list_holds_from_its_start_and_not_at_its_end(now: Any, holds: bool) -> None:
    assert price_list(starts_at=NOW, ends_at=NOW + DAY).holds_for(BuyerId("shop"), None, now) is holds


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"buyers": (), "level": None}, "for_nobody"),
        ({"ladders": prices().ladders * 2}, "duplicate_offer"),
        (
            {"ladders": (OfferLadder(offer_id=OfferId("off-X"), price_ranges=ladder((2, 1), (3, 2))),)},
            "bad_price_ranges",
        ),
        ({"starts_at": NOW, "ends_at": NOW}, "bad_schedule"),
    ],
)
def test_a_price_list_that_makes_no_sense_is_refused(changes: dict[str, Any], code: str) -> None:
    decision = pricelist.decide(None, prices(**changes), NOW)
    assert decision.state is None
    assert told(decision, Refused)[0].code == code


def test_a_price_list_is_replaced_by_its_supplier_only() -> None:
    decision = pricelist.decide(price_list(), prices(supplier_id="mill", change_id="c2"), NOW)
    assert told(decision, Refused)[0].code == "not_your_price_list"
    replaced = pricelist.decide(price_list(), prices(name="Autumn", change_id="c2"), NOW)
    assert told(replaced, PriceListSet)[0].name == "Autumn"


def test_a_level_is_announced_when_it_changes() -> None:
    gold = SetBuyerLevel(buyer_id=BuyerId("shop"), level="gold", change_id="c1", reply_to=CALLER)
    decision = buyer.decide(None, gold, NOW)
    assert told(decision, BuyerLevelSet)[0].level == "gold"
    again = buyer.decide(decision.state, gold.model_copy(update={"change_id": "c2"}), NOW)
    assert told(again, Message) == [Done(id="shop")]


def test_an_earned_level_holds_until_one_is_given_and_again_when_that_is_taken_back() -> None:
    def after(*messages: Message) -> Any:
        known = None
        for message in messages:
            known = buyer.decide(known, message, NOW).state
        return known

    changed = BuyerLevelChanged(buyer_id=BuyerId("shop"), level="L3", before="L1", turn=2)
    [earned] = buyer.earned(changed, NOW)
    none = SetBuyerLevel(buyer_id=BuyerId("shop"), change_id="c9")
    for messages in ((earned, LEVEL), (LEVEL, earned), (earned, earned, LEVEL)):
        assert (after(*messages).holds, after(*messages).earned) == ("gold", "L3")
        assert after(*messages, none).holds == "L3"
    assert buyer.decide(None, earned, NOW).messages == (BuyerLevelSet(buyer_id="shop", level="L3", earned="L3"),)
    assert buyer.decide(after(LEVEL), earned, NOW).messages == (
        BuyerLevelSet(buyer_id="shop", level="gold", earned="L3"),
    )


def test_an_earned_level_that_comes_late_or_twice_changes_nothing() -> None:
    newer = NoteEarnedLevel(buyer_id=BuyerId("shop"), level="L4", turn=3)
    known = buyer.decide(None, newer, NOW).state
    for late in (newer, newer.model_copy(update={"level": "L2", "turn": 2})):
        assert buyer.decide(known, late, NOW) == Decision(known)


def joint(**changes: Any) -> SetProgramme:
    fields: dict[str, Any] = {
        "programme_id": "spring", "name": "Spring", "suppliers": ("factory", "mill"), "change_id": "c1",
        "reply_to": CALLER,
    }  # fmt: skip
    return SetProgramme(**{**fields, **changes})


def test_a_programme_runs_while_its_schedule_lasts() -> None:
    decision = programme.decide(None, joint(starts_at=NOW, ends_at=NOW + DAY), NOW)
    assert told(decision, ProgrammeSet)[0].suppliers == ("factory", "mill")
    assert isinstance(decision.state, Programme)
    assert [decision.state.runs(at) for at in (NOW - DAY, NOW, NOW + DAY)] == [False, True, False]


LEVEL = SetBuyerLevel(buyer_id=BuyerId("shop"), level="gold", change_id="c1", reply_to=CALLER)


@pytest.mark.parametrize(
    ("rules", "command", "other"),
    [
        (pricelist, prices(), {"name": "Autumn"}),
        (programme, joint(), {"name": "Autumn"}),
        (buyer, LEVEL, {"level": "silver"}),
    ],
)
def test_a_change_counts_once_and_its_id_is_not_used_for_another(rules: Any, command: Any, other: Any) -> None:
    known = rules.decide(None, command, NOW).state
    newer = rules.decide(known, command.model_copy(update={**other, "change_id": "c2"}), NOW).state
    late = rules.decide(newer, command, NOW)
    assert late.state is newer
    assert [type(answer) for answer in told(late, Message)] == [Done]
    reused = rules.decide(newer, command.model_copy(update=other), NOW)
    assert reused.state is newer
    assert told(reused, Refused)[0].code == "idempotency_conflict"


# --- trials -----------------------------------------------------------------------------------------------------------


def placed(order_id: str, kind: OrderKind = "trial") -> OrderPlaced:
    lines = tuple(
        OrderLine(sku_id=f"X-{size}", offer_id=OfferId("off-X"), quantity=1, unit_price_fen=500) for size in "ML"
    )
    return OrderPlaced(
        order_id=OrderId(order_id), buyer_id=BuyerId("shop"), supplier_id="factory", lines=lines, total_fen=1000,
        currency="CNY", city="Madrid", kind=kind,
    )  # fmt: skip


def cancelled(order_id: str) -> OrderCancelled:
    return OrderCancelled(order_id=OrderId(order_id), buyer_id=BuyerId("shop"), reason="no", trials=(OfferId("off-X"),))


def test_an_order_of_a_trial_takes_it_once_for_all_its_skus_of_an_offer() -> None:
    (take,) = trial.taken(placed("ord_1"), NOW)
    assert take.trial_id == trial_id(BuyerId("shop"), OfferId("off-X"))
    assert list(trial.taken(placed("ord_1", "goods"), NOW)) == []


@given(st.lists(st.tuples(st.sampled_from(("take", "return")), st.sampled_from(("ord_1", "ord_2"))), max_size=12))
def test_a_trial_is_taken_as_long_as_an_order_has_it_whatever_is_told_twice(happened: list[tuple[str, str]]) -> None:
    state: trial.Trial | None = None
    shown, holding = False, set()
    for what, order_id in happened:
        (command,) = trial.taken(placed(order_id), NOW) if what == "take" else trial.returned(cancelled(order_id), NOW)
        holding = holding | {order_id} if what == "take" else holding - {order_id}
        decision = trial.decide(state, command, NOW)
        state = decision.state
        shown = next((event.taken for event in told(decision, TrialChanged)), shown)
        assert shown is bool(holding)
        assert bool(state and state.orders) is shown


def test_trials_of_other_buyers_and_offers_are_others() -> None:
    ids = {trial_id(BuyerId(buyer), OfferId(offer)) for buyer, offer in (("a", "bc"), ("ab", "c"), ("a", "c"))}
    assert len(ids) == 3
