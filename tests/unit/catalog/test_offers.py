"""Offers are listed, repriced and delisted; what makes no sense is refused by name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from catalog.domain import supplier
from catalog.domain.offer import Offer, decide, ladder_fault
from headwater.contracts.base import Done, Message, Refused
from headwater.contracts.catalog import (
    ChangePrices,
    DelistOffer,
    OfferDelisted,
    OfferListed,
    PricesChanged,
    RegisterSupplier,
    Sku,
    SupplierRegistered,
)
from tests.unit.catalog.building import CALLER, NOW, ladder, list_offer, listed, skus, told


def change(change_id: str = "c1", *steps: tuple[int, int]) -> ChangePrices:
    ranges = ladder(*steps or ((2, 700),))
    return ChangePrices(offer_id="off-X", change_id=change_id, price_ranges=ranges, reply_to=CALLER)


def delist() -> DelistOffer:
    return DelistOffer(offer_id="off-X", reason="sold out", reply_to=CALLER)


def test_an_offer_listed_twice_with_the_same_contents_is_done_already() -> None:
    offer = listed()
    decision = decide(offer, list_offer(), NOW)
    assert decision.state is offer
    assert told(decision, Done)
    assert not told(decision, OfferListed)


def test_an_offer_listed_with_other_contents_is_refused_while_it_is_listed() -> None:
    decision = decide(listed(), list_offer(subject="another"), NOW)
    assert told(decision, Refused)[0].code == "already_listed"


def test_a_delisted_offer_may_be_listed_anew_with_other_contents() -> None:
    delisted = decide(listed(), delist(), NOW).state
    decision = decide(delisted, list_offer(subject="another"), NOW)
    assert told(decision, OfferListed)[0].subject == "another"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"price_ranges": ladder((5, 1000))}, "must start at the minimum, 2"),
        ({"price_ranges": ladder((2, 1000), (2, 900))}, "sort them"),
        ({"price_ranges": ladder((2, 1000), (20, 1100))}, "never dearer"),
        ({"skus": (*skus("X", "M"), *skus("X", "M"))}, "X-M is there twice"),
        ({"skus": tuple(Sku(sku_id=f"X-{n}", colour="black", size="M") for n in (1, 2))}, "black in M is there twice"),
    ],
)
def test_an_offer_that_makes_no_sense_is_refused_and_says_what_to_do(changes: dict[str, Any], says: str) -> None:
    decision = decide(None, list_offer(**changes), NOW)
    assert decision.state is None
    assert says in told(decision, Refused)[0].detail


def test_another_suppliers_offer_cannot_be_taken_over() -> None:
    assert told(decide(listed(), list_offer(supplier_id="thief"), NOW), Refused)[0].code == "not_your_offer"


def test_a_price_change_counts_once() -> None:
    decision = decide(listed(), change(), NOW)
    assert told(decision, PricesChanged)[0].price_ranges == ladder((2, 700))
    assert decide(decision.state, change(), NOW).state is decision.state


def test_delisting_tells_the_reason_once() -> None:
    decision = decide(listed(), delist(), NOW)
    assert told(decision, OfferDelisted)[0].reason == "sold out"
    assert decide(decision.state, delist(), NOW).state is decision.state


@pytest.mark.parametrize("command", [change(), delist()])
def test_a_command_for_an_unknown_offer_says_where_to_look(command: Message) -> None:
    assert "GET /v1/offers" in told(decide(None, command, NOW), Refused)[0].detail


def test_a_supplier_registered_again_is_told_of_only_when_it_changed() -> None:
    def register(town: str) -> RegisterSupplier:
        return RegisterSupplier(supplier_id="s", name="Factory", name_zh="厂", town=town, reply_to=CALLER)

    known = supplier.decide(None, register("Yiwu"), NOW).state
    assert not told(supplier.decide(known, register("Yiwu"), NOW), SupplierRegistered)
    assert told(supplier.decide(known, register("Keqiao"), NOW), SupplierRegistered)[0].town == "Keqiao"


class OneOffer(RuleBasedStateMachine):
    """An offer under fire: whatever comes, its ladder is sound and every change is announced."""

    def __init__(self) -> None:
        super().__init__()
        self.offer: Offer | None = None
        self.shown: dict[str, Any] = {}

    def give(self, message: Message) -> None:
        decision = decide(self.offer, message, NOW)
        self.offer = decision.state
        for event in told(decision, Message):
            match event:
                case OfferListed():
                    self.shown = {"status": "listed", "ranges": event.price_ranges}
                case PricesChanged():
                    self.shown["ranges"] = event.price_ranges
                case OfferDelisted():
                    self.shown["status"] = "delisted"

    @rule(prices=st.lists(st.integers(1, 5), min_size=1, max_size=3), supplier_id=st.sampled_from(("factory", "x")))
    def is_listed(self, prices: list[int], supplier_id: str) -> None:
        ranges = ladder(*((2 + step, price) for step, price in enumerate(prices)))
        self.give(list_offer(price_ranges=ranges, supplier_id=supplier_id))

    @rule(id=st.sampled_from("abc"), start=st.integers(1, 3), price=st.integers(1, 5))
    def is_repriced(self, id: str, start: int, price: int) -> None:
        self.give(change(id, (start, price)))

    @rule()
    def is_delisted(self) -> None:
        self.give(delist())

    @invariant()
    def its_ladder_is_sound(self) -> None:
        if self.offer:
            assert ladder_fault(self.offer.price_ranges, self.offer.min_order_quantity) is None

    @invariant()
    def the_events_tell_what_it_is(self) -> None:
        if self.offer:
            assert self.shown == {"status": self.offer.status, "ranges": self.offer.price_ranges}


OneOffer.TestCase.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
TestOneOffer = OneOffer.TestCase
