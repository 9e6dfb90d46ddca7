"""A gateway over a platform that answers as a test says: replies to commands, look-ups, and a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import grpc
import httpx
from google.protobuf.message import Message as Proto
from structlog.testing import capture_logs

from gateway.app import application
from gateway.door import Door
from gateway.pulse import Pulse
from gateway.settings import Settings
from headwater.contracts.base import Done, Message
from headwater.contracts.orders import OrderAnswer, PlaceOrder
from headwater.contracts.topics import ORDER_EVENTS
from headwater.streams import Event, Streams
from headwater.stubs.catalog.v1 import catalog_pb2 as catalog
from headwater.stubs.orders.v1 import orders_pb2 as orders

JSON = {"Content-Type": "application/json"}
SHOP = {"X-Account": "shop-1"}


class FakeCommands:
    """Keeps the commands that were sent, and answers each with `reply` (or raises it)."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.traces: list[str | None] = []
        self.reply: Callable[[Any], Message | None] | Message | Exception | None = Done(id="done")

    async def ask(self, message: Message, timeout_s: float, trace: str | None = None) -> Message | None:
        self.sent.append(message)
        self.traces.append(trace)
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply(message) if callable(self.reply) else self.reply


class FakeStub:
    """The look-ups of one service: each method answers with a message, or fails with a status code."""

    def __init__(self, **answers: Proto | grpc.StatusCode) -> None:
        self.answers: dict[str, Any] = answers
        self.asked: list[Any] = []

    def __getattr__(self, method: str) -> Any:
        async def call(request: Proto, **_how: Any) -> Proto:
            self.asked.append(request)
            answer = self.answers.get(method, grpc.StatusCode.UNAVAILABLE)
            if isinstance(answer, grpc.StatusCode):
                raise failure(answer)
            return answer(request) if callable(answer) else answer

        return call


def failure(code: grpc.StatusCode, details: str = "it says why") -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), details=details)


class World:
    """What stands behind the gateway, and a client in front of it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.commands = FakeCommands()
        self.streams = Streams(settings, [])
        self.app = application(settings)
        self.pulse = Pulse(settings.kafka)
        self.door: Any = Door(settings, self.commands, self.streams, self.pulse)  # type: ignore[arg-type]
        self.door.catalog, self.door.orders = FakeStub(), FakeStub()
        self.door.logistics, self.door.reviews = FakeStub(), FakeStub()
        self.app.state.door = self.door
        transport = httpx.ASGITransport(self.app)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://gateway")

    def happen(self, event: Event) -> None:
        """An event comes out of the stream."""
        self.streams._recent.append(event)
        for queue in tuple(self.streams._readers):
            queue.put_nowait(event)


@asynccontextmanager
async def world(**settings: Any) -> AsyncIterator[World]:
    with capture_logs():
        built = World(Settings(**settings))
        try:
            yield built
        finally:
            await built.http.aclose()


def placed(number: int, topic: str = ORDER_EVENTS) -> Event:
    return Event(
        position=f"{topic}/0/{number}", topic=topic, type="orders.OrderPlaced.v1", key=f"ord_{number}",
        at=datetime(2026, 5, 1, tzinfo=UTC), data={"order_id": f"ord_{number}"}, traceparent=None,
    )  # fmt: skip


def basket(*lines: tuple[str, int]) -> dict[str, Any]:
    """An order of these lines."""
    return {
        "lines": [{"sku_id": sku, "quantity": quantity} for sku, quantity in lines or (("tee-L", 2),)],
        "destination": {"city": "Madrid", "address": "Calle 1", "consignee": "Ana", "phone": "+34 600"},
    }


def quoted(*suppliers: str, code: str = "") -> catalog.QuoteBasketResponse:
    """A quote of one line for each supplier: 2 pieces of `tee-L`, 500 fen each; `code` refuses the last line."""
    lines = [
        catalog.QuotedLine(sku_id="tee-L", quantity=2, offer_id="off-1", supplier_id=supplier, unit_price_fen=500,
                           total_fen=1000)
        for supplier in suppliers or ("sup-1",)
    ]  # fmt: skip
    if code:
        lines[-1].code, lines[-1].detail = code, "Add 3."
    of = [line.supplier_id for line in lines]
    sealed = [_sealed(supplier, of) for supplier in dict.fromkeys(of)]
    return catalog.QuoteBasketResponse(lines=lines, total_fen=1000 * len(lines), currency="CNY", sealed=sealed)


def _sealed(supplier: str, suppliers: list[str]) -> catalog.SealedQuote:
    places = [place for place, one in enumerate(suppliers) if one == supplier]
    seal = catalog.QuoteSeal(secret="test", mac="0" * 64)  # whether it is genuine is the orders service's question
    seal.expires_at.FromDatetime(datetime(2026, 5, 1, tzinfo=UTC))
    return catalog.SealedQuote(supplier_id=supplier, lines=places, seal=seal)


def answer(status: str, **more: Any) -> Callable[[Any], OrderAnswer]:
    """The orders service answers whatever command with its order in this status."""
    return lambda command: OrderAnswer(order_id=command.order_id, status=status, total_fen=1000, currency="CNY", **more)


def order(order_id: str = "ord_1", **more: Any) -> orders.GetOrderResponse:
    """An order of shop-1 as the orders service has it."""
    known = {
        "order_id": order_id, "buyer_id": "shop-1", "supplier_id": "sup-1", "status": "confirmed", "total_fen": 1000,
        "currency": "CNY", "city": "Madrid", "lines": [orders.OrderLine(sku_id="tee-L", quantity=2)],
    }  # fmt: skip
    return orders.GetOrderResponse(order=orders.Order(**{**known, **more}))


def only(commands: FakeCommands) -> PlaceOrder:
    """The one command that was sent."""
    [command] = commands.sent
    return command
