"""The outermost layer: a trace for each request, a bound on its body, a line in the log, a count."""

from __future__ import annotations

import time
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.door import new_trace
from gateway.problems import problem_response
from headwater.telemetry import log

QUIET = {"/livez", "/readyz", "/metrics"}


class _TooLarge(Exception):
    """The body went over the limit while it was read."""


class Threshold:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, largest_body: int, registry: CollectorRegistry) -> None:
        self._app = app
        self._largest = largest_body
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
        request = Request(scope)
        trace = new_trace(request.headers.get("traceparent"))
        scope.setdefault("state", {})["trace"] = trace
        started, status, taken = time.perf_counter(), 0, 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._largest:
                raise _TooLarge
            return message

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"traceparent", trace.encode())]
                self._note(request, scope, status, time.perf_counter() - started, trace)
            await send(message)

        try:
            await self._app(scope, counted, told)
        except _TooLarge:
            if not status:
                detail = f"The body is larger than {self._largest:,} bytes: split the request."
                refusal: Any = problem_response(413, "body-too-large", detail, request.url.path)
                await refusal(scope, receive, told)

    def _note(self, request: Request, scope: Scope, status: int, seconds: float, trace: str) -> None:
        route = getattr(scope.get("route"), "path", "unknown")
        self._requests.labels(request.method, route, status).inc()
        self._seconds.labels(request.method, route).observe(seconds)
        if request.url.path not in QUIET:
            log.info("answered", method=request.method, path=request.url.path, status=status, trace=trace,
                     ms=round(seconds * 1000, 1), account=request.headers.get("x-account"))  # fmt: skip
