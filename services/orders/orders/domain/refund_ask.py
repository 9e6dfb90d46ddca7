"""Asking for money back: before the goods arrive at once, after it with evidence and for an answer."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from headwater.contracts.base import Message, ReplyTo, SkuId
from headwater.contracts.logistics import RecallShipment
from headwater.contracts.refunds import AskRefund, RefundLine
from headwater.contracts.topics import ORDER_INBOX
from headwater.decision import Decision
from orders.domain import order as rules
from orders.domain.refund_case import PLATFORM, Fault, moved, pay_back, price_of, step_of
from orders.domain.refund_state import Case
from orders.domain.state import Order, Policy

MOST_CASES = 20
"""Of one order; each piece is in one that was not withdrawn, at most."""


def ask(policy: Policy, order: Order, message: AskRefund, now: datetime) -> Decision[Order] | Fault:
    """A new case, or why there is none."""
    fault = _why_not(order, message)
    if fault is not None:
        return fault
    if order.status in {"paid", "shipped"}:
        return _early(policy, order, message, now)
    return _with_evidence(policy, order, message, now)


def _why_not(order: Order, message: AskRefund) -> Fault | None:
    id = order.order_id
    if len(order.cases) >= MOST_CASES:
        return "too_many_refunds", f"Order {id} has {MOST_CASES} requests already: go on with one of those."
    match order.status:
        case "reserving" | "confirmed":
            return "not_paid", f"Order {id} is not paid: POST /v1/orders/{id}/cancel takes it back."
        case "completed":
            return "already_accepted", f"Order {id} is accepted, and its money the supplier's: ask before accepting."
        case "refused" | "cancelled" | "expired":
            return "nothing_to_refund", f"Order {id} is {order.status}: nothing is paid that has not gone back."
        case "paid" if not order.shipments:
            return "being_made", (
                f"The goods of order {id} are being made for it: POST /v1/orders/{id}/cancel gives the money back "
                "once they are overdue."
            )
        case _:
            return None


# --- before arrival ------------------------------------------------------------------------------------------------


def _early(policy: Policy, order: Order, message: AskRefund, now: datetime) -> Decision[Order] | Fault:
    """All parcels that have not arrived: their money goes back now, and they are called back."""
    if message.lines or message.amount_fen is not None:
        detail = f"Order {order.order_id} has not arrived: leave lines and amount out, whole parcels are called back."
        return "whole_parcels", detail
    coming = [id for id, status in order.shipments.items() if status != "delivered"]
    pieces: Counter[SkuId] = Counter()
    for held in order.allocations:
        if rules.shipment_id_of(order.order_id, held.warehouse_id) in coming:
            pieces[held.sku_id] += held.pieces
    lines = tuple(RefundLine(sku_id=sku, pieces=count) for sku, count in pieces.items())
    case = _case(message, lines, price_of(order, lines), early=True).model_copy(
        update={"parcels": dict.fromkeys(coming, "recalling")}
    )
    there = {id: status for id, status in order.shipments.items() if id not in coming}
    paid = pay_back(order.evolve(shipments=there), case, now) if case.asked_fen else Decision(
        order.evolve(shipments=there)
    )  # fmt: skip
    assert paid.state is not None
    steps = step_of("asked", order.buyer_id, now, message.text, message), step_of("paid", PLATFORM, now)
    asked = moved(paid.state, case, "recalling", *steps, refunded_fen=case.asked_fen)
    assert asked.state is not None
    recalls = tuple(
        RecallShipment(
            shipment_id=id, order_id=order.order_id, reason=message.reason,
            reply_to=ReplyTo(topic=ORDER_INBOX, key=order.order_id),
        )
        for id in coming
    )  # fmt: skip
    messages: tuple[Message, ...] = (*recalls, *asked.messages, *paid.messages)  # type: ignore[arg-type]
    if asked.state.status == "cancelled":
        return Decision(asked.state, messages)
    arrived = rules.arrive(policy, asked.state, now)  # what is left of the order is there
    return Decision(arrived.state, (*messages, *arrived.messages))


# --- after arrival -------------------------------------------------------------------------------------------------


def _with_evidence(policy: Policy, order: Order, message: AskRefund, now: datetime) -> Decision[Order] | Fault:
    delivered = next(step.at for step in reversed(order.history) if step.what == "delivered")
    until = delivered + policy.refunds.ask
    if now >= until:
        return "refund_window_closed", (
            f"Order {order.order_id} was delivered {delivered:%F %T} UTC: refunds could be asked for until "
            f"{until:%F %T} UTC. The supplier's own warranty is what is left."
        )
    left = left_of(order)
    wanted = message.lines or tuple(RefundLine(sku_id=sku, pieces=count) for sku, count in left.items() if count)
    fault = _lines_fault(order, wanted, left)
    if fault is not None:
        return fault
    if not message.evidence:
        return "no_evidence", "Say with which photos it can be seen: evidence takes up to 9 references."
    price = price_of(order, wanted)
    if not price:
        return "nothing_to_refund", "These pieces cost nothing."
    if (message.amount_fen or 0) > price:
        return "amount_too_large", f"These pieces cost {price} fen: ask for at most that, or leave the amount out."
    case = _case(message, wanted, message.amount_fen or price)
    step = step_of("asked", order.buyer_id, now, message.text, message)
    return moved(order, case, "asked", step, due=now + policy.refunds.answer)


def left_of(order: Order) -> Counter[SkuId]:
    """The pieces of an order that no case is about, but such as were withdrawn."""
    left = Counter({line.sku_id: line.quantity for line in order.lines})
    for case in order.cases:
        if case.status != "withdrawn":
            left.subtract(case.pieces)
    return left


def _lines_fault(order: Order, wanted: tuple[RefundLine, ...], left: Counter[SkuId]) -> Fault | None:
    if not wanted:
        return "nothing_to_refund", f"Every piece of order {order.order_id} is in a request: GET its refunds."
    if len({line.sku_id for line in wanted}) < len(wanted):
        return "duplicate_sku", "A SKU stands on two lines: add their pieces up into one."
    for line in wanted:
        if line.sku_id not in left:
            known = ", ".join(one.sku_id for one in order.lines)
            return "not_in_order", f"{line.sku_id} is not in order {order.order_id}; it has {known}."
        if line.pieces > left[line.sku_id]:
            detail = f"{left[line.sku_id]} pieces of {line.sku_id} are in no request yet, not {line.pieces}."
            return "too_many_pieces", detail
    return None


def _case(message: AskRefund, lines: tuple[RefundLine, ...], asked_fen: int, early: bool = False) -> Case:
    return Case(
        case_id=message.case_id, status="asked", reason=message.reason, early=early, lines=lines,
        returns=message.returns and not early, asked_fen=asked_fen, agreed_fen=asked_fen, history=(),
    )  # fmt: skip
