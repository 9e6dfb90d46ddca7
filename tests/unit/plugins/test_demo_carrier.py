"""The demo carrier's parcels: the same way each time, and some of them late."""

from __future__ import annotations

import asyncio

from demo_carrier.app import Settings, connect
from demo_carrier.journey import journey
from headwater.contracts.logistics import ParcelReturned, ParcelTracked, RecallParcel
from headwater.sdk.testing import handled
from tests.unit.sdk.parcels import to_collect

SETTINGS = Settings(carrier_step_ms=0)


async def tracked(shipment: str) -> list[ParcelTracked]:
    outcome = await handled(connect("demo-express", SETTINGS), to_collect(shipment))
    assert outcome.dead_letters == []
    return [report for report in outcome.reports if isinstance(report, ParcelTracked)]


async def test_a_parcel_goes_from_the_warehouse_to_the_door() -> None:
    reports = await tracked("shp_1")
    assert [report.status for report in reports] == ["collected", "in_transit", "out_for_delivery", "delivered"]
    assert (reports[0].place, reports[-1].place) == ("yiwu", "Madrid")


async def test_a_repeated_dispatch_repeats_the_same_event_ids() -> None:
    first, second = await tracked("shp_1"), await tracked("shp_1")
    assert [report.event_id for report in first] == [report.event_id for report in second]
    assert len({report.event_id for report in first}) == len(first)


async def test_a_parcel_that_is_called_back_turns_round_and_one_that_is_not_there_any_more_does_not() -> None:
    carrier = connect("demo-express", Settings(carrier_step_ms=20))
    recall = RecallParcel(shipment_id="shp_1", carrier_id="demo-express", warehouse_id="yiwu", reason="too_slow")
    way = asyncio.create_task(handled(carrier, to_collect("shp_1")))
    await asyncio.sleep(0.03)
    assert (await handled(carrier, recall)).reports == []
    reports = (await way).reports
    assert isinstance(reports[-1], ParcelReturned)
    assert [one.status for one in reports if isinstance(one, ParcelTracked)][:1] == ["collected"]
    assert (await handled(carrier, recall)).dead_letters == [], "it is no fault to call back what is gone"


def test_about_one_parcel_in_ten_is_delayed_and_always_the_same() -> None:
    parcels = [to_collect(f"shp_{number}") for number in range(1000)]
    delayed = [parcel for parcel in parcels if len(journey(parcel, seed=1)) == 5]
    assert 70 <= len(delayed) <= 130
    assert all(journey(parcel, seed=1) == journey(parcel, seed=1) for parcel in parcels)


def test_another_seed_delays_other_parcels() -> None:
    parcels = [to_collect(f"shp_{number}") for number in range(200)]
    assert [len(journey(parcel, 1)) for parcel in parcels] != [len(journey(parcel, 2)) for parcel in parcels]


def test_a_delay_says_why_and_how_long() -> None:
    parcels = (to_collect(f"shp_{number}") for number in range(1000))
    delay = next(stop for parcel in parcels for stop in journey(parcel, 1) if stop.status == "delayed")
    assert delay.reason is not None
    assert delay.reason.endswith(" at Madrid")
    assert delay.delay_hours == 4
