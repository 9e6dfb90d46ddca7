"""Reports: from a handler, or from anywhere else in a partner's program."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Protocol

from headwater.envelope import Headers, encode
from headwater.sdk.line import Line
from headwater.sdk.partner import Partner, Report, Reported


class Sender(Protocol):
    """Sends a record; returns once it is safe."""

    def send(self, topic: str, key: bytes, value: bytes, headers: Headers) -> Awaitable[None]:
        """The partition follows from the key."""


async def send_report(reported: Reported, partner: Partner, line: Sender, trace: str | None) -> None:
    """Put a report on the wire, under its own event id and in the partner's name."""
    to = reported.address()
    headers, value = encode(
        reported, id=reported.event_id, source=partner.name, time=datetime.now(UTC), subject=to.key, traceparent=trace
    )
    await line.send(to.topic, to.key.encode(), value, headers)


@asynccontextmanager
async def reporting(partner: Partner) -> AsyncIterator[Report]:
    """Report outside of a handler: from a carrier's webhook, say, hours after the parcel was collected.

    `async with reporting(carrier) as report: await report(ParcelTracked(...))`
    """
    line = Line(partner.settings.kafka, f"{partner.name}.reporting")

    async def send(reported: Reported) -> None:
        await send_report(reported, partner, line, trace=None)

    try:
        yield Report(partner.writes, send)
    finally:
        await line.stop()
