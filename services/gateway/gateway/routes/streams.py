"""Streams to browsers: server-sent events of orders, shipments and alerts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from gateway.door import Door, TheDoor
from gateway.problems import Problem
from headwater.contracts.topics import ALERT_EVENTS, ORDER_EVENTS, SHIPMENT_EVENTS
from headwater.envelope import rfc3339
from headwater.streams import Event, TooSlow

router = APIRouter(prefix="/v1", tags=["streams"])
TOPICS = {"order": ORDER_EVENTS, "shipment": SHIPMENT_EVENTS, "alert": ALERT_EVENTS}
RETRY_MS = 1000
SSE = {"description": "Endless.", "content": {"text/event-stream": {"schema": {"type": "string"}}}}


@router.get("/streams", response_class=StreamingResponse, responses={200: SSE})
async def streams(
    request: Request,
    door: TheDoor,
    types: Annotated[str, Query(max_length=100, description="order, shipment, alert; with commas between.")] = "order",
    recent: Annotated[int, Query(ge=0, le=2000, description="Begin with so many that happened before.")] = 0,
    last_event_id: Annotated[str | None, Header(max_length=300)] = None,
) -> StreamingResponse:
    """Events as they happen. With Last-Event-ID a reader first gets what it missed, as far as the newest 2000 go."""
    names = [name.strip() for name in types.split(",") if name.strip()]
    unknown = [name for name in names if name not in TOPICS]
    if unknown or not names:
        detail = f"There is no stream {', '.join(unknown) or 'without a name'}; there are {', '.join(TOPICS)}."
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "no-such-stream", detail)
    topics = {TOPICS[name] for name in names}
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    frames = _frames(door, topics, last_event_id, recent, request.app.state.closing)
    return StreamingResponse(frames, media_type="text/event-stream", headers=headers)


async def _frames(
    door: Door, topics: set[str], last_event_id: str | None, recent: int, stop: asyncio.Event
) -> AsyncIterator[str]:
    # In one step, so that no event falls between those that were and those to come, and none comes twice.
    before = door.streams.since(last_event_id) if last_event_id else door.streams.recent(recent)
    subscription = door.streams.subscribe()
    closing = asyncio.create_task(stop.wait())
    coming: asyncio.Task[Event] = asyncio.create_task(subscription.next())
    clock, every_s = asyncio.get_running_loop().time, door.settings.heartbeat_s
    beat_at = clock() + every_s
    try:
        yield f"retry: {RETRY_MS}\n\n"
        for event in before:
            if event.topic in topics:
                yield _frame(event)
        while True:
            within_s = max(0.0, beat_at - clock())
            await asyncio.wait({coming, closing}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
            if closing.done():
                yield _note("bye", "the gateway stops; connect again")
                return
            if clock() >= beat_at:  # also while events flow that this reader did not ask for
                beat_at = clock() + every_s
                yield ": alive\n" + _note("heartbeat", "")
            if not coming.done():
                continue
            event = coming.result()
            coming = asyncio.create_task(subscription.next())
            if event.topic in topics:
                yield _frame(event)
    except TooSlow as slow:
        yield _note("cut", f"this reader is {slow}; connect again from the last id")
    finally:
        coming.cancel()
        closing.cancel()
        subscription.close()


def _frame(event: Event) -> str:
    body = {
        "type": event.type.split(".")[1] if event.type.count(".") > 1 else event.type, "topic": event.topic,
        "key": event.key, "at": rfc3339(event.at), "trace": event.traceparent, "data": event.data,
    }  # fmt: skip
    return f"id: {event.position}\ndata: {json.dumps(body, ensure_ascii=False)}\n\n"


def _note(name: str, detail: str) -> str:
    body = {"at": rfc3339(datetime.now(UTC)), **({"detail": detail} if detail else {})}
    return f"event: {name}\ndata: {json.dumps(body)}\n\n"
