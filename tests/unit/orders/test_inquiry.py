"""An inquiry: asked, proposed, chosen, ordered at exactly its terms, changed by both sides."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from headwater.contracts.base import Done, Refused, Wake
from headwater.contracts.catalog import PriceRange
from headwater.contracts.inquiries import (
    AnswerVersion,
    Benchmark,
    ChooseProposal,
    OpenInquiry,
    OrderUnderInquiry,
    Propose,
    ProposeVersion,
    Requirements,
    SizePieces,
    Terms,
)  # fmt: skip
from headwater.contracts.orders import PlaceOrder
from headwater.contracts.pools import GatherUnderInquiry, OpenPool
from headwater.contracts.rosters import KeepRoster, RosterLine
from orders.domain import inquiry as rules
from orders.domain import pool, production
from orders.domain.gathering import ladder_of
from orders.domain.inquiry_state import Inquiry
from orders.domain.roster import assigned
from tests.unit.orders.building import CALLER, HOME, NOW, POLICY, told

decide: Any = partial(rules.decide, POLICY)
WANTED = Requirements(text="a blazer", sizes=("150", "155"))
TERMS = Terms(
    price_ranges=(PriceRange(start_quantity=10, price_fen=900), PriceRange(start_quantity=50, price_fen=800)),
    min_quantity=10, lead_days=7, capacity_per_month=100, trial_pieces=3, sample_price_fen=1_500,
)  # fmt: skip
OPEN: Any = OpenInquiry(
    inquiry_id="inq_1", buyer_id="shop", benchmark=Benchmark(description="like this"), requirements=WANTED,
    quantity=50, needed_by=NOW + timedelta(days=30), invited=("a", "b"), answer_until=NOW + timedelta(days=2),
    reply_to=CALLER,
)  # type: ignore[arg-type]  # fmt: skip
REPLY = {"inquiry_id": "inq_1", "reply_to": CALLER}


def propose(by: str, id: str) -> Any:
    return Propose(supplier_id=by, terms=TERMS, valid_until=NOW + timedelta(days=5), change_id=id, **REPLY)  # type: ignore[arg-type]


def order(id: str = "ord_1", batch: Any = "bulk", version: int = 1, **more: Any) -> Any:
    what = more or {"pieces": (SizePieces(size="150", pieces=10),)}
    return OrderUnderInquiry(
        buyer_id="shop", order_id=id, version=version, batch=batch, destination=HOME, **what, **REPLY
    )  # type: ignore[arg-type]


CHOOSE: Any = ChooseProposal(buyer_id="shop", proposal_id="p-a", change_id="c-1", **REPLY)  # type: ignore[arg-type]


def after(*messages: Any) -> Inquiry:
    state: Any = None
    for message in messages:
        state = decide(state, message, NOW).state
    return state  # type: ignore[no-any-return]


AGREED = after(OPEN, propose("a", "p-a"), propose("b", "p-b"), CHOOSE)


def code(state: Any, message: Any) -> str:
    (refusal,) = told(decide(state, message, NOW), Refused)
    return str(refusal.code)


def test_only_invited_factories_propose_and_others_learn_nothing() -> None:
    assert code(after(OPEN), propose("stranger", "p")) == "no_such_inquiry"
    assert [one.supplier_id for one in after(OPEN, propose("a", "p-a"), propose("a", "p-2")).proposals] == ["a"]


def test_one_proposal_is_chosen_and_the_same_command_again_is_answered() -> None:
    assert [one.status for one in AGREED.proposals] == ["chosen", "passed_over"]
    again = decide(AGREED, CHOOSE, NOW)
    assert (again.state is AGREED, len(told(again, Done))) == (True, 1)
    assert code(AGREED, CHOOSE.model_copy(update={"proposal_id": "p-b"})) == "idempotency_conflict"


def test_an_order_has_exactly_the_agreed_price_and_is_taken_by_the_order_rules() -> None:
    many = order(pieces=(SizePieces(size="150", pieces=30), SizePieces(size="155", pieces=20)))
    (place,) = told(decide(AGREED, many, NOW), PlaceOrder)
    assert {line.unit_price_fen for line in place.lines} == {800}
    taken = production.decide(POLICY, None, place, NOW).state
    assert taken is not None
    assert (taken.status, taken.total_fen) == ("confirmed", 40_000)


def test_below_the_minimum_beyond_a_trial_or_at_other_terms_nothing_is_ordered() -> None:
    few = (SizePieces(size="150", pieces=4),)
    assert code(AGREED, order(pieces=few)) == "below_minimum"
    assert code(AGREED, order(batch="trial", pieces=few)) == "above_trial"
    assert code(AGREED, order(version=2)) == "version_changed"
    assert code(AGREED, order(pieces=(SizePieces(size="XXL", pieces=10),))) == "unknown_size"
    assert code(after(OPEN), order()) == "not_agreed"


def test_a_version_binds_once_the_other_side_agrees_and_lapses_by_itself() -> None:
    better = ProposeVersion(
        by="a", after_version=1, requirements=WANTED, terms=TERMS, agree_by=NOW + timedelta(days=1), change_id="v",
        **REPLY,
    )  # type: ignore[arg-type]  # fmt: skip
    revising = decide(AGREED, better, NOW).state

    def answer(by: str) -> Any:
        return AnswerVersion(by=by, version=2, agrees=True, change_id="a", **REPLY)  # type: ignore[arg-type]

    assert code(revising, answer("a")) == "own_version"
    assert code(revising, answer("b")) == "not_your_inquiry"
    assert decide(revising, answer("shop"), NOW).state.version == 2
    late = NOW + timedelta(days=1)
    lapsed = decide(revising, Wake(id="inq_1", due=late), late).state
    assert (lapsed.status, lapsed.version, lapsed.wake_at) == ("agreed", 1, None)


def test_what_nobody_chooses_lapses() -> None:
    comparing = decide(after(OPEN, propose("a", "p-a")), Wake(id="inq_1", due=NOW), NOW + timedelta(days=2)).state
    assert comparing.status == "comparing"
    assert decide(comparing, Wake(id="inq_1", due=NOW), NOW + timedelta(days=5)).state.status == "lapsed"


def test_a_roster_is_ordered_as_sums_and_every_piece_is_in_one_parcel() -> None:
    roster = tuple(RosterLine(class_name="7-1", pupil=f"{n}", size="150", pieces=2) for n in range(6))
    decision = decide(AGREED, order(roster=roster), NOW)
    (place,), (keep,) = told(decision, PlaceOrder), told(decision, KeepRoster)
    assert [line.quantity for line in place.lines] == [12]
    given = assigned(keep.lines, {"150": {"yiwu": 5, "keqiao": 7}})  # type: ignore[dict-item]
    assert [sum(taken.values()) for _, taken in given] == [2] * 6
    assert sum(taken.get("yiwu", 0) for _, taken in given) == 5  # type: ignore[call-overload]


# --- a pool at the agreed terms --------------------------------------------------------------------------------------

GATHER: Any = GatherUnderInquiry(
    buyer_id="shop", pool_id="pool_1", version=1, title="blazers", closes_at=NOW + timedelta(days=9),
    closes="at_deadline", **REPLY,
)  # type: ignore[arg-type]  # fmt: skip


def test_others_join_at_exactly_the_agreed_terms_with_the_minimum_as_the_target() -> None:
    gathering = decide(AGREED, GATHER, NOW)
    (opened,) = told(gathering, OpenPool)
    assert [(one.start_quantity, one.price_fen) for one in opened.price_ranges] == [(10, 900), (50, 800)]
    taken = pool.decide(POLICY, None, opened, NOW)
    assert taken.state is not None
    assert (taken.state.opened_by, taken.state.supplier_id, taken.state.target) == ("shop", "a", 10)
    assert taken.state.skus == ("pool_1-150", "pool_1-155")
    assert len(told(taken, Done)) == 1  # type: ignore[arg-type]
    revised = gathering.state.evolve(version=2, terms=None)
    assert told(decide(revised, GATHER, NOW), OpenPool) == [opened], "the same command again opens the same pool"


def test_nobody_else_gathers_and_no_terms_that_do_not_bind_are_gathered_at() -> None:
    def changed(**changes: Any) -> Any:
        return GATHER.model_copy(update=changes)

    assert code(AGREED, changed(buyer_id="a")) == "not_your_inquiry"
    assert code(AGREED, changed(version=2)) == "version_changed"
    assert code(AGREED, changed(closes_at=NOW)) == "bad_times"
    assert code(AGREED, changed(most_pieces=9)) == "bad_target"
    assert code(after(OPEN), GATHER) == "not_agreed"


def test_a_step_of_the_agreed_ladder_that_is_no_cheaper_is_none_of_the_pools() -> None:
    steps = ((5, 950), (20, 900), (30, 900), (40, 990), (50, 800))
    ranges = tuple(PriceRange(start_quantity=start, price_fen=price) for start, price in steps)
    ladder = ladder_of(TERMS.model_copy(update={"price_ranges": ranges}))
    assert [(one.start_quantity, one.price_fen) for one in ladder] == [(10, 950), (20, 900), (50, 800)]
