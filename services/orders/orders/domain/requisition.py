"""How a company's members buy (采购申请): within the limits at once, above them after an approval.

    submitted --within both limits--> placing --an order confirmed--> placed
        |                                ^  |--none confirmed--> refused
        +--above one--> waiting --approved--+
                          |  ^--all prices had ended before the orders came--+ (approved ones ask again)
                          +--rejected | withdrawn | timed_out

The limits, in fen by calendar month: what a member places without an approval does not take it above its own limit, and
nothing, approved or not, takes the company above its own. What is placed counts from then on, in the month that it
is placed in; an order that is refused, cancelled or expires gives back what it was to cost, once, in that same month.

A requisition is placed as one checkout whose id follows from it and from the attempt, so that it is placed once,
however often it is approved. Nobody approves what they asked for themselves.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from headwater.contracts.base import CheckoutId, Message, OrderId, Refused, ReplyTo, RequisitionId, Sent
from headwater.contracts.checkouts import CheckoutAnswer, PlaceCheckout
from headwater.contracts.companies import (
    ApproveRequisition,
    CloseRequisition,
    NoteOrder,
    PurchasedOrder,
    RejectRequisition,
    RepriceRequisition,
    RequisitionAnswer,
    RequisitionMoved,
    RequisitionStatus,
    SubmitRequisition,
)
from headwater.contracts.orders import CompanyPurchase
from headwater.contracts.quotes import SealedQuote
from headwater.contracts.topics import COMPANY_INBOX
from headwater.decision import Decision
from orders.domain.answers import refuse
from orders.domain.checkout import order_id_of
from orders.domain.company_state import Company, Requisition
from orders.domain.order import MOST_FEN, total_of

Command = SubmitRequisition | ApproveRequisition | RepriceRequisition | RejectRequisition
MOST_WAITING = 500
_SPENT = ("open", "paid")


def decide(company: Company, message: Command, now: datetime) -> Decision[Company]:
    """The outcome of a member's command; that it may is settled."""
    asked = company.requisition(message.requisition_id)
    if isinstance(message, SubmitRequisition):
        return submit(company, message, now) if asked is None else submit_again(company, asked, message)
    if asked is None:
        detail = (
            f"Company {company.company_id} has no requisition {message.requisition_id}; ListRequisitions gives all."
        )
        return Decision(company, _refuse(message, "no_such_requisition", detail))
    if asked.status == "waiting" and now >= asked.decide_by:
        closed = close(company, asked)
        detail = f"Requisition {asked.requisition_id} waited until {asked.decide_by:%F %T} UTC: submit it again."
        return Decision(closed.state, (*closed.messages, *_refuse(message, "too_late_to_decide", detail)))
    match message:
        case ApproveRequisition():
            return approve(company, asked, message, now)
        case RepriceRequisition():
            return reprice(company, asked, message)
        case RejectRequisition():
            return reject(company, asked, message)


def heard(company: Company, message: Message, now: datetime) -> Decision[Company]:
    """What its checkout, its orders, or the time say of a requisition."""
    match message:
        case CloseRequisition() if (asked := company.requisition(message.requisition_id)) is not None:
            return close(company, asked) if asked.status == "waiting" and now >= asked.decide_by else Decision(company)
        case NoteOrder() if (asked := company.requisition(message.requisition_id)) is not None:
            return Decision(_noted(company, asked, message.order_id, message.outcome, message.why))
        case CheckoutAnswer() if (asked := _placing(company, message.checkout_id)) is not None:
            return settle(company, asked, message, now)
        case Refused() if (asked := _placing(company, message.id)) is not None:
            return _come_to_nothing(company, asked, f"{message.code}: {message.detail}", now)
        case _:
            return Decision(company)


# --- asking --------------------------------------------------------------------------------------------------------


def submit(company: Company, message: SubmitRequisition, now: datetime) -> Decision[Company]:
    """A new requisition: placed at once, or kept for an approver."""
    asked = Requisition(
        **{name: getattr(message, name) for name in Requisition.model_fields.keys() & SubmitRequisition.model_fields},
        status="waiting", asked_at=now, decide_by=now + timedelta(seconds=company.terms.decide_within_s),
    )  # fmt: skip
    if asked.total_fen > MOST_FEN:
        detail = f"The requisition's total is {asked.total_fen:,} fen; one holds {MOST_FEN:,}: split it."
        return Decision(company, _refuse(message, "amount_too_large", detail))
    if asked.prices_end_at <= now:
        return Decision(company, _refuse(message, "expired_quote", f"{_ended(asked)}: ask for a new quote."))
    above = why_above(company, asked, now)
    if above is None:
        return place(company, asked, now)
    if len(company.waiting) >= MOST_WAITING:
        detail = f"{MOST_WAITING} requisitions of {company.company_id} wait already: have some of them decided first."
        return Decision(company, _refuse(message, "too_many_waiting", detail))
    return _moved(company, asked, "waiting", above)


def submit_again(company: Company, asked: Requisition, message: SubmitRequisition) -> Decision[Company]:
    """The same once more (its sender heard no answer), or another one under the same id."""
    if (message.fingerprint, message.by) != (asked.fingerprint, asked.by):
        detail = f"Requisition {asked.requisition_id} exists with other contents: use a new Idempotency-Key."
        return Decision(company, _refuse(message, "idempotency_conflict", detail))
    return _answered(company, asked, message.reply_to)


def why_above(company: Company, asked: Requisition, now: datetime) -> str | None:
    """Which limit it would take its member or the company above this month; None if neither."""
    month, member = company.in_month(company.month_of(now)), company.member(asked.by)
    own = member.limit_fen if member is not None else 0
    if own is not None and month.of(asked.by) + asked.total_fen > own:
        left = max(own - month.of(asked.by), 0)
        return f"{asked.by} has {left:,} fen of {own:,} left in {month.month}, and this costs {asked.total_fen:,}."
    return _above_company(company, asked, now)


def _above_company(company: Company, asked: Requisition, now: datetime) -> str | None:
    month, limit = company.in_month(company.month_of(now)), company.terms.limit_fen
    if limit is None or month.total + asked.total_fen <= limit:
        return None
    left = max(limit - month.total, 0)
    return f"The company has {left:,} fen of {limit:,} left in {month.month}, and this costs {asked.total_fen:,}."


# --- deciding ------------------------------------------------------------------------------------------------------


def approve(company: Company, asked: Requisition, message: ApproveRequisition, now: datetime) -> Decision[Company]:
    """Place it, if it still may be."""
    if asked.decided_by == message.by and asked.status in ("placing", "placed", "refused"):
        return _answered(company, asked, message.reply_to)
    fault = _why_not_approved(company, asked, message, now)
    if fault is not None:
        return Decision(company, _refuse(message, *fault))
    approved = asked.model_copy(update={"decided_by": message.by, "reply_to": message.reply_to})
    return place(company, approved, now)


def _why_not_approved(
    company: Company, asked: Requisition, message: ApproveRequisition, now: datetime
) -> tuple[str, str] | None:
    id = asked.requisition_id
    if asked.status != "waiting":
        return "not_waiting", f"Requisition {id} is {asked.status.replace('_', ' ')}: submit a new one."
    if message.by == asked.by:
        return "own_requisition", f"{message.by} asked for {id}: another approver decides on it."
    member = company.member(asked.by)
    if member is None or not member.may("buyer"):
        return "requester_left", f"{asked.by}, who asked for {id}, buys for this company no more: reject it."
    if asked.prices_end_at <= now:
        return "prices_expired", f"{_ended(asked)}: reprice requisition {id}, and approve what it costs then."
    if message.total_fen != asked.total_fen:
        return "another_total", (
            f"Requisition {id} costs {asked.total_fen} fen, not {message.total_fen}: approve that, or reject it."
        )
    above = _above_company(company, asked, now)
    if above is not None:
        return "company_limit", f"{above} An admin can raise the limit; next month it counts anew."
    return None


def reprice(company: Company, asked: Requisition, message: RepriceRequisition) -> Decision[Company]:
    """The same goods at the prices of today."""
    if asked.status != "waiting":
        detail = f"Requisition {asked.requisition_id} is {asked.status.replace('_', ' ')}: its prices stand."
        return Decision(company, _refuse(message, "not_waiting", detail))
    if _goods(message.parts) != _goods(asked.parts) or any(part.buyer_id != asked.by for part in message.parts):
        detail = f"These are other goods than those of {asked.requisition_id}, or for somebody else: submit a new one."
        return Decision(company, _refuse(message, "other_goods", detail))
    repriced = asked.model_copy(update={"parts": message.parts, "reply_to": message.reply_to})
    why = f"repriced by {message.by}: {asked.total_fen:,} fen before, {repriced.total_fen:,} now."
    return _moved(company, repriced, "waiting", why)


def reject(company: Company, asked: Requisition, message: RejectRequisition) -> Decision[Company]:
    """An approver says no; or who asked takes it back."""
    status: RequisitionStatus = "withdrawn" if message.by == asked.by else "rejected"
    if asked.status == status and asked.decided_by == message.by:
        return _answered(company, asked, message.reply_to)
    if asked.status != "waiting":
        detail = f"Requisition {asked.requisition_id} is {asked.status.replace('_', ' ')}: cancel its orders instead."
        return Decision(company, _refuse(message, "not_waiting", detail))
    member = company.member(message.by)
    if status == "rejected" and (member is None or not member.may("approver")):
        detail = f"{message.by} is no approver of {company.company_id}: an admin can change that."
        return Decision(company, _refuse(message, "not_your_role", detail))
    decided = asked.model_copy(update={"decided_by": message.by, "reply_to": message.reply_to})
    return _moved(company, decided, status, message.reason)


def close(company: Company, asked: Requisition) -> Decision[Company]:
    """Nobody decided in time."""
    return _moved(company, asked, "timed_out", f"nobody decided until {asked.decide_by:%F %T} UTC.")


def out_of_time(company: Company, now: datetime) -> tuple[CloseRequisition, ...]:
    """Which of those that wait have waited long enough: each is told so, since each is a paper of its own."""
    return tuple(
        CloseRequisition(company_id=company.company_id, requisition_id=id)
        for id, until in company.waiting
        if now >= until
    )


# --- placing -------------------------------------------------------------------------------------------------------


def place(company: Company, asked: Requisition, now: datetime) -> Decision[Company]:
    """Have it placed as one checkout; from here on it counts."""
    month, attempt = company.month_of(now), asked.attempt + 1
    checkout_id = checkout_id_of(asked.requisition_id, attempt)
    orders = tuple(
        PurchasedOrder(
            order_id=order_id_of(checkout_id, number), supplier_id=part.supplier_id, total_fen=total_of(part.lines)
        )
        for number, part in enumerate(asked.parts)
    )
    placing = asked.model_copy(update={"attempt": attempt, "month": month, "orders": orders})
    checkout = PlaceCheckout(
        checkout_id=checkout_id, buyer_id=asked.by, parts=asked.parts, all_or_none=asked.all_or_none,
        destination=asked.destination, fingerprint=asked.fingerprint, out_order_id=asked.out_order_id,
        pay_within_s=asked.pay_within_s, reply_to=ReplyTo(topic=COMPANY_INBOX, key=company.company_id),
        company=CompanyPurchase(
            company_id=company.company_id, requisition_id=asked.requisition_id, po_number=asked.po_number
        ),
    )  # fmt: skip
    counted = company.spending(month, asked.by, asked.total_fen)
    buyers = tuple(dict.fromkeys((*counted.buyers, asked.by)))
    moved = _moved(counted.evolve(buyers=buyers), placing, "placing")
    return Decision(moved.state, (checkout, *moved.messages))


def checkout_id_of(id: RequisitionId, attempt: int) -> CheckoutId:
    """The checkout of an attempt: asked for twice, it is still one."""
    return CheckoutId(f"chk_{id}-{attempt}")


def placed_by(checkout_id: str) -> RequisitionId:
    """The requisition that a checkout is of."""
    return RequisitionId(checkout_id.removeprefix("chk_").rpartition("-")[0])


def settle(company: Company, asked: Requisition, message: CheckoutAnswer, now: datetime) -> Decision[Company]:
    """Its orders have their stock, or have it not: what is not confirmed is given back."""
    if message.status in ("placing", "confirming"):
        return Decision(company)
    lost = [one for one in message.orders if one.status in ("refused", "cancelled")]
    if message.status == "refused":
        whys = [one.why for one in lost if one.why]
        expired = bool(lost) and all(one.why.startswith("expired_quote") for one in lost)
        return _come_to_nothing(company, asked, whys[0] if whys else "no order is confirmed", now, expired)
    for one in lost:
        state = "refused" if one.status == "refused" else "cancelled"
        company = _noted(company, company.requisition(asked.requisition_id) or asked, one.order_id, state, one.why)
    asked = company.requisition(asked.requisition_id) or asked
    return _moved(
        company, asked, "placed", "" if not lost else f"{len(lost)} of {len(asked.orders)} orders are not confirmed."
    )


def _come_to_nothing(
    company: Company, asked: Requisition, why: str, now: datetime, expired: bool = False
) -> Decision[Company]:
    """None of its orders is confirmed. An approved one whose prices ended on the way is asked for again."""
    for one in asked.orders:
        company = _noted(company, company.requisition(asked.requisition_id) or asked, one.order_id, "refused", why)
    asked = company.requisition(asked.requisition_id) or asked
    if expired and asked.decided_by is not None and now < asked.decide_by:
        again = asked.model_copy(update={"decided_by": None})
        return _moved(
            company, again, "waiting", f"{_ended(asked)}, before its orders were placed: reprice and approve it."
        )
    return _moved(company, asked, "refused", why)


def _noted(company: Company, asked: Requisition, order_id: OrderId, state: str, why: str) -> Company:
    """An order has been paid, or gives back what it was to cost. An end is an end: what comes later changes nothing."""
    order = next((one for one in asked.orders if one.order_id == order_id), None)
    if order is None or order.state != "open":
        return company
    noted = order.model_copy(update={"state": state, "why": why})
    orders = tuple(noted if one is order else one for one in asked.orders)
    company = company.with_paper(asked.model_copy(update={"orders": orders}))
    return company if state in _SPENT else company.spending(asked.month, asked.by, -order.total_fen)


def _placing(company: Company, checkout_id: str) -> Requisition | None:
    """The requisition that waits for this checkout; None for an answer that is late or told twice."""
    asked = company.requisition(placed_by(checkout_id))
    if asked is None or asked.status != "placing" or checkout_id_of(asked.requisition_id, asked.attempt) != checkout_id:
        return None
    return asked


def _ended(asked: Requisition) -> str:
    return f"The prices of {asked.requisition_id} held until {asked.prices_end_at:%F %T} UTC"


def _goods(parts: tuple[SealedQuote, ...]) -> list[tuple[str, ...]]:
    return sorted(
        (part.supplier_id, part.kind, line.sku_id, line.offer_id, str(line.quantity))
        for part in parts
        for line in part.lines
    )


# --- telling -------------------------------------------------------------------------------------------------------


def _moved(company: Company, asked: Requisition, status: RequisitionStatus, why: str = "") -> Decision[Company]:
    """The requisition with its new status, which is told to whoever asked, unless it is on its way."""
    moved = asked.model_copy(update={"status": status, "why": why})
    event = RequisitionMoved(
        company_id=company.company_id, requisition_id=moved.requisition_id, buyer_id=moved.by, status=status,
        total_fen=moved.total_fen, decided_by=moved.decided_by, why=why,
        decide_by=moved.decide_by if status == "waiting" else None,
    )  # fmt: skip
    if status == "placing":
        return Decision(company.with_paper(moved), (event,))
    told = moved.model_copy(update={"reply_to": None})
    return Decision(company.with_paper(told), (event, *_tell(moved, moved.reply_to)))


def _answered(company: Company, asked: Requisition, reply_to: ReplyTo | None) -> Decision[Company]:
    """What it is now, to someone who asks once more; what is on its way is told when it is there."""
    if asked.status == "placing" and reply_to is not None:
        return Decision(company.with_paper(asked.model_copy(update={"reply_to": reply_to})))
    return Decision(company, _tell(asked, reply_to))


def _tell(asked: Requisition, reply_to: ReplyTo | None) -> tuple[Sent, ...]:
    if reply_to is None:
        return ()
    answer = RequisitionAnswer(
        requisition_id=asked.requisition_id, status=asked.status, total_fen=asked.total_fen, why=asked.why,
        orders=asked.orders,
    )  # fmt: skip
    return (Sent(to=reply_to, message=answer),)


def _refuse(message: Command, code: str, detail: str) -> tuple[Sent, ...]:
    return refuse(message, message.requisition_id, code, detail)
