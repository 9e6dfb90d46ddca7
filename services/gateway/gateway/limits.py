"""The outermost layer: a trace for each request, bounds on its body, an answer to bugs, a line in the log, a count."""

from __future__ import annotations

import asyncio
import time
from http import HTTPStatus

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.door import new_trace
from gateway.problems import Problem, bug
from gateway.settings import Settings
from headwater.logs import log

QUIET = {"/livez", "/readyz", "/metrics"}
BODILESS = {"GET", "HEAD", "OPTIONS"}


class Threshold:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, settings: Settings, registry: CollectorRegistry) -> None:
        self._app = app
        self._largest = settings.largest_body
        self._within_s = settings.body_within_s
        self._requests = Counter(
            "headwater_http_requests_total", "Requests answered.", ["method", "route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "headwater_http_request_seconds", "Time to the first byte of the answer.", ["method", "route"],
            registry=registry,
        )  # fmt: skip

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace = new_trace(Headers(scope=scope).get("traceparent"))
        scope.setdefault("state", {})["trace"] = trace
        started, answered = time.perf_counter(), False

        async def told(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                _sign(message, trace)
                self._note(scope, int(message["status"]), time.perf_counter() - started, trace)
            await send(message)

        try:
            await self._admit(scope, receive, told)
        except Problem as problem:
            await problem.at(scope["path"])(scope, receive, told)
        except Exception:
            log.exception("a request failed in an unforeseen way", path=scope["path"], trace=trace)
            if answered:
                raise  # half an answer is out: only a broken connection can tell the client
            await bug().at(scope["path"])(scope, receive, told)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in BODILESS:
            receive = _replay(await self._body(Headers(scope=scope), receive), receive)
        await self._app(scope, receive, send)

    async def _body(self, headers: Headers, receive: Receive) -> bytes:
        """The whole body, counted while it comes. Raises `Problem`: 408, 413 or 415."""
        announced = headers.get("content-length", "0")
        if announced != "0" or "transfer-encoding" in headers:
            kind = headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != "application/json":
                detail = f"The body is {kind[:80] or 'of no type'}: send it as Content-Type: application/json."
                raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", detail)
        if announced.isdigit() and int(announced[:18]) > self._largest:
            raise self._too_large()
        try:
            async with asyncio.timeout(self._within_s):
                return await self._read(receive)
        except TimeoutError:
            detail = f"The body took longer than {self._within_s:g} s: send it at once."
            raise Problem(HTTPStatus.REQUEST_TIMEOUT, "body-too-slow", detail) from None

    async def _read(self, receive: Receive) -> bytes:
        body, more = bytearray(), True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._largest:
                raise self._too_large()
        return bytes(body)

    def _too_large(self) -> Problem:
        detail = f"The body is larger than {self._largest:,} bytes: split the request."
        return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", detail)

    def _note(self, scope: Scope, status: int, seconds: float, trace: str) -> None:
        route = getattr(scope.get("route"), "path", "unknown")
        self._requests.labels(scope["method"], route, status).inc()
        self._seconds.labels(scope["method"], route).observe(seconds)
        if scope["path"] not in QUIET:
            log.info("answered", method=scope["method"], path=scope["path"], status=status, trace=trace,
                     ms=round(seconds * 1000, 1), account=Headers(scope=scope).get("x-account"))  # fmt: skip


def _replay(body: bytes, receive: Receive) -> Receive:
    """Hands out a body that was read already, then whatever comes after it."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return pending.pop() if pending else await receive()

    return again


def _sign(message: Message, trace: str) -> None:
    headers = MutableHeaders(scope=message)
    headers["traceparent"] = trace
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    headers.setdefault("Cache-Control", "no-store")
