"""Who plugs in, under which names, with which settings."""

from __future__ import annotations

import subprocess
import sys

import pytest

from headwater.contracts.base import ShipmentId
from headwater.sdk import Carrier, Names, PaymentProvider, PluginSettings, Warehouse, event_id, run
from tests.unit.sdk.parcels import SETTINGS


def test_a_carrier_reads_its_dispatches_and_writes_its_tracking() -> None:
    carrier = Carrier("demo-express", SETTINGS)
    assert carrier.reads == "partners.carrier.demo-express.dispatches.v1"
    assert carrier.writes == "partners.carrier.demo-express.tracking.v1"


def test_a_warehouse_reads_its_tasks_and_writes_its_reports() -> None:
    warehouse = Warehouse("yiwu", SETTINGS)
    assert warehouse.reads == "partners.warehouse.yiwu.tasks.v1"
    assert warehouse.writes == "partners.warehouse.yiwu.reports.v1"


def test_a_payment_provider_reads_its_requests_and_writes_its_reports() -> None:
    provider = PaymentProvider("demo-pay", SETTINGS)
    assert provider.reads == "payments.provider.demo-pay.requests.v1"
    assert provider.writes == "payments.provider.demo-pay.reports.v1"


@pytest.mark.parametrize("name", ["", "Yiwu", "yi wu", "a.b", "x" * 61, "义乌"])
def test_a_name_that_cannot_be_a_topic_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a partner"):
        Warehouse(name, SETTINGS)


def test_the_same_step_of_the_same_parcel_has_the_same_event_id() -> None:
    assert event_id(ShipmentId("shp_1"), "collected") == "shp_1:collected"


def test_event_ids_of_long_shipment_ids_stay_apart_and_fit() -> None:
    ids = {event_id(ShipmentId("s" * 95 + end), step) for end in "ab" for step in ("collected", "delivered")}
    assert len(ids) == 4
    assert all(len(one) <= 96 for one in ids)


def test_names_in_the_environment_have_commas_between(monkeypatch: pytest.MonkeyPatch) -> None:
    class Settings(PluginSettings):
        warehouses: Names = ()

    monkeypatch.setenv("HEADWATER_WAREHOUSES", "yiwu, keqiao,")
    monkeypatch.setenv("HEADWATER_HTTP_PORT", "8105")
    assert Settings().warehouses == ("yiwu", "keqiao")
    assert Settings().http_port == 8105


async def test_running_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="name at least one"):
        await run()


def test_a_plug_in_needs_no_database_no_server_and_no_framework() -> None:
    blocked = ("motor", "pymongo", "bson", "faststream", "grpc", "uvicorn", "prometheus_client", "fastapi")
    plug_ins = "demo_carrier.app, demo_payments.app, demo_warehouse.app"
    code = f"import sys; sys.modules.update(dict.fromkeys({blocked})); import {plug_ins}"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
