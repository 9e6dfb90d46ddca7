"""Campaigns: announced once, enrolled in while they take it, priced and sealed, whatever comes twice or late."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from catalog.domain import campaign, enrolling, enrolment
from catalog.domain.campaign import Campaign
from catalog.domain.enrolment import Enrolment
from catalog.domain.offer import decide as on_offer
from catalog.domain.pricing import CampaignPrice, CampaignTerms, Terms, quote
from headwater.contracts.base import Done, Message, Refused, Wake
from headwater.contracts.campaigns import (
    AnnounceCampaign,
    CampaignAnnounced,
    CampaignMoved,
    CampaignRun,
    CheckEnrolment,
    EnrolmentEnded,
    EnrolOffer,
    OfferEnrolled,
    OpenEnrolment,
    SetAsidePieces,
    WithdrawEnrolment,
)
from headwater.contracts.logistics import AsideRefused, ReturnStockAside, SetStockAside, StockSetAside
from tests.unit.catalog.building import CALLER, NOW, list_offer, told

HOUR = timedelta(hours=1)
START, END = NOW + 3 * HOUR, NOW + 4 * HOUR
RUN = CampaignRun(campaign_id="festival", starts_at=START, ends_at=END)
SKUS = (SetAsidePieces(sku_id="X-L", pieces=50), SetAsidePieces(sku_id="X-M", pieces=50))


def announce(**changes: Any) -> AnnounceCampaign:
    times = {"enrol_from": NOW + HOUR, "enrol_until": NOW + 2 * HOUR, "starts_at": START, "ends_at": END}
    return AnnounceCampaign(**{"campaign_id": "festival", "name": "囤货节", "reply_to": CALLER, **times, **changes})


def announced() -> Campaign:
    made = campaign.decide(None, announce(), NOW).state
    assert made is not None
    return made


def enrol(**changes: Any) -> EnrolOffer:
    fields: dict[str, Any] = {
        "campaign_id": "festival", "offer_id": "off-X", "supplier_id": "factory", "price_fen": 700, "skus": SKUS,
        "change_id": "c1", "reply_to": CALLER,
    }  # fmt: skip
    return EnrolOffer(**{**fields, **changes})


def opened(**changes: Any) -> OpenEnrolment:
    (check,) = told(campaign.decide(announced(), enrol(**changes), NOW + HOUR), CheckEnrolment)
    offer = on_offer(None, list_offer(), NOW).state
    (message,) = told(enrolling.decide(offer, check, NOW + HOUR), OpenEnrolment)
    return message  # type: ignore[no-any-return]


def after(*messages: Message, now: datetime = NOW + HOUR) -> Enrolment:
    state = None
    for message in messages:
        state = enrolment.decide(state, message, now).state
    assert state is not None
    return state


def there(sku: str, turn: int = 1) -> StockSetAside:
    return StockSetAside(sku_id=sku, enrolment_id="enr_1", turn=turn)


def short(sku: str = "X-M", turn: int = 1) -> AsideRefused:
    return AsideRefused(sku_id=sku, enrolment_id="enr_1", turn=turn, detail="3 are free")


def withdraw(supplier: str = "factory") -> WithdrawEnrolment:
    return WithdrawEnrolment(enrolment_id="enr_1", supplier_id=supplier, reply_to=CALLER)


# --- the campaign --------------------------------------------------------------------------------------------------


def test_it_is_announced_once_and_stays_so() -> None:
    decision = campaign.decide(None, announce(), NOW)
    assert told(decision, CampaignAnnounced)
    assert told(campaign.decide(decision.state, announce(), NOW), Done)
    (refused,) = told(campaign.decide(decision.state, announce(name="other"), NOW), Refused)
    assert refused.code == "already_announced"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"starts_at": START + timedelta(milliseconds=1)}, "bad_schedule"),
        ({"ends_at": START}, "bad_schedule"),
        ({"enrol_until": START + timedelta(seconds=1)}, "bad_schedule"),
        ({"enrol_from": NOW - 2 * HOUR, "enrol_until": NOW}, "too_late"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(changes: dict[str, Any], code: str) -> None:
    (refused,) = told(campaign.decide(None, announce(**changes), NOW), Refused)
    assert refused.code == code


def test_the_clock_moves_it_and_every_phase_is_told_once() -> None:
    state, phases = announced(), []
    for hours in (0, 1, 1, 2, 3, 4, 5):
        decision = campaign.decide(state, Wake(id="festival", due=NOW), NOW + hours * HOUR)
        state = decision.state or state
        phases += [moved.status for moved in told(decision, CampaignMoved)]
    assert phases == ["enrolling", "closed", "running", "ended"]
    assert state.wake_at is None


@pytest.mark.parametrize(("hours", "taken"), [(0, False), (1, True), (2, False), (3, False)])
def test_enrolment_is_open_by_the_clock_even_if_no_wake_has_come(hours: int, taken: bool) -> None:
    decision = campaign.decide(announced(), enrol(), NOW + hours * HOUR)
    assert bool(told(decision, CheckEnrolment)) is taken
    assert taken or [one.code for one in told(decision, Refused)] == ["enrolment_closed"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"price_fen": 1000}, "not_cheaper"),
        ({"supplier_id": "thief"}, "not_your_offer"),
        ({"skus": (SetAsidePieces(sku_id="Y-L", pieces=1),)}, "not_in_offer"),
        ({"skus": (SKUS[0], SKUS[0])}, "duplicate_sku"),
        ({"limit_per_buyer": 1}, "limit_below_minimum"),
    ],
)
def test_an_offer_says_what_is_wrong_with_its_enrolment(changes: dict[str, Any], code: str) -> None:
    (check,) = told(campaign.decide(announced(), enrol(**changes), NOW + HOUR), CheckEnrolment)
    offer = on_offer(None, list_offer(), NOW).state
    decision = enrolling.decide(offer, check, NOW)
    assert decision.state is offer
    assert [one.code for one in told(decision, Refused)] == [code]


# --- the enrolment -------------------------------------------------------------------------------------------------


def test_it_is_done_when_every_sku_is_set_aside() -> None:
    asked = told(enrolment.decide(None, opened(), NOW + HOUR), SetStockAside)
    assert [(one.sku_id, one.pieces, one.turn) for one in asked] == [("X-L", 50, 1), ("X-M", 50, 1)]
    last = enrolment.decide(after(opened(), there("X-L")), there("X-M"), NOW + HOUR)
    assert told(last, OfferEnrolled)
    assert told(last, Done)


def test_one_sku_that_is_short_gives_all_back() -> None:
    decision = enrolment.decide(after(opened(), there("X-L")), short(), NOW + HOUR)
    assert [one.sku_id for one in told(decision, ReturnStockAside)] == ["X-L", "X-M"]
    assert [one.code for one in told(decision, Refused)] == ["not_enough_stock"]


def test_it_is_withdrawn_before_the_start_and_not_after() -> None:
    enrolled = after(opened(), there("X-L"), there("X-M"))
    decision = enrolment.decide(enrolled, withdraw(), START - timedelta(milliseconds=1))
    assert len(told(decision, ReturnStockAside)) == 2
    (late,) = told(enrolment.decide(enrolled, withdraw(), START), Refused)
    assert late.code == "campaign_started"
    (other,) = told(enrolment.decide(enrolled, withdraw("thief"), NOW), Refused)
    assert other.code == "not_your_offer"


def test_what_was_withdrawn_is_enrolled_anew_as_its_next_turn_and_old_answers_do_not_count() -> None:
    again = after(opened(), there("X-L"), withdraw(), opened(change_id="c2"), there("X-L"), there("X-M"))
    assert (again.turn, again.status) == (2, "setting_aside")
    assert after(opened(), withdraw(), opened(change_id="c2"), short()).status == "setting_aside"


def test_the_same_change_once_more_is_done_and_another_waits_for_a_withdrawal() -> None:
    enrolled = after(opened(), there("X-L"), there("X-M"))
    again = enrolment.decide(enrolled, opened(), NOW + HOUR)
    assert again.state is enrolled
    assert told(again, Done)
    (refused,) = told(enrolment.decide(enrolled, opened(change_id="c2"), NOW + HOUR), Refused)
    assert refused.code == "already_enrolled"


def test_it_ends_with_the_campaign() -> None:
    enrolled = after(opened(), there("X-L"), there("X-M"))
    early = enrolment.decide(enrolled, Wake(id="enr_1", due=END), END - timedelta(milliseconds=1))
    assert early.state is enrolled
    assert told(enrolment.decide(enrolled, Wake(id="enr_1", due=END), END), EnrolmentEnded)


@pytest.mark.parametrize("order", [*permutations((there("X-L"), there("X-M"), there("X-L"), withdraw()))])
def test_in_any_order_of_messages_what_is_withdrawn_is_given_back_once(order: tuple[Message, ...]) -> None:
    state, returned = after(opened()), 0
    for message in order:
        decision = enrolment.decide(state, message, NOW + HOUR)
        returned += len(told(decision, ReturnStockAside))
        state = decision.state or state
    assert (state.status, returned) == ("withdrawn", 2)


# --- the price -----------------------------------------------------------------------------------------------------


def quoted(price: int, quantity: int = 10, sku: str = "X-L") -> Any:
    offer = on_offer(None, list_offer(), NOW).state
    assert offer is not None
    terms = Terms(campaign=CampaignTerms("囤货节", {offer.offer_id: CampaignPrice(price, {"X-L"})}))
    return quote({sku: quantity}, {sku: offer}, terms).lines[0]


def test_the_campaign_price_is_honoured_and_explained() -> None:
    line = quoted(700)
    assert (line.price.unit_fen, line.total_fen) == (700, 7000)
    assert [(one.code, one.fen, one.detail) for one in line.price.reductions] == [("campaign", 300, "Campaign 囤货节.")]


def test_it_never_makes_a_piece_dearer_than_the_ladder() -> None:
    assert quoted(850, quantity=200).price.unit_fen == 800


def test_a_sku_without_pieces_in_the_campaign_is_refused_by_name() -> None:
    assert quoted(700, sku="X-M").code == "not_in_campaign"
