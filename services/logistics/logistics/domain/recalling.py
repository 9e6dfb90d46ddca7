"""Calling a parcel back (拦截): stopped on its shelf, brought back by its carrier, or delivered all the same.

Only the parcel knows whether its goods have left the shelf: if not, it gives them back itself, and a warehouse that
packs it nonetheless is told so. What is heard first counts: a parcel that is back is not delivered, nor the other way
round.
"""

from __future__ import annotations

from datetime import datetime

from headwater.contracts.base import Message, ReplyTo, Sent
from headwater.contracts.logistics import (
    ParcelRecalled,
    RecallOutcome,
    RecallParcel,
    RecallShipment,
    RecordPacked,
    RecordReturned,
    RecordTracking,
    ReleaseStock,
    ShipmentRecalled,
)
from headwater.decision import Decision
from logistics.domain import shipment as rules
from logistics.domain.network import Network
from logistics.domain.shipment import Scan, Shipment

ACCEPTS = (*rules.ACCEPTS, RecallShipment, RecordReturned)


def decide(network: Network, shipment: Shipment | None, message: Message, now: datetime) -> Decision[Shipment]:
    """The outcome of one message for one parcel, called back or not."""
    match message:
        case RecallShipment():
            return recall(shipment, message) if shipment is not None else Decision(None)
        case RecordReturned():
            return returned(shipment, message, now)
        case RecordPacked() if shipment is not None and shipment.recall == "stopped":
            return rules.refuse(shipment, message, message.warehouse_id)
        case RecordTracking() if shipment is not None and shipment.recall == "returned":
            return late(shipment, message, now)
    decision = rules.decide(network, shipment, message, now)
    after = decision.state
    if after is None or shipment is None or after.recall != "asked" or after.status != "delivered":
        return decision
    if shipment.status == "delivered":
        return decision
    # Who asked for it back hears of it as of any progress of the parcel.
    return Decision(after, (*decision.messages, _outcome(after, "delivered")))


def recall(shipment: Shipment, message: RecallShipment) -> Decision[Shipment]:
    """Its buyer has the money back: stop it, or tell its carrier. Asked again, the answer is the same."""
    if shipment.status == "delivered":
        return Decision(shipment, _tell(shipment, message.reply_to, "delivered"))
    if shipment.recall == "asked":
        return Decision(shipment)
    if shipment.recall is not None:
        waits = shipment.evolve(recall_to=message.reply_to) if shipment.recall_to is None else shipment
        return Decision(waits, _tell(shipment, message.reply_to, shipment.recall))
    if shipment.status == "created":
        releases = (
            ReleaseStock(sku_id=line.sku_id, order_id=shipment.order_id, warehouse_id=shipment.warehouse_id)
            for line in shipment.lines
        )
        stopped = shipment.evolve(recall="stopped", recall_to=message.reply_to)
        return Decision(stopped, (*releases, *_announce(stopped, "stopped")))
    task = RecallParcel(
        shipment_id=shipment.shipment_id, carrier_id=shipment.carrier_id, warehouse_id=shipment.warehouse_id,
        reason=message.reason,
    )  # fmt: skip
    return Decision(shipment.evolve(recall="asked", recall_to=message.reply_to), (task,))


def returned(shipment: Shipment | None, message: RecordReturned, now: datetime) -> Decision[Shipment]:
    """The carrier has brought it back, whether it was asked to or nobody took it."""
    if shipment is None or message.carrier_id != shipment.carrier_id or shipment.status == "created":
        return rules.refuse(shipment, message, message.carrier_id)
    if message.event_id in shipment.events:
        return Decision(shipment)
    scan = Scan(status="returned", occurred_at=message.occurred_at, heard_at=now, place=shipment.warehouse_id)
    heard = rules.noted(shipment, scan, message.event_id)
    if shipment.status == "delivered" or shipment.recall == "returned":
        return Decision(heard)
    back = heard.evolve(recall="returned")
    return Decision(back, _announce(back, "returned"))


def late(shipment: Shipment, message: RecordTracking, now: datetime) -> Decision[Shipment]:
    """A report of a parcel that is back changes nothing but its history."""
    if message.carrier_id != shipment.carrier_id:
        return rules.refuse(shipment, message, message.carrier_id)
    if message.event_id in shipment.events:
        return Decision(shipment)
    scan = Scan(status=message.status, occurred_at=message.occurred_at, heard_at=now, place=message.place)
    return Decision(rules.noted(shipment, scan, message.event_id))


def _announce(shipment: Shipment, outcome: RecallOutcome) -> tuple[Message | Sent, ...]:
    told = _tell(shipment, shipment.recall_to, outcome) if shipment.recall_to is not None else ()
    return (_outcome(shipment, outcome), *told)


def _tell(shipment: Shipment, to: ReplyTo, outcome: RecallOutcome) -> tuple[Sent, ...]:
    told = ParcelRecalled(shipment_id=shipment.shipment_id, order_id=shipment.order_id, outcome=outcome)
    return (Sent(to=to, message=told),)


def _outcome(shipment: Shipment, outcome: RecallOutcome) -> ShipmentRecalled:
    return ShipmentRecalled(shipment_id=shipment.shipment_id, order_id=shipment.order_id, outcome=outcome)
