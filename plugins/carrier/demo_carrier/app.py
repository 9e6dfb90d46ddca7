"""The demo carrier: told to collect a parcel, it collects, moves and delivers it, and says so at each stop."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from demo_carrier.journey import journey
from demo_carrier.settings import Settings
from headwater.contracts.logistics import CollectParcel, ParcelTracked
from headwater.sdk import Carrier, Report, event_id

__all__ = ["Settings", "connect"]


def connect(carrier_id: str, settings: Settings) -> Carrier:
    """A carrier that is ready to run."""
    carrier = Carrier(carrier_id, settings)

    @carrier.on(CollectParcel)
    async def collect(parcel: CollectParcel, report: Report) -> None:
        for stop in journey(parcel, settings.carrier_seed):
            await asyncio.sleep(settings.carrier_step_ms / 1000)
            await report(
                ParcelTracked(
                    shipment_id=parcel.shipment_id,
                    carrier_id=carrier.id,
                    event_id=event_id(parcel.shipment_id, stop.status),
                    status=stop.status,
                    occurred_at=datetime.now(UTC),
                    place=stop.place,
                    reason=stop.reason,
                    delay_hours=stop.delay_hours,
                )
            )

    return carrier
