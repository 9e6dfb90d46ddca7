"""How a test plan goes (小单快返): many styles are ordered in small lots, and what sells is ordered again in time.

    running --ClosePlan | ends_at | every style is stopped--> ended

While it runs each style is judged anew (`orders.domain.verdict`) whenever something is known of it: sales that the
buyer's shop reports, the buyer's reviews of its lots, a delivery, the passing of days. Verdicts turn between hold and
scale as often as they must; stop is for good. What follows from a verdict is in `orders.domain.testplan_lots`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from headwater.contracts.base import Message, Refused, Wake
from headwater.contracts.lots import LotPriced
from headwater.contracts.orders import OrderAnswer, OrderCancelled, OrderDelivered, OrderExpired, OrderLine, OrderPaid
from headwater.contracts.reviews import ReviewAccepted
from headwater.contracts.testplans import (
    ClosePlan,
    NoteLot,
    NoteReview,
    PlanEnd,
    PlanEnded,
    PlanStarted,
    ReportSales,
    SoldOn,
    StartPlan,
)
from headwater.decision import Decision
from orders.domain import testplan_lots as lots
from orders.domain.answers import done, refuse
from orders.domain.order import total_of
from orders.domain.testplan_state import Lot, Plan, Signal, Style

ACCEPTS = (StartPlan, ReportSales, ClosePlan, NoteLot, NoteReview, LotPriced, OrderAnswer, Refused)
Command = StartPlan | ReportSales | ClosePlan
Fault = tuple[str, str]
MOST_STYLES = 100
LONGEST = timedelta(days=365)
ELSEWHERE = timedelta(days=1)
"""The shop's calendar may be so much before or behind ours."""


def touched_signals(message: Message) -> tuple[str, ...]:
    """The days and the review that a message is about."""
    match message:
        case ReportSales():
            return tuple(dict.fromkeys(_day_of(one) for one in message.sold))
        case NoteReview():
            return (_review_of(message),)
        case _:
            return ()


def decide(plan: Plan | None, message: Message, now: datetime) -> Decision[Plan]:
    """The outcome of one message for one plan."""
    if plan is None:
        return start(message, now) if isinstance(message, StartPlan) else _unknown(message)
    timely = keep_time(plan, now)
    assert timely.state is not None
    decided = _decide(timely.state, message, now)
    return Decision(decided.state, (*timely.messages, *decided.messages))


def _decide(plan: Plan, message: Message, now: datetime) -> Decision[Plan]:
    match message:
        case StartPlan():
            return start_again(plan, message)
        case ReportSales() | ClosePlan() if message.buyer_id != plan.buyer_id:
            detail = f"Test plan {plan.plan_id} belongs to another buyer; GET /v1/testplans lists yours."
            return Decision(plan, refuse(message, plan.plan_id, "not_your_plan", detail))
        case ReportSales():
            return report(plan, message, now)
        case ClosePlan():
            closed = end(plan, "closed", message.reason) if plan.status == "running" else Decision(plan)
            return Decision(closed.state, (*closed.messages, *done(message, plan.plan_id)))
        case NoteReview():
            return reviewed(plan, message, now)
        case NoteLot():
            return _judged(plan, lots.noted(plan, message, now), now)
        case LotPriced():
            return lots.priced(plan, message)
        case OrderAnswer():
            return lots.answered(plan, message)
        case Refused():
            return lots.refused(plan, message)
        case Wake():
            return _judged(None, plan, now)
        case _:
            return Decision(plan)


# --- starting and ending -------------------------------------------------------------------------------------------


def start(message: StartPlan, now: datetime) -> Decision[Plan]:
    """A new plan: all first lots are ordered at once."""
    fault = _why_not(message, now)
    if fault is not None:
        return Decision(None, refuse(message, message.plan_id, *fault))
    plan = Plan(
        plan_id=message.plan_id, buyer_id=message.buyer_id, name=message.name, styles=tuple(_styles(message)),
        orders=len(message.lots), follow_up_pieces=message.follow_up_pieces, limits=message.limits,
        thresholds=message.thresholds, started_at=now, ends_at=message.ends_at, destination=message.destination,
        fingerprint=message.fingerprint,
    )  # fmt: skip
    ids = [lots.order_id_of(plan.plan_id, number) for number in range(len(message.lots))]
    orders = tuple(lots.placed(plan, id, quote) for id, quote in zip(ids, message.lots, strict=True))
    event = PlanStarted(plan_id=plan.plan_id, buyer_id=plan.buyer_id, orders=tuple(ids))
    return Decision(plan.timed(now), (*orders, event, *done(message, plan.plan_id)))


def _styles(message: StartPlan) -> Iterator[Style]:
    for number, quote in enumerate(message.lots):
        for line in quote.lines:
            lot = Lot(
                order_id=lots.order_id_of(message.plan_id, number), pieces=line.quantity, fen=total_of((line,)),
                status="placed", first=True,
            )  # fmt: skip
            yield Style(sku_id=line.sku_id, offer_id=line.offer_id, lots=(lot,))


def _why_not(message: StartPlan, now: datetime) -> Fault | None:
    lines = [line for quote in message.lots for line in quote.lines]
    if any(quote.buyer_id != message.buyer_id or quote.kind != "goods" for quote in message.lots):
        return "forged_quote", "A lot is quoted for another buyer, or not as goods: POST /v1/quote quotes yours."
    if len({line.sku_id for line in lines}) < len(lines):
        return "duplicate_sku", "A SKU stands on two lines: add their quantities up into one."
    if len(lines) > MOST_STYLES:
        return "above_limits", f"{len(lines)} styles are more than the {MOST_STYLES} that a plan has: start several."
    if not now < message.ends_at <= now + LONGEST:
        return "bad_times", f"A test plan ends after now, and within {LONGEST.days} days."
    return _above_limits(message, lines)


def _above_limits(message: StartPlan, lines: list[OrderLine]) -> Fault | None:
    limits = message.limits
    for what, most, wanted in (
        ("pieces of a style", limits.style_pieces, max(line.quantity for line in lines)),
        ("fen for a style", limits.style_fen, max(total_of((line,)) for line in lines)),
        ("pieces in all", limits.pieces, sum(line.quantity for line in lines)),
        ("fen in all", limits.fen, total_of(lines)),
    ):
        if wanted > most:
            return "above_limits", f"The first lots have {wanted} {what}, and the limit is {most}: change either."
    return None


def start_again(plan: Plan, message: StartPlan) -> Decision[Plan]:
    """The same plan once more (its sender heard no answer), or another one under the same id."""
    if message.fingerprint == plan.fingerprint and message.buyer_id == plan.buyer_id:
        return Decision(plan, done(message, plan.plan_id))
    detail = f"Test plan {plan.plan_id} exists with other contents: use a new Idempotency-Key for a new one."
    return Decision(plan, refuse(message, plan.plan_id, "idempotency_conflict", detail))


def keep_time(plan: Plan, now: datetime) -> Decision[Plan]:
    """A plan whose time is up is over, whether or not anybody was woken for it."""
    if plan.status != "running" or now < plan.ends_at:
        return Decision(plan)
    return end(plan, "out_of_time", "the test plan is over")


def end(plan: Plan, how: PlanEnd, reason: str) -> Decision[Plan]:
    """Nothing more is ordered, and what is not paid is taken back."""
    stopped = lots.all_cancelled(plan, reason)
    assert stopped.state is not None
    event = PlanEnded(plan_id=plan.plan_id, buyer_id=plan.buyer_id, how=how)
    return Decision(stopped.state.evolve(status="ended", ended=how, wake_at=None), (*stopped.messages, event))


def _judged(before: Plan | None, plan: Plan, now: datetime) -> Decision[Plan]:
    """Verdicts by what is known now; when every style is stopped the plan is over. Without a change, nothing."""
    if plan is before or plan.status != "running":
        return Decision(plan)
    judged = lots.judged(plan, now)
    assert judged.state is not None
    if any(style.verdict != "stop" for style in judged.state.styles):
        return Decision(judged.state.timed(now), judged.messages)
    ended = end(judged.state, "all_stopped", "every style is stopped")
    return Decision(ended.state, (*judged.messages, *ended.messages))


# --- signals -------------------------------------------------------------------------------------------------------


def report(plan: Plan, message: ReportSales, now: datetime) -> Decision[Plan]:
    """Count what the shop has sold, each SKU and day once, by its highest revision."""
    after = plan
    for one in message.sold:
        counted = _counted(after, one, now)
        if isinstance(counted, tuple):
            return Decision(plan, refuse(message, plan.plan_id, *counted))
        after = counted
    if after is not plan and plan.status != "running":
        detail = f"Test plan {plan.plan_id} has ended ({plan.ended}): POST /v1/testplans starts another."
        return Decision(plan, refuse(message, plan.plan_id, "plan_ended", detail))
    judged = _judged(plan, after, now)
    return Decision(judged.state, (*judged.messages, *done(message, plan.plan_id)))


def _counted(plan: Plan, one: SoldOn, now: datetime) -> Plan | Fault:
    style = plan.style(one.sku_id)
    if style is None:
        detail = f"SKU {one.sku_id} is not under test in {plan.plan_id}; GET /v1/testplans/{plan.plan_id} has those."
        return "not_in_plan", detail
    first, last = (plan.started_at - ELSEWHERE).date(), (now + ELSEWHERE).date()
    if not first <= one.day <= last:
        return "bad_day", f"Sales of {one.day} are none of the plan's, which may be from {first} to {last}."
    key, new = _day_of(one), Signal(amount=one.pieces, revision=one.revision)
    known = plan.signals.get(key)
    if known is not None and known.revision >= new.revision:
        if known.revision == new.revision and known.amount != new.amount:
            detail = f"{known.amount} pieces of {one.sku_id} are reported for {one.day}: correct it by a new revision."
            return "idempotency_conflict", detail
        return plan
    sold = style.sold + new.amount - (known.amount if known else 0)
    counted = plan.with_style(style.sku_id, sold=sold, days=style.days + (known is None))
    return counted.evolve(signals={**counted.signals, key: new})


def reviewed(plan: Plan, message: NoteReview, now: datetime) -> Decision[Plan]:
    """The buyer has looked at a lot, and says what it is worth."""
    key, style = _review_of(message), plan.style(message.sku_id)
    if key in plan.signals or style is None:
        return Decision(plan)
    seen = plan.with_style(style.sku_id, reviews=style.reviews + 1, stars=style.stars + message.rating)
    return _judged(plan, seen.evolve(signals={**seen.signals, key: Signal(amount=message.rating)}), now)


def _day_of(one: SoldOn) -> str:
    return f"{one.sku_id}@{one.day}"


def _review_of(message: NoteReview) -> str:
    return f"review@{message.review_id}"


def _unknown(message: Message) -> Decision[Plan]:
    if not isinstance(message, Command):
        return Decision(None)
    detail = f"There is no test plan {message.plan_id}; GET /v1/testplans lists yours."
    return Decision(None, refuse(message, message.plan_id, "no_such_plan", detail))


# --- what others tell ----------------------------------------------------------------------------------------------


def note_of(event: OrderPaid | OrderDelivered | OrderCancelled | OrderExpired, now: datetime) -> Iterator[NoteLot]:
    """What became of an order of a plan."""
    plan_id = lots.plan_of(event.order_id)
    if plan_id is None:
        return
    match event:
        case OrderPaid():
            yield NoteLot(plan_id=plan_id, order_id=event.order_id, outcome="paid")
        case OrderDelivered():
            yield NoteLot(plan_id=plan_id, order_id=event.order_id, outcome="delivered")
        case OrderCancelled():
            yield NoteLot(plan_id=plan_id, order_id=event.order_id, outcome="cancelled")
        case OrderExpired():
            yield NoteLot(plan_id=plan_id, order_id=event.order_id, outcome="expired")


def review_of(event: ReviewAccepted, now: datetime) -> Iterator[NoteReview]:
    """A review of a plan's own lot."""
    plan_id = lots.plan_of(event.order_id)
    if plan_id is not None:
        yield NoteReview(
            plan_id=plan_id, order_id=event.order_id, sku_id=event.sku_id, review_id=event.review_id,
            rating=event.rating,
        )  # fmt: skip


FOLLOWS: dict[type[Message], Callable[..., Iterator[Message]]] = {
    OrderPaid: note_of, OrderDelivered: note_of, OrderCancelled: note_of, OrderExpired: note_of,
    ReviewAccepted: review_of,
}  # fmt: skip
"""What follows from which event."""
