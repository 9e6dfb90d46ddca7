"""Parcels that are called back, and goods that come back: nothing is lost, and who asked hears what came of it."""

from __future__ import annotations

from datetime import UTC, datetime

from headwater.contracts.logistics import (
    CollectParcel,
    ParcelRecalled,
    ParcelReturned,
    PickStock,
    RecallParcel,
    ReleaseStock,
    ShipmentProgress,
    ShipmentRecalled,
    TrackingRefused,
)
from logistics.domain import partners
from tests.unit.logistics.building import (
    NOW,
    ORDER,
    after,
    create,
    on_parcel,
    on_stock,
    packed,
    pick,
    recall,
    receive,
    release,
    reserve,
    returned,
    take_back,
    told,
    tracked,
)


def outcomes(decision: object) -> list[str]:
    """Of the event, and of the answer behind it."""
    return [message.outcome for message in told(decision, (ShipmentRecalled, ParcelRecalled))]  # type: ignore[arg-type]


def test_a_parcel_that_is_not_packed_is_stopped_and_gives_its_goods_back_in_its_warehouse_alone() -> None:
    stopped = on_parcel(after(on_parcel, create()), recall(), NOW)
    (back,) = told(stopped, ReleaseStock)
    assert (back.warehouse_id, outcomes(stopped)) == ("yiwu", ["stopped", "stopped"])
    assert stopped.messages[-1].to == ORDER  # type: ignore[union-attr]
    late = on_parcel(stopped.state, packed(), NOW)
    assert late.state is stopped.state
    assert not told(late, PickStock)
    assert not told(late, CollectParcel)
    assert "stay on their shelf" in told(late, TrackingRefused)[0].detail


def test_a_parcel_underway_is_brought_back_by_its_carrier() -> None:
    asked = on_parcel(after(on_parcel, create(), packed(), tracked("collected")), recall(), NOW)
    assert (len(told(asked, RecallParcel)), outcomes(asked)) == (1, [])
    assert told(on_parcel(asked.state, recall(), NOW), RecallParcel) == [], "its carrier is told once"
    back = on_parcel(asked.state, returned(), NOW)
    assert outcomes(back) == ["returned", "returned"]
    again = on_parcel(back.state, returned("e-again"), NOW)
    assert again.messages == ()
    late = on_parcel(back.state, tracked("delivered"), NOW)
    assert (told(late, ShipmentProgress), late.state.status) == ([], "collected")  # type: ignore[union-attr]


def test_a_parcel_that_is_delivered_all_the_same_says_so() -> None:
    asked = after(on_parcel, create(), packed(), tracked("collected"), recall())
    there = on_parcel(asked, tracked("delivered"), NOW)
    assert (outcomes(there), [one.status for one in told(there, ShipmentProgress)]) == (["delivered"], ["delivered"])
    too_late = on_parcel(after(on_parcel, create(), packed(), tracked("delivered")), recall(), NOW)
    assert (outcomes(too_late), told(too_late, RecallParcel)) == (["delivered"], [])
    assert outcomes(on_parcel(there.state, returned(), NOW)) == []


def test_a_parcel_that_nobody_took_is_back_already_when_it_is_called_back() -> None:
    back = after(on_parcel, create(), packed(), tracked("out_for_delivery"), returned())
    assert outcomes(on_parcel(back, recall(), NOW)) == ["returned"]


def test_another_carrier_brings_nothing_back() -> None:
    (refused,) = told(
        on_parcel(after(on_parcel, create(), packed()), returned(carrier="demo-freight"), NOW), TrackingRefused
    )
    assert "not its parcel" in refused.detail


def test_a_carriers_report_is_its_own_by_the_topic_that_it_came_on() -> None:
    report = ParcelReturned(
        shipment_id="shp_1", carrier_id="demo-express", event_id="e", occurred_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    (command,) = partners.record_returned(report, NOW, "partners.carrier.demo-freight.tracking.v1")
    assert (command.carrier_id, command.claimed_id) == ("demo-freight", "demo-express")


def test_a_release_in_one_warehouse_leaves_the_others_hold() -> None:
    both = (receive(3), receive(9, "keqiao", "r2"), reserve(10))
    held = after(on_stock, *both).holds["ord_1"].allocations
    assert len(held) == 2
    stock = after(on_stock, *both, release(warehouse="yiwu"))
    assert stock.shelves["yiwu"].held == 0
    assert stock.shelves["keqiao"].held == held["keqiao"]
    gone = after(on_stock, *both, release(warehouse="yiwu"), pick(held["keqiao"], warehouse="keqiao"))
    assert (gone.holds["ord_1"].status, gone.holds["ord_1"].picked) == ("picked", {"keqiao": held["keqiao"]})
    assert after(on_stock, *both, pick(held["keqiao"], warehouse="keqiao"), release(warehouse="yiwu")) == gone


def test_what_came_back_is_for_sale_again_or_written_off_and_counts_once() -> None:
    sold = (receive(10), reserve(4), pick(4))
    back = after(on_stock, *sold, take_back(3, 1))
    assert (back.shelves["yiwu"].on_hand, back.available) == (9, 9)
    assert on_stock(back, take_back(3, 1), NOW).state is back
    assert on_stock(back, take_back(1, id="0.1"), NOW).state is back, "no more comes back than went out"
