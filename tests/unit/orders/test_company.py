"""A company's limits hold whatever is asked for, approved, rejected and given back, in whatever order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from headwater.contracts.base import BuyerId, CompanyId, Message, Refused, ReplyTo, Sent, SupplierId, Wake
from headwater.contracts.checkouts import CheckoutAnswer, CheckoutOrder, PlaceCheckout
from headwater.contracts.companies import (
    ApproveRequisition,
    CloseRequisition,
    CompanyTerms,
    NoteOrder,
    OpenCompany,
    RejectRequisition,
    RepriceRequisition,
    RequisitionAnswer,
    SetMember,
    SubmitRequisition,
)
from headwater.contracts.invoicing import valid_credit_code
from headwater.contracts.orders import QuoteSeal
from headwater.contracts.quotes import SealedQuote
from orders.domain import company as rules
from orders.domain.company_state import Company
from tests.unit.orders.building import HOME, NOW, line

CALLER = ReplyTo(topic="gateway.replies.v1", key="req_1")
LIMIT, OWN = 50_000, 20_000
ID: dict[str, Any] = {"company_id": CompanyId("com_1"), "reply_to": CALLER}


def part(fen: int, until: timedelta = timedelta(minutes=15), buyer: str = "bo") -> SealedQuote:
    seal = QuoteSeal(secret="test", expires_at=NOW + until, mac="0" * 64)
    return SealedQuote(
        buyer_id=BuyerId(buyer), supplier_id=SupplierId("factory"), currency="CNY", kind="goods",
        lines=(line(quantity=1, price=fen),), seal=seal,
    )  # fmt: skip


def submit(id: str = "rqn_1", fen: int = 10_000, by: str = "bo", **changes: Any) -> SubmitRequisition:
    fields: dict[str, Any] = {
        **ID, "requisition_id": id, "by": by, "parts": (part(fen, buyer=by),), "destination": HOME, "fingerprint": "f",
    }  # fmt: skip
    return SubmitRequisition(**{**fields, **changes})


def approve(id: str = "rqn_1", fen: int = 30_000, by: str = "ann") -> ApproveRequisition:
    return ApproveRequisition(**ID, requisition_id=id, by=by, total_fen=fen)


def answer(id: str, attempt: int, status: Any, why: str = "") -> CheckoutAnswer:
    checkout = f"chk_{id}-{attempt}"
    one = CheckoutOrder(order_id=f"ord_{id}-{attempt}-0", supplier_id="factory", total_fen=1, status=status, why=why)  # type: ignore[arg-type]
    return CheckoutAnswer(checkout_id=checkout, status=status, total_fen=0, orders=(one,))


class Office:
    """A company of ann (admin), bo and cy (buyers, each with a limit), and what it sends."""

    def __init__(self) -> None:
        self.company: Company | None = None
        self.sent: list[Message] = []
        self.now = NOW
        terms = CompanyTerms(name="Sea Ltd", limit_fen=LIMIT)
        self.give(OpenCompany(**ID, by="ann", terms=terms))
        for member in ("bo", "cy"):
            self.give(
                SetMember(**ID, by="ann", member_id=member, roles=("buyer",), limit_fen=OWN, change_id=f"c-{member}")
            )

    def give(self, message: Message) -> list[Message]:
        """The company hears it; what it tells of it."""
        # A rule sees only the papers that its message touches.
        decision = rules.decide(self.company, message, self.now)
        self.company = decision.state
        told = [one.message if isinstance(one, Sent) else one for one in decision.messages]
        self.sent += told
        return told

    def last(self, message: Message) -> Any:
        """The answer to a command."""
        return [one for one in self.give(message) if isinstance(one, RequisitionAnswer | Refused)][-1]

    @property
    def placed(self) -> list[PlaceCheckout]:
        return [one for one in self.sent if isinstance(one, PlaceCheckout)]

    def spent(self) -> int:
        assert self.company is not None
        return self.company.in_month("2026-11").total


def test_within_the_limits_it_is_placed_at_once_and_above_them_it_waits() -> None:
    office = Office()
    office.give(submit("rqn_1", 20_000))
    assert (len(office.placed), office.spent()) == (1, 20_000)
    waits = office.last(submit("rqn_2", 1))
    assert (waits.status, waits.why) == ("waiting", "bo has 0 fen of 20,000 left in 2026-11, and this costs 1.")
    assert (len(office.placed), office.spent()) == (1, 20_000)


def test_what_is_approved_twice_is_placed_once_with_its_sealed_prices() -> None:
    office = Office()
    office.give(submit(fen=30_000))
    office.give(approve())
    office.give(approve())
    (placed,) = office.placed
    assert (placed.parts, placed.buyer_id) == (submit(fen=30_000).parts, "bo")
    assert placed.company is not None
    assert (placed.company.requisition_id, office.spent()) == ("rqn_1", 30_000)


def test_ended_prices_are_said_and_asked_for_again() -> None:
    office = Office()
    office.give(submit(fen=30_000))
    office.now += timedelta(minutes=20)
    assert office.last(approve()).code == "prices_expired"
    dearer = RepriceRequisition(**ID, requisition_id="rqn_1", by="ann", parts=(part(31_000, timedelta(hours=1)),))
    assert office.last(dearer).total_fen == 31_000
    assert office.last(approve()).code == "another_total"
    assert office.placed == []
    office.give(approve(fen=31_000))
    assert len(office.placed) == 1


def test_prices_that_end_between_the_approval_and_the_order_have_it_wait_again() -> None:
    office = Office()
    office.give(submit(fen=30_000))
    office.give(approve())
    office.give(answer("rqn_1", 1, "refused", "expired_quote: it ended"))
    assert office.company is not None
    assert ([id for id, _ in office.company.waiting], office.spent()) == (["rqn_1"], 0)


@pytest.mark.parametrize("outcome", ["refused", "cancelled", "expired"])
def test_an_order_that_comes_to_nothing_gives_back_once(outcome: Any) -> None:
    office = Office()
    office.give(submit("rqn_1", 15_000))
    note = NoteOrder(company_id="com_1", requisition_id="rqn_1", order_id="ord_rqn_1-1-0", outcome=outcome)  # type: ignore[arg-type]
    office.give(note)
    office.give(note)
    assert office.spent() == 0
    paid = note.model_copy(update={"outcome": "paid"})
    office.give(paid)
    assert office.spent() == 0


def test_nobody_approves_their_own_and_strangers_and_viewers_ask_for_nothing() -> None:
    office = Office()
    office.give(submit(fen=60_000, by="ann"))
    assert office.last(approve(fen=60_000)).code == "own_requisition"
    assert office.last(submit("rqn_9", by="eve")).code == "not_your_company"
    office.give(SetMember(**ID, by="ann", member_id="vi", roles=("viewer",), change_id="v"))  # type: ignore[arg-type]
    assert office.last(submit("rqn_9", by="vi")).code == "not_your_role"
    assert office.last(approve(by="cy")).code == "not_your_role"


def test_a_requisition_that_nobody_decides_times_out() -> None:
    office = Office()
    office.give(submit(fen=30_000))
    assert office.give(Wake(id="com_1", due=office.now)) == []
    office.now += timedelta(days=3)
    (close,) = office.give(Wake(id="com_1", due=office.now))
    assert isinstance(close, CloseRequisition)
    office.give(close)
    assert office.company is not None
    assert (office.company.waiting, office.company.wake_at) == ((), None)
    assert office.last(approve()).code == "not_waiting"


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91330100799655058B", "9144030071526726XG"])
def test_a_credit_code_is_checked_by_its_last_character(code: str) -> None:
    assert valid_credit_code(code) == code
    swapped = code[:8] + code[9] + code[8] + code[10:]
    for wrong in {code[:-1] + ("0" if code[-1] != "0" else "1"), code[:3] + "I" + code[4:], swapped} - {code}:
        with pytest.raises(ValueError, match=r"credit code|check character"):
            valid_credit_code(wrong)


class AnyOrder(RuleBasedStateMachine):
    """Requisitions, approvals, refusals, notes of orders: as they like, and as often."""

    def __init__(self) -> None:
        super().__init__()
        self.office = Office()

    ids = st.sampled_from([f"rqn_{number}" for number in range(5)])
    fens = st.sampled_from([1, 9_000, 20_000, 30_000, 50_001])

    @rule(id=ids, fen=fens, by=st.sampled_from(["bo", "cy", "ann", "eve"]))
    def asks(self, id: str, fen: int, by: str) -> None:
        self.office.give(submit(id, fen, by))

    @rule(id=ids, fen=fens, by=st.sampled_from(["bo", "ann"]))
    def approves(self, id: str, fen: int, by: str) -> None:
        self.office.give(approve(id, fen, by))

    @rule(id=ids, by=st.sampled_from(["bo", "ann"]))
    def rejects(self, id: str, by: str) -> None:
        self.office.give(RejectRequisition(**ID, requisition_id=id, by=by, reason="no"))

    @rule(id=ids, attempt=st.integers(1, 2), status=st.sampled_from(["confirmed", "refused"]), late=st.booleans())
    def is_answered(self, id: str, attempt: int, status: str, late: bool) -> None:
        self.office.give(answer(id, attempt, status, "expired_quote: it ended" if late else "sold out"))

    @rule(id=ids, attempt=st.integers(1, 2), outcome=st.sampled_from(["paid", "refused", "cancelled", "expired"]))
    def an_order_moves(self, id: str, attempt: int, outcome: Any) -> None:
        note = {"company_id": "com_1", "requisition_id": id, "order_id": f"ord_{id}-{attempt}-0", "outcome": outcome}
        self.office.give(NoteOrder.model_validate(note))

    @rule(id=ids, fen=fens, by=st.sampled_from(["ann", "bo"]))
    def has_new_prices(self, id: str, fen: int, by: str) -> None:
        parts = (part(fen, timedelta(days=9), buyer=by),)
        self.office.give(RepriceRequisition(**ID, requisition_id=id, by="ann", parts=parts))

    @rule(hours=st.sampled_from([1, 24, 80]))
    def time_passes(self, hours: int) -> None:
        self.office.now = min(self.office.now + timedelta(hours=hours), NOW + timedelta(days=8))
        for close in self.office.give(Wake(id="com_1", due=self.office.now)):
            self.office.give(close)

    @invariant()
    def nothing_waits_longer_than_it_may(self) -> None:
        company = self.office.company
        assert company is not None
        assert company.wake_at == min((until for _, until in company.waiting), default=None)
        papers = [paper.content for paper in company.papers.values()]
        waiting = {one.requisition_id for one in papers if one.kind == "requisition" and one.status == "waiting"}
        assert {id for id, _ in company.waiting} == waiting

    @invariant()
    def the_company_never_spends_more_than_its_limit(self) -> None:
        assert 0 <= self.office.spent() <= LIMIT

    @invariant()
    def a_member_never_spends_more_than_its_own_without_an_approval(self) -> None:
        for member in ("bo", "cy"):
            assert sum(one.total_fen for one in self.counted(member) if one.decided_by is None) <= OWN

    @invariant()
    def what_is_counted_is_what_is_placed_and_did_not_come_to_nothing(self) -> None:
        assert self.office.spent() == sum(
            order.total_fen
            for member in ("ann", "bo", "cy")
            for one in self.counted(member)
            for order in one.orders
            if order.state in ("open", "paid")
        )

    @invariant()
    def each_checkout_is_placed_once(self) -> None:
        ids = [one.checkout_id for one in self.office.placed]
        assert len(ids) == len(set(ids))

    def counted(self, member: str) -> list[Any]:
        assert self.office.company is not None
        papers = [paper.content for paper in self.office.company.papers.values()]
        return [
            one for one in papers
            if one.kind == "requisition" and one.by == member and any(o.state in ("open", "paid") for o in one.orders)
        ]  # fmt: skip


AnyOrder.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestAnyOrderOfMessages = AnyOrder.TestCase
