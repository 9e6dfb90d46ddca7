"""Who reports is told by the topic; what the report claims is passed on, never believed."""

from __future__ import annotations

import pytest

from headwater.contracts.logistics import ParcelPacked, ParcelTracked
from headwater.contracts.topics import carrier_tracking, warehouse_reports
from logistics.domain.partners import record_packed, record_tracking
from tests.unit.logistics.building import NOW


@pytest.mark.parametrize(("named", "claimed"), [("yiwu", None), ("keqiao", "keqiao")])
def test_a_warehouse_is_who_its_topic_belongs_to(named: str, claimed: str | None) -> None:
    report = ParcelPacked(shipment_id="shp_1", warehouse_id=named, event_id="e1", weight_g=900, occurred_at=NOW)
    (command,) = record_packed(report, NOW, warehouse_reports("yiwu"))
    assert (command.warehouse_id, command.claimed_id) == ("yiwu", claimed)
    assert (command.shipment_id, command.event_id, command.weight_g, command.occurred_at) == ("shp_1", "e1", 900, NOW)


@pytest.mark.parametrize(("named", "claimed"), [("demo-express", None), ("demo-freight", "demo-freight")])
def test_a_carrier_is_who_its_topic_belongs_to(named: str, claimed: str | None) -> None:
    report = ParcelTracked(
        shipment_id="shp_1", carrier_id=named, event_id="e1", status="delayed", occurred_at=NOW, place="Madrid",
        reason="thunderstorm", delay_hours=4,
    )  # fmt: skip
    (command,) = record_tracking(report, NOW, carrier_tracking("demo-express"))
    assert (command.carrier_id, command.claimed_id) == ("demo-express", claimed)
    assert command.model_dump(exclude={"carrier_id", "claimed_id"}) == report.model_dump(exclude={"carrier_id"})
