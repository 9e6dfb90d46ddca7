"""Buyers of the simulation who buy of several suppliers at once."""

from __future__ import annotations

import asyncio

from headwater.contracts.base import BuyerId, CheckoutId, OrderId
from headwater.contracts.checkouts import PlaceCheckout
from headwater.contracts.orders import CancelOrder, PayOrder
from headwater.contracts.quotes import SealedQuote
from headwater_proof import members
from headwater_proof.sim.asking import Answer, Client
from headwater_proof.sim.plan import Basket
from headwater_proof.sim.shop import PAY_WITHIN_S, home, quoted, wanted
from orders.domain.checkout import order_id_of


class Baskets:
    """All buyers with checkouts."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def play(self, basket: Basket) -> None:
        """One buyer with one checkout."""
        await asyncio.sleep(basket.at)
        checkout_id = CheckoutId(f"chk_{basket.number:04d}")
        buyer_id = BuyerId(f"shop-{basket.number % 3}")
        parts = {
            order_id_of(checkout_id, number): quoted(buyer_id, f"sup-{number}", lines, self._client.now())
            for number, lines in enumerate(basket.parts)
        }
        placing = self._place(basket, checkout_id, buyer_id, parts)
        if basket.plot == "change of mind":
            answer, _ = await asyncio.gather(placing, self._cancel(buyer_id, next(iter(parts))))
        else:
            answer = await placing
        if answer is not None and basket.plot != "forget":
            await self._pay(buyer_id, answer)

    async def _place(
        self, basket: Basket, checkout_id: CheckoutId, buyer_id: BuyerId, parts: dict[OrderId, SealedQuote]
    ) -> Answer | None:
        members.asked(self._client.write, {order_id: wanted(part) for order_id, part in parts.items()})
        asked = {"buyer_id": buyer_id, "orders": list(parts), "all_or_none": basket.all_or_none}
        answer = await self._client.ask(
            "check out", checkout_id, checkout_id, asked,
            lambda reply_to: PlaceCheckout(
                checkout_id=checkout_id, buyer_id=buyer_id, parts=tuple(parts.values()),
                all_or_none=basket.all_or_none, destination=home(basket.number), fingerprint=checkout_id,
                pay_within_s=PAY_WITHIN_S, reply_to=reply_to,
            ),
        )  # fmt: skip
        members.told(self._client.write, answer.body.get("orders", ()) if answer else ())
        return answer

    async def _pay(self, buyer_id: BuyerId, answer: Answer) -> None:
        for order in answer.body["orders"]:
            if order["status"] == "confirmed":
                await self._pay_order(buyer_id, OrderId(order["order_id"]), order["total_fen"])

    async def _pay_order(self, buyer_id: BuyerId, order_id: OrderId, total_fen: int) -> None:
        payment_id = f"pay-{order_id}"
        await self._client.ask(
            "pay", payment_id, order_id, {"amount_fen": total_fen, "payment_id": payment_id},
            lambda reply_to: PayOrder(
                order_id=order_id, buyer_id=buyer_id, payment_id=payment_id, amount_fen=total_fen, reply_to=reply_to
            ),
        )  # fmt: skip

    async def _cancel(self, buyer_id: BuyerId, order_id: OrderId) -> None:
        await self._client.ask(
            "cancel", f"cancel-{order_id}", order_id, {},
            lambda reply_to: CancelOrder(
                order_id=order_id, buyer_id=buyer_id, reason="changed my mind", reply_to=reply_to
            ),
        )  # fmt: skip
