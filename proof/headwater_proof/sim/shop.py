"""The people of the simulation: buyers who try again until they are answered, and write down what they were told."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from headwater.contracts.base import BuyerId, OfferId, OrderId, SkuId, SupplierId, WarehouseId
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
from headwater.contracts.quotes import SealedQuote, sealed, secrets_from, to_seal
from headwater.contracts.reviews import SubmitReview
from headwater.contracts.topics import ORDER_EVENTS
from headwater_proof.checks.case import read
from headwater_proof.evidence import Record as Stored
from headwater_proof.services import QUOTE_SECRETS
from headwater_proof.sim.asking import Answer, Client
from headwater_proof.sim.broker import Broker
from headwater_proof.sim.plan import Act, Lines

PAY_WITHIN_S = 15
CITIES = ("Beijing", "Shanghai", "Madrid")
WAREHOUSES = ("yiwu", "guangzhou")
PRICE_FEN = 1999
QUOTE_HOLDS = timedelta(days=1)
SECRETS = secrets_from(QUOTE_SECRETS)


class Shop:
    """All buyers and the factory's truck, at the platform's door."""

    def __init__(self, broker: Broker, client: Client) -> None:
        self._client = client
        self._delivered: dict[str, asyncio.Event] = {}
        broker.watchers.setdefault(ORDER_EVENTS, []).append(self._told)

    async def receive(self, sku: int, pieces: int) -> None:
        """The factory sends goods to each warehouse in turn."""
        for number, warehouse in enumerate(WAREHOUSES):
            part = pieces // 2 + (pieces % 2 if number == 0 else 0)
            if part:
                await self._receive(f"sku-{sku}", warehouse, part)

    async def _receive(self, sku: str, warehouse: str, pieces: int) -> None:
        receipt = f"receipt-{sku}-{warehouse}"
        await self._client.ask(
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
        part = quoted(_buyer(act), "sup-1", act.lines, self._client.now())
        return await self._client.ask(
            "place", f"place-{act.number}", order_id, wanted(part),
            lambda reply_to: PlaceOrder(
                order_id=OrderId(order_id), buyer_id=part.buyer_id, supplier_id=part.supplier_id, currency="CNY",
                lines=part.lines, destination=home(act.number), fingerprint=order_id, pay_within_s=PAY_WITHIN_S,
                seal=part.seal, reply_to=reply_to,
            ),
        )  # fmt: skip

    async def _pay(self, act: Act, order_id: str, total: int, which: str = "first") -> None:
        payment_id = f"pay-{act.number}-{which}"
        await self._client.ask(
            "pay", payment_id, order_id, {"amount_fen": total, "payment_id": payment_id},
            lambda reply_to: PayOrder(
                order_id=OrderId(order_id), buyer_id=BuyerId(_buyer(act)), payment_id=payment_id, amount_fen=total,
                reply_to=reply_to,
            ),
        )  # fmt: skip

    async def _cancel(self, act: Act, order_id: str) -> None:
        await self._client.ask(
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
        await self._client.ask(
            "accept", f"accept-{act.number}", order_id, {},
            lambda reply_to: AcceptOrder(order_id=OrderId(order_id), buyer_id=buyer, reply_to=reply_to),
        )  # fmt: skip
        sku, review_id = f"sku-{act.lines[0][0]}", f"review-{act.number}"
        await asyncio.sleep(2)  # until the reviews service has heard of the delivery; if not, it refuses
        await self._client.ask(
            "review", review_id, order_id, {"sku_id": sku, "rating": 4},
            lambda reply_to: SubmitReview(
                order_id=OrderId(order_id), buyer_id=buyer, sku_id=SkuId(sku), review_id=review_id, rating=4,
                text="size runs small", reply_to=reply_to,
            ),
        )  # fmt: skip

    def _told(self, record: Stored) -> None:
        message = read(record)
        if message is not None and message.type == OrderDelivered.TYPE:
            delivered = self._delivered.get(message.body["order_id"])
            if delivered is not None:
                delivered.set()


def quoted(buyer: str, supplier: str, lines: Lines, now: datetime) -> SealedQuote:
    """What the catalog would seal for this buyer."""
    priced = tuple(
        OrderLine(sku_id=SkuId(f"sku-{sku}"), offer_id=OfferId("off-1"), quantity=n, unit_price_fen=PRICE_FEN)
        for sku, n in lines
    )
    buyer_id, supplier_id = BuyerId(buyer), SupplierId(supplier)
    seal = sealed(SECRETS, now + QUOTE_HOLDS, buyer_id, supplier_id, "CNY", "goods", to_seal(priced))
    return SealedQuote(
        buyer_id=buyer_id, supplier_id=supplier_id, currency="CNY", kind="goods", lines=priced, seal=seal
    )


def wanted(part: SealedQuote) -> dict[str, Any]:
    """What the client's log says of an order that is placed."""
    return {"buyer_id": part.buyer_id, "lines": [line.model_dump(exclude={"offer_id"}) for line in part.lines]}


def home(number: int) -> Destination:
    """Where the parcels go."""
    return Destination(city=CITIES[number % 3], address="1 Road", consignee="Wang", phone="1")


def _buyer(act: Act) -> str:
    return f"shop-{act.number % 3}"
