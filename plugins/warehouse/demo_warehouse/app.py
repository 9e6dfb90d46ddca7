"""The demo warehouse: told to pack a parcel, it packs it and says what it weighs."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from demo_warehouse.packing import packing_s, weight_g
from demo_warehouse.settings import Settings
from headwater.contracts.logistics import PackParcel, ParcelPacked
from headwater.sdk import Report, Warehouse, event_id

__all__ = ["Settings", "connect"]


def connect(warehouse_id: str, settings: Settings) -> Warehouse:
    """An origin warehouse that is ready to run."""
    warehouse = Warehouse(warehouse_id, settings)

    @warehouse.on(PackParcel)
    async def pack(task: PackParcel, report: Report) -> None:
        await asyncio.sleep(packing_s(task, settings.warehouse_pack_ms, settings.warehouse_seed))
        await report(
            ParcelPacked(
                shipment_id=task.shipment_id,
                warehouse_id=warehouse.id,
                event_id=event_id(task.shipment_id, "packed"),
                weight_g=weight_g(task),
                occurred_at=datetime.now(UTC),
            )
        )

    return warehouse
