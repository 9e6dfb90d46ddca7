"""How a company account is kept: who is a member, what its limits are, which lists it saved.

What its members buy, and who approves it, is in `requisition`. A company is not an account itself: each order belongs
to the member who asked for it, who pays and accepts it; the order says for which company it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import assert_never

from headwater.contracts.base import Message, Refused, Sent, Wake
from headwater.contracts.checkouts import CheckoutAnswer
from headwater.contracts.companies import (
    ApproveRequisition,
    CloseRequisition,
    CompanyChanged,
    NoteOrder,
    OpenCompany,
    RejectRequisition,
    RepriceRequisition,
    ReviseCompany,
    SaveList,
    SetMember,
    SubmitRequisition,
)
from headwater.contracts.orders import OrderCancelled, OrderExpired, OrderPaid, OrderRefused
from headwater.decision import Decision
from orders.domain import requisition as requisitions
from orders.domain.answers import done, refuse
from orders.domain.company_state import Company, Member, SavedList, list_key, requisition_key, with_member

ACCEPTS = (
    OpenCompany, ReviseCompany, SetMember, SaveList, SubmitRequisition, ApproveRequisition, RepriceRequisition,
    RejectRequisition, CloseRequisition, NoteOrder, CheckoutAnswer, Refused,
)  # fmt: skip
MemberCommand = (
    ReviseCompany | SetMember | SaveList | SubmitRequisition | ApproveRequisition | RepriceRequisition
    | RejectRequisition
)  # fmt: skip
Command = OpenCompany | MemberCommand
Fault = tuple[str, str]
MOST_MEMBERS, MOST_LISTS = 500, 200


def touched_papers(message: Message) -> tuple[str, ...]:
    """The paper that a message is about."""
    match message:
        case SaveList():
            return (list_key(message.list_id),)
        case CheckoutAnswer():
            return (requisition_key(requisitions.placed_by(message.checkout_id)),)
        case Refused():
            return (requisition_key(requisitions.placed_by(message.id)),)
        case Wake() | OpenCompany() | ReviseCompany() | SetMember():
            return ()
        case _:
            return (requisition_key(message.requisition_id),)  # type: ignore[attr-defined]


def decide(company: Company | None, message: Message, now: datetime) -> Decision[Company]:
    """The outcome of one message for one company."""
    if isinstance(message, OpenCompany):
        return open_company(company, message, now)
    if company is None:
        return Decision(None, _no_company(message))
    if isinstance(message, Wake):
        return Decision(company, requisitions.out_of_time(company, now))
    if not isinstance(message, MemberCommand):
        return requisitions.heard(company, message, now)
    fault = _why_not(company, message)
    if fault is not None:
        return Decision(company, _refuse(message, *fault))
    match message:
        case ReviseCompany() | SetMember() | SaveList() if message.change_id in company.changes:
            return Decision(company, _done(message))
        case ReviseCompany():
            event = CompanyChanged(company_id=company.company_id, by=message.by, what="revised")
            return Decision(company.changed_by(message.change_id, terms=message.terms), (event, *_done(message)))
        case SetMember():
            return set_member(company, message)
        case SaveList():
            return save_list(company, message, now)
        case SubmitRequisition() | ApproveRequisition() | RepriceRequisition() | RejectRequisition():
            return requisitions.decide(company, message, now)
        case _:
            assert_never(message)


def open_company(company: Company | None, message: OpenCompany, now: datetime) -> Decision[Company]:
    """A new company; the same once more is told so."""
    if company is not None:
        if company.member(message.by) is not None and company.utc_offset == message.utc_offset:
            return Decision(company, _done(message))
        detail = f"Company {message.company_id} exists already: open yours with another Idempotency-Key."
        return Decision(company, _refuse(message, "idempotency_conflict", detail))
    opened = Company(
        company_id=message.company_id, utc_offset=message.utc_offset, terms=message.terms, opened_at=now,
        members=(Member(member_id=message.by, roles=("admin",)),),
    )  # fmt: skip
    return Decision(
        opened,
        (
            CompanyChanged(company_id=message.company_id, by=message.by, what="opened"),
            *_done(message),
        ),
    )


def _why_not(company: Company, message: MemberCommand) -> Fault | None:
    """That whoever asks may not."""
    member = company.member(message.by)
    if member is None:
        return "not_your_company", f"{message.by} is no member of company {company.company_id}: ask one of its admins."
    match message:
        case ReviseCompany() | SetMember():
            allowed, roles = member.may(), "an admin"
        case SaveList() | SubmitRequisition():
            allowed, roles = member.may("buyer"), "a buyer"
        case ApproveRequisition():
            allowed, roles = member.may("approver"), "an approver"
        case _:
            allowed, roles = member.may("buyer", "approver"), "a buyer or an approver"
    if allowed:
        return None
    return (
        "not_your_role",
        f"{message.by} is no {roles.partition(' ')[2]} of {company.company_id}: an admin can change that.",
    )


def set_member(company: Company, message: SetMember) -> Decision[Company]:
    """Give a member its roles, or take the last one away. Somebody stays an admin."""
    roles = tuple(dict.fromkeys(message.roles))
    members = with_member(
        company.members, Member(member_id=message.member_id, roles=roles, limit_fen=message.limit_fen)
    )
    if not any("admin" in one.roles for one in members):
        detail = f"{message.member_id} is the last admin of {company.company_id}: make somebody else one first."
        return Decision(company, _refuse(message, "last_admin", detail))
    if len(members) > MOST_MEMBERS:
        detail = f"Company {company.company_id} has {MOST_MEMBERS} members, which is the most: take one out first."
        return Decision(company, _refuse(message, "too_many_members", detail))
    event = CompanyChanged(
        company_id=company.company_id, by=message.by, what="member_set" if roles else "member_removed",
        member_id=message.member_id,
    )  # fmt: skip
    return Decision(company.changed_by(message.change_id, members=members), (event, *_done(message)))


def save_list(company: Company, message: SaveList, now: datetime) -> Decision[Company]:
    """Keep a named basket, or delete it."""
    changed = company.changed_by(message.change_id)
    if not message.lines:
        return Decision(changed.without_list(message.list_id), _done(message))
    if message.list_id not in company.lists and len(company.lists) >= MOST_LISTS:
        detail = f"Company {company.company_id} has {MOST_LISTS} lists, which is the most: delete one first."
        return Decision(company, _refuse(message, "too_many_lists", detail))
    saved = SavedList(
        list_id=message.list_id, name=message.name, lines=message.lines, saved_by=message.by, saved_at=now
    )
    return Decision(changed.with_paper(saved), _done(message))


def notes_of(message: OrderPaid | OrderRefused | OrderCancelled | OrderExpired, now: datetime) -> Iterator[NoteOrder]:
    """What the company of an order, if it has one, is to note of it."""
    if message.company is None:
        return
    match message:
        case OrderPaid():
            outcome, why = "paid", ""
        case OrderRefused():
            outcome, why = "refused", message.reason
        case OrderCancelled():
            outcome, why = "cancelled", message.reason
        case OrderExpired():
            outcome, why = "expired", "it was not paid in time"
    yield NoteOrder(
        company_id=message.company.company_id, requisition_id=message.company.requisition_id,
        order_id=message.order_id, outcome=outcome, why=why,
    )  # fmt: skip


FOLLOWS: dict[type[Message], Callable[..., Iterator[Message]]] = dict.fromkeys(
    (OrderPaid, OrderRefused, OrderCancelled, OrderExpired), notes_of
)
"""What follows from which event of an order."""


def _no_company(message: Message) -> tuple[Sent, ...]:
    if not isinstance(message, Command):
        return ()
    return refuse(
        message,
        message.company_id,
        "no_such_company",
        f"There is no company {message.company_id}: POST /v1/companies opens one.",
    )


def _done(message: Command) -> tuple[Sent, ...]:
    return done(message, message.company_id)


def _refuse(message: Command, code: str, detail: str) -> tuple[Sent, ...]:
    return refuse(message, message.company_id, code, detail)
