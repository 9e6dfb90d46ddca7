"""What a supplier was found to be, what is reported of it, strict selection, and suspension."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.domain import strict
from catalog.domain.standing import decide
from catalog.domain.standing_state import Standing
from catalog.domain.strict import Figures, why_not_strict
from headwater.contracts.base import Done, Message, Refused, Wake
from headwater.contracts.distribution import PutPallet
from headwater.contracts.governance import (
    ReportFiled,
    ReportJudged,
    SetShelf,
    StrictSelectionEntered,
    StrictSelectionLeft,
    SupplierReinstated,
    SupplierSuspended,
    SupplierVerified,
)
from tests.unit.catalog.building import NOW, told
from tests.unit.catalog.governing import lift, publish, ratings, report, standing, suspend, verdict, verify

DAY = timedelta(days=1)


def test_a_factory_is_verified_with_evidence_and_by_whom() -> None:
    decision = decide(None, verify(), NOW)
    assert told(decision, SupplierVerified)[0].evidence == ("licence 91330782",)
    assert decision.state is not None
    assert (decision.state.kind, decision.state.verified_by, decision.state.verified_at) == (
        "source_factory", "operator", NOW,
    )  # fmt: skip


def test_without_evidence_nobody_is_verified() -> None:
    decision = decide(None, verify(evidence=()), NOW)
    assert (decision.state, told(decision, Refused)[0].code) == (None, "no_evidence")


def test_a_verification_is_told_once_and_can_be_taken_back() -> None:
    known = standing(verify())
    assert decide(known, verify(), NOW).state is known
    back = decide(known, verify("unverified", evidence=()), NOW)
    assert told(back, SupplierVerified)[0].kind == "unverified"


def test_a_report_counts_once_by_its_id() -> None:
    known = standing(report())
    again = decide(known, report(), NOW)
    assert again.state is known
    assert [type(answer) for answer in told(again, Message)] == [Done]
    assert known.tallies["infringement"].open == 1


def test_a_report_id_that_says_something_else_is_refused() -> None:
    decision = decide(standing(report()), report(evidence="another thing"), NOW)
    assert told(decision, Refused)[0].code == "idempotency_conflict"


def test_a_report_is_upheld_and_on_appeal_dismissed() -> None:
    upheld = decide(standing(report()), verdict(), NOW)
    assert told(upheld, ReportJudged)[0].verdict == "upheld"
    appealed = decide(upheld.state, verdict(verdict="dismissed"), NOW)
    assert appealed.state is not None
    tally = appealed.state.tallies["infringement"]
    assert (tally.open, tally.upheld, tally.dismissed) == (0, 0, 1)


def test_a_report_that_is_not_there_cannot_be_judged() -> None:
    assert told(decide(None, verdict(), NOW), Refused)[0].code == "no_such_report"


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.sampled_from(("upheld", "dismissed"))), max_size=40))
def test_tallies_are_the_sums_of_the_reports_whatever_comes_in_whatever_order(
    steps: list[tuple[bool, int, str]],
) -> None:
    state: Standing | None = None
    for filing, number, outcome in steps:
        kind = "infringement" if number % 2 else "small_workshop"
        message: Message = report(f"rep-{number}", kind) if filing else verdict(f"rep-{number}", outcome)
        state = decide(state, message, NOW).state
    reports = state.reports.values() if state else ()
    tallies = state.tallies.items() if state else ()
    counted = {(kind, name): n for kind, tally in tallies for name, n in tally.model_dump().items() if n}
    assert counted == Counter((one.kind, one.status) for one in reports)


def test_the_table_of_strict_selection_is_true() -> None:
    lines = re.findall(r"^ {4}(\w+) +(no|yes) +(\d) +(\d+) +([\d.]+) +(no|yes) +(.+)$", strict.__doc__ or "", re.M)
    assert len(lines) == 4
    for kind, suspended, upheld, reviews, mean, inside, reasons in lines:
        stars = round(float(mean) * int(reviews))
        figures = Figures(kind, suspended == "yes", int(upheld), int(reviews), stars)
        assert ", ".join(why_not_strict(figures, inside == "yes")) == reasons.replace("none", "")


def test_a_good_factory_enters_strict_selection_and_leaves_with_the_reason_when_a_report_is_upheld() -> None:
    nearly = standing(verify(), *ratings(5, 19))
    assert nearly.not_strict_because == ("few_reviews",)
    entered = decide(nearly, ratings(5, 1, start=19)[0], NOW)
    assert told(entered, StrictSelectionEntered)
    reported = decide(entered.state, report(), NOW)
    assert not told(reported, StrictSelectionLeft), "a report alone changes nothing"
    assert told(decide(reported.state, verdict(), NOW), StrictSelectionLeft)[0].reasons == ("upheld_reports",)


def test_a_single_bad_review_does_not_send_a_supplier_out() -> None:
    inside = standing(verify(), *ratings(5, 10), *ratings(4, 10, start=10))
    assert (inside.strict, inside.stars) == (True, 90)
    worse = decide(inside, ratings(1, 1, start=20)[0], NOW)
    assert worse.state is not None
    assert worse.state.stars * 100 // worse.state.reviews == 433
    assert worse.state.strict


def test_the_same_review_counts_once() -> None:
    known = standing(*ratings(5, 1))
    assert decide(known, ratings(5, 1)[0], NOW).state is known


def test_a_suspension_closes_the_shelf_and_wakes_up_at_its_end() -> None:
    decision = decide(standing(verify()), suspend(until=NOW + DAY), NOW)
    assert told(decision, SetShelf) == [SetShelf(supplier_id="factory", turn=1, closed_because="fakes")]
    assert told(decision, SupplierSuspended)[0].until == NOW + DAY
    assert decision.state is not None
    assert decision.state.wake_at == NOW + DAY
    over = decide(decision.state, Wake(id="factory", due=NOW + DAY), NOW)
    assert told(over, SetShelf) == [SetShelf(supplier_id="factory", turn=2)]
    assert told(over, SupplierReinstated)
    again = decide(over.state, Wake(id="factory", due=NOW + DAY), NOW + DAY)
    assert (again.state, again.messages) == (over.state, ())


def test_a_suspension_ends_at_the_millisecond_that_the_store_keeps() -> None:
    until = NOW + DAY + timedelta(microseconds=1999)
    known = standing(suspend(until=until))
    assert known.wake_at == NOW + DAY + timedelta(milliseconds=1)
    assert told(decide(known, Wake(id="factory", due=known.wake_at), NOW), SupplierReinstated)
    assert decide(known, suspend(until=until), NOW).state is known, "the same suspension again"


def test_a_wake_for_an_end_that_was_put_off_changes_nothing() -> None:
    longer = standing(suspend(until=NOW + DAY), suspend("sus-2", until=NOW + 2 * DAY))
    decision = decide(longer, Wake(id="factory", due=NOW + DAY), NOW + DAY)
    assert (decision.state, decision.messages) == (longer, ())


def test_a_late_repeat_of_a_suspension_does_not_suspend_anew() -> None:
    free = standing(suspend(), lift())
    decision = decide(free, suspend(), NOW)
    assert decision.state is free
    assert [type(answer) for answer in told(decision, Message)] == [Done]


def test_another_reason_is_told_to_the_shelf_under_a_new_turn() -> None:
    decision = decide(standing(suspend()), suspend("sus-2", reason="more fakes"), NOW)
    assert told(decision, SetShelf) == [SetShelf(supplier_id="factory", turn=2, closed_because="more fakes")]
    assert told(decide(decision.state, lift("sus-1"), NOW), Done), "what was replaced is over already"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (suspend(until=NOW - DAY), "too_late"),
        (suspend("sus-0", reason="other"), "idempotency_conflict"),
        (lift("sus-9"), "no_such_suspension"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(message: Message, code: str) -> None:
    known = standing(suspend("sus-0"))
    decision = decide(known, message, NOW)
    assert (decision.state, told(decision, Refused)[0].code) == (known, code)


def test_only_a_chain_leader_publishes_a_pallet() -> None:
    refused = decide(standing(verify()), publish(), NOW)
    assert told(refused, Refused)[0].code == "not_a_chain_leader"
    passed = decide(standing(verify("chain_leader")), publish(), NOW)
    assert told(passed, PutPallet)[0].goods == publish().goods
    assert told(decide(standing(verify("chain_leader"), suspend()), publish(), NOW), Refused)


def test_a_filed_report_is_told_without_who_filed_it() -> None:
    event = told(decide(None, report(), NOW), ReportFiled)[0]
    assert "brand" not in event.model_dump_json()


@settings(max_examples=60)
@given(st.lists(st.sampled_from(("suspend", "lift", "wake")), max_size=20))
def test_the_turns_told_to_the_shelf_only_grow_and_alternate_with_what_holds(steps: list[str]) -> None:
    state: Standing | None = None
    turns: list[SetShelf] = []
    for number, step in enumerate(steps):
        current = state.suspension.suspension_id if state and state.suspension else "none"
        message: Message = {
            "suspend": suspend(f"sus-{number}", until=NOW + DAY), "lift": lift(current),
            "wake": Wake(id="factory", due=NOW + DAY),
        }[step]  # fmt: skip
        decision = decide(state, message, NOW)
        state, turns = decision.state, turns + told(decision, SetShelf)
    assert [one.turn for one in turns] == list(range(1, len(turns) + 1))
    if turns:
        assert state is not None
        assert (turns[-1].closed_because is not None) == (state.suspension is not None)
