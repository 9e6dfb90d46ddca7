"""Steady business from a seed: goods come in, orders are placed, and each goes the way that its script says.

Everything goes through the gateway's door, as a patient client uses it: what is not answered is asked again with the
same Idempotency-Key. Each operation is written into the ledger.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from random import Random
from typing import Any

import httpx

from gateway.ids import id_for
from headwater.contracts.topics import WAREHOUSES
from headwater_cli.demo.belt import Belt, grow
from headwater_cli.demo.door import Door
from headwater_cli.demo.script import Act, write
from headwater_cli.problem import Problem
from headwater_proof.chaos.asking import LATER, TRIES, Client, Told
from headwater_proof.chaos.baskets import Baskets
from headwater_proof.chaos.ledger import Ledger

UNTIL_S = 120.0
"""So long a buyer waits for the next step of an order."""
RESTOCK_EVERY_S = 1.0
BASKETS = 0.15
"""This share of the buyers checks out over several suppliers."""
PLENTY_LESS = 8
"""The belt's goods are for thousands of orders; so much less makes some SKUs run out."""
NOT_HEARD_YET = LATER | {httpx.codes.NOT_FOUND, httpx.codes.CONFLICT}
"""The reviews service hears of a delivery a moment later."""


def belt(seed: int) -> Belt:
    """The factories of a seed, and what they offer."""
    return grow(seed, suppliers=3, offers_each=2)


def acts(seed: int) -> Iterator[Act]:
    """What the buyers of a seed do, one after another without end."""
    return write(belt(seed), 10**9, seed, str(seed))


class Shop:
    """All buyers of a run, and the goods they buy."""

    def __init__(self, gateway: str, ledger: Ledger, seed: int, tries: int = TRIES) -> None:
        self._door = Door(gateway)
        self._client = Client(self._door, ledger, tries)
        self._ledger = ledger
        self._seed = seed
        self._belt = belt(seed)
        self._baskets = Baskets(self._client, ledger, self._belt, seed)

    @property
    def surprises(self) -> list[str]:
        """Answers that no client should ever see."""
        return self._client.surprises

    async def close(self) -> None:
        """Close all connections."""
        await self._door.close()

    async def open(self) -> None:
        """List the factories with their offers, and fill the warehouses."""
        for path, bodies in (("/v1/suppliers", self._belt.suppliers), ("/v1/offers", self._belt.offers)):
            for answer in await asyncio.gather(*(self._door.post(path, body) for body in bodies)):
                if not answer.is_success:
                    raise Problem(f"POST {path} was answered {answer.status_code}: {answer.text[:300]}")
        receipts = self._belt.receipts(Random(f"receipts {self._seed}"), str(self._seed))
        await asyncio.gather(*(self._receive({**one, "pieces": one["pieces"] // PLENTY_LESS}) for one in receipts))

    async def trade(self, seconds: float, per_second: float) -> None:
        """Let buyers come at random moments for so long, and see each order to its end."""
        chance = Random(f"buyers {self._seed}")
        script = acts(self._seed)
        ends_at = self._ledger.now + seconds
        async with self._door.listening(), asyncio.TaskGroup() as group:
            group.create_task(self._restock(ends_at))
            while self._ledger.now < ends_at:
                await asyncio.sleep(chance.expovariate(per_second))
                if chance.random() < BASKETS:
                    group.create_task(self._baskets.visit(next(script), next(script)))
                else:
                    group.create_task(self._visit(next(script)))

    async def _restock(self, ends_at: float) -> None:
        chance = Random(f"restock {self._seed}")
        skus = [sku["sku_id"] for offer in self._belt.offers for sku in offer["skus"]]
        async with asyncio.TaskGroup() as group:
            number = 0
            while self._ledger.now < ends_at:
                number += 1
                receipt = {"sku_id": chance.choice(skus), "warehouse_id": chance.choice(WAREHOUSES)}
                more = {"pieces": chance.randrange(50, 300), "receipt_id": f"more-{self._seed}-{number}"}
                group.create_task(self._receive(receipt | more))
                await asyncio.sleep(RESTOCK_EVERY_S)

    async def _receive(self, receipt: dict[str, Any]) -> Told:
        receipt_id = receipt["receipt_id"]
        asked = {name: value for name, value in receipt.items() if name != "receipt_id"}
        return await self._client.ask("receive", receipt_id, receipt_id, asked, "/v1/stock/receipts", receipt)

    # --- one buyer ---------------------------------------------------------------------------------------------------

    async def _visit(self, act: Act) -> None:
        """One order from placing to whatever its buyer does last."""
        order_id = id_for("ord", act.buyer, act.key)
        placed = await self.place(act, order_id)
        if placed.status != "confirmed":
            return
        self._door.heard(order_id, "confirmed")
        total = int(placed.body["total_fen"])
        if act.plot == "cancel" and act.twice:
            await asyncio.gather(self._cancel(act, order_id), self.pay(act, order_id, total))
        elif act.plot == "cancel":
            await self._cancel(act, order_id)
        elif act.plot in ("accept", "wait"):
            await self._buy(act, order_id, total)

    async def place(self, act: Act, order_id: str) -> Told:
        """Place an order."""
        asked = {"buyer_id": act.buyer, "lines": act.body["lines"]}
        tries = [self._client.ask("place", act.key, order_id, asked, "/v1/orders", act.body, act.buyer)]
        if act.twice:  # an impatient client: it sends the same request beside the first
            tries.append(self._again(act, order_id))
        return (await asyncio.gather(*tries))[0]

    async def _again(self, act: Act, order_id: str) -> Told:
        with suppress(Problem):
            answer = await self._door.post("/v1/orders", act.body, act.buyer, act.key)
            found = answer.json().get("order_id")
            if found != order_id:
                self.surprises.append(f"the key of {order_id} was answered {answer.status_code} with order {found}")
        return Told("unknown")

    async def _buy(self, act: Act, order_id: str, total: int) -> None:
        payments = [self.pay(act, order_id, total)]
        if act.twice:
            payments.append(self.pay(act, order_id, total, "another"))
        if not any(told.what == "ok" for told in await asyncio.gather(*payments)) or act.plot == "wait":
            return
        with suppress(Problem):
            if await self._door.until(order_id, act.buyer, {"delivered"}, UNTIL_S) in ("delivered", "completed"):
                path = f"/v1/orders/{order_id}/accept"
                await self._client.ask("accept", f"{act.key}-accept", order_id, {}, path, {}, act.buyer)
                await self._review(act, order_id)

    async def pay(self, act: Act, order_id: str, total: int, which: str = "pay") -> Told:
        """Pay it; `which` tells one payment from another."""
        payment_id = f"{act.key}-{which}"
        body = {"payment_id": payment_id, "amount_fen": total}
        return await self._client.ask("pay", payment_id, order_id, body, f"/v1/orders/{order_id}/pay", body, act.buyer)

    async def _cancel(self, act: Act, order_id: str) -> Told:
        path, why = f"/v1/orders/{order_id}/cancel", {"reason": "changed my mind"}
        return await self._client.ask("cancel", f"{act.key}-cancel", order_id, {}, path, why, act.buyer)

    async def _review(self, act: Act, order_id: str) -> None:
        if act.review is None:
            return
        rating, text = act.review
        review = {"sku_id": act.body["lines"][0]["sku_id"], "rating": rating}
        body = {**review, "text": text, "review_id": f"{act.key}-review"}
        await self._client.ask(
            "review", body["review_id"], order_id, review, f"/v1/orders/{order_id}/reviews", body, act.buyer,
            NOT_HEARD_YET,
        )  # fmt: skip
