"""The demo's side of the gateway's door: requests, and the stream of order events."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import cycle
from typing import Any

import httpx

from headwater_cli.problem import Problem

GONE = (httpx.TransportError, AttributeError)
"""What a call raises whose connection ended; the second one when it ended while it was being opened (anyio)."""
TRIES = 60
POOLS = 16
AWAY = {httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.GATEWAY_TIMEOUT}
SILENCE_S = 5.0
FINAL = {"completed", "refused", "cancelled", "expired"}
TELLS = {
    "OrderConfirmed": "confirmed", "OrderPaid": "paid", "OrderShipped": "shipped", "OrderDelivered": "delivered",
    "OrderCompleted": "completed", "OrderRefused": "refused", "OrderCancelled": "cancelled", "OrderExpired": "expired",
}  # fmt: skip
"""The status that an order is in after each of its events."""


class Door:
    """The public HTTP API, as a patient client uses it: it tries again when told that something is away."""

    def __init__(self, gateway: str) -> None:
        # Many small pools: httpcore looks through a whole pool for each request, and with hundreds of connections the
        # client's own looking would be measured as the platform's time.
        limits = httpx.Limits(max_connections=8, max_keepalive_connections=8)
        self._clients = cycle(
            [httpx.AsyncClient(base_url=gateway, timeout=30, limits=limits, trust_env=False) for _ in range(POOLS)]
        )
        self._changed: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._status: dict[str, str] = {}

    async def close(self) -> None:
        """Close all connections."""
        for _ in range(POOLS):
            await next(self._clients).aclose()

    async def post(self, path: str, body: dict[str, Any], account: str = "", key: str = "") -> httpx.Response:
        """A POST; the same key makes it safe to repeat, which is done while something is away."""
        headers = {name: value for name, value in (("X-Account", account), ("Idempotency-Key", key)) if value}
        return await self._answer("POST", path, json=body, headers=headers)

    async def put(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """A PUT, repeated while something is away."""
        return await self._answer("PUT", path, json=body)

    async def get(self, path: str, account: str = "") -> httpx.Response:
        """A GET, repeated while something is away."""
        return await self._answer("GET", path, headers={"X-Account": account} if account else {})

    async def _answer(self, method: str, path: str, **more: Any) -> httpx.Response:
        for _ in range(TRIES):
            with suppress(*GONE):
                answer = await next(self._clients).request(method, path, **more)
                if answer.status_code not in AWAY:
                    return answer
            await asyncio.sleep(0.5)
        raise Problem(
            f"{method} {path} was not answered in {TRIES} tries.", "See: headwater status, headwater logs gateway"
        )

    async def order(self, order_id: str, account: str) -> dict[str, Any]:
        """The order as it is now."""
        return _read(await self.get(f"/v1/orders/{order_id}", account))

    async def until(self, order_id: str, account: str, statuses: set[str], within_s: float) -> str:
        """Wait until the order is in one of these statuses, or in any final one; returns the status it is in.

        The stream of events tells; when it is silent for a while, the order itself is asked.
        """
        wanted = statuses | FINAL
        deadline = asyncio.get_running_loop().time() + within_s
        while asyncio.get_running_loop().time() < deadline:
            changed = self._changed[order_id]
            changed.clear()
            status = self._status.get(order_id, "")
            if status in wanted:
                return status
            try:
                await asyncio.wait_for(changed.wait(), SILENCE_S)
            except TimeoutError:
                answer = await self.get(f"/v1/orders/{order_id}", account)
                if answer.status_code != httpx.codes.NOT_FOUND:  # accepted, and the service that decides is still away
                    self._status[order_id] = str(_read(answer)["status"])
        return self._status.get(order_id, "unknown")

    def heard(self, order_id: str, status: str) -> None:
        """An answer told the order's status."""
        self._status.setdefault(order_id, status)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Follow the stream of order events meanwhile, so that nobody needs to ask again and again."""
        task = asyncio.create_task(self._listen())
        try:
            yield
        finally:
            task.cancel()

    async def _listen(self) -> None:
        last = ""
        while True:
            with suppress(*GONE):
                headers = {"Last-Event-ID": last} if last else {}
                async with next(self._clients).stream(
                    "GET", "/v1/streams?types=order", headers=headers, timeout=None
                ) as answer:
                    async for line in answer.aiter_lines():
                        if line.startswith("id:"):
                            last = line[3:].strip()
                        elif line.startswith("data:"):
                            self._tell(line[5:])
            await asyncio.sleep(0.5)

    def _tell(self, data: str) -> None:
        with suppress(ValueError):
            event = json.loads(data)
            order_id, status = str(event.get("key")), TELLS.get(str(event.get("type")))
            if status is not None:
                self._status[order_id] = status
                self._changed[order_id].set()


def _read(answer: httpx.Response) -> dict[str, Any]:
    if answer.status_code != httpx.codes.OK:
        raise Problem(f"GET {answer.url.path} was answered {answer.status_code}: {answer.text[:300]}")
    found: dict[str, Any] = answer.json()
    return found
