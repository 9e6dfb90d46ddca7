"""How an order goes: placed, stock asked for, confirmed or refused, paid, shipped, delivered, accepted, completed.

    reserving --all held--> confirmed --paid in time--> paid --> shipped --> delivered --accepted--> completed
        |                       |
        +-- one line refused -> refused        (every refusal, cancellation and expiry releases what is held)
        +-- cancelled <---------+-- payment window over -> expired

Every function takes the order and what happened, and returns the order from then on with the messages that follow. A
message that does not fit the order's state changes nothing: it is late, repeated, or refused by name. Where goods are
made to order, `orders.domain.production` stands before these rules, and where money is asked back, before both,
`orders.domain.refunds`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from headwater.contracts.base import Fen, Message, OrderId, Refused, ReplyTo, Sent, ShipmentId, Wake, WarehouseId
from headwater.contracts.campaigns import enrolment_id
from headwater.contracts.logistics import (
    CreateShipment,
    ParcelLine,
    ReleaseStock,
    ReserveStock,
    ShipmentProgress,
    StockRefused,
    StockReserved,
)
from headwater.contracts.orders import (
    AcceptOrder,
    CancelOrder,
    ConfirmOrder,
    OrderAccepted,
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderDelivered,
    OrderExpired,
    OrderHeld,
    OrderLine,
    OrderPaid,
    OrderPlaced,
    OrderRefused,
    OrderShipped,
    PayOrder,
    PlaceOrder,
)
from headwater.contracts.quotes import is_genuine
from headwater.contracts.topics import ORDER_INBOX
from headwater.decision import Decision
from orders.domain import insurance, ledger
from orders.domain.premium import premium_fen
from orders.domain.state import Order, Policy, Step

ACCEPTS = (
    PlaceOrder, ConfirmOrder, PayOrder, CancelOrder, AcceptOrder, StockReserved, StockRefused, ShipmentProgress,
)  # fmt: skip
Command = PlaceOrder | PayOrder | CancelOrder | AcceptOrder
MOST_FEN = 10**15
"""The largest amount a message carries."""
_UNDERWAY = ("collected", "in_transit", "out_for_delivery", "delivered")


def decide(policy: Policy, order: Order | None, message: Message, now: datetime) -> Decision[Order]:
    """The outcome of one message for one order."""
    if order is None:
        return place(policy, message, now) if isinstance(message, PlaceOrder) else unknown(message)
    match message:
        case StockReserved():
            return held(policy, order, message, now)
        case ConfirmOrder():
            return confirm_together(policy, order, now)
        case StockRefused():
            return not_held(order, message, now)
        case PayOrder():
            return pay(order, message, now)
        case ShipmentProgress():
            return moved(policy, order, message, now)
        case AcceptOrder():
            return accept_by_buyer(order, message, now)
        case CancelOrder():
            return cancel(order, message, now)
        case PlaceOrder():
            return place_again(order, message)
        case Wake():
            return wake(order, now)
        case _:
            return Decision(order)


# --- placing -------------------------------------------------------------------------------------------------------


def place(policy: Policy, message: PlaceOrder, now: datetime) -> Decision[Order]:
    """A new order: ask for the stock of every line, unless its goods are yet to be made."""
    total = total_of(message.lines)
    fault = _why_not_placed(message, total) or _quote_fault(policy, message, now) or _campaign_fault(message, now)
    fault = fault or _pool_fault(message)
    if fault is not None:
        return Decision(None, _refuse(message, *fault))
    run = message.campaign
    order = Order(
        order_id=message.order_id, buyer_id=message.buyer_id, supplier_id=message.supplier_id,
        currency=message.currency, lines=message.lines, destination=message.destination,
        fingerprint=message.fingerprint, out_order_id=message.out_order_id, total_fen=total, kind=message.kind,
        status="reserving", placed_at=now, pay_within_s=message.pay_within_s, reply_to=message.reply_to,
        together=message.together, campaign_id=run.campaign_id if run else None, company=message.company,
        pool=message.pool, history=(Step(what="placed", at=now),),
    )  # fmt: skip
    placed = OrderPlaced(
        order_id=order.order_id, buyer_id=order.buyer_id, supplier_id=order.supplier_id, lines=order.lines,
        total_fen=total, currency=order.currency, city=message.destination.city, out_order_id=order.out_order_id,
        kind=order.kind, campaign_id=order.campaign_id, company=order.company,
    )  # fmt: skip
    return Decision(order, (placed,) if message.made else (*reservations(order), placed))


def reservations(order: Order) -> tuple[ReserveStock, ...]:
    """What is asked of the stock of every line."""
    reply_to = ReplyTo(topic=ORDER_INBOX, key=order.order_id)
    return tuple(
        ReserveStock(
            sku_id=line.sku_id, order_id=order.order_id, pieces=line.quantity, city=order.destination.city,
            reply_to=reply_to, buyer_id=order.buyer_id if order.campaign_id else None,
            enrolment_id=enrolment_id(order.campaign_id, line.offer_id) if order.campaign_id else None,
        )
        for line in order.lines
    )  # fmt: skip


def total_of(lines: Iterable[OrderLine]) -> int:
    """What these lines cost, in fen."""
    return sum(line.quantity * line.unit_price_fen for line in lines)


def _why_not_placed(message: PlaceOrder, total: Fen) -> tuple[str, str] | None:
    if len({line.sku_id for line in message.lines}) < len(message.lines):
        return "duplicate_sku", "A SKU stands on two lines: add their quantities up into one."
    if total == 0:
        return "nothing_to_pay", "The order's total is 0 fen: its lines need a price from a quote."
    if total > MOST_FEN:
        return "amount_too_large", f"The order's total is {total:,} fen; one order holds {MOST_FEN:,}: split it."
    return None


def _quote_fault(policy: Policy, message: PlaceOrder, now: datetime) -> tuple[str, str] | None:
    """That its prices are not, or no longer, the catalog's."""
    seal = message.seal
    if seal is None:
        return "no_quote", f"Order {message.order_id} has no seal of a quote: ask the catalog for one, with its lines."
    priced = (message.buyer_id, message.supplier_id, message.currency, message.kind, message.lines, message.campaign)
    if not is_genuine(policy.secrets, seal, *priced):
        return "forged_quote", (
            f"The catalog has not sealed these lines of order {message.order_id} for {message.buyer_id}: "
            "place exactly what was quoted."
        )
    if seal.expires_at <= now:
        return "expired_quote", f"The quote of order {message.order_id} ended {seal.expires_at:%F %T} UTC: ask anew."
    return None


def _campaign_fault(message: PlaceOrder, now: datetime) -> tuple[str, str] | None:
    """That its campaign has not started by the broker's clock, or is over."""
    run = message.campaign
    if run is None:
        return None
    if now < run.starts_at:
        return "campaign_not_started", (
            f"Campaign {run.campaign_id} starts {run.starts_at:%F %T} UTC: place the order again from then on."
        )
    if now >= run.ends_at:
        return "campaign_over", f"Campaign {run.campaign_id} ended {run.ends_at:%F %T} UTC: order at the usual price."
    return None


def _pool_fault(message: PlaceOrder) -> tuple[str, str] | None:
    """That it is to have a pool's price without a pool, or the other way round."""
    if (message.kind == "pool") == (message.pool is not None):
        return None
    return "join_a_pool", "Goods have a pool's price for who joins a pool: ListPools shows them."


def place_again(order: Order, message: PlaceOrder) -> Decision[Order]:
    """The same order once more (its sender heard no answer), or another one under the same id."""
    if message.fingerprint != order.fingerprint or message.buyer_id != order.buyer_id:
        detail = f"Order {order.order_id} exists with other contents: use a new Idempotency-Key for a new order."
        return Decision(order, _refuse(message, "idempotency_conflict", detail))
    if order.status == "reserving" and message.reply_to is not None:
        return Decision(order.evolve(reply_to=message.reply_to))
    return Decision(order, order.tell(message.reply_to))


# --- stock ---------------------------------------------------------------------------------------------------------


def held(policy: Policy, order: Order, message: StockReserved, now: datetime) -> Decision[Order]:
    """A line is held. When all are, the order is confirmed and waits for payment, unless it waits for others first."""
    if order.status in {"refused", "cancelled", "expired"}:
        # Released with the order; yet a reservation that was repeated since then, by hand, may hold anew.
        return Decision(order, (ReleaseStock(sku_id=message.sku_id, order_id=order.order_id),))
    if order.status != "reserving" or any(a.sku_id == message.sku_id for a in order.allocations):
        return Decision(order)  # told twice
    order = order.evolve(allocations=(*order.allocations, *message.allocations))
    if not order.is_held:
        return Decision(order)
    if order.together:
        told = (Sent(to=order.reply_to, message=OrderHeld(order_id=order.order_id)),) if order.reply_to else ()
        return Decision(order, told)
    return confirm(policy, order, now)


def confirm_together(policy: Policy, order: Order, now: datetime) -> Decision[Order]:
    """Its checkout says that the others are held as well. An order that was cancelled meanwhile stays so."""
    if order.status != "reserving" or not order.together or not order.is_held:
        return Decision(order)
    return confirm(policy, order, now)


def confirm(policy: Policy, order: Order, now: datetime) -> Decision[Order]:
    """Every line is held: the buyer may pay."""
    window = policy.payment_window
    if order.pay_within_s is not None:
        window = min(window, timedelta(seconds=order.pay_within_s))
    pay_by = now + window
    confirmed = order.evolve(
        status="confirmed", pay_by=pay_by, wake_at=pay_by, reply_to=None, history=order.happened("confirmed", now)
    )  # fmt: skip
    event = OrderConfirmed(
        order_id=order.order_id, buyer_id=order.buyer_id, allocations=order.allocations, pay_by=pay_by
    )
    return Decision(confirmed, (event, *confirmed.tell(order.reply_to)))


def not_held(order: Order, message: StockRefused, now: datetime) -> Decision[Order]:
    """A line cannot be held: the order is refused whole."""
    if order.status != "reserving":
        return Decision(order)
    reason = f"{message.sku_id}: {message.detail}"
    refused = order.evolve(
        status="refused", refusal=reason, reply_to=None, history=order.happened("refused", now, reason)
    )
    event = OrderRefused(
        order_id=order.order_id,
        buyer_id=order.buyer_id,
        reason=reason,
        trials=order.trials,
        company=order.company,
        samples=order.samples,
    )
    return Decision(refused, (*release(order, but=message.sku_id), event, *refused.tell(order.reply_to)))


def release(order: Order, but: str = "") -> tuple[ReleaseStock, ...]:
    """Give back what is held, or may come to be."""
    # To every line, held or not yet: the stock hears of it after the reservation, whose answer may be on its way.
    return tuple(
        ReleaseStock(sku_id=line.sku_id, order_id=order.order_id) for line in order.lines if line.sku_id != but
    )


# --- payment -------------------------------------------------------------------------------------------------------


def pay(order: Order, message: PayOrder, now: datetime) -> Decision[Order]:
    """The buyer pays in full and in time: each warehouse is asked for its parcel."""
    if message.payment_id == order.payment_id and message.buyer_id == order.buyer_id:
        return Decision(order, order.tell(message.reply_to))
    fault = _why_not_paid(order, message, now)
    if fault is not None:
        refusal = _refuse(message, *fault)
        if fault[0] == "payment_window_closed" and order.status == "confirmed":
            expired = expire(order, now)
            return Decision(expired.state, (*expired.messages, *refusal))
        return Decision(order, refusal)
    premium = message.amount_fen - order.total_fen
    source = ledger.pool(order.pool.pool_id) if order.pool else ledger.PROVIDER
    postings = ledger.paid(
        order.buyer_id, order.lines, order.total_fen, message.payment_id, now, premium, source
    )  # fmt: skip
    shipments = shipments_of(order)
    paid = order.evolve(
        postings={**order.postings, **postings}, premium_fen=premium,
        status="paid", payment_id=message.payment_id, paid_fen=order.total_fen, wake_at=None,
        shipments={shipment.shipment_id: "created" for shipment in shipments},
        history=order.happened("paid", now, message.payment_id),
    )  # fmt: skip
    event = OrderPaid(
        order_id=order.order_id, buyer_id=order.buyer_id, supplier_id=order.supplier_id, currency=order.currency,
        payment_id=message.payment_id, amount_fen=order.total_fen, lines=order.lines, company=order.company,
        late=order.pays_late(now),
    )  # fmt: skip
    return Decision(paid, (event, *shipments, *insurance.premium_of(paid), *paid.tell(message.reply_to)))


def _why_not_paid(order: Order, message: PayOrder, now: datetime) -> tuple[str, str] | None:
    id = order.order_id
    if message.buyer_id != order.buyer_id:
        return "not_your_order", f"Order {id} belongs to another buyer."
    if message.pool_id != (order.pool.pool_id if order.pool else None):
        return "paid_by_pool", f"Order {id} is paid by its pool, of what was paid at joining: there is nothing to pay."
    if order.paid_fen:
        return "already_paid", f"Order {id} was paid by payment {order.payment_id}; this one is not taken."
    if order.status == "reserving":
        return "not_confirmed", f"Order {id} waits for its stock: pay once it is confirmed."
    if order.status == "expired" or (order.status == "confirmed" and order.pay_by is not None and now >= order.pay_by):
        return "payment_window_closed", f"Order {id} had to be paid by {order.pay_by:%F %T} UTC: place it again."
    if order.status != "confirmed":
        return "not_payable", f"Order {id} is {order.status}: place a new order."
    wanted = order.total_fen + (premium_fen(order.lines) if message.insured else 0)
    if message.amount_fen != wanted:
        insured = " with freight insurance" if message.insured else ""
        return "wrong_amount", f"Order {id} costs {wanted} fen{insured}, not {message.amount_fen}: pay exactly that."
    return None


def shipments_of(order: Order) -> tuple[CreateShipment, ...]:
    """A parcel from each warehouse that holds something for the order."""
    lines: defaultdict[WarehouseId, list[ParcelLine]] = defaultdict(list)
    for allocation in order.allocations:
        lines[allocation.warehouse_id].append(ParcelLine(sku_id=allocation.sku_id, pieces=allocation.pieces))
    reply_to = ReplyTo(topic=ORDER_INBOX, key=order.order_id)
    return tuple(
        CreateShipment(
            shipment_id=shipment_id_of(order.order_id, warehouse), order_id=order.order_id, buyer_id=order.buyer_id,
            supplier_id=order.supplier_id, warehouse_id=warehouse, lines=tuple(parcel),
            destination=order.destination, reply_to=reply_to,
        )
        for warehouse, parcel in lines.items()
    )  # fmt: skip


def shipment_id_of(order_id: OrderId, warehouse_id: WarehouseId) -> ShipmentId:
    """The one shipment of an order from a warehouse: asked for twice, it is still one."""
    return ShipmentId(f"shp_{order_id.removeprefix('ord_')}-{warehouse_id}")


# --- the way to the buyer ------------------------------------------------------------------------------------------


def moved(policy: Policy, order: Order, message: ShipmentProgress, now: datetime) -> Decision[Order]:
    """A parcel is further on its way. The first one underway ships the order, the last one there delivers it."""
    before = order.shipments.get(message.shipment_id)
    if before is None or before in (message.status, "delivered") or order.status not in {"paid", "shipped"}:
        return Decision(order)
    on_its_way = order.evolve(shipments={**order.shipments, message.shipment_id: message.status})
    messages: tuple[Message, ...] = ()
    if order.status == "paid" and message.status in _UNDERWAY:
        on_its_way = on_its_way.evolve(status="shipped", history=order.happened("shipped", now, message.shipment_id))
        messages = (OrderShipped(order_id=order.order_id, buyer_id=order.buyer_id, shipment_id=message.shipment_id),)
    if any(status != "delivered" for status in on_its_way.shipments.values()):
        return Decision(on_its_way, messages)
    arrived = arrive(policy, on_its_way, now)
    return Decision(arrived.state, (*messages, *arrived.messages))


def arrive(policy: Policy, order: Order, now: datetime) -> Decision[Order]:
    """All that comes has come: the buyer may accept, or say what is wrong."""
    accept_by = now + policy.acceptance_window
    delivered = order.evolve(
        status="delivered", accept_by=accept_by, wake_at=accept_by, history=order.happened("delivered", now)
    )
    event = OrderDelivered(
        order_id=order.order_id, buyer_id=order.buyer_id, supplier_id=order.supplier_id, lines=order.lines,
        accept_by=accept_by, trials=order.trials,
    )  # fmt: skip
    return Decision(delivered, (event,))


def accept_by_buyer(order: Order, message: AcceptOrder, now: datetime) -> Decision[Order]:
    """The buyer confirms receipt (确认收货)."""
    if message.buyer_id != order.buyer_id:
        detail = f"Order {order.order_id} belongs to another buyer."
        return Decision(order, _refuse(message, "not_your_order", detail))
    if order.status == "completed":
        return Decision(order, order.tell(message.reply_to))
    if order.status != "delivered":
        detail = f"Order {order.order_id} is {order.status}: accept it once it is delivered."
        return Decision(order, _refuse(message, "not_delivered", detail))
    done = complete(order, "buyer", now)
    return Decision(done.state, (*done.messages, *(done.state or order).tell(message.reply_to)))


def complete(order: Order, by: str, now: datetime) -> Decision[Order]:
    """The goods are accepted; the money belongs to the supplier."""
    history = order.happened("accepted", now, f"by {by}")
    postings = ledger.completed(order.left_fen, order.order_id, now)
    completed = order.evolve(
        postings={**order.postings, **postings},
        status="completed", settled_fen=order.paid_fen, wake_at=None,
        history=(*history, Step(what="completed", at=history[-1].at)),
    )  # fmt: skip
    accepted = OrderAccepted(
        order_id=order.order_id, buyer_id=order.buyer_id, by="buyer" if by == "buyer" else "window"
    )
    event = OrderCompleted(
        order_id=order.order_id, buyer_id=order.buyer_id, supplier_id=order.supplier_id,
        settled_fen=order.paid_fen, currency=order.currency,
    )  # fmt: skip
    return Decision(completed, (accepted, event, *ledger.credits_of(order.supplier_id, order.order_id, postings)))


# --- taking back ---------------------------------------------------------------------------------------------------


def cancel(order: Order, message: CancelOrder, now: datetime) -> Decision[Order]:
    """The buyer takes the order back before paying."""
    if message.buyer_id != order.buyer_id:
        detail = f"Order {order.order_id} belongs to another buyer."
        return Decision(order, _refuse(message, "not_your_order", detail))
    if order.status == "cancelled":
        return Decision(order, order.tell(message.reply_to))
    if order.status not in {"reserving", "confirmed"}:
        detail = f"Order {order.order_id} is {order.status}: only an order that is not paid yet can be cancelled."
        return Decision(order, _refuse(message, "too_late_to_cancel", detail))
    if order.pool is not None:
        detail = f"Order {order.order_id} is of pool {order.pool.pool_id}, which was reached: nobody leaves it now."
        return Decision(order, _refuse(message, "too_late_to_cancel", detail))
    cancelled = order.evolve(
        status="cancelled", wake_at=None, reply_to=None, history=order.happened("cancelled", now, message.reason)
    )
    event = OrderCancelled(
        order_id=order.order_id, buyer_id=order.buyer_id, reason=message.reason, trials=order.trials,
        company=order.company, held=order.status == "confirmed" and order.is_held, samples=order.samples,
    )  # fmt: skip
    answers = (*cancelled.tell(order.reply_to), *cancelled.tell(message.reply_to))
    return Decision(cancelled, (*release(order), event, *answers))


def wake(order: Order, now: datetime) -> Decision[Order]:
    """A window may have closed. Woken too early or too often, nothing happens."""
    if order.wake_at is None or now < order.wake_at:
        return Decision(order)
    if order.status == "confirmed":
        return expire(order, now)
    if order.status == "delivered":
        return complete(order, "window", now)
    return Decision(order)


def expire(order: Order, now: datetime) -> Decision[Order]:
    """The payment window closed: what was held goes back."""
    expired = order.evolve(status="expired", wake_at=None, history=order.happened("expired", now))
    event = OrderExpired(
        order_id=order.order_id, buyer_id=order.buyer_id, trials=order.trials, company=order.company,
        samples=order.samples,
    )  # fmt: skip
    return Decision(expired, (*release(order), event))


# --- refusing ------------------------------------------------------------------------------------------------------


def touched_postings(message: Message) -> tuple[str, ...]:
    """None: postings are written once and never read by a rule."""
    return ()


def unknown(message: Message) -> Decision[Order]:
    """There is no such order. A late answer to one is nobody's business."""
    if isinstance(message, PayOrder | CancelOrder | AcceptOrder):
        detail = f"There is no order {message.order_id}; GET /v1/orders lists yours."
        return Decision(None, _refuse(message, "no_such_order", detail))
    return Decision(None)


def _refuse(message: Command, code: str, detail: str) -> tuple[Sent, ...]:
    if message.reply_to is None:
        return ()
    return (Sent(to=message.reply_to, message=Refused(id=message.order_id, code=code, detail=detail)),)
