"""Warehouses and carriers: they do what their topics ask of them, tell it twice, in the wrong order, and late."""

from __future__ import annotations

from random import Random
from typing import Literal, cast

from headwater.contracts.base import CarrierId, Message
from headwater.contracts.logistics import CollectParcel, PackParcel, ParcelPacked, ParcelTracked, TrackingStatus
from headwater.contracts.topics import CARRIERS
from tests.stateful.mail import Mail

STOPS: tuple[TrackingStatus, ...] = ("collected", "in_transit", "out_for_delivery", "delivered")
Work = tuple[Literal["pack"], PackParcel] | tuple[TrackingStatus, CollectParcel]


class Partners:
    """All of them. What is left to tell is told by `finish`."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail
        self._read: dict[str, int] = {}
        self._left: list[Work] = []
        self._done: list[Work] = []

    def work(self, chance: Random) -> None:
        """Some of it, in any order, some of it twice; and at times a carrier tells of what is not its own."""
        self._look()
        for _ in range(chance.randint(1, 6)):
            if self._left:
                work = self._left.pop(chance.randrange(len(self._left)))
                self._done.append(work)
                self._tell(work)
        if self._done and chance.random() < 0.3:
            self._tell(chance.choice(self._done))
        if chance.random() < 0.1:
            self._lie(chance)

    def finish(self) -> None:
        """All that there is to do by now."""
        self._look()
        while self._left:
            work = self._left.pop(0)
            self._done.append(work)
            self._tell(work)

    def _look(self) -> None:
        for topic, messages in self._mail.outside.items():
            if topic.startswith("partners."):
                for message in messages[self._read.get(topic, 0) :]:
                    self._left += _work_of(message)
                self._read[topic] = len(messages)

    def _tell(self, work: Work) -> None:
        what, asked = work
        now = self._mail.now
        if isinstance(asked, PackParcel):
            self._mail.post(
                ParcelPacked(
                    shipment_id=asked.shipment_id, warehouse_id=asked.warehouse_id, weight_g=500, occurred_at=now,
                    event_id=f"{asked.shipment_id}:packed",
                )
            )  # fmt: skip
        else:
            self._mail.post(self._tracked(asked, cast(TrackingStatus, what), asked.carrier_id))

    def _tracked(self, parcel: CollectParcel, status: TrackingStatus, carrier: CarrierId) -> ParcelTracked:
        return ParcelTracked(
            shipment_id=parcel.shipment_id, carrier_id=carrier, event_id=f"{parcel.shipment_id}:{carrier}:{status}",
            status=status, occurred_at=self._mail.now, place="somewhere",
        )  # fmt: skip

    def _lie(self, chance: Random) -> None:
        parcels = [asked for _, asked in self._left + self._done if isinstance(asked, CollectParcel)]
        if parcels:
            parcel = chance.choice(parcels)
            other = next(CarrierId(id) for id in CARRIERS if id != parcel.carrier_id)
            self._mail.post(self._tracked(parcel, "delivered", other))


def _work_of(message: Message) -> list[Work]:
    if isinstance(message, PackParcel):
        return [("pack", message)]
    if isinstance(message, CollectParcel):
        return [(stop, message) for stop in STOPS]
    return []
