"""The demo warehouse: what it packs, how heavy, how long."""

from __future__ import annotations

from demo_warehouse.app import Settings, connect
from demo_warehouse.packing import packing_s, weight_g
from headwater.contracts.logistics import ParcelPacked
from headwater.sdk.testing import handled
from tests.unit.sdk.parcels import to_pack

SETTINGS = Settings(warehouse_pack_ms=0)


async def test_a_task_becomes_a_packed_parcel() -> None:
    outcome = await handled(connect("yiwu", SETTINGS), to_pack("shp_1", pieces=(3, 2)))
    [packed] = outcome.reports
    assert isinstance(packed, ParcelPacked)
    assert (packed.shipment_id, packed.event_id, packed.weight_g) == ("shp_1", "shp_1:packed", 200 + 5 * 350)


def test_the_heaviest_parcel_is_what_the_platform_takes() -> None:
    assert weight_g(to_pack(pieces=(10**9, 10**9))) == 10_000_000


def test_packing_takes_from_half_to_twice_the_usual_and_the_same_each_time() -> None:
    tasks = [to_pack(f"shp_{number}") for number in range(200)]
    seconds = [packing_s(task, usual_ms=100, seed=1) for task in tasks]
    assert all(0.05 <= one <= 0.2 for one in seconds)
    assert seconds == [packing_s(task, usual_ms=100, seed=1) for task in tasks]
    assert len(set(seconds)) > 150
