"""Buyers of a round of chaos who buy of several suppliers at once."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from random import Random
from typing import Any

import httpx

from gateway.ids import id_for
from headwater.contracts.base import CheckoutId
from headwater_cli.demo.belt import Belt
from headwater_cli.demo.script import Act
from headwater_proof import members
from headwater_proof.chaos.asking import LATER, Client, Told
from headwater_proof.chaos.ledger import Ledger
from orders.domain.checkout import order_id_of

NOT_THERE_YET = LATER | {httpx.codes.NOT_FOUND}
"""The order of a checkout is there a moment after its checkout was asked for."""


class Baskets:
    """Checkouts, each of what two buyers would have ordered, and what becomes of it by chance."""

    def __init__(self, client: Client, ledger: Ledger, belt: Belt, seed: int) -> None:
        self._client = client
        self._ledger = ledger
        self._chance = Random(f"baskets {seed}")
        self._supplier_of = {
            sku["sku_id"]: offer["supplier_id"] for offer in belt.offers for sku in offer["skus"]
        }  # fmt: skip

    async def visit(self, first: Act, second: Act) -> None:
        """One checkout: paid, left to expire, or an order of it taken back while it is placed."""
        key, buyer, body = f"{first.key}-basket", first.buyer, self._body(first, second)
        checkout_id = CheckoutId(id_for("chk", buyer, key))
        orders = self._orders(checkout_id, buyer, body["lines"])
        plot = self._chance.choice(("pay", "pay", "forget", "change of mind"))
        placing = self._place(key, checkout_id, orders, body, buyer)
        if plot == "change of mind":
            told, _ = await asyncio.gather(placing, self._cancel(next(iter(orders)), buyer))
        else:
            told = await placing
        if plot != "forget":
            confirmed = [one for one in told.body.get("orders", ()) if one["status"] == "confirmed"]
            await asyncio.gather(*(self._pay(one, buyer) for one in confirmed))

    def _body(self, first: Act, second: Act) -> dict[str, Any]:
        lines = {line["sku_id"]: line for act in (first, second) for line in act.body["lines"]}
        body = {**first.body, "lines": list(lines.values()), "all_or_none": self._chance.random() < 0.7}
        return body | {"pay_within_s": 20}

    def _orders(self, checkout_id: CheckoutId, buyer: str, lines: list[dict[str, Any]]) -> dict[str, Mapping[str, Any]]:
        """What is asked for of each supplier, by its order: they are numbered as the basket first names them."""
        by_supplier: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for line in lines:
            by_supplier[self._supplier_of[line["sku_id"]]].append(line)
        return {
            order_id_of(checkout_id, number): {"buyer_id": buyer, "lines": part}
            for number, part in enumerate(by_supplier.values())
        }

    async def _place(
        self, key: str, checkout_id: str, orders: dict[str, Mapping[str, Any]], body: dict[str, Any], buyer: str
    ) -> Told:
        members.asked(self._ledger.write, orders)
        asked = {"buyer_id": buyer, "orders": list(orders), "all_or_none": body["all_or_none"]}
        told = await self._client.ask("check out", key, checkout_id, asked, "/v1/checkouts", body, buyer)
        members.told(self._ledger.write, told.body.get("orders", ()))
        return told

    async def _pay(self, order: Mapping[str, Any], buyer: str) -> None:
        order_id = order["order_id"]
        body = {"payment_id": f"pay-{order_id}", "amount_fen": order["total_fen"]}
        path = f"/v1/orders/{order_id}/pay"
        await self._client.ask("pay", body["payment_id"], order_id, body, path, body, buyer)

    async def _cancel(self, order_id: str, buyer: str) -> None:
        path, why = f"/v1/orders/{order_id}/cancel", {"reason": "changed my mind"}
        await self._client.ask("cancel", f"cancel-{order_id}", order_id, {}, path, why, buyer, NOT_THERE_YET)
