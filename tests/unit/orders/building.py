"""Builders: messages of an order with what does not matter filled in."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial, reduce
from typing import Any

from headwater.contracts.base import Message, ReplyTo, Sent
from headwater.contracts.logistics import ShipmentProgress, StockRefused, StockReserved
from headwater.contracts.orders import Allocation, CancelOrder, Destination, OrderLine, PayOrder, PlaceOrder
from headwater.contracts.quotes import sealed, secrets_from, to_seal
from headwater.decision import Decision
from orders.domain import order as rules
from orders.domain.ledger import Posting
from orders.domain.state import Order, Policy

NOW = datetime(2026, 11, 11, tzinfo=UTC)
SECRETS = secrets_from("test=known-to-everyone")
POLICY = Policy(SECRETS, payment_window=timedelta(minutes=30), acceptance_window=timedelta(days=7))
decide = partial(rules.decide, POLICY)
CALLER = ReplyTo(topic="gateway.replies.v1", key="req_1")
HOME = Destination(city="Madrid", address="Calle Mayor 1", consignee="María", phone="+34 600 000 000")


def line(sku: str = "X-L", quantity: int = 10, price: int = 1_000) -> OrderLine:
    return OrderLine(sku_id=sku, offer_id="off-X", quantity=quantity, unit_price_fen=price)


def place(*lines: OrderLine, **changes: Any) -> PlaceOrder:
    fields: dict[str, Any] = {
        "order_id": "ord_1", "buyer_id": "shop", "supplier_id": "factory", "currency": "CNY",
        "lines": lines or (line(),), "destination": HOME, "fingerprint": "f", "reply_to": CALLER,
    }  # fmt: skip
    message = PlaceOrder(**{**fields, **changes})
    if "seal" in changes:
        return message
    priced = (
        message.buyer_id,
        message.supplier_id,
        message.currency,
        message.kind,
        to_seal(message.lines),
        message.campaign,
    )
    return message.model_copy(update={"seal": sealed(SECRETS, NOW + timedelta(minutes=15), *priced)})


def held(sku: str = "X-L", pieces: int = 10, warehouse: str = "yiwu") -> StockReserved:
    allocation = Allocation(sku_id=sku, warehouse_id=warehouse, pieces=pieces)
    return StockReserved(sku_id=sku, order_id="ord_1", allocations=(allocation,))


def short(sku: str = "X-L") -> StockRefused:
    return StockRefused(sku_id=sku, order_id="ord_1", available=3, detail="10 pieces wanted, 3 available")


def pay(amount: int = 10_000, payment: str = "pay-1", buyer: str = "shop") -> PayOrder:
    return PayOrder(order_id="ord_1", buyer_id=buyer, payment_id=payment, amount_fen=amount, reply_to=CALLER)


def cancel(buyer: str = "shop") -> CancelOrder:
    return CancelOrder(order_id="ord_1", buyer_id=buyer, reason="changed my mind", reply_to=CALLER)


def progress(status: Any, warehouse: str = "yiwu") -> ShipmentProgress:
    return ShipmentProgress(shipment_id=f"shp_1-{warehouse}", order_id="ord_1", status=status, at=NOW)


def after(*messages: Message, now: datetime = NOW) -> Order:
    """The order after these messages."""
    order = reduce(lambda state, message: decide(state, message, now).state, messages, None)
    assert order is not None
    return order


def told(decision: Decision[Order], kind: type[Message]) -> list[Any]:
    """What a decision tells of one kind, replies included."""
    bodies = [message.message if isinstance(message, Sent) else message for message in decision.messages]
    return [body for body in bodies if isinstance(body, kind)]


def balances(postings: dict[str, Posting]) -> Counter[str]:
    """What each account holds after these postings, in fen."""
    found: Counter[str] = Counter()
    for posting in postings.values():
        found[posting.debit] -= posting.amount_fen
        found[posting.credit] += posting.amount_fen
    return found
