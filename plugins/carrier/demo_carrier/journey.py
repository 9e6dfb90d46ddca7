"""The way of a parcel: the same parcel goes the same way, however often one looks."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from headwater.contracts.logistics import CollectParcel, TrackingStatus

DELAYED_SHARE = 0.1
DELAY_HOURS = 4
WEATHER = ("thunderstorm", "snow", "dense fog", "typhoon warning")


@dataclass(frozen=True, slots=True)
class Stop:
    """One report that will be made of the parcel."""

    status: TrackingStatus
    place: str
    reason: str | None = None
    delay_hours: int = 0


def journey(parcel: CollectParcel, seed: int) -> tuple[Stop, ...]:
    """From the warehouse to the buyer's door; about one parcel in ten is held up by the weather on its way."""
    origin, city = parcel.warehouse_id, parcel.destination.city
    chance = Random(f"{seed}/{parcel.shipment_id}")
    delay: tuple[Stop, ...] = ()
    if chance.random() < DELAYED_SHARE:
        delay = (Stop("delayed", city, reason=f"{chance.choice(WEATHER)} at {city}", delay_hours=DELAY_HOURS),)
    return (
        Stop("collected", origin),
        Stop("in_transit", origin),
        *delay,
        Stop("out_for_delivery", city),
        Stop("delivered", city),
    )
