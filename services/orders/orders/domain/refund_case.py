"""How a case goes on: the steps that the rules of refunds share, and the money and messages that go with each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b
from typing import Any

from headwater.contracts.base import Message
from headwater.contracts.orders import OrderCancelled
from headwater.contracts.refunds import (
    AnswerRefund,
    AskRefund,
    DisputeRefund,
    InspectReturn,
    RefundLine,
    RefundMoved,
    RefundStatus,
    RuleRefund,
    SendReturn,
    WithdrawRefund,
)
from headwater.decision import Decision
from orders.domain import insurance, ledger
from orders.domain.refund_state import Case, CaseEvent, CaseStep
from orders.domain.state import Order, Step

Command = AskRefund | WithdrawRefund | AnswerRefund | DisputeRefund | RuleRefund | SendReturn | InspectReturn
Fault = tuple[str, str]
"""Why a command is refused: a code for programs, and what to do."""
PLATFORM = "platform"


def step_of(what: CaseEvent, by: str, now: datetime, why: str = "", message: Command | None = None) -> CaseStep:
    """A line of a case's history; of a command also what tells that command from others."""
    evidence = message.evidence if isinstance(message, AskRefund | DisputeRefund) else ()
    return CaseStep(what=what, by=by, at=now, why=why, evidence=evidence, digest=digest(message) if message else "")


def digest(message: Command) -> str:
    """The same for the same command, whoever waits for its answer."""
    return blake2b(message.model_dump_json(exclude={"reply_to"}).encode(), digest_size=16).hexdigest()


def price_of(order: Order, lines: Iterable[RefundLine]) -> int:
    """What these pieces cost the buyer."""
    prices = {line.sku_id: line.unit_price_fen for line in order.lines}
    return sum(line.pieces * prices[line.sku_id] for line in lines)


def moved(order: Order, case: Case, status: RefundStatus, *steps: CaseStep, **changes: Any) -> Decision[Order]:
    """The case in a status, from now on without a clock unless `changes` set one; and the event that tells it."""
    history = (*case.history, *steps)
    changed = case.model_copy(update={"due": None, **changes, "status": status, "history": history})
    event = RefundMoved(
        order_id=order.order_id, case_id=case.case_id, buyer_id=order.buyer_id, supplier_id=order.supplier_id,
        status=status, reason=case.reason, early=case.early, lines=case.lines, asked_fen=case.asked_fen,
        refunded_fen=changed.refunded_fen, due=changed.due, why=history[-1].why,
    )  # fmt: skip
    return Decision(put(order, changed), (event,))


def put(order: Order, case: Case) -> Order:
    """The order with this case as it is now, or as a new one."""
    if all(one.case_id != case.case_id for one in order.cases):
        return order.evolve(cases=(*order.cases, case))
    return order.evolve(cases=tuple(case if one.case_id == case.case_id else one for one in order.cases))


def number_of(order: Order, case: Case) -> int:
    """The case's number in its order, from 0, which names its postings and returns; of a new case its number to be."""
    return next((at for at, one in enumerate(order.cases) if one.case_id == case.case_id), len(order.cases))


def pay_back(order: Order, case: Case, now: datetime) -> Decision[Order]:
    """The money of a case goes back from escrow; an order that has none left is cancelled, and never released."""
    amount, price = case.agreed_fen, price_of(order, case.lines)
    rest = order.paid_fen - amount
    vouched = {line.sku_id: line.vouched_fen for line in order.lines}
    of_lines = sum(line.pieces * vouched[line.sku_id] for line in case.lines)
    unvouched = of_lines * amount // price if rest else ledger.vouched_fen(order.lines) - order.unvouched_fen
    postings = ledger.refunded(order.buyer_id, amount, unvouched, case.case_id, now, of=str(number_of(order, case)))
    paid = order.evolve(
        paid_fen=rest, refunded_fen=order.refunded_fen + amount, unvouched_fen=order.unvouched_fen + unvouched,
        postings={**order.postings, **postings}, history=order.happened("refunded", now, case.case_id),
    )  # fmt: skip
    if rest:
        return Decision(paid)
    over = (*paid.history, Step(what="cancelled", at=paid.history[-1].at, note=case.reason))
    event = OrderCancelled(
        order_id=order.order_id, buyer_id=order.buyer_id, reason=f"refunded: {case.reason}", company=order.company,
        refunded_fen=paid.refunded_fen,
    )  # fmt: skip
    return Decision(paid.evolve(status="cancelled", history=over), (event,))


def settle(order: Order, case: Case, step: CaseStep, now: datetime, **changes: Any) -> Decision[Order]:
    """Nothing stands in the way of the money: it goes back, and insurance covers the freight of what was sent back."""
    messages: tuple[Message, ...] = ()
    steps = [step]
    if not case.early:
        back = pay_back(order, case, now)
        assert back.state is not None
        order, messages = back.state, tuple(one for one in back.messages if isinstance(one, Message))
        steps.append(step_of("paid", PLATFORM, now))
        changes["refunded_fen"] = case.agreed_fen
    claim = insurance.claim_of(order, case) if case.tracking_number else None
    if claim is not None:
        messages = (*messages, claim)
        changes["freight"] = "claimed"
    done = moved(order, case, "refunded", *steps, **changes)
    return Decision(done.state, (*messages, *done.messages))
