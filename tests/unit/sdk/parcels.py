"""Builders for what does not matter in a test."""

from __future__ import annotations

from datetime import UTC, datetime

from headwater.contracts.base import CarrierId, ShipmentId, SkuId, WarehouseId
from headwater.contracts.logistics import CollectParcel, PackParcel, ParcelLine, ParcelTracked
from headwater.contracts.orders import Destination
from headwater.sdk import PluginSettings, event_id

SETTINGS = PluginSettings(retry_first_s=1e-6, retry_most_s=1e-5, attempts=3)


def to_collect(shipment: str = "shp_1", carrier: str = "demo-express", city: str = "Madrid") -> CollectParcel:
    return CollectParcel(
        shipment_id=ShipmentId(shipment),
        carrier_id=CarrierId(carrier),
        warehouse_id=WarehouseId("yiwu"),
        weight_g=900,
        destination=Destination(city=city, address="Calle Mayor 1", consignee="Ana", phone="600"),
        promised_at=datetime(2025, 1, 9, tzinfo=UTC),
    )


def to_pack(shipment: str = "shp_1", warehouse: str = "yiwu", pieces: tuple[int, ...] = (3,)) -> PackParcel:
    return PackParcel(
        shipment_id=ShipmentId(shipment),
        warehouse_id=WarehouseId(warehouse),
        lines=tuple(ParcelLine(sku_id=SkuId(f"sku-{i}"), pieces=count) for i, count in enumerate(pieces)),
        carrier_id=CarrierId("demo-express"),
    )


def collected(parcel: CollectParcel, carrier: str = "demo-express") -> ParcelTracked:
    return ParcelTracked(
        shipment_id=parcel.shipment_id,
        carrier_id=CarrierId(carrier),
        event_id=event_id(parcel.shipment_id, "collected"),
        status="collected",
        occurred_at=datetime.now(UTC),
        place="yiwu",
    )
