"""Plug-ins on real Kafka: whatever is killed or malformed, every parcel gets all its reports."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from headwater.contracts.logistics import CollectParcel
from headwater.contracts.topics import carrier_dispatches
from headwater.producer import Record
from headwater.sdk import Carrier, PluginSettings, Report, reporting, run
from headwater_cli.ports import free_ports
from headwater_proof.chaos.poison import ODD_NAME, publish_odd
from tests.conftest import Infra
from tests.integration.partnership import TRACE, Partnership, answers, eventually, expected, parcels, partnership
from tests.unit.sdk.parcels import collected, to_collect


@pytest.fixture
async def partner(infra: Infra, tmp_path: Path) -> AsyncIterator[Partnership]:
    async with partnership(infra.kafka, tmp_path) as found:
        yield found


async def test_every_parcel_gets_all_its_reports_in_order(partner: Partnership) -> None:
    await partner.dispatch(parcels(300))
    partner.start()
    await eventually("all parcels delivered", lambda: partner.all_reported(parcels(300)))
    first = (await partner.tracked())[0]
    assert first.source == f"partners.carrier.{partner.carrier}"
    assert first.id == first.message.model_dump()["event_id"]
    assert first.traceparent == TRACE


async def test_a_killed_plug_in_begins_again_what_was_unfinished(partner: Partnership) -> None:
    victim = partner.start(HEADWATER_CARRIER_STEP_MS="300", HEADWATER_IN_FLIGHT="50")
    await partner.dispatch(parcels(200))
    await eventually("the first parcels move", lambda: partner.some_reported(120))
    victim.kill()
    victim.wait()
    assert await partner.reported() != expected(parcels(200))
    partner.start()
    await eventually("all parcels delivered", lambda: partner.all_reported(parcels(200)))
    await eventually("all dispatches committed", lambda: partner.finished(200))
    repeated = len(await partner.tracked()) - sum(map(len, expected(parcels(200)).values()))
    assert repeated > 0, "some parcels were told of again, under the same event ids as before"


async def test_a_rebalance_in_the_middle_loses_no_parcel(partner: Partnership) -> None:
    first = partner.start(HEADWATER_CARRIER_STEP_MS="100", HEADWATER_IN_FLIGHT="30")
    await partner.dispatch(parcels(400))
    await eventually("the first parcels move", lambda: partner.some_reported(100))
    second = partner.start(HEADWATER_CARRIER_STEP_MS="100", HEADWATER_IN_FLIGHT="30")
    await eventually("the second has joined", lambda: '"joined"' in partner.log_of(second))
    first.kill()
    first.wait()
    await eventually("all parcels delivered", lambda: partner.all_reported(parcels(400)))
    await eventually("all dispatches committed", lambda: partner.finished(400))


async def test_a_stopped_plug_in_finishes_what_is_in_hand_and_commits_it(partner: Partnership) -> None:
    process = partner.start(HEADWATER_CARRIER_STEP_MS="200", HEADWATER_IN_FLIGHT="20")
    await partner.dispatch(parcels(100))
    await eventually("the first parcels move", lambda: partner.some_reported(30))
    started = time.monotonic()
    process.terminate()
    assert await asyncio.to_thread(process.wait, 10) == 0
    assert time.monotonic() - started < 10
    done = [ids for ids in (await partner.reported()).values() if ids[-1].endswith(":delivered")]
    assert 20 <= len(done) < 100
    assert len(done) == len(await partner.reported()), "none is left on its way"
    assert await partner.committed() == len(done), "none is done twice"
    assert all(json.loads(line) for line in partner.log_of(process).splitlines()), "its log is JSON"


async def test_a_malformed_dispatch_is_a_dead_letter_and_the_others_go_on(partner: Partnership) -> None:
    headers = [("ce_type", CollectParcel.TYPE.encode())]
    await partner.dispatch(parcels(3))
    await partner.dispatch_raw(b'{"shipment_id": ', headers)
    await partner.dispatch_raw(b"\xff\x00", [])
    await partner.dispatch_raw(to_collect("shp_x", "someone-else").to_json(), headers)
    await partner.dispatch(["shp_3", "shp_4"])
    partner.start()
    await eventually("all parcels delivered", lambda: partner.all_reported(parcels(5)))
    errors = sorted(letter["dlq_error"] for letter in await partner.dead_letters())
    assert len(errors) == 3
    assert errors[0].startswith("header ce_type is missing")
    assert errors[1].startswith("logistics.CollectParcel.v1 does not fit its schema")
    assert errors[2].startswith("this logistics.CollectParcel.v1 is for another partner")
    await eventually("all dispatches committed", lambda: partner.finished(8))


async def test_a_dispatch_that_the_kafka_client_cannot_read_is_a_dead_letter_and_the_others_go_on(
    partner: Partnership,
) -> None:
    await partner.dispatch(parcels(3))
    odd = Record(carrier_dispatches(partner.carrier), 0, b"any", b"{}", [(ODD_NAME, b"1")])
    await publish_odd(partner.kafka, [odd])
    await partner.dispatch(["shp_3", "shp_4"])
    process = partner.start()
    await eventually("all parcels delivered", lambda: partner.all_reported(parcels(5)))
    assert [letter["dlq_error"][:24] for letter in await partner.dead_letters()] == ["a header is not UTF-8: '"]
    await eventually("all dispatches committed", lambda: partner.finished(6))
    assert process.poll() is None


async def test_a_handler_that_always_fails_does_not_hold_up_the_stream(partner: Partnership) -> None:
    settings = PluginSettings(kafka=partner.kafka, attempts=2, retry_first_s=0.01)
    carrier = Carrier(partner.carrier, settings)

    @carrier.on(CollectParcel)
    async def collect(parcel: CollectParcel, report: Report) -> None:
        if parcel.shipment_id == "shp_1":
            raise RuntimeError("no such street")
        await report(collected(parcel, carrier.id))

    stop = asyncio.Event()
    running = asyncio.create_task(run(carrier, stop=stop))
    await partner.dispatch(parcels(3))
    await eventually("the others collected", lambda: partner.some_reported(2))
    await eventually("all dispatches committed", lambda: partner.finished(3))
    stop.set()
    await running
    [letter] = await partner.dead_letters()
    assert letter["dlq_error"] == "RuntimeError: no such street (attempt 2, the last)"


async def test_a_report_can_come_from_outside_a_handler(partner: Partnership) -> None:
    carrier = Carrier(partner.carrier, PluginSettings(kafka=partner.kafka))
    async with reporting(carrier) as report:
        await report(collected(to_collect("shp_1"), carrier.id))
        with pytest.raises(ValueError, match="this partner writes"):
            await report(collected(to_collect("shp_1"), "someone-else"))
    assert await partner.reported() == {"shp_1": ["shp_1:collected"]}


async def test_health_tells_when_the_plug_in_works_and_what_it_did(partner: Partnership) -> None:
    [port] = free_ports(1)
    await partner.dispatch(parcels(2))
    partner.start(HEADWATER_HTTP_PORT=str(port))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=5) as page:
        await eventually("it is ready", lambda: answers(page, "/readyz", "ok"))
        assert (await page.get("/livez")).status_code == 200
        applied = f'headwater_messages_total{{processor="partners.carrier.{partner.carrier}",outcome="applied"}} 2'
        await eventually("both parcels are counted", lambda: answers(page, "/metrics", applied))
