"""Offers are listed, repriced and delisted; what makes no sense is refused by name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from catalog.domain.changes import CHANGES_KEPT
from catalog.domain.listing import fault_in
from catalog.domain.offer import NEVER, Offer, decide
from headwater.contracts.base import Done, Message, Refused
from headwater.contracts.catalog import (
    ChangePrices,
    DelistOffer,
    OfferDelisted,
    OfferDrafted,
    OfferListed,
    OfferRevised,
    PoolPrice,
    PricesChanged,
    Sku,
)
from tests.unit.catalog.building import (
    CALLER,
    NOW,
    after,
    ladder,
    list_draft,
    list_offer,
    listed,
    revise,
    save_draft,
    skus,
    told,
)


def change(change_id: str = "c1", *steps: tuple[int, int]) -> ChangePrices:
    ranges = ladder(*steps or ((2, 700),))
    return ChangePrices(offer_id="off-X", change_id=change_id, price_ranges=ranges, reply_to=CALLER)


def delist(change_id: str | None = None) -> DelistOffer:
    return DelistOffer(offer_id="off-X", reason="sold out", change_id=change_id, reply_to=CALLER)


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
        ({"order_multiple": 12}, "make it 12"),
        ({"pool_price": PoolPrice(pieces=200, price_fen=801)}, "a pool is never dearer"),
        ({"category": "apparel/women/dress"}, "did you mean apparel/women/dresses?"),
        ({"category": "zzz"}, "GET /v1/categories"),
        ({"subject": " ", "subject_zh": ""}, "say in English or in Chinese"),
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


def test_a_price_change_whose_id_was_used_for_other_prices_is_refused() -> None:
    changed = decide(listed(), change("c1", (2, 700)), NOW).state
    decision = decide(changed, change("c1", (2, 600)), NOW)
    assert decision.state is changed
    assert told(decision, Refused)[0].code == "idempotency_conflict"


def test_prices_that_rise_with_the_quantity_are_refused_and_the_old_ones_stay() -> None:
    offer = listed()
    decision = decide(offer, change("c1", (2, 700), (20, 701)), NOW)
    assert decision.state is offer
    assert told(decision, Refused)[0].code == "bad_price_ranges"


def test_a_listing_that_comes_again_late_does_not_undo_a_delisting() -> None:
    delisted = after(list_offer(change_id="l1"), delist())
    decision = decide(delisted, list_offer(change_id="l1"), NOW)
    assert decision.state is delisted
    assert told(decision, Done)


def test_a_delisting_that_comes_again_late_does_not_undo_a_new_listing() -> None:
    again = after(list_offer(), delist("d1"), list_offer(change_id="l2"))
    assert decide(again, delist("d1"), NOW).state is again


def test_a_change_that_changed_nothing_does_not_do_so_later_either() -> None:
    delisted = after(list_offer(), list_offer(change_id="l1"), delist())
    assert decide(delisted, list_offer(change_id="l1"), NOW).state is delisted


def test_an_offer_remembers_the_latest_changes_and_no_more() -> None:
    offer = after(list_offer(), *(change(f"c{n}") for n in range(CHANGES_KEPT + 1)))
    assert len(offer.changes) == CHANGES_KEPT
    assert decide(offer, change("c1"), NOW).state is offer
    assert decide(offer, change("c0"), NOW).state is not offer


def test_an_offer_that_is_listed_anew_keeps_the_time_when_it_was_first_listed() -> None:
    delisted = after(list_offer(), delist())
    again = decide(delisted, list_offer(), NOW + timedelta(days=1)).state
    assert again is not None
    assert again.first_listed_at == NOW


def test_a_command_without_an_address_to_reply_to_is_carried_out_in_silence() -> None:
    assert told(decide(listed(), list_offer(reply_to=None), NOW), Message) == []
    assert told(decide(None, list_offer(reply_to=None, min_order_quantity=9), NOW), Message) == []


def test_delisting_tells_the_reason_once() -> None:
    decision = decide(listed(), delist(), NOW)
    assert told(decision, OfferDelisted)[0].reason == "sold out"
    assert decide(decision.state, delist(), NOW).state is decision.state


def test_a_draft_is_kept_and_replaced_and_cannot_be_ordered() -> None:
    decision = decide(after(save_draft(skus=(), price_ranges=())), save_draft(change_id="2", skus=()), NOW)
    assert decision.state is not None
    assert (decision.state.status, decision.state.first_listed_at) == ("draft", NEVER)
    assert told(decision, OfferDrafted)[0].skus == ()


def test_a_draft_is_listed_as_it_is_once_nothing_is_missing() -> None:
    decision = decide(after(save_draft(subject="Shirt")), list_draft(), NOW)
    assert told(decision, OfferListed)[0].subject == "Shirt"
    assert decision.state is not None
    assert decision.state.first_listed_at == NOW
    assert told(decide(decision.state, list_draft("later"), NOW), Refused)[0].code == "not_a_draft"


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"skus": ()}, "no_skus"), ({"price_ranges": ()}, "no_prices"), ({"category": "x"}, "no_such_category")],
)
def test_a_draft_that_lacks_something_is_not_listed_and_says_what(changes: dict[str, Any], code: str) -> None:
    draft = after(save_draft(**changes))
    decision = decide(draft, list_draft(), NOW)
    assert decision.state is draft
    assert told(decision, Refused)[0].code == code


@pytest.mark.parametrize("command", [change(), delist(), revise()])
def test_what_is_for_listed_offers_is_refused_for_a_draft(command: Message) -> None:
    assert told(decide(after(save_draft()), command, NOW), Refused)[0].code == "is_a_draft"


def test_a_draft_cannot_replace_what_is_on_the_shelf() -> None:
    assert told(decide(listed(), save_draft(), NOW), Refused)[0].code == "already_listed"


def test_a_revision_replaces_all_that_is_said_and_leaves_the_offer_where_it_is() -> None:
    larger = (*skus(), Sku(sku_id="X-XL", colour="black", size="XL"))
    decision = decide(after(list_offer(), delist()), revise(skus=larger, free_shipping=True), NOW)
    (event,) = told(decision, OfferRevised)
    assert (event.status, event.skus, event.free_shipping) == ("delisted", larger, True)
    assert decision.state is not None
    assert decision.state.history[-1].note == "skus, free_shipping"


def test_a_revision_that_says_the_same_is_done_and_announces_nothing() -> None:
    assert told(decide(listed(), revise(), NOW), Message) == [Done(id="off-X")]


def test_prices_that_make_a_pool_dearer_are_refused() -> None:
    pooled = listed(pool_price=PoolPrice(pieces=200, price_fen=800))
    assert told(decide(pooled, change("c1", (2, 700)), NOW), Refused)[0].code == "bad_pool_price"


def test_an_offer_tells_its_history() -> None:
    offer = after(save_draft(), list_draft(), change(), delist())
    assert [past.what for past in offer.history] == ["drafted", "listed", "repriced", "delisted"]
    assert offer.history[-1].note == "sold out"


@pytest.mark.parametrize("command", [change(), delist(), revise(), list_draft()])
def test_a_command_for_an_unknown_offer_says_where_to_look(command: Message) -> None:
    assert "GET /v1/offers" in told(decide(None, command, NOW), Refused)[0].detail


IDS = st.sampled_from(("a", "b", "c", None))


class OneOffer(RuleBasedStateMachine):
    """An offer under fire: whatever comes, its ladder is sound and every change is announced."""

    def __init__(self) -> None:
        super().__init__()
        self.offer: Offer | None = None
        self.shown: dict[str, Any] = {}
        self.owner: str | None = None
        self.done: list[Message] = []

    def give(self, message: Any) -> list[Message]:
        decision = decide(self.offer, message, NOW)
        self.offer = decision.state
        answers = told(decision, Message)
        if told(decision, Done) and message.change_id is not None:
            self.done.append(message)
        for event in answers:
            match event:
                case OfferListed():
                    self.shown = {"status": "listed", "ranges": event.price_ranges}
                case OfferDrafted():
                    self.shown = {"status": "draft", "ranges": event.price_ranges}
                case OfferRevised():
                    self.shown = {"status": event.status, "ranges": event.price_ranges}
                case PricesChanged():
                    self.shown["ranges"] = event.price_ranges
                case OfferDelisted():
                    self.shown["status"] = "delisted"
        return answers

    @rule(
        prices=st.lists(st.integers(1, 5), min_size=1, max_size=3),
        supplier_id=st.sampled_from(("factory", "x")),
        id=IDS,
    )
    def is_listed(self, prices: list[int], supplier_id: str, id: str | None) -> None:
        ranges = ladder(*((2 + step, price) for step, price in enumerate(prices)))
        self.give(list_offer(price_ranges=ranges, supplier_id=supplier_id, change_id=id))

    @rule(id=st.sampled_from("abc"), price=st.integers(1, 5))
    def is_drafted(self, id: str, price: int) -> None:
        self.give(save_draft(price_ranges=ladder((2, price)), change_id=id))

    @rule(id=st.sampled_from("abc"))
    def its_draft_is_listed(self, id: str) -> None:
        self.give(list_draft(id))

    @rule(id=st.sampled_from("abc"), least=st.integers(1, 4), price=st.integers(1, 5))
    def is_revised(self, id: str, least: int, price: int) -> None:
        self.give(revise(id, min_order_quantity=least, price_ranges=ladder((least, price))))

    @rule(id=st.sampled_from("abc"), start=st.integers(1, 3), price=st.integers(1, 5))
    def is_repriced(self, id: str, start: int, price: int) -> None:
        self.give(change(id, (start, price)))

    @rule(id=IDS)
    def is_delisted(self, id: str | None) -> None:
        self.give(delist(id))

    @rule(which=st.integers(0))
    def something_comes_again(self, which: int) -> None:
        """However late: what carried an id and was done is done, and has no effect."""
        if self.done:
            message, before = self.done[which % len(self.done)], self.offer
            assert self.give(message) == [Done(id="off-X")]
            assert self.offer is before

    @invariant()
    def it_can_be_ordered_unless_it_is_a_draft(self) -> None:
        if self.offer and self.offer.status != "draft":
            assert fault_in(self.offer) is None

    @invariant()
    def it_stays_with_its_supplier(self) -> None:
        if self.offer:
            self.owner = self.owner or self.offer.supplier_id
            assert self.offer.supplier_id == self.owner

    @invariant()
    def the_events_tell_what_it_is(self) -> None:
        if self.offer:
            assert self.shown == {"status": self.offer.status, "ranges": self.offer.price_ranges}


OneOffer.TestCase.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
TestOneOffer = OneOffer.TestCase
