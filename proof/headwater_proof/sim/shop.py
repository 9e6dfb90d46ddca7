"""The people of the simulation: buyers who try again until they are answered, and write down what they were told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from headwater.contracts.base import BuyerId, Message, OfferId, OrderId, ReplyTo, SkuId, SupplierId, WarehouseId
from headwater.contracts.logistics import ReceiveStock
from headwater.contracts.orders import (
    AcceptOrder,
    CancelOrder,
    Destination,
    OrderDelivered,
    OrderLine,
    PayOrder,
    PlaceOrder,
)
from headwater.contracts.quotes import sealed, secrets_from
from headwater.contracts.reviews import SubmitReview
from headwater.contracts.topics import GATEWAY_REPLIES, ORDER_EVENTS
from headwater.envelope import encode
from headwater.producer import PublishFailed, Record, partition_of
from headwater_proof.checks.case import read
from headwater_proof.evidence import Entry, Kind
from headwater_proof.evidence import Record as Stored
from headwater_proof.services import QUOTE_SECRETS
from headwater_proof.sim.broker import Broker, Producer
from headwater_proof.sim.plan import Act

PATIENCE_S = 5.0
TRIES = 12
CITIES = ("Beijing", "Shanghai", "Madrid")
WAREHOUSES = ("yiwu", "guangzhou")
PRICE_FEN = 1999
QUOTE_HOLDS = timedelta(days=1)
SECRETS = secrets_from(QUOTE_SECRETS)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a request."""

    type: str
    body: Mapping[str, Any]

    @property
    def refused(self) -> bool:
        """Whether nothing was done, for good."""
        return self.type.startswith("base.Refused") or self.body.get("status") == "refused"


class Shop:
    """All buyers and the factory's truck, at the platform's door."""

    def __init__(self, broker: Broker, producer: Producer, now: Callable[[], datetime]) -> None:
        self.history: list[Entry] = []
        self._broker = broker
        self._producer = producer
        self._now = now
        self._asked: dict[str, asyncio.Future[Answer]] = {}
        self._delivered: dict[str, asyncio.Event] = {}
        broker.watchers.setdefault(GATEWAY_REPLIES, []).append(self._heard)
        broker.watchers.setdefault(ORDER_EVENTS, []).append(self._told)

    async def receive(self, sku: int, pieces: int) -> None:
        """The factory sends goods to each warehouse in turn."""
        for number, warehouse in enumerate(WAREHOUSES):
            part = pieces // 2 + (pieces % 2 if number == 0 else 0)
            if part:
                await self._receive(f"sku-{sku}", warehouse, part)

    async def _receive(self, sku: str, warehouse: str, pieces: int) -> None:
        receipt = f"receipt-{sku}-{warehouse}"
        await self._ask(
            "receive", receipt, receipt, {"sku_id": sku, "warehouse_id": warehouse, "pieces": pieces},
            lambda reply_to: ReceiveStock(
                sku_id=SkuId(sku), warehouse_id=WarehouseId(warehouse), pieces=pieces, receipt_id=receipt,
                reply_to=reply_to,
            ),
        )  # fmt: skip

    async def play(self, act: Act) -> None:
        """One buyer with one order."""
        await asyncio.sleep(act.at)
        order_id = f"ord_{act.number:04d}"
        self._delivered[order_id] = asyncio.Event()
        placed = await self._place(act, order_id)
        if placed is None or placed.refused:
            return
        total = sum(pieces * PRICE_FEN for _, pieces in act.lines)
        match act.plot:
            case "cancel":
                await self._cancel(act, order_id)
            case "change of mind":
                await asyncio.gather(self._cancel(act, order_id), self._pay(act, order_id, total))
            case "forget":
                pass
            case "pay late":
                await asyncio.sleep(40)
                await self._pay(act, order_id, total)
            case _:
                await self._pay(act, order_id, total)
                if act.plot == "pay twice":
                    await self._pay(act, order_id, total, "again")
                if act.plot == "accept":
                    await self._accept(act, order_id)

    async def _place(self, act: Act, order_id: str) -> Answer | None:
        lines = tuple(
            OrderLine(sku_id=SkuId(f"sku-{sku}"), offer_id=OfferId("off-1"), quantity=n, unit_price_fen=PRICE_FEN)
            for sku, n in act.lines
        )
        body = {"buyer_id": _buyer(act), "lines": [line.model_dump(exclude={"offer_id"}) for line in lines]}
        buyer_id, supplier_id = BuyerId(_buyer(act)), SupplierId("sup-1")
        seal = sealed(SECRETS, self._now() + QUOTE_HOLDS, buyer_id, supplier_id, "CNY", "goods", lines)
        home = Destination(city=CITIES[act.number % 3], address="1 Road", consignee="Wang", phone="1")
        return await self._ask(
            "place", f"place-{act.number}", order_id, body,
            lambda reply_to: PlaceOrder(
                order_id=OrderId(order_id), buyer_id=buyer_id, supplier_id=supplier_id, currency="CNY", lines=lines,
                destination=home, fingerprint=order_id, pay_within_s=15, seal=seal, reply_to=reply_to,
            ),
        )  # fmt: skip

    async def _pay(self, act: Act, order_id: str, total: int, which: str = "first") -> None:
        payment_id = f"pay-{act.number}-{which}"
        await self._ask(
            "pay", payment_id, order_id, {"amount_fen": total, "payment_id": payment_id},
            lambda reply_to: PayOrder(
                order_id=OrderId(order_id), buyer_id=BuyerId(_buyer(act)), payment_id=payment_id, amount_fen=total,
                reply_to=reply_to,
            ),
        )  # fmt: skip

    async def _cancel(self, act: Act, order_id: str) -> None:
        await self._ask(
            "cancel", f"cancel-{act.number}", order_id, {},
            lambda reply_to: CancelOrder(
                order_id=OrderId(order_id), buyer_id=BuyerId(_buyer(act)), reason="changed my mind", reply_to=reply_to
            ),
        )  # fmt: skip

    async def _accept(self, act: Act, order_id: str) -> None:
        try:
            async with asyncio.timeout(60):
                await self._delivered[order_id].wait()
        except TimeoutError:
            return
        buyer = BuyerId(_buyer(act))
        await self._ask(
            "accept", f"accept-{act.number}", order_id, {},
            lambda reply_to: AcceptOrder(order_id=OrderId(order_id), buyer_id=buyer, reply_to=reply_to),
        )  # fmt: skip
        sku, review_id = f"sku-{act.lines[0][0]}", f"review-{act.number}"
        await asyncio.sleep(2)  # until the reviews service has heard of the delivery; if not, it refuses
        await self._ask(
            "review", review_id, order_id, {"sku_id": sku, "rating": 4},
            lambda reply_to: SubmitReview(
                order_id=OrderId(order_id), buyer_id=buyer, sku_id=SkuId(sku), review_id=review_id, rating=4,
                text="size runs small", reply_to=reply_to,
            ),
        )  # fmt: skip

    # --- asking, and being answered ----------------------------------------------------------------------------------

    async def _ask(
        self, kind: Kind, op: str, subject: str, body: dict[str, Any], make: Callable[[ReplyTo], Message]
    ) -> Answer | None:
        """Send the same request until it is answered, and write down both."""
        self._write("invoke", kind, op, subject, body)
        message = make(ReplyTo(topic=GATEWAY_REPLIES, key=op))
        asked: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._asked[op] = asked
        for attempt in range(TRIES):
            try:
                await self._send(message, f"{op}-{attempt}")
                async with asyncio.timeout(PATIENCE_S):
                    answer = await asyncio.shield(asked)
            except (PublishFailed, TimeoutError):
                continue
            self._write("fail" if answer.refused else "ok", kind, op, subject, answer.body)
            return answer
        self._write("unknown", kind, op, subject, {})
        return None

    async def _send(self, message: Message, id: str) -> None:
        to = message.address()
        key = to.key.encode()
        headers, value = encode(message, id=id, source="gateway", time=self._now(), subject=to.key)
        partition = partition_of(key, await self._producer.partitions(to.topic) or 1)
        await self._producer.publish([Record(to.topic, partition, key, value, headers)])

    def _write(self, what: Any, kind: Kind, op: str, subject: str, body: Mapping[str, Any]) -> None:
        self.history.append(Entry(self._broker.loop.time(), op, what, kind, subject, body))

    def _heard(self, record: Stored) -> None:
        message = read(record)
        asked = self._asked.get((record.key or b"").decode())
        if message is not None and asked is not None and not asked.done():
            asked.set_result(Answer(message.type, message.body))

    def _told(self, record: Stored) -> None:
        message = read(record)
        if message is not None and message.type == OrderDelivered.TYPE:
            delivered = self._delivered.get(message.body["order_id"])
            if delivered is not None:
                delivered.set()


def _buyer(act: Act) -> str:
    return f"shop-{act.number % 3}"
