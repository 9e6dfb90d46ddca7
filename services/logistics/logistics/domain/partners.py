"""What partners write becomes commands to the parcel. Who wrote is told by the topic, never by the message.

A message that names another than its topic does is passed on with both, so that a refusal shows what was claimed.
"""

from __future__ import annotations

from datetime import datetime

from headwater.contracts.base import CarrierId, WarehouseId
from headwater.contracts.logistics import (
    ParcelPacked,
    ParcelReturned,
    ParcelTracked,
    RecordPacked,
    RecordReturned,
    RecordTracking,
)


def partner_of(topic: str) -> str:
    """The partner whose topic it is: `partners.carrier.<id>.tracking.v1`; an id on the network holds no dots."""
    return topic.split(".")[2]


def _claimed(named: str, partner: str) -> str | None:
    return named if named != partner else None


def record_packed(message: ParcelPacked, now: datetime, topic: str) -> tuple[RecordPacked]:
    """A warehouse's report."""
    partner = WarehouseId(partner_of(topic))
    command = RecordPacked(
        shipment_id=message.shipment_id, warehouse_id=partner, event_id=message.event_id, weight_g=message.weight_g,
        occurred_at=message.occurred_at, claimed_id=_claimed(message.warehouse_id, partner),
    )  # fmt: skip
    return (command,)


def record_tracking(message: ParcelTracked, now: datetime, topic: str) -> tuple[RecordTracking]:
    """A carrier's report."""
    partner = CarrierId(partner_of(topic))
    command = RecordTracking(
        shipment_id=message.shipment_id, carrier_id=partner, event_id=message.event_id, status=message.status,
        occurred_at=message.occurred_at, place=message.place, reason=message.reason,
        delay_hours=message.delay_hours, claimed_id=_claimed(message.carrier_id, partner),
    )  # fmt: skip
    return (command,)


def record_returned(message: ParcelReturned, now: datetime, topic: str) -> tuple[RecordReturned]:
    """A carrier's report that it has brought a parcel back."""
    partner = CarrierId(partner_of(topic))
    command = RecordReturned(
        shipment_id=message.shipment_id, carrier_id=partner, event_id=message.event_id,
        occurred_at=message.occurred_at, claimed_id=_claimed(message.carrier_id, partner),
    )  # fmt: skip
    return (command,)
