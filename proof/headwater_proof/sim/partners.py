"""Warehouses and carriers of the simulation: they do their work, tell it twice, in the wrong order, and late."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random

from headwater.contracts.base import CarrierId, ShipmentId
from headwater.contracts.logistics import CollectParcel, PackParcel, ParcelPacked, ParcelTracked, TrackingStatus
from headwater.contracts.topics import (
    CARRIERS,
    WAREHOUSES,
    carrier_dispatches,
    carrier_tracking,
    warehouse_reports,
    warehouse_tasks,
)
from headwater.envelope import encode
from headwater.producer import Record, partition_of
from headwater_proof.evidence import Record as Stored
from headwater_proof.sim.broker import Broker

STOPS: tuple[TrackingStatus, ...] = ("collected", "in_transit", "out_for_delivery", "delivered")


class Partners:
    """All partners of the platform. What they have to say is said in the end."""

    def __init__(self, broker: Broker, chance: Random, now: Callable[[], datetime]) -> None:
        self._broker = broker
        self._chance = chance
        self._now = now
        for warehouse in WAREHOUSES:
            broker.watchers.setdefault(warehouse_tasks(warehouse), []).append(self._pack)
        for carrier in CARRIERS:
            broker.watchers.setdefault(carrier_dispatches(carrier), []).append(self._carry)

    def _pack(self, record: Stored) -> None:
        task = PackParcel.from_json(record.value or b"")
        assert isinstance(task, PackParcel)
        self._report(
            warehouse_reports(task.warehouse_id), self._chance.uniform(0.1, 2.0),
            ParcelPacked(shipment_id=task.shipment_id, warehouse_id=task.warehouse_id,
                         event_id=f"{task.shipment_id}:packed", weight_g=500, occurred_at=self._now()),
        )  # fmt: skip

    def _carry(self, record: Stored) -> None:
        parcel = CollectParcel.from_json(record.value or b"")
        assert isinstance(parcel, CollectParcel)
        after_s = [(place + 1) * self._chance.uniform(0.2, 2.0) for place in range(len(STOPS))]
        if self._chance.random() < 0.3:
            self._chance.shuffle(after_s)
        for status, wait_s in zip(STOPS, after_s, strict=True):
            self._report(
                carrier_tracking(parcel.carrier_id), wait_s,
                self._tracked(parcel.shipment_id, parcel.carrier_id, status),
            )  # fmt: skip
        if self._chance.random() < 0.2:  # another carrier claims to have delivered it, by its own name or by theirs
            other = next(CarrierId(id) for id in CARRIERS if id != parcel.carrier_id)
            name = self._chance.choice((other, parcel.carrier_id))
            lie = self._tracked(parcel.shipment_id, name, "delivered")
            self._report(carrier_tracking(other), self._chance.uniform(0.0, 3.0), lie)

    def _tracked(self, shipment_id: ShipmentId, carrier_id: CarrierId, status: TrackingStatus) -> ParcelTracked:
        return ParcelTracked(
            shipment_id=shipment_id, carrier_id=carrier_id, event_id=f"{shipment_id}:{carrier_id}:{status}",
            status=status, occurred_at=self._now(), place="somewhere",
        )  # fmt: skip

    def _report(self, topic: str, after_s: float, message: ParcelPacked | ParcelTracked) -> None:
        for again in range(2 if self._chance.random() < 0.2 else 1):
            self._broker.loop.call_later(after_s + again * self._chance.uniform(0.0, 5.0), self._send, topic, message)

    def _send(self, topic: str, message: ParcelPacked | ParcelTracked) -> None:
        if not self._broker.server.up:
            self._broker.loop.call_later(1.0, self._send, topic, message)
            return
        to = message.address()
        key, id = to.key.encode(), message.event_id
        headers, value = encode(message, id=id, source=f"partner:{topic}", time=self._now(), subject=to.key)
        partition = partition_of(key, len(self._broker.logs[topic]))
        self._broker.append([Record(topic, partition, key, value, headers)])
