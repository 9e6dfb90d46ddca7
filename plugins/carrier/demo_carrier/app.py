"""The demo carrier: told to collect a parcel, it collects, moves and delivers it, and says so at each stop.

One that is called back turns round at its next stop, if this process still knows of that; else it is delivered.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from demo_carrier.journey import Stop, journey
from demo_carrier.settings import Settings
from headwater.contracts.base import ShipmentId
from headwater.contracts.logistics import CollectParcel, ParcelReturned, ParcelTracked, RecallParcel
from headwater.sdk import Carrier, Report, event_id

__all__ = ["Settings", "connect"]


def connect(carrier_id: str, settings: Settings) -> Carrier:
    """A carrier that is ready to run."""
    carrier = Carrier(carrier_id, settings)
    underway: dict[ShipmentId, bool] = {}
    """Of each parcel on its way, whether it is called back."""

    @carrier.on(RecallParcel)
    async def call_back(parcel: RecallParcel, report: Report) -> None:
        if parcel.shipment_id in underway:
            underway[parcel.shipment_id] = True

    @carrier.on(CollectParcel)
    async def collect(parcel: CollectParcel, report: Report) -> None:
        underway[parcel.shipment_id] = False
        try:
            for stop in journey(parcel, settings.carrier_seed):
                await asyncio.sleep(settings.carrier_step_ms / 1000)
                if underway.get(parcel.shipment_id):
                    await report(_returned(parcel))
                    return
                await report(_tracked(parcel, stop))
        finally:
            underway.pop(parcel.shipment_id, None)

    return carrier


def _tracked(parcel: CollectParcel, stop: Stop) -> ParcelTracked:
    return ParcelTracked(
        shipment_id=parcel.shipment_id, carrier_id=parcel.carrier_id,
        event_id=event_id(parcel.shipment_id, stop.status), status=stop.status, occurred_at=datetime.now(UTC),
        place=stop.place, reason=stop.reason, delay_hours=stop.delay_hours,
    )  # fmt: skip


def _returned(parcel: CollectParcel) -> ParcelReturned:
    return ParcelReturned(
        shipment_id=parcel.shipment_id, carrier_id=parcel.carrier_id,
        event_id=event_id(parcel.shipment_id, "returned"), occurred_at=datetime.now(UTC),
    )  # fmt: skip
