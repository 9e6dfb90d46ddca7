"""A parcel goes forward only, and only its own partners move it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from headwater.contracts.logistics import (
    CollectParcel,
    PackParcel,
    PickStock,
    ShipmentCreated,
    ShipmentDelayed,
    ShipmentMoved,
    ShipmentProgress,
    TrackingRefused,
)
from logistics.domain.shipment import EVENTS_KEPT, LATEST
from tests.unit.logistics.building import NETWORK, NOW, after, create, on_parcel, packed, told, tracked

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


def test_a_refusal_shows_who_the_report_said_it_came_from() -> None:
    parcel = after(on_parcel, *PACKED)
    forged = tracked("delivered", carrier="demo-freight", claimed_id="demo-express")
    refused = told(on_parcel(parcel, forged, NOW), TrackingRefused)[0]
    assert refused.partner_id == "demo-freight"
    assert "demo-freight (calling itself demo-express)" in refused.detail


@pytest.mark.parametrize(("warehouse", "city"), [("atlantis", "Shanghai"), ("yiwu", "Atlantis"), ("atlantis", "X")])
def test_paid_goods_go_even_if_the_network_no_longer_knows_where_from_or_where_to(warehouse: str, city: str) -> None:
    decision = on_parcel(None, create(warehouse, city), NOW)
    created = told(decision, ShipmentCreated)[0]
    assert (created.warehouse_id, created.city) == (warehouse, city)
    assert created.promised_at >= NOW + timedelta(hours=min(lane.hours for lane in NETWORK.lanes("Shanghai")))
    assert told(decision, PackParcel)


def test_a_carrier_that_reports_delays_without_end_does_not_run_out_of_calendar() -> None:
    parcel = after(on_parcel, *PACKED).evolve(promised_at=LATEST)
    decision = on_parcel(parcel, tracked("delayed", delay_hours=2400), NOW)
    assert told(decision, ShipmentDelayed)[0].promised_at == LATEST


def test_a_parcel_remembers_a_bounded_number_of_reports() -> None:
    parcel = after(on_parcel, *PACKED, *(tracked("in_transit", f"e{n}") for n in range(EVENTS_KEPT + 10)))
    assert len(parcel.events) == len(parcel.scans) == EVENTS_KEPT
    assert on_parcel(parcel, tracked("in_transit", f"e{EVENTS_KEPT + 9}"), NOW).state is parcel


def test_the_history_keeps_when_it_happened_and_when_it_was_heard_of() -> None:
    parcel = after(on_parcel, *PACKED)
    heard = on_parcel(parcel, tracked("collected"), NOW + timedelta(hours=9)).state
    assert heard is not None
    assert heard.scans[-1].occurred_at == NOW + timedelta(hours=1)
    assert heard.scans[-1].heard_at == NOW + timedelta(hours=9)


def test_each_status_is_told_once_to_the_order() -> None:
    parcel, statuses = after(on_parcel, create()), []
    for report in (packed(), tracked("collected"), tracked("in_transit"), tracked("collected", "again"),
                   tracked("delivered"), tracked("out_for_delivery")):  # fmt: skip
        decision = on_parcel(parcel, report, NOW)
        parcel = decision.state
        statuses += [progress.status for progress in told(decision, ShipmentProgress)]
    assert statuses == ["packed", "collected", "in_transit", "delivered"]
