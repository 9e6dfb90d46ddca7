"""The world of an inquiry: two factories are asked, one is chosen, and each side wants another version once."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from headwater.contracts.base import InquiryId, Message, OrderId, SupplierId, Wake
from headwater.contracts.catalog import PriceRange
from headwater.contracts.inquiries import (
    AnswerVersion,
    Benchmark,
    ChooseProposal,
    CloseInquiry,
    GiveFeedback,
    OpenInquiry,
    OrderUnderInquiry,
    Propose,
    ProposeVersion,
    Requirements,
    SizePieces,
    Terms,
)
from headwater_proof.states.explore import Given, World
from headwater_proof.states.given import BUYER, CALLER, HOME, LATER, MUCH_LATER, NOW, POLICY, SUPPLIER, given
from orders.domain import inquiry
from orders.domain.inquiry_state import Inquiry

ID = InquiryId("inq_1")
OTHER, STRANGER = SupplierId("other"), SupplierId("stranger")
WANTED = Requirements(text="a blazer", sizes=("M",))
TERMS = Terms(
    price_ranges=(PriceRange(start_quantity=10, price_fen=900),), min_quantity=10, lead_days=7, capacity_per_month=100
)
VERSION_UNTIL, ANSWERS_UNTIL, VALID_UNTIL = NOW + timedelta(hours=12), LATER, LATER + timedelta(days=10)


def _propose(by: SupplierId) -> Propose:
    return Propose(
        inquiry_id=ID, supplier_id=by, terms=TERMS, valid_until=VALID_UNTIL, change_id=f"p-{by}", reply_to=CALLER
    )


def _messages() -> tuple[Given, ...]:
    def of(kind: type[Message], **more: Any) -> Any:
        return kind.model_validate({"inquiry_id": ID, "reply_to": CALLER, **more})

    ask = OpenInquiry(
        inquiry_id=ID, buyer_id=BUYER, benchmark=Benchmark(description="like this"), requirements=WANTED, quantity=50,
        needed_by=MUCH_LATER, invited=(SUPPLIER, OTHER), answer_until=ANSWERS_UNTIL, reply_to=CALLER,
    )  # fmt: skip
    choose = of(ChooseProposal, buyer_id=BUYER, proposal_id=f"p-{SUPPLIER}", change_id="choose")
    order = of(
        OrderUnderInquiry, buyer_id=BUYER, order_id=OrderId("ord_1"), version=1, batch="bulk", destination=HOME,
        pieces=(SizePieces(size="M", pieces=10),),
    )  # fmt: skip
    version = of(
        ProposeVersion, by=SUPPLIER, after_version=1, requirements=WANTED, terms=TERMS, agree_by=VERSION_UNTIL,
        change_id="version",
    )  # fmt: skip
    agree = of(AnswerVersion, by=BUYER, version=2, agrees=True, change_id="agree")
    return (
        given(ask),
        given(ask.model_copy(update={"quantity": 60}), label="OpenInquiry of other contents"),
        given(ask, MUCH_LATER, "OpenInquiry with a time that is past"),
        given(_propose(SUPPLIER)),
        given(_propose(OTHER), label="Propose of another factory"),
        given(_propose(STRANGER), label="Propose of one that is not invited"),
        given(choose),
        given(choose, ANSWERS_UNTIL, "ChooseProposal after the answers' end"),
        given(choose.model_copy(update={"proposal_id": "p-none", "change_id": "none"}), label="ChooseProposal of none"),
        given(order),
        given(order.model_copy(update={"order_id": "ord_2", "version": 2}), label="OrderUnderInquiry of version 2"),
        given(order.model_copy(update={"order_id": "ord_3", "batch": "trial"}), label="OrderUnderInquiry of a trial"),
        given(of(GiveFeedback, buyer_id=BUYER, order_id="ord_1", verdict="good", text="good", change_id="feedback")),
        given(version),
        given(
            version.model_copy(update={"by": BUYER, "after_version": 2, "change_id": "again"}),
            label="ProposeVersion of the buyer, after version 2",
        ),
        given(agree),
        given(agree.model_copy(update={"by": SUPPLIER, "change_id": "own"}), label="AnswerVersion of one's own"),
        given(
            agree.model_copy(update={"agrees": False, "change_id": "decline"}), label="AnswerVersion that declines"
        ),
        given(of(CloseInquiry, buyer_id=BUYER, reason="no more", change_id="close")),
        given(Wake(id=ID, due=VERSION_UNTIL), VERSION_UNTIL, "version not answered"),
        given(Wake(id=ID, due=ANSWERS_UNTIL), ANSWERS_UNTIL, "answers over"),
        given(Wake(id=ID, due=VALID_UNTIL), VALID_UNTIL, "proposals over"),
    )  # fmt: skip


def _told_apart(state: Inquiry) -> Any:
    """By what is, and by which commands were: of these the entries hold more than makes a difference."""
    proposals = [(one.supplier_id, one.status) for one in state.proposals]
    waiting = (state.next.version, state.next.by) if state.next is not None else None
    return state.status, state.version, waiting, str(proposals), frozenset(state.entries)


WORLDS = (World("orders", "inquiry", partial(inquiry.decide, POLICY), [_messages()], _told_apart),)
