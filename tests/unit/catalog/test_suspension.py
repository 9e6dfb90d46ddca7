"""A suspension reaches every offer of a supplier, once in effect, also those that are listed meanwhile; its end brings
back what it took off and nothing else. Standing, shelf and offers play together, their messages in any interleaving."""

from __future__ import annotations

from collections import defaultdict, deque
from itertools import pairwise
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from catalog.domain import holding, shelf, standing
from catalog.domain.offer import Offer
from catalog.domain.shelf import PAGES, Shelf, page_of
from headwater.contracts.base import Message, Refused, Sent
from headwater.contracts.catalog import DelistOffer, OfferDelisted, OfferListed
from headwater.contracts.governance import HoldOffer, ReleaseOffer, SetShelf, ShelveOffer, SweepPage
from headwater.contracts.topics import CATALOG_OFFER_INBOX, CATALOG_SHELF_INBOX, CATALOG_STANDING_INBOX
from tests.unit.catalog.building import NOW, list_offer, listed, told
from tests.unit.catalog.governing import lift, suspend

DECIDES: dict[str, Any] = {
    CATALOG_STANDING_INBOX: standing.decide, CATALOG_SHELF_INBOX: shelf.decide, CATALOG_OFFER_INBOX: holding.decide,
}  # fmt: skip
Queue = tuple[str, str, str]


class Platform:
    """The three aggregates. Messages of one sender to one aggregate keep their order; nothing else does."""

    def __init__(self) -> None:
        self.states: dict[tuple[str, str], Any] = {}
        self.queues: defaultdict[Queue, deque[Message]] = defaultdict(deque)
        self.events: defaultdict[str, list[Message]] = defaultdict(list)
        self.refused: list[Refused] = []

    def send(self, message: Message, sender: str = "gateway") -> None:
        to = message.address()
        self.queues[sender, to.topic, to.key].append(message)

    def step(self, choice: int = 0) -> bool:
        """Deliver one message of those that may be next; False if there is none."""
        waiting = sorted(queue for queue, messages in self.queues.items() if messages)
        if not waiting:
            return False
        queue = waiting[choice % len(waiting)]
        _, topic, key = queue
        message = self.queues[queue].popleft()
        decision = DECIDES[topic](self.states.get((topic, key)), message, NOW)
        self.states[topic, key] = decision.state
        self.refused += told(decision, Refused)
        for one in decision.messages:
            if isinstance(one, OfferListed):
                self.events[key].append(one)
                (command,) = shelf.shelved(one, NOW)
                self.send(command, "route")
            elif isinstance(one, OfferDelisted):
                self.events[key].append(one)
            elif not isinstance(one, Sent) and one.address().topic in DECIDES:
                self.send(one, f"{topic}/{key}")
        return True

    def run(self) -> None:
        while self.step():
            pass

    def offer(self, id: str) -> Offer:
        found: Offer = self.states[CATALOG_OFFER_INBOX, id]
        return found

    def shelved(self) -> int:
        """How many offers the shelf knows."""
        found: Shelf = self.states[CATALOG_SHELF_INBOX, "factory"]
        return sum(len(page.offers) for page in found.pages.values())


def offer_of(number: int) -> Any:
    return list_offer(offer_id=f"off-{number}", reply_to=None)


def delist(number: int, change_id: str | None = None) -> DelistOffer:
    return DelistOffer(offer_id=f"off-{number}", reason="season over", change_id=change_id)


def listing(count: int) -> Platform:
    platform = Platform()
    for number in range(count):
        platform.send(offer_of(number))
    platform.run()
    return platform


def test_thousands_of_offers_are_held_and_come_back_each_once() -> None:
    platform = listing(3000)
    platform.send(suspend())
    platform.run()
    assert {platform.offer(f"off-{n}").status for n in range(3000)} == {"delisted"}
    assert "suspended (fakes)" in (platform.offer("off-7").delisted_because or "")
    platform.send(lift())
    platform.run()
    assert {platform.offer(f"off-{n}").status for n in range(3000)} == {"listed"}
    assert {len(events) for events in platform.events.values()} == {3}, "listed, delisted, listed"


def test_no_message_carries_more_than_a_page() -> None:
    platform = listing(640)
    known: Shelf = platform.states[CATALOG_SHELF_INBOX, "factory"]
    closed = shelf.decide(known, SetShelf(supplier_id="factory", turn=1, closed_because="fakes"), NOW)
    (first,) = told(closed, SweepPage)
    swept = shelf.decide(closed.state, first, NOW)
    assert len(told(swept, HoldOffer)) == len(known.pages[shelf.key_of(first.page)].offers) < 30
    assert [one.page for one in told(swept, SweepPage)] == [known.used[1]]


def test_pages_are_about_even() -> None:
    counts = [0] * PAGES
    for number in range(6400):
        counts[page_of(list_offer(offer_id=f"off-{number}").offer_id)] += 1
    assert 50 < min(counts) <= max(counts) < 160


def test_an_offer_that_is_listed_while_its_supplier_is_suspended_is_held() -> None:
    platform = listing(1)
    platform.send(suspend())
    platform.run()
    platform.send(offer_of(9))
    platform.run()
    assert platform.offer("off-9").status == "delisted"
    platform.send(lift())
    platform.run()
    assert platform.offer("off-9").status == "listed"


def test_a_held_offer_cannot_be_listed_by_its_supplier() -> None:
    platform = listing(1)
    platform.send(suspend())
    platform.run()
    platform.send(list_offer(offer_id="off-0"))
    platform.run()
    assert [refusal.code for refusal in platform.refused] == ["supplier_suspended"]
    assert platform.offer("off-0").status == "delisted"


def test_what_the_supplier_took_off_itself_stays_off() -> None:
    platform = listing(3)
    platform.send(delist(0))
    platform.run()
    platform.send(suspend())
    platform.run()
    platform.send(delist(1))
    platform.run()
    platform.send(lift())
    platform.run()
    assert [platform.offer(f"off-{n}").status for n in range(3)] == ["delisted", "delisted", "listed"]
    assert platform.offer("off-1").delisted_because == "season over"


def test_a_late_repeat_of_an_old_delisting_does_not_keep_the_offer_off() -> None:
    platform = Platform()
    for message in (offer_of(0), delist(0, "d1"), offer_of(0), suspend()):
        platform.send(message)
        platform.run()
    platform.send(delist(0, "d1"))
    platform.send(lift())
    platform.run()
    assert platform.offer("off-0").status == "listed"


def test_a_hold_that_comes_after_its_release_holds_nothing() -> None:
    offer = listed()
    after = holding.decide(offer, ReleaseOffer(offer_id=offer.offer_id, turn=2), NOW).state
    late = holding.decide(after, HoldOffer(offer_id=offer.offer_id, turn=1, reason="fakes"), NOW)
    assert (late.state, late.messages) == (after, ())


def test_a_sweep_that_a_later_turn_has_overtaken_ends() -> None:
    state: Shelf | None = None
    for message in (
        ShelveOffer(supplier_id="factory", offer_id="off-0"),
        SetShelf(supplier_id="factory", turn=1, closed_because="fakes"),
        SetShelf(supplier_id="factory", turn=2),
    ):
        state = shelf.decide(state, message, NOW).state
    page = page_of(list_offer(offer_id="off-0").offer_id)
    assert shelf.decide(state, SweepPage(supplier_id="factory", turn=1, page=page), NOW).messages == ()
    assert shelf.decide(state, SetShelf(supplier_id="factory", turn=1, closed_because="x"), NOW).state is state


class Suspensions(RuleBasedStateMachine):
    """Suppliers list and delist, operators suspend and lift, and messages take their time."""

    def __init__(self) -> None:
        super().__init__()
        self.platform = Platform()
        self.number = 0

    @rule(number=st.integers(0, 4))
    def list_one(self, number: int) -> None:
        self.platform.send(offer_of(number))

    @rule(number=st.integers(0, 4))
    def delist_one(self, number: int) -> None:
        self.platform.send(delist(number))

    @rule()
    def suspend(self) -> None:
        self.number += 1
        self.platform.send(suspend(f"sus-{self.number}"))

    @rule()
    def lift(self) -> None:
        self.platform.send(lift(f"sus-{self.number}"))

    @rule(choices=st.lists(st.integers(0, 50), max_size=20))
    def time_passes(self, choices: list[int]) -> None:
        for choice in choices:
            self.platform.step(choice)

    @rule()
    def all_comes_to_rest(self) -> None:
        self.platform.run()
        known = self.platform.states.get((CATALOG_STANDING_INBOX, "factory"))
        suspended = known is not None and known.suspension is not None
        for (topic, _), offer in self.platform.states.items():
            if topic == CATALOG_OFFER_INBOX and offer is not None:
                assert not (suspended and offer.status == "listed")
                assert suspended or offer.hold is None or not offer.hold.was_listed, "what was taken off came back"

    @invariant()
    def each_event_changes_something(self) -> None:
        for events in self.platform.events.values():
            assert all(earlier != later for earlier, later in pairwise(events))


Suspensions.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestSuspensions = Suspensions.TestCase
