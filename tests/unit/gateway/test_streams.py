"""Streams to browsers: what a reader hears, what it hears again, and how it is told that it ends.

The frames are read from the application itself, since the HTTP client of the other tests waits for whole answers.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from gateway.routes.streams import TOPICS, _frames
from headwater.contracts.topics import ALERT_EVENTS, ORDER_EVENTS
from tests.unit.gateway.building import World, placed, world


@asynccontextmanager
async def reading(
    gateway: World, *topics: str, last: str | None = None, recent: int = 0
) -> AsyncIterator[AsyncIterator[str]]:
    """A reader that has heard the greeting and waits for more."""
    frames = _frames(gateway.door, set(topics or TOPICS.values()), last, recent, gateway.app.state.closing)
    assert await anext(frames) == "retry: 1000\n\n"
    try:
        yield frames
    finally:
        await frames.aclose()  # type: ignore[attr-defined]


def fields(frame: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in frame.strip().split("\n") if not line.startswith(":"))


def data(frame: str) -> Any:
    return json.loads(fields(frame)["data"])


async def test_an_event_comes_with_its_position_its_type_and_its_key() -> None:
    async with world() as gateway, reading(gateway) as frames:
        gateway.happen(placed(7))
        frame = await anext(frames)
        assert fields(frame)["id"] == f"{ORDER_EVENTS}/0/7"
        assert (data(frame)["type"], data(frame)["key"]) == ("OrderPlaced", "ord_7")


async def test_only_the_streams_asked_for_are_told() -> None:
    async with world() as gateway, reading(gateway, ALERT_EVENTS) as frames:
        gateway.happen(placed(1))
        gateway.happen(placed(2, ALERT_EVENTS))
        assert fields(await anext(frames))["id"] == f"{ALERT_EVENTS}/0/2"


async def test_a_reader_that_comes_back_goes_on_where_it_was() -> None:
    async with world() as gateway:
        for number in (1, 2, 3):
            gateway.happen(placed(number))
        async with reading(gateway, last=f"{ORDER_EVENTS}/0/2") as frames:
            gateway.happen(placed(4))
            assert [data(await anext(frames))["key"] for _ in range(2)] == ["ord_3", "ord_4"]


async def test_a_new_reader_can_begin_with_what_was() -> None:
    async with world() as gateway:
        for number in (1, 2, 3):
            gateway.happen(placed(number))
        async with reading(gateway, recent=2) as frames:
            assert [data(await anext(frames))["key"] for _ in range(2)] == ["ord_2", "ord_3"]


async def test_silence_is_filled_with_heartbeats() -> None:
    async with world(heartbeat_s=0.01) as gateway, reading(gateway) as frames:
        frame = await anext(frames)
        assert frame.startswith(": alive\nevent: heartbeat\n")
        assert data(frame)["at"].endswith("Z")


async def test_events_that_a_reader_did_not_ask_for_do_not_silence_its_heartbeat() -> None:
    async def busy(gateway: World) -> None:
        for number in range(1000):
            gateway.happen(placed(number))
            await asyncio.sleep(0.001)

    async with world(heartbeat_s=0.02) as gateway, reading(gateway, ALERT_EVENTS) as frames:
        others = asyncio.create_task(busy(gateway))
        assert fields(await asyncio.wait_for(anext(frames), 1))["event"] == "heartbeat"
        others.cancel()


async def test_a_reader_is_told_when_the_gateway_stops() -> None:
    async with world() as gateway, reading(gateway) as frames:
        gateway.app.state.closing.set()
        assert [fields(frame)["event"] async for frame in frames] == ["bye"]


async def test_a_reader_that_does_not_keep_up_is_cut_and_told_so() -> None:
    async with world() as gateway, reading(gateway) as frames:
        for queue in gateway.streams._readers:
            queue.put_nowait(None)
        assert [fields(frame)["event"] async for frame in frames] == ["cut"]


async def test_a_reader_that_leaves_is_forgotten() -> None:
    async with world() as gateway:
        async with reading(gateway):
            assert gateway.streams.readers == 1
        assert gateway.streams.readers == 0


async def test_an_unknown_stream_is_refused_by_name() -> None:
    async with world() as gateway:
        response = await gateway.http.get("/v1/streams", params={"types": "order,weather"})
        assert (response.status_code, response.json()["type"]) == (422, "/problems/no-such-stream")
        assert "weather" in response.json()["detail"]
