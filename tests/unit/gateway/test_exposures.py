"""What was shown is told in windows: a window that may have been told before is told again as it was."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway import exposures
from gateway.exposures import Exposures
from headwater.contracts.base import Message
from headwater.producer import PublishFailed
from headwater.stubs.catalog.v1 import catalog_pb2 as catalog
from tests.unit.gateway.building import world


class Kafka:
    """Keeps what was told; away, it refuses."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.away: Exception | None = None

    async def tell(self, message: Message, trace: str | None = None, id: str | None = None) -> None:
        if self.away is not None:
            raise self.away
        self.told.append(message)


def shown(*suppliers: str) -> list[dict[str, str]]:
    return [{"supplier_id": id} for id in suppliers]


async def test_a_window_is_told_per_supplier_and_begins_anew() -> None:
    counts, kafka = Exposures(), Kafka()
    counts.shown(shown("a", "b", "a"))
    await counts.flush(kafka)
    counts.shown(shown("a"))
    await counts.flush(kafka)
    assert [(one.supplier_id, one.window, one.impressions) for one in kafka.told] == [
        ("a", 1, 2), ("b", 1, 1), ("a", 2, 1),
    ]  # fmt: skip
    assert len({one.source for one in kafka.told}) == 1


async def test_a_window_that_was_not_confirmed_is_told_again_before_the_next() -> None:
    counts, kafka = Exposures(), Kafka()
    counts.shown(shown("a"))
    kafka.away = PublishFailed("away")
    with capture_logs() as logged:
        await counts.flush(kafka)
    assert logged[0]["event"] == "exposure waits for Kafka"
    counts.shown(shown("a", "a"))
    kafka.away = None
    await counts.flush(kafka)
    await counts.flush(kafka)
    assert [(one.window, one.impressions) for one in kafka.told] == [(1, 1), (2, 2)]


async def test_what_nobody_was_shown_is_not_told() -> None:
    counts, kafka = Exposures(), Kafka()
    await counts.flush(kafka)
    assert kafka.told == []


async def test_the_memory_is_bounded_and_what_is_lost_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposures, "MOST_SUPPLIERS", 2)
    counts, kafka = Exposures(), Kafka()
    counts.shown(shown("a", "b", "c", "a"))
    with capture_logs() as logged:
        await counts.flush(kafka)
    assert {one.supplier_id: one.impressions for one in kafka.told} == {"a": 2, "b": 1}
    assert logged[0]["impressions_lost"] == 1


async def test_it_tells_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposures, "EVERY_S", 0.001)
    counts, kafka = Exposures(), Kafka()
    counts.shown(shown("a"))
    running = asyncio.create_task(counts.run(kafka))
    async with asyncio.timeout(5):
        while not kafka.told:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    running.cancel()
    assert [one.impressions for one in kafka.told] == [1]


async def test_offer_pages_are_counted() -> None:
    async with world() as gateway:
        offer = catalog.Offer(offer_id="off-1", supplier_id="sup-1")
        gateway.door.catalog.answers = {
            "GetOffer": catalog.GetOfferResponse(offer=offer),
            "ListOffers": catalog.ListOffersResponse(offers=[offer, offer]),
        }
        await gateway.http.get("/v1/offers/off-1")
        await gateway.http.get("/v1/offers")
        kafka = Kafka()
        await gateway.door.exposures.flush(kafka)
        assert [(one.supplier_id, one.impressions) for one in kafka.told] == [("sup-1", 3)]
