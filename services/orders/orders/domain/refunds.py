"""How money goes back to a buyer (退款). What is not said here goes as with any order (`orders.domain.production`).

    before arrival: the money goes back at once, and the parcels are called back
      recalling --none had left--> recalled        --one arrived all the same--> returning --sent--> sent --> refunded
                --brought back--> back --inspected--> refunded                             --not in time--> kept
    after arrival, with evidence
      asked --agreed, or silence--> refunded, or with a return: returning --sent--> sent --inspected, or not--> refunded
            --refused--> refused --disputed--> disputed --ruled--> refunded | returning | denied
                                 --not in time--> denied           (pieces that did not come back are disputed too)

A case is of one order, and stands in it: whether money is released to the supplier or goes back is decided by the one
writer of that order, in one transaction with the postings. While a case may cost money, the order waits.
"""

from __future__ import annotations

from datetime import datetime

from headwater.contracts.base import Message, Refused, Sent, Wake
from headwater.contracts.buyerstanding import CountFact
from headwater.contracts.logistics import ParcelRecalled, ShipmentProgress, StockRefused, StockReserved
from headwater.contracts.orders import AcceptOrder
from headwater.contracts.refunds import (
    AnswerRefund,
    AskRefund,
    DisputeRefund,
    FreightCovered,
    InspectReturn,
    RefundAnswer,
    RuleRefund,
    SendReturn,
    WithdrawRefund,
)
from headwater.decision import Decision
from orders.domain import ledger, production
from orders.domain import order as rules
from orders.domain.refund_ask import ask
from orders.domain.refund_case import PLATFORM, Command, Fault, digest, moved, number_of, put, settle, step_of
from orders.domain.refund_returns import inspect, parcel_ended, send
from orders.domain.refund_state import Case, CaseStep
from orders.domain.state import Order, Policy

ACCEPTS = (
    *production.ACCEPTS, AskRefund, WithdrawRefund, AnswerRefund, DisputeRefund, RuleRefund, SendReturn, InspectReturn,
    ParcelRecalled, FreightCovered,
)  # fmt: skip


def decide(policy: Policy, order: Order | None, message: Message, now: datetime) -> Decision[Order]:
    """The outcome of one message for one order, whether or not money is asked back."""
    if order is None and isinstance(message, Command):
        return Decision(None, _refuse(message, "no_such_order", f"There is no order {message.order_id}."))
    if order is None or not (order.cases or isinstance(message, Command)):
        return production.decide(policy, order, message, now)
    keeps_time = isinstance(message, Wake | AcceptOrder | Command)
    late = keep_time(policy, order, now) if keeps_time else Decision(order)
    assert late.state is not None
    decided = _decided(policy, late.state, message, now)
    assert decided.state is not None
    return Decision(timed(decided.state), (*late.messages, *decided.messages))


def _decided(policy: Policy, order: Order, message: Message, now: datetime) -> Decision[Order]:
    match message:
        case _ if isinstance(message, Command):
            return command(policy, order, message, now)
        case ParcelRecalled():
            return parcel_ended(policy, order, message.shipment_id, message.outcome, now)
        case ShipmentProgress() if message.shipment_id not in order.shipments:
            if message.status != "delivered":
                return Decision(order)
            return parcel_ended(policy, order, message.shipment_id, "delivered", now)
        case FreightCovered():
            return freight_covered(order, message, now)
        case AcceptOrder() if message.buyer_id == order.buyer_id and any(one.is_owing for one in order.cases):
            detail = (
                f"Order {order.order_id} has a refund that is not decided: withdraw it, or wait; "
                f"GET /v1/orders/{order.order_id}/refunds shows it."
            )
            refused = Refused(id=order.order_id, code="refund_open", detail=detail)
            return Decision(order, (Sent(to=message.reply_to, message=refused),) if message.reply_to else ())
        case Wake() | StockReserved() | StockRefused():
            return Decision(order)  # time is kept above; a paid order has its stock, whatever is repeated
        case _:
            return production.decide(policy, order, message, now)


# --- commands ------------------------------------------------------------------------------------------------------


def command(policy: Policy, order: Order, message: Command, now: datetime) -> Decision[Order]:
    """One command, carried out, refused, or answered again."""
    case = next((one for one in order.cases if one.case_id == message.case_id), None)
    fault = _whose_fault(order, message)
    if fault is None and case is not None and any(step.digest == digest(message) for step in case.history):
        return Decision(order, _tell(order, case, message))
    outcome = fault or _outcome(policy, order, case, message, now)
    if isinstance(outcome, tuple):
        return Decision(order, _refuse(message, *outcome))
    assert outcome.state is not None
    (now_is,) = (one for one in outcome.state.cases if one.case_id == message.case_id)
    return Decision(outcome.state, (*outcome.messages, *_tell(outcome.state, now_is, message)))


def _whose_fault(order: Order, message: Command) -> Fault | None:
    match message:
        case AnswerRefund():
            mine = message.supplier_id == order.supplier_id
        case InspectReturn():
            mine = message.supplier_id in (order.supplier_id, None)
        case RuleRefund():
            mine = True  # the gateway lets nobody through but an operator
        case _:
            mine = message.buyer_id == order.buyer_id
    return None if mine else ("not_your_order", f"Order {order.order_id} is another's.")


def _outcome(
    policy: Policy, order: Order, case: Case | None, message: Command, now: datetime
) -> Decision[Order] | Fault:
    id = message.case_id
    if isinstance(message, AskRefund):
        if case is not None:
            return "idempotency_conflict", f"Refund {id} asks for something else: use a new Idempotency-Key."
        return ask(policy, order, message, now)
    if case is None:
        return "no_such_refund", f"Order {order.order_id} has no refund {id}: GET /v1/orders/{order.order_id}/refunds."
    match message:
        case AnswerRefund():
            return answer(policy, order, case, message, now)
        case DisputeRefund():
            if case.status != "refused":
                return "not_refused", f"Refund {id} is {case.status}: only a refusal can be disputed, while it is due."
            return moved(order, case, "disputed", step_of("disputed", order.buyer_id, now, message.text, message))
        case RuleRefund():
            return rule(policy, order, case, message, now)
        case SendReturn():
            return send(policy, order, case, message, now)
        case InspectReturn():
            return inspect(order, case, message, now)
        case WithdrawRefund():
            if not case.is_owing or case.status == "sent" or case.inspected is not None:
                return "not_withdrawable", f"Refund {id} is {case.status}: it can be withdrawn until goods are sent."
            return moved(order, case, "withdrawn", step_of("withdrawn", order.buyer_id, now, "", message))


def answer(policy: Policy, order: Order, case: Case, message: AnswerRefund, now: datetime) -> Decision[Order] | Fault:
    """The supplier agrees or refuses."""
    if case.status != "asked":
        return "not_asked", f"Refund {case.case_id} is {case.status}: it waits for no answer of yours."
    if message.agrees:
        return agreed(policy, order, case, step_of("agreed", order.supplier_id, now, message.reason, message), now)
    if not message.reason:
        return "no_reason", "Say why you refuse: the buyer may dispute it, and an operator reads it."
    step = step_of("refused", order.supplier_id, now, message.reason, message)
    return moved(order, case, "refused", step, due=now + policy.refunds.answer)


def agreed(policy: Policy, order: Order, case: Case, step: CaseStep, now: datetime) -> Decision[Order]:
    """It is to be paid: at once, or when the goods are back."""
    if case.returns and case.inspected is None:
        return moved(order, case, "returning", step, due=now + policy.refunds.send_back)
    return settle(order, case, step, now)


def rule(policy: Policy, order: Order, case: Case, message: RuleRefund, now: datetime) -> Decision[Order] | Fault:
    """An operator has heard both. A buyer who is not right at all has lost a dispute, which its standing counts."""
    if case.status != "disputed":
        return "not_disputed", f"Refund {case.case_id} is {case.status}: an operator rules on what is disputed."
    if (message.ruling == "part") != (message.amount_fen is not None) or (message.amount_fen or 0) >= case.asked_fen:
        return "wrong_amount", f"A ruling in part has an amount below {case.asked_fen} fen, and no other has one."
    step = step_of("ruled", PLATFORM, now, f"{message.ruling}: {message.reason}", message)
    if message.ruling == "none":
        denied = moved(order, case, "denied", step)
        lost = CountFact(buyer_id=order.buyer_id, order_id=order.order_id, fact="dispute_lost", at=now)
        return Decision(denied.state, (*denied.messages, lost))
    returns = case.returns if message.returns is None else message.returns
    ruled = case.model_copy(update={"agreed_fen": message.amount_fen or case.asked_fen, "returns": returns})
    return agreed(policy, order, ruled, step, now)


def freight_covered(order: Order, message: FreightCovered, now: datetime) -> Decision[Order]:
    """Insurance has paid the freight of a return: the buyer has it back."""
    case = next((one for one in order.cases if one.case_id == message.case_id and one.freight == "claimed"), None)
    if case is None:
        return Decision(order)  # told twice
    postings = ledger.compensated(order.buyer_id, message.amount_fen, case.case_id, now, of=str(number_of(order, case)))
    step = step_of("freight_paid", PLATFORM, now, f"{message.by_platform_fen} fen by the platform")
    paid = case.model_copy(
        update={"freight": "paid", "freight_fen": message.amount_fen, "history": (*case.history, step)}
    )
    return Decision(put(order, paid).evolve(postings={**order.postings, **postings}))


# --- time ----------------------------------------------------------------------------------------------------------


def keep_time(policy: Policy, order: Order, now: datetime) -> Decision[Order]:
    """What is due has happened, whether or not the order was woken for it."""
    messages: list[Message | Sent] = []
    for case in order.cases:
        if case.due is not None and case.due <= now:
            decided = overdue(policy, order, case, now)
            assert decided.state is not None
            order, messages = decided.state, [*messages, *decided.messages]
    if (ends := _accepted_at(order)) is not None and ends <= now:
        done = rules.complete(order, "window", now)
        return Decision(done.state, (*messages, *done.messages))
    return Decision(order, tuple(messages))


def overdue(policy: Policy, order: Order, case: Case, now: datetime) -> Decision[Order]:
    """A side has let its time pass."""
    match case.status:
        case "asked":
            return agreed(policy, order, case, step_of("silent", order.supplier_id, now, "no answer in time"), now)
        case "refused":
            return moved(order, case, "denied", step_of("not_disputed", order.buyer_id, now))
        case "returning":
            why = step_of("not_sent", order.buyer_id, now)
            return moved(order, case, "kept" if case.early else "lapsed", why)
        case _:
            return settle(order, case, step_of("not_inspected", order.supplier_id, now), now)


def timed(order: Order) -> Order:
    """Woken when the next thing is due: of its cases, or its acceptance, which waits for those that may cost money."""
    if not order.cases:
        return order
    dues = [case.due for case in order.cases if case.due is not None]
    wake_at = min((*dues, *([ends] if (ends := _accepted_at(order)) is not None else ())), default=None)
    return order if wake_at == order.wake_at else order.evolve(wake_at=wake_at)


def _accepted_at(order: Order) -> datetime | None:
    """When the goods count as accepted; None while they do not by themselves."""
    waits = order.status != "delivered" or any(case.is_owing for case in order.cases)
    return None if waits else order.accept_by


# --- answers -------------------------------------------------------------------------------------------------------


def _tell(order: Order, case: Case, message: Command) -> tuple[Sent, ...]:
    if message.reply_to is None:
        return ()
    answered = RefundAnswer(
        order_id=order.order_id, case_id=case.case_id, status=case.status, asked_fen=case.asked_fen,
        refunded_fen=case.refunded_fen, due=case.due,
    )  # fmt: skip
    return (Sent(to=message.reply_to, message=answered),)


def _refuse(message: Command, code: str, detail: str) -> tuple[Sent, ...]:
    if message.reply_to is None:
        return ()
    return (Sent(to=message.reply_to, message=Refused(id=message.case_id, code=code, detail=detail)),)
