"""One dispatch: handled, tried again, or put among the dead letters with a reason."""

from __future__ import annotations

import asyncio

import pytest

from headwater.contracts.logistics import CollectParcel, PackParcel
from headwater.sdk import Away, Carrier, Report
from headwater.sdk.counts import Counts
from headwater.sdk.desk import Desk
from headwater.sdk.testing import Dispatch, Outcome, handled, handled_raw
from tests.unit.sdk.parcels import SETTINGS, collected, to_collect, to_pack


def carrier_that(fails: int = 0, error: BaseException | None = None, carrier: str = "demo-express") -> Carrier:
    """Reports a parcel collected, after so many failures."""
    partner = Carrier("demo-express", SETTINGS)
    left = fails

    @partner.on(CollectParcel)
    async def collect(parcel: CollectParcel, report: Report) -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            raise error or RuntimeError("scanner broken")
        await report(collected(parcel, carrier))

    return partner


async def test_a_report_goes_out_under_the_event_id_of_its_step() -> None:
    outcome = await handled(carrier_that(), to_collect("shp_7"))
    assert [report.model_dump()["event_id"] for report in outcome.reports] == ["shp_7:collected"]


async def test_a_handler_that_fails_is_tried_again() -> None:
    outcome = await handled(carrier_that(fails=2), to_collect())
    assert len(outcome.reports) == 1
    assert outcome.dead_letters == []


async def test_after_the_last_attempt_the_dispatch_is_a_dead_letter() -> None:
    outcome = await handled(carrier_that(fails=3), to_collect())
    assert outcome.reports == []
    [letter] = outcome.dead_letters
    assert letter["dlq_error"] == "RuntimeError: scanner broken (attempt 3, the last)"
    assert letter["dlq_topic"] == "partners.carrier.demo-express.dispatches.v1"
    assert letter["ce_type"] == "logistics.CollectParcel.v1"


async def test_a_partner_whose_own_system_is_away_waits_for_it_however_long() -> None:
    outcome = await handled(carrier_that(fails=2000, error=Away("tracking API: 503")), to_collect())
    assert len(outcome.reports) == 1


async def test_waiting_for_the_own_system_is_told() -> None:
    partner = carrier_that(fails=10**9, error=Away("tracking API: 503"))
    desk = Desk(partner, Outcome(), Counts(partner.name))
    task = asyncio.create_task(desk.handle(record_of(partner)))
    await asyncio.sleep(0.01)
    assert desk.away == "tracking API: 503"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert desk.away is None


async def test_a_handler_cancelled_from_within_has_failed() -> None:
    outcome = await handled(carrier_that(fails=3, error=asyncio.CancelledError()), to_collect())
    assert "CancelledError" in outcome.dead_letters[0]["dlq_error"]


async def test_a_report_in_another_name_is_refused() -> None:
    outcome = await handled(carrier_that(carrier="demo-freight"), to_collect())
    assert outcome.reports == []
    assert "this partner writes partners.carrier.demo-express.tracking.v1" in outcome.dead_letters[0]["dlq_error"]


async def test_a_dispatch_for_another_carrier_is_refused() -> None:
    outcome = await handled(carrier_that(), to_collect(carrier="demo-freight"))
    assert "is for another partner" in outcome.dead_letters[0]["dlq_error"]


async def test_a_dispatch_that_nobody_handles_is_refused() -> None:
    outcome = await handled(carrier_that(), to_pack())
    assert outcome.dead_letters[0]["dlq_error"] == (
        "logistics.PackParcel.v1 has no handler here; partners.carrier.demo-express handles logistics.CollectParcel.v1"
    )


@pytest.mark.parametrize(
    ("headers", "value", "reason"),
    [
        ([], b"{}", "header ce_type is missing"),
        ([("ce_type", b"logistics.CollectParcel.v9")], b"{}", "version 9 of logistics.CollectParcel is not known here"),
        ([("ce_type", b"logistics.CollectParcel.v1")], b"{", "does not fit its schema"),
        ([("ce_type", b"logistics.CollectParcel.v1")], None, "does not fit its schema"),
        ([("ce_type", b"\xff")], b"{}", "a header is not UTF-8"),
        ([("ce_type", b"logistics.CollectParcel.v1"), ("x", None)], b"[]", "does not fit its schema"),
    ],
)
async def test_what_cannot_be_read_is_a_dead_letter_at_once(headers: list[tuple[str, bytes]], value: bytes | None,
                                                            reason: str) -> None:  # fmt: skip
    partner = carrier_that()
    outcome = await handled_raw(partner, Dispatch(partner.reads, value, headers, key=b"\xfe"))
    assert reason in outcome.dead_letters[0]["dlq_error"]


async def test_each_message_is_counted_once() -> None:
    partner = carrier_that(fails=1)
    counts = Counts(partner.name)
    desk = Desk(partner, Outcome(), counts)
    await desk.handle(record_of(partner))
    await desk.handle(Dispatch(partner.reads, b"", []))
    assert (counts.applied, counts.dead_lettered, counts.retries, counts.reports) == (1, 1, 1, 1)


def record_of(partner: Carrier) -> Dispatch:
    headers = [("ce_type", CollectParcel.TYPE.encode())]
    return Dispatch(partner.reads, to_collect().to_json(), headers, key=b"shp_1")


def test_a_second_handler_for_the_same_dispatch_is_refused() -> None:
    partner = carrier_that()
    with pytest.raises(ValueError, match="has a handler for CollectParcel already"):
        partner.on(CollectParcel)(lambda parcel, report: asyncio.sleep(0))
    partner.on(PackParcel)  # another kind is fine
