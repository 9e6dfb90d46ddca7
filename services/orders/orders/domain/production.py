"""How a made-to-order order gets its goods. What is not said here goes as with any order (`orders.domain.order`).

    placed = confirmed: agreed --paid--> producing --all pieces in warehouses--> received --held--> reserved --> shipped
                                            |                                       |
                                            +-- made_by --> overdue --> received    +-- refused --> held_up
                                                            |                                       |
                                                            +---- cancelled, and the money back ----+

Its status is `paid` all the while (1688: waitsellersend): the factory owes the goods, the platform has the money. The
factory brings batches into origin warehouses; each is received as stock of the order's SKUs, which nothing else is ever
sold from, and when all of it is there the order holds it and goes on.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from headwater.contracts.base import Done, Message, Refused, ReplyTo, Sent
from headwater.contracts.logistics import StockRefused, StockReserved
from headwater.contracts.orders import CancelOrder, OrderCancelled, PayOrder, PlaceOrder
from headwater.contracts.production import (
    BatchFinished,
    ProductionHeldUp,
    ProductionOverdue,
    ProductionReceived,
    ProductionStarted,
)
from headwater.contracts.topics import ORDER_INBOX
from headwater.decision import Decision
from orders.domain import batches, ledger
from orders.domain import order as rules
from orders.domain.state import Order, Policy, Production

ACCEPTS = (*rules.ACCEPTS, BatchFinished, Done, Refused)


def decide(policy: Policy, order: Order | None, message: Message, now: datetime) -> Decision[Order]:
    """The outcome of one message for one order, whether its goods exist or are made for it."""
    if order is None and isinstance(message, PlaceOrder) and message.made is not None:
        return place(policy, message, now)
    if order is None or order.production is None:
        if isinstance(message, BatchFinished):
            return not_made(order, message)
        return rules.decide(policy, order, message, now)
    late = keep_time(order, order.production, now)
    assert late.state is not None
    assert late.state.production is not None
    decided = _made(policy, late.state, late.state.production, message, now)
    return Decision(decided.state, (*late.messages, *decided.messages))


def _made(policy: Policy, order: Order, made: Production, message: Message, now: datetime) -> Decision[Order]:
    match order.status, made.stage, message:
        case _, _, BatchFinished():
            return batch(order, made, message)
        case "confirmed", _, PayOrder():
            return pay(order, made, message, now)
        case "paid", _, Done() | Refused():
            return answered(order, made, message, now)
        case "paid", "received", StockReserved():
            return held(order, made, message, now)
        case "paid", "received", StockRefused():
            return held_up(order, made, message, now)
        case "paid", "overdue" | "held_up", CancelOrder() if message.buyer_id == order.buyer_id:
            return refund(order, message, now)
        case _:
            return rules.decide(policy, order, message, now)


# --- placing and paying --------------------------------------------------------------------------------------------


def place(policy: Policy, message: PlaceOrder, now: datetime) -> Decision[Order]:
    """A new order at an inquiry's terms: there is no stock to wait for, so it may be paid at once."""
    assert message.made is not None
    if any(str(line.offer_id) != message.made.inquiry_id for line in message.lines):
        detail = f"Order {message.order_id} is made under {message.made.inquiry_id}, and has lines of other offers."
        return Decision(None, _refuse(message.reply_to, message.order_id, "forged_quote", detail))
    placed = rules.place(policy, message, now)
    if placed.state is None:
        return placed
    agreed = placed.state.evolve(production=Production(made=message.made))
    confirmed = rules.confirm(policy, agreed, now)
    return Decision(confirmed.state, (*placed.messages, *confirmed.messages))


def pay(order: Order, made: Production, message: PayOrder, now: datetime) -> Decision[Order]:
    """Paid in full: the factory has so many days to make it."""
    paid = rules.pay(order, message, now)
    if paid.state is None or paid.state.status != "paid":
        return paid
    made_by = now + timedelta(days=made.made.lead_days)
    started = made.model_copy(update={"stage": "producing", "made_by": made_by})
    event = ProductionStarted(
        inquiry_id=made.made.inquiry_id, order_id=order.order_id, supplier_id=order.supplier_id, lines=order.lines,
        made_by=made_by,
    )  # fmt: skip
    return Decision(paid.state.evolve(production=started, wake_at=made_by), (*paid.messages, event))


def keep_time(order: Order, made: Production, now: datetime) -> Decision[Order]:
    """Not all of it is there in time: the buyer may now take the money back; the factory may still bring it."""
    if order.status != "paid" or made.stage != "producing" or made.made_by is None or now < made.made_by:
        return Decision(order)
    late = order.evolve(
        production=made.model_copy(update={"stage": "overdue"}), wake_at=None, history=order.happened("overdue", now)
    )
    event = ProductionOverdue(
        inquiry_id=made.made.inquiry_id, order_id=order.order_id, buyer_id=order.buyer_id,
        supplier_id=order.supplier_id, made_by=made.made_by,
    )  # fmt: skip
    return Decision(late, (event,))


# --- batches -------------------------------------------------------------------------------------------------------


def batch(order: Order, made: Production, message: BatchFinished) -> Decision[Order]:
    """The factory has brought a batch: it is received as stock, each line by a receipt of its own."""
    number = batches.number_of(made.batches, message.batch_id)
    fault = _why_not_taken(order, made, message, known=number is not None)
    if fault is not None:
        return Decision(order, _refuse(message.reply_to, message.batch_id, *fault))
    if number is not None:
        taken = batches.again(_named(order), made.batches, number, message, waits=order.status == "paid")
    else:
        taken = batches.take(ReplyTo(topic=ORDER_INBOX, key=order.order_id), made.batches, message)
    return Decision(_with(order, made, taken.batches), taken.messages)


def _why_not_taken(order: Order, made: Production, message: BatchFinished, known: bool) -> tuple[str, str] | None:
    if message.supplier_id != order.supplier_id:
        return "not_your_order", f"Order {order.order_id} is made by another factory."
    if known:
        return None
    if order.status != "paid" or made.stage not in ("producing", "overdue"):
        where = made.stage if order.status == "paid" else order.status
        detail = f"{_named(order)} is {where}: batches are brought from its payment until all of it is there."
        return "not_producing", detail
    return batches.why_not(
        _named(order), made.batches, {line.sku_id: line.quantity for line in order.lines}, message
    )  # fmt: skip


def answered(order: Order, made: Production, message: Done | Refused, now: datetime) -> Decision[Order]:
    """A line's stock has it, or will not. Once all pieces of the order are there, they are asked for."""
    heard = batches.answered(order.order_id, made.batches, message)
    if heard is None:
        return Decision(order)  # told twice
    all_there = _received(_with(order, made, heard.batches), now)
    return Decision(all_there.state, (*heard.messages, *all_there.messages))


def _received(order: Order, now: datetime) -> Decision[Order]:
    made = order.production
    assert made is not None
    if any(batches.pieces_in(made.batches, line.sku_id, "received") < line.quantity for line in order.lines):
        return Decision(order)
    there = order.evolve(
        production=made.model_copy(update={"stage": "received"}), wake_at=None, history=order.happened("received", now)
    )
    event = ProductionReceived(inquiry_id=made.made.inquiry_id, order_id=order.order_id)
    return Decision(there, (*rules.reservations(there), event))


# --- from the warehouse on -----------------------------------------------------------------------------------------


def held(order: Order, made: Production, message: StockReserved, now: datetime) -> Decision[Order]:
    """A line is held; when all are, each warehouse is asked for its parcel."""
    if any(one.sku_id == message.sku_id for one in order.allocations):
        return Decision(order)  # told twice
    order = order.evolve(allocations=(*order.allocations, *message.allocations))
    if not order.is_held:
        return Decision(order)
    shipments = rules.shipments_of(order)
    reserved = order.evolve(
        production=made.model_copy(update={"stage": "reserved"}), history=order.happened("reserved", now),
        shipments={shipment.shipment_id: "created" for shipment in shipments},
    )  # fmt: skip
    return Decision(reserved, shipments)


def held_up(order: Order, made: Production, message: StockRefused, now: datetime) -> Decision[Order]:
    """What was made cannot be held, such as for a city that nobody goes to: the buyer may have the money back."""
    reason = f"{message.sku_id}: {message.detail}"
    late = order.evolve(
        production=made.model_copy(update={"stage": "held_up"}), history=order.happened("held_up", now, reason)
    )
    event = ProductionHeldUp(inquiry_id=made.made.inquiry_id, order_id=order.order_id, reason=reason)
    return Decision(late, (event,))


def refund(order: Order, message: CancelOrder, now: datetime) -> Decision[Order]:
    """The buyer waits no longer: the money goes back, and what is held is given back."""
    cancelled = order.evolve(
        status="cancelled", paid_fen=0, refunded_fen=order.paid_fen, wake_at=None,
        postings={
            **order.postings,
            **ledger.refunded(
                order.buyer_id, order.paid_fen, ledger.vouched_fen(order.lines), order.order_id, now
            ),
        },
        history=order.happened("cancelled", now, message.reason),
    )  # fmt: skip
    event = OrderCancelled(
        order_id=order.order_id, buyer_id=order.buyer_id, reason=message.reason, refunded_fen=order.paid_fen,
        company=order.company,
    )  # fmt: skip
    return Decision(cancelled, (*rules.release(order), event, *cancelled.tell(message.reply_to)))


# --- refusing ------------------------------------------------------------------------------------------------------


def not_made(order: Order | None, message: BatchFinished) -> Decision[Order]:
    """A batch of an order that nobody makes."""
    if order is None:
        fault = "no_such_order", f"There is no order {message.order_id}."
    else:
        fault = "not_producing", f"Order {message.order_id} is of goods that exist: POST /v1/stock/receipts has theirs."
    return Decision(order, _refuse(message.reply_to, message.batch_id, *fault))


def _named(order: Order) -> str:
    return f"Order {order.order_id}"


def _with(order: Order, made: Production, brought: batches.Batches) -> Order:
    """The order with these batches; the same if it has them already."""
    if brought is made.batches:
        return order
    return order.evolve(production=made.model_copy(update={"batches": brought}))


def _refuse(reply_to: ReplyTo | None, id: str, code: str, detail: str) -> tuple[Sent, ...]:
    return (Sent(to=reply_to, message=Refused(id=id, code=code, detail=detail)),) if reply_to else ()
