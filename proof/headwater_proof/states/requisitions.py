"""The world of a company's requisition: within its limits, above its member's, and above the company's own."""

from __future__ import annotations

from datetime import timedelta

from headwater.contracts.base import BuyerId, CompanyId, RequisitionId, Wake
from headwater.contracts.checkouts import CheckoutAnswer, CheckoutOrder
from headwater.contracts.companies import (
    ApproveRequisition,
    CloseRequisition,
    CompanyTerms,
    NoteOrder,
    RejectRequisition,
    RepriceRequisition,
    SubmitRequisition,
)
from headwater_proof.states.explore import Given, World, dumped
from headwater_proof.states.given import BUYER, CALLER, HOME, LATER, MUCH_LATER, NOW, PRICE_FEN, SUPPLIER, given, part
from orders.domain import company
from orders.domain.checkout import order_id_of
from orders.domain.company_state import Company, Member
from orders.domain.requisition import checkout_id_of

COMPANY_ID, ID = CompanyId("com_1"), RequisitionId("rqn_1")
APPROVER = BuyerId("approver")


def _company(limit_fen: int, own_fen: int) -> Company:
    """Opened, with a buyer and an approver."""
    return Company(
        company_id=COMPANY_ID, utc_offset="+08:00", opened_at=NOW, terms=CompanyTerms(name="Sea", limit_fen=limit_fen),
        members=(
            Member(member_id=APPROVER, roles=("approver",)),
            Member(member_id=BUYER, roles=("buyer",), limit_fen=own_fen),
        ),
    )  # fmt: skip


def _answers(attempt: int) -> tuple[Given, ...]:
    checkout_id = checkout_id_of(ID, attempt)
    outcomes = (("confirmed", ""), ("refused", "sold out"), ("refused", "expired_quote: it ended"))
    return tuple(
        given(
            CheckoutAnswer(
                checkout_id=checkout_id, status=status, total_fen=0,
                orders=(
                    CheckoutOrder(
                        order_id=order_id_of(checkout_id, 0), supplier_id=SUPPLIER, total_fen=PRICE_FEN, status=status,
                        why=why,
                    ),
                ),
            ),
            label="CheckoutAnswer of ended prices" if why.startswith("expired") else f"CheckoutAnswer {status}",
        )
        for status, why in outcomes
    )  # fmt: skip


def _messages() -> tuple[Given, ...]:
    ask = SubmitRequisition(
        company_id=COMPANY_ID, requisition_id=ID, by=BUYER, parts=(part("a"),), destination=HOME, fingerprint="f",
        reply_to=CALLER,
    )  # fmt: skip
    approve = ApproveRequisition(
        company_id=COMPANY_ID, requisition_id=ID, by=APPROVER, total_fen=PRICE_FEN, reply_to=CALLER
    )
    reject = RejectRequisition(company_id=COMPANY_ID, requisition_id=ID, by=APPROVER, reason="no", reply_to=CALLER)
    reprice = RepriceRequisition(
        company_id=COMPANY_ID, requisition_id=ID, by=APPROVER, parts=(part("a", ends_at=LATER + timedelta(days=1)),),
        reply_to=CALLER,
    )  # fmt: skip
    paid = NoteOrder(
        company_id=COMPANY_ID, requisition_id=ID, order_id=order_id_of(checkout_id_of(ID, 1), 0), outcome="paid"
    )
    return (
        given(ask),
        given(ask.model_copy(update={"fingerprint": "other"}), label="SubmitRequisition of other contents"),
        given(ask.model_copy(update={"by": BuyerId("stranger")}), label="SubmitRequisition of a stranger"),
        given(ask, MUCH_LATER, "SubmitRequisition after its prices' end"),
        given(approve),
        given(approve.model_copy(update={"by": BUYER}), label="ApproveRequisition of one's own"),
        given(approve.model_copy(update={"total_fen": 1}), label="ApproveRequisition of another total"),
        given(approve, LATER, "ApproveRequisition after its prices' end"),
        given(reprice),
        given(reject),
        given(reject.model_copy(update={"by": BUYER}), label="RejectRequisition of one's own"),
        *_answers(1),
        *_answers(2),
        given(paid),
        given(paid.model_copy(update={"outcome": "cancelled"}), label="NoteOrder cancelled"),
        given(Wake(id=COMPANY_ID, due=MUCH_LATER), MUCH_LATER),
        given(CloseRequisition(company_id=COMPANY_ID, requisition_id=ID), MUCH_LATER),
    )


def _status(state: Company) -> str | None:
    asked = state.requisition(ID)
    return asked.status if asked is not None else None


LIMITS = ((10 * PRICE_FEN, 10 * PRICE_FEN), (10 * PRICE_FEN, 0), (0, 0))
"""Of the company, and of its buyer: within both, above the buyer's, above both."""
WORLDS = (
    World(
        "orders", "requisition of a company", company.decide, [_messages()], dumped(),
        [_company(*limits) for limits in LIMITS], _status,
    ),
)  # fmt: skip
