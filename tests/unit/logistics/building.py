"""Builders: messages of stock and parcels with what does not matter filled in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from headwater.contracts.base import Message, ReplyTo, Sent
from headwater.contracts.logistics import (
    CreateShipment,
    ParcelLine,
    PickStock,
    RecallShipment,
    ReceiveStock,
    RecordPacked,
    RecordReturned,
    RecordTracking,
    ReleaseStock,
    ReserveStock,
    TakeBackStock,
)
from headwater.contracts.orders import Destination
from headwater.decision import Decision
from logistics.domain import recalling
from logistics.domain import stock as stocks
from logistics.domain.network import Network

NOW = datetime(2026, 11, 11, tzinfo=UTC)
NETWORK = Network.load()
on_stock = partial(stocks.decide, NETWORK)
on_parcel = partial(recalling.decide, NETWORK)
ORDER = ReplyTo(topic="orders.order.inbox.v1", key="ord_1")


def receive(pieces: int = 10, warehouse: str = "yiwu", receipt: str = "r1") -> ReceiveStock:
    return ReceiveStock(sku_id="X-L", warehouse_id=warehouse, pieces=pieces, receipt_id=receipt, reply_to=ORDER)


def reserve(pieces: int = 4, order: str = "ord_1", city: str = "Shanghai") -> ReserveStock:
    return ReserveStock(sku_id="X-L", order_id=order, pieces=pieces, city=city, reply_to=ORDER)


def release(order: str = "ord_1", warehouse: str | None = None) -> ReleaseStock:
    return ReleaseStock(sku_id="X-L", order_id=order, warehouse_id=warehouse)


def take_back(good: int, bad: int = 0, order: str = "ord_1", warehouse: str = "yiwu", id: str = "0.0") -> TakeBackStock:
    return TakeBackStock(
        sku_id="X-L", order_id=order, warehouse_id=warehouse, return_id=id, restocked=good, written_off=bad
    )


def recall() -> RecallShipment:
    return RecallShipment(shipment_id="shp_1", order_id="ord_1", reason="too_slow", reply_to=ORDER)


def returned(event: str = "e-returned", carrier: str = "demo-express") -> RecordReturned:
    return RecordReturned(shipment_id="shp_1", carrier_id=carrier, event_id=event, occurred_at=NOW)


def pick(pieces: int = 4, order: str = "ord_1", warehouse: str = "yiwu") -> PickStock:
    return PickStock(sku_id="X-L", order_id=order, warehouse_id=warehouse, pieces=pieces, shipment_id="shp_1")


def create(warehouse: str = "yiwu", city: str = "Shanghai", skus: tuple[str, ...] = ("X-L",)) -> CreateShipment:
    home = Destination(city=city, address="Nanjing Road 1", consignee="王芳", phone="138")
    return CreateShipment(
        shipment_id="shp_1", order_id="ord_1", buyer_id="shop", supplier_id="factory", warehouse_id=warehouse,
        lines=tuple(ParcelLine(sku_id=sku, pieces=4) for sku in skus), destination=home, reply_to=ORDER,
    )  # fmt: skip


def packed(warehouse: str = "yiwu", event: str = "e-packed", **more: Any) -> RecordPacked:
    return RecordPacked(
        shipment_id="shp_1", warehouse_id=warehouse, event_id=event, weight_g=900, occurred_at=NOW, **more
    )


def tracked(status: Any, event: str | None = None, carrier: str = "demo-express", **more: Any) -> RecordTracking:
    return RecordTracking(
        shipment_id="shp_1", carrier_id=carrier, event_id=event or f"e-{status}", status=status,
        occurred_at=NOW + timedelta(hours=1), place="Shanghai", **more,
    )  # fmt: skip


def after(decide: Any, *messages: Message) -> Any:
    """The state after these messages."""
    state = None
    for message in messages:
        state = decide(state, message, NOW).state
    return state


def told(decision: Decision[Any], kind: type[Message]) -> list[Any]:
    """What a decision tells of one kind, replies included."""
    bodies = [message.message if isinstance(message, Sent) else message for message in decision.messages]
    return [body for body in bodies if isinstance(body, kind)]
