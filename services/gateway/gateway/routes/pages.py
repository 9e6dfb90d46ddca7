"""The live page, health, and metrics."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, PlainTextResponse, Response
from prometheus_client import generate_latest

from gateway.door import Door
from gateway.problems import Problem

router = APIRouter(include_in_schema=False)
PAGE = Path(__file__).parent.parent / "page"
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
GUARDED = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


@router.get("/")
async def live_page() -> FileResponse:
    """Orders as they move."""
    return _file("index.html")


@router.get("/page/{name}")
async def page_file(name: str) -> FileResponse:
    """A file of the live page."""
    return _file(name)


@router.get("/livez")
async def livez() -> PlainTextResponse:
    """The process lives."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
async def readyz(request: Request) -> PlainTextResponse:
    """Whether to send requests here: not while it starts or stops, nor while Kafka is away."""
    door: Door | None = getattr(request.app.state, "door", None)
    why = "starting" if door is None else door.pulse.why_away
    if request.app.state.closing.is_set():
        why = "stopping"
    return PlainTextResponse(f"{why or 'ok'}\n", HTTPStatus.SERVICE_UNAVAILABLE if why else HTTPStatus.OK)


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Counts of what was asked and answered."""
    return Response(generate_latest(request.app.state.registry), media_type="text/plain; version=0.0.4")


def _file(name: str) -> FileResponse:
    path = next((path for path in PAGE.iterdir() if path.name == name and path.suffix in TYPES), None)
    if path is None:
        raise Problem(HTTPStatus.NOT_FOUND, "not-found", f"There is no page file {name[:80]!r}; the page is at /.")
    return FileResponse(path, media_type=TYPES[path.suffix], headers=GUARDED)
