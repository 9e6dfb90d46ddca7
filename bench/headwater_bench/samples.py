"""Samples for the raw loop: what our own rules write and send for one order, so that both sides move the same bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import bson

from headwater.contracts.base import Message, Sent
from headwater.contracts.logistics import ReserveStock, StockReserved
from headwater.contracts.topics import STOCK_EVENTS
from headwater.decision import Decision
from headwater.envelope import headers_of, rfc3339
from headwater_bench.load import SECRETS, orders, receipts
from logistics.domain import stock as stock_rules
from logistics.domain.network import Network
from logistics.domain.stock import Stock
from orders.domain import order as order_rules
from orders.domain.state import Order, Policy

ORDERS_INBOX, STOCK_INBOX, EVENTS, REPLIES = "raw.orders.v1", "raw.stock.v1", "raw.events.v1", "raw.replies.v1"
RENAMED = {"orders.order.inbox.v1": ORDERS_INBOX, "logistics.stock.inbox.v1": STOCK_INBOX,
           "orders.order.events.v1": EVENTS, STOCK_EVENTS: EVENTS, "gateway.replies.v1": REPLIES}  # fmt: skip
Sample = dict[str, Any]


class Decided(NamedTuple):
    """What our rules decide for one order of one line, from received goods to the confirmation."""

    received: Decision[Stock]
    placed: Decision[Order]
    held: Decision[Stock]
    confirmed: Decision[Order]


def decided(now: datetime) -> Decided:
    """The first half of an order's life."""
    network = Network.load()
    received = stock_rules.decide(network, None, receipts(1, "raw")[0], now)
    placed = order_rules.decide(Policy(SECRETS), None, orders(1, 1)[0], now)
    reserve = next(message for message in placed.messages if isinstance(message, ReserveStock))
    held = stock_rules.decide(network, received.state, reserve, now)
    reserved = next(m.message for m in held.messages if isinstance(m, Sent) and isinstance(m.message, StockReserved))
    confirmed = order_rules.decide(Policy(SECRETS), placed.state, reserved, now)
    return Decided(received, placed, held, confirmed)


def write_samples(folder: Path) -> dict[str, Path]:
    """A file for each raw process, by its inbox."""
    now = datetime.now(UTC)
    _, placed, held, confirmed = decided(now)
    assert held.state is not None
    hold = next(iter(held.state.holds.values()))
    by_inbox: dict[str, dict[str, Sample]] = {
        ORDERS_INBOX: {
            "orders.PlaceOrder.v1": _sample(placed, "order", now, swap={STOCK_INBOX}),
            "logistics.StockReserved.v1": _sample(confirmed, "order", now, swap=set()),
        },
        STOCK_INBOX: {"logistics.ReserveStock.v1": _sample(held, "stock", now, swap={ORDERS_INBOX})},
    }
    by_inbox[STOCK_INBOX]["logistics.ReserveStock.v1"]["writes"].append(
        ["stock.holds", {"root": "x", "key": "y", **hold.model_dump()}, False]
    )
    files = {}
    for inbox, samples in by_inbox.items():
        files[inbox] = folder / f"{inbox}.bson"
        files[inbox].write_bytes(bson.encode(samples))
    return files


def _sample(decision: Decision[Any], collection: str, now: datetime, swap: set[str]) -> Sample:
    assert decision.state is not None
    document = decision.state.model_dump(exclude={"holds"} if collection == "stock" else None)
    document = {name: value for name, value in document.items() if name != "wake_at" or value is not None}
    sends = []
    for message in decision.messages:
        to = message.to if isinstance(message, Sent) else message.address()
        body: Message = message.message if isinstance(message, Sent) else message
        topic = RENAMED[to.topic]
        lane, time = b"orders.order:orders.order.inbox.v1/3", rfc3339(now).encode()
        headers = headers_of(body.TYPE, f"{topic}/3#12345".encode(), lane, time, b"", 12345, 1)
        headers = [header for header in headers if header[0] != "ce_subject"]
        sends.append([topic, body.to_json(), [list(header) for header in headers], topic not in swap])
    return {"writes": [[collection, {**document, "version": 1}, True]], "sends": sends}
