"""A shipment: one parcel from an origin warehouse to the buyer, and where it is.

    created --packed by its warehouse--> packed --collected, in transit, out for delivery, delivered by its carrier-->

States only go forward, whatever order the reports come in: a late "collected" never undoes "delivered". A delay is no
state: it moves the promise and is told once. A report by anyone but the parcel's own partner is recorded and changes
nothing else. Around these rules, `recalling.py` calls parcels back.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from headwater.contracts.base import (
    BuyerId,
    CarrierId,
    Message,
    OrderId,
    ReplyTo,
    Sent,
    ShipmentId,
    SupplierId,
    UtcTime,
    Value,
    WarehouseId,
)
from headwater.contracts.logistics import (
    CollectParcel,
    CreateShipment,
    PackParcel,
    ParcelLine,
    PickStock,
    RecordPacked,
    RecordReturned,
    RecordTracking,
    ShipmentCreated,
    ShipmentDelayed,
    ShipmentMoved,
    ShipmentPacked,
    ShipmentProgress,
    ShipmentStatus,
    TrackingRefused,
)
from headwater.contracts.orders import Destination
from headwater.decision import Decision, State
from logistics.domain.network import Network

ACCEPTS = (CreateShipment, RecordPacked, RecordTracking)
RANK = {status: rank for rank, status in enumerate(get_args(ShipmentStatus))}
EVENTS_KEPT = 128
"""The reports that a parcel remembers; repeated ones change nothing."""
LATEST = datetime(9999, 1, 1, tzinfo=UTC)
"""No promise is moved beyond: a carrier that reports delays without end must not run out of calendar."""


class Scan(Value):
    """One report of the parcel's way: when it happened, and when it was heard of."""

    status: str
    occurred_at: UtcTime
    heard_at: UtcTime
    place: str
    note: str = ""


class Shipment(State):
    """A parcel."""

    shipment_id: ShipmentId
    order_id: OrderId
    buyer_id: BuyerId
    supplier_id: SupplierId
    warehouse_id: WarehouseId
    carrier_id: CarrierId
    lines: tuple[ParcelLine, ...]
    destination: Destination
    reply_to: ReplyTo
    status: ShipmentStatus
    promised_at: datetime
    created_at: datetime
    weight_g: int = 0
    scans: tuple[Scan, ...] = ()
    events: tuple[str, ...] = ()
    recall: Literal["stopped", "asked", "returned"] | None = None
    """stopped: its goods never left the shelf; asked: its carrier knows; returned: it is back in its warehouse."""
    recall_to: ReplyTo | None = None
    """Who wants to know what comes of the recall."""


def decide(network: Network, shipment: Shipment | None, message: Message, now: datetime) -> Decision[Shipment]:
    """The outcome of one message for one parcel."""
    match message:
        case CreateShipment() if shipment is None:
            return create(network, message, now)
        case RecordPacked():
            return packed(shipment, message, now)
        case RecordTracking():
            return tracked(shipment, message, now)
        case _:
            return Decision(shipment)  # asked for again: it is underway


def create(network: Network, message: CreateShipment, now: datetime) -> Decision[Shipment]:
    """Choose the carrier by the promise, and tell the warehouse to pack."""
    lane = network.lane_held(message.warehouse_id, message.destination.city)
    promised_at = now + timedelta(hours=lane.hours)
    shipment = Shipment(
        shipment_id=message.shipment_id, order_id=message.order_id, buyer_id=message.buyer_id,
        supplier_id=message.supplier_id, warehouse_id=message.warehouse_id, carrier_id=lane.carrier_id,
        lines=message.lines, destination=message.destination, reply_to=message.reply_to, status="created",
        promised_at=promised_at, created_at=now,
    )  # fmt: skip
    task = PackParcel(
        shipment_id=message.shipment_id, warehouse_id=message.warehouse_id, lines=message.lines,
        carrier_id=lane.carrier_id,
    )  # fmt: skip
    event = ShipmentCreated(
        shipment_id=message.shipment_id, order_id=message.order_id, buyer_id=message.buyer_id,
        supplier_id=message.supplier_id, warehouse_id=message.warehouse_id, carrier_id=lane.carrier_id,
        city=network.city(message.destination.city) or message.destination.city, lines=message.lines,
        promised_at=promised_at,
    )  # fmt: skip
    return Decision(shipment, (task, event))


def packed(shipment: Shipment | None, message: RecordPacked, now: datetime) -> Decision[Shipment]:
    """The warehouse has packed it: the goods leave the shelf, and the carrier is told to come."""
    if shipment is None or message.warehouse_id != shipment.warehouse_id:
        return refuse(shipment, message, message.warehouse_id)
    if shipment.status != "created":
        return Decision(shipment)
    scan = Scan(status="packed", occurred_at=message.occurred_at, heard_at=now, place=message.warehouse_id)
    changed = shipment.evolve(status="packed", weight_g=message.weight_g, scans=(*shipment.scans, scan))
    picks = (
        PickStock(sku_id=line.sku_id, order_id=shipment.order_id, warehouse_id=shipment.warehouse_id,
                  pieces=line.pieces, shipment_id=shipment.shipment_id)
        for line in shipment.lines
    )  # fmt: skip
    collect = CollectParcel(
        shipment_id=shipment.shipment_id, carrier_id=shipment.carrier_id, warehouse_id=shipment.warehouse_id,
        weight_g=message.weight_g, destination=shipment.destination, promised_at=shipment.promised_at,
    )  # fmt: skip
    event = ShipmentPacked(
        shipment_id=shipment.shipment_id, order_id=shipment.order_id, warehouse_id=shipment.warehouse_id,
        weight_g=message.weight_g,
    )  # fmt: skip
    return Decision(changed, (*picks, collect, event, _progress(changed, message.occurred_at)))


def tracked(shipment: Shipment | None, message: RecordTracking, now: datetime) -> Decision[Shipment]:
    """The carrier tells of the parcel."""
    if shipment is None or message.carrier_id != shipment.carrier_id or shipment.status == "created":
        return refuse(shipment, message, message.carrier_id)
    if message.event_id in shipment.events:
        return Decision(shipment)
    scan = Scan(
        status=message.status, occurred_at=message.occurred_at, heard_at=now, place=message.place,
        note=message.reason or "",
    )  # fmt: skip
    heard = noted(shipment, scan, message.event_id)
    if message.status == "delayed":
        return delayed(heard, message)
    if RANK[message.status] <= RANK[shipment.status]:
        return Decision(heard)  # late: it is in the history, and the parcel is further already
    moved = heard.evolve(status=message.status)
    event = ShipmentMoved(
        shipment_id=shipment.shipment_id, order_id=shipment.order_id, status=message.status,
        occurred_at=message.occurred_at, place=message.place,
    )  # fmt: skip
    return Decision(moved, (event, _progress(moved, message.occurred_at)))


def noted(shipment: Shipment, scan: Scan, event_id: str) -> Shipment:
    """With one report more in its history."""
    return shipment.evolve(
        scans=(*shipment.scans, scan)[-EVENTS_KEPT:], events=(*shipment.events[-EVENTS_KEPT + 1 :], event_id)
    )


def delayed(shipment: Shipment, message: RecordTracking) -> Decision[Shipment]:
    """The parcel will be late: the promise moves by as much. Of a delivered parcel that is no news."""
    if shipment.status == "delivered":
        return Decision(shipment)
    promised_at = shipment.promised_at + min(timedelta(hours=message.delay_hours), LATEST - shipment.promised_at)
    event = ShipmentDelayed(
        shipment_id=shipment.shipment_id, order_id=shipment.order_id, buyer_id=shipment.buyer_id,
        supplier_id=shipment.supplier_id, reason=message.reason or "no reason given",
        delay_hours=message.delay_hours, promised_at=promised_at,
    )  # fmt: skip
    return Decision(shipment.evolve(promised_at=promised_at), (event,))


def refuse(
    shipment: Shipment | None, message: RecordPacked | RecordTracking | RecordReturned, partner: str
) -> Decision[Shipment]:
    """The report is not this partner's to make, or not yet; it changes nothing and is told with what was claimed."""
    who = f"{partner} (calling itself {message.claimed_id})" if message.claimed_id else partner
    match shipment:
        case None:
            why = "which does not exist"
        case Shipment(recall="stopped"):
            why = "which was called back before it was packed: its goods stay on their shelf"
        case Shipment(status="created", carrier_id=carrier) if carrier == partner:
            why = "which is not packed yet"
        case _:
            why = "which is not its parcel"
    refused = TrackingRefused(
        shipment_id=message.shipment_id, partner_id=partner, event_id=message.event_id,
        detail=f"{who} reported on {message.shipment_id}, {why}.",
    )  # fmt: skip
    return Decision(shipment, (refused,))


def _progress(shipment: Shipment, at: datetime) -> Sent:
    progress = ShipmentProgress(
        shipment_id=shipment.shipment_id, order_id=shipment.order_id, status=shipment.status, at=at
    )
    return Sent(to=shipment.reply_to, message=progress)
