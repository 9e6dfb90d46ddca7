"""An inquiry under fire: whatever comes, however often, late or in which order, what was agreed binds and stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from headwater.contracts.base import Message, Sent, Wake
from headwater.contracts.inquiries import (
    AnswerVersion,
    ChooseProposal,
    CloseInquiry,
    GiveFeedback,
    InquiryClosed,
    OrderUnderInquiry,
    Propose,
    ProposeVersion,
    SizePieces,
    Terms,
    VersionAgreed,
)
from headwater.contracts.orders import PlaceOrder
from orders.domain import inquiry as rules
from orders.domain.inquiry_state import Entry, Inquiry
from tests.unit.orders.building import HOME, NOW
from tests.unit.orders.test_inquiry import OPEN, REPLY, TERMS, WANTED, decide

FEN = {"a": 900, "b": 850, "next": 700, "other": 950}
"""What a piece costs, by whose terms."""


def terms(whose: str) -> Terms:
    (step, *_) = TERMS.price_ranges
    return TERMS.model_copy(update={"price_ranges": (step.model_copy(update={"price_fen": FEN[whose]}),)})


class OneInquiry(RuleBasedStateMachine):
    """Two factories, a buyer and a stranger, all of whom repeat themselves."""

    IDS = st.sampled_from(("1", "2", "3"))
    PARTIES = st.sampled_from(("shop", "shop", "a", "a", "b", "stranger"))
    PEOPLE = st.sampled_from(("shop", "a", "b", "stranger"))

    def __init__(self) -> None:
        super().__init__()
        self.inquiry: Inquiry | None = None
        self.entries: dict[str, Entry] = {}
        self.now: datetime = NOW
        self.sent: list[Message] = []
        self.came: list[Message] = []

    def give(self, message: Message) -> None:
        """The inquiry hears it, with no more of its entries than the message touches."""
        before = self.inquiry
        if before is not None:
            touched = {id: self.entries[id] for id in rules.touched_entries(message) if id in self.entries}
            before = before.evolve(entries=touched)
        decision = decide(before, message, self.now)
        self.came.append(message)
        self.sent += [one.message if isinstance(one, Sent) else one for one in decision.messages]
        if decision.state is None:
            return
        for id, entry in decision.state.entries.items():
            assert self.entries.setdefault(id, entry) == entry, f"entry {id} has changed"
        if self.inquiry is not None and self.inquiry.status in ("lapsed", "closed"):
            assert decision.state.status in (self.inquiry.status, "closed"), "an end is an end"
        self.inquiry = decision.state.evolve(entries={})

    @initialize(agreed=st.booleans())
    def it_begins(self, agreed: bool) -> None:
        self.give(OPEN)
        if agreed:
            self.a_factory_proposes("a", "1")
            self.a_factory_proposes("b", "1")
            self.somebody_chooses("shop", "a", "1")

    @rule()
    def the_buyer_asks_again(self) -> None:
        self.give(OPEN)

    @rule(hours=st.sampled_from((1, 2, 12, 30)), woken=st.booleans())
    def time_passes(self, hours: int, woken: bool) -> None:
        self.now += timedelta(hours=hours)
        if woken:
            self.give(Wake(id="inq_1", due=self.now))

    @rule(by=st.sampled_from(("a", "b", "stranger")), id=IDS)
    def a_factory_proposes(self, by: Any, id: str) -> None:
        valid, said = NOW + timedelta(days=4), terms(by if by in FEN else "a")
        self.give(Propose(supplier_id=by, terms=said, valid_until=valid, change_id=f"p-{by}{id}", **REPLY))  # type: ignore[arg-type]

    @rule(by=PEOPLE, factory=st.sampled_from(("a", "b")), id=IDS)
    def somebody_chooses(self, by: Any, factory: str, id: str) -> None:
        self.give(ChooseProposal(buyer_id=by, proposal_id=f"p-{factory}{id}", change_id=f"c-{id}", **REPLY))  # type: ignore[arg-type]

    @rule(version=st.sampled_from((1, 2)), id=IDS, pieces=st.sampled_from((10, 10, 1)))
    def the_buyer_orders(self, version: int, id: str, pieces: int) -> None:
        some = (SizePieces(size="150", pieces=pieces),)
        self.give(
            OrderUnderInquiry(
                buyer_id="shop", order_id=f"ord_{id}", version=version, batch="bulk", pieces=some, destination=HOME,
                **REPLY,
            )  # type: ignore[arg-type]
        )  # fmt: skip

    @rule(id=IDS, order=IDS)
    def the_buyer_says_what_it_thinks(self, id: str, order: str) -> None:
        self.give(
            GiveFeedback(
                buyer_id="shop", order_id=f"ord_{order}", verdict="good", text="good", change_id=f"f-{id}", **REPLY
            )  # type: ignore[arg-type]
        )  # fmt: skip

    @rule(by=PARTIES, whose=st.sampled_from(("next", "other")), after=st.sampled_from((1, 1, 2)), id=IDS)
    def somebody_wants_another_version(self, by: Any, whose: str, after: int, id: str) -> None:
        self.give(
            ProposeVersion(
                by=by, after_version=after, requirements=WANTED, terms=terms(whose), note=whose,
                agree_by=NOW + timedelta(days=3), change_id=f"v-{id}", **REPLY,
            )  # type: ignore[arg-type]
        )  # fmt: skip

    @precondition(lambda self: self.inquiry.status == "revising")
    @rule(version=st.sampled_from((2, 3)), agrees=st.sampled_from((True, True, False)), id=IDS)
    def the_other_side_answers(self, version: int, agrees: bool, id: str) -> None:
        self.somebody_answers("a" if self.inquiry.next.by == "shop" else "shop", version, agrees, id)

    @rule(by=PEOPLE, version=st.sampled_from((2, 3)), agrees=st.booleans(), id=IDS)
    def somebody_answers(self, by: Any, version: int, agrees: bool, id: str) -> None:
        self.give(AnswerVersion(by=by, version=version, agrees=agrees, change_id=f"a-{id}", **REPLY))  # type: ignore[arg-type]

    @precondition(lambda self: len(self.came) > 30)
    @rule(id=st.sampled_from(("1", "2")))
    def the_buyer_closes(self, id: str) -> None:
        self.give(CloseInquiry(buyer_id="shop", reason="no more", change_id=f"x-{id}", **REPLY))  # type: ignore[arg-type]

    @rule(which=st.integers(0, 30))
    def what_came_once_comes_again(self, which: int) -> None:
        if self.came:
            self.give(self.came[-1 - which % len(self.came)])

    @rule()
    def all_orders_come_again(self) -> None:
        for message in [one for one in self.came if isinstance(one, OrderUnderInquiry)][:3]:
            self.give(message)

    def told(self, kind: type[Message]) -> list[Any]:
        return [one for one in self.sent if isinstance(one, kind)]

    @invariant()
    def the_last_version_that_was_agreed_binds(self) -> None:
        agreed = self.told(VersionAgreed)
        assert [one.version for one in agreed] == list(range(1, len(agreed) + 1))
        if self.inquiry is not None:
            assert (self.inquiry.version, self.inquiry.terms) == (
                (agreed[-1].version, agreed[-1].terms) if agreed else (0, None)
            )

    @invariant()
    def an_order_has_the_price_of_its_version_whenever_it_is_sent(self) -> None:
        price = {one.version: one.terms.price_ranges[0].price_fen for one in self.told(VersionAgreed)}
        orders: dict[str, Any] = {}
        for placed in self.told(PlaceOrder):
            assert {line.unit_price_fen for line in placed.lines} == {price[placed.made.version]}
            assert orders.setdefault(placed.order_id, placed.lines) == placed.lines, "sent again, it is the same"

    @invariant()
    def one_factory_is_chosen_for_good(self) -> None:
        assert len({one.supplier_id for one in self.told(VersionAgreed)}) <= 1
        if self.inquiry is not None:
            assert [one.status for one in self.inquiry.proposals].count("chosen") == (1 if self.inquiry.version else 0)

    @invariant()
    def strangers_leave_no_trace(self) -> None:
        assert all(entry.by in ("shop", "a", "b") for entry in self.entries.values())

    @invariant()
    def what_waits_is_woken_and_what_has_ended_is_not(self) -> None:
        if self.inquiry is not None:
            assert (self.inquiry.wake_at is not None) == (self.inquiry.status in ("open", "comparing", "revising"))

    @invariant()
    def it_ends_at_most_once_by_itself(self) -> None:
        assert len([one for one in self.told(InquiryClosed) if one.how == "lapsed"]) <= 1
        assert self.inquiry is None or self.inquiry.changes == len(self.entries)


OneInquiry.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestAnyOrderOfInquiries = OneInquiry.TestCase
