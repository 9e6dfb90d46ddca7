"""A parcel goes forward only, and only its own partners move it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from headwater.contracts.logistics import (
    CollectParcel,
    PackParcel,
    PickStock,
    ShipmentDelayed,
    ShipmentMoved,
    ShipmentProgress,
    TrackingRefused,
)
from tests.unit.logistics.building import NOW, after, create, on_parcel, packed, told, tracked

PACKED = (create(), packed())


def test_a_new_parcel_is_promised_and_its_warehouse_told_to_pack() -> None:
    decision = on_parcel(None, create(), NOW)
    assert told(decision, PackParcel)[0].warehouse_id == "yiwu"
    assert decision.state is not None
    assert decision.state.promised_at > NOW


def test_asking_again_for_the_same_parcel_changes_nothing() -> None:
    parcel = after(on_parcel, create())
    assert on_parcel(parcel, create(), NOW).state is parcel


def test_a_far_city_goes_by_the_carrier_that_reaches_it() -> None:
    assert after(on_parcel, create(city="Madrid")).carrier_id == "demo-freight"
    assert after(on_parcel, create(city="Shanghai")).carrier_id == "demo-express"


def test_a_packed_parcel_leaves_the_shelf_and_its_carrier_is_told_to_come() -> None:
    decision = on_parcel(after(on_parcel, create()), packed(), NOW)
    assert [(p.sku_id, p.pieces) for p in told(decision, PickStock)] == [("X-L", 4)]
    assert told(decision, CollectParcel)[0].weight_g == 900
    assert on_parcel(decision.state, packed(), NOW).messages == ()


def test_a_late_report_never_undoes_a_delivery_and_stays_in_the_history() -> None:
    parcel = after(on_parcel, *PACKED, tracked("delivered"))
    decision = on_parcel(parcel, tracked("collected"), NOW)
    assert decision.state is not None
    assert decision.state.status == "delivered"
    assert decision.state.scans[-1].status == "collected"
    assert not told(decision, ShipmentMoved)


def test_a_repeated_report_changes_nothing() -> None:
    parcel = after(on_parcel, *PACKED, tracked("collected"))
    assert on_parcel(parcel, tracked("collected"), NOW).state is parcel


def test_a_delay_moves_the_promise_and_is_told_once() -> None:
    parcel = after(on_parcel, *PACKED, tracked("collected"))
    storm = tracked("delayed", reason="thunderstorm at Madrid", delay_hours=4)
    decision = on_parcel(parcel, storm, NOW)
    event = told(decision, ShipmentDelayed)[0]
    assert event.promised_at == parcel.promised_at + timedelta(hours=4)
    assert event.reason == "thunderstorm at Madrid"
    assert on_parcel(decision.state, storm, NOW).messages == ()


@pytest.mark.parametrize(
    ("before", "report", "why"),
    [
        (PACKED, tracked("delivered", carrier="demo-freight"), "not its parcel"),
        ((create(),), packed("keqiao"), "not its parcel"),
        ((create(),), tracked("delivered"), "not packed yet"),
        ((), tracked("delivered"), "does not exist"),
    ],
)
def test_a_report_that_is_not_the_partners_to_make_is_recorded_and_has_no_other_effect(
    before: tuple[object, ...], report: object, why: str
) -> None:
    parcel = after(on_parcel, *before)  # type: ignore[arg-type]
    decision = on_parcel(parcel, report, NOW)  # type: ignore[arg-type]
    assert why in told(decision, TrackingRefused)[0].detail
    assert decision.state is parcel


def test_each_status_is_told_once_to_the_order() -> None:
    parcel, statuses = after(on_parcel, create()), []
    for report in (packed(), tracked("collected"), tracked("in_transit"), tracked("collected", "again"),
                   tracked("delivered"), tracked("out_for_delivery")):  # fmt: skip
        decision = on_parcel(parcel, report, NOW)
        parcel = decision.state
        statuses += [progress.status for progress in told(decision, ShipmentProgress)]
    assert statuses == ["packed", "collected", "in_transit", "delivered"]
