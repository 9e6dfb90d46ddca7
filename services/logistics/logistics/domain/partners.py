"""What partners write becomes commands to the parcel. Who wrote is told by the topic, never by the message."""

from __future__ import annotations

from datetime import datetime

from headwater.contracts.base import CarrierId, WarehouseId
from headwater.contracts.logistics import ParcelPacked, ParcelTracked, RecordPacked, RecordTracking


def partner_of(topic: str) -> str:
    """The partner whose topic it is: `partners.carrier.<id>.tracking.v1`."""
    return topic.split(".")[2]


def record_packed(message: ParcelPacked, now: datetime, topic: str) -> tuple[RecordPacked]:
    """A warehouse's report."""
    command = RecordPacked(
        shipment_id=message.shipment_id, warehouse_id=WarehouseId(partner_of(topic)), event_id=message.event_id,
        weight_g=message.weight_g, occurred_at=message.occurred_at,
    )  # fmt: skip
    return (command,)


def record_tracking(message: ParcelTracked, now: datetime, topic: str) -> tuple[RecordTracking]:
    """A carrier's report."""
    command = RecordTracking(
        shipment_id=message.shipment_id, carrier_id=CarrierId(partner_of(topic)), event_id=message.event_id,
        status=message.status, occurred_at=message.occurred_at, place=message.place, reason=message.reason,
        delay_hours=message.delay_hours,
    )  # fmt: skip
    return (command,)
