"""Checkouts through the door: a part for each supplier, and what each answer says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc
import pytest

from gateway.bodies import CheckoutBody
from gateway.ids import fingerprint
from headwater.contracts.base import OrderId, Refused, SupplierId
from headwater.contracts.checkouts import CheckoutAnswer, CheckoutOrder
from headwater.stubs.orders.v1 import orders_pb2 as orders
from tests.unit.gateway.building import SHOP, FakeStub, World, basket, only, quoted, world

KEYED = {**SHOP, "Idempotency-Key": "k-1"}


def sells(gateway: World, *suppliers: str, code: str = "") -> None:
    gateway.door.catalog = FakeStub(QuoteBasket=quoted(*suppliers, code=code))


def told(status: str, *members: tuple[str, str]) -> Callable[[Any], CheckoutAnswer]:
    """The orders service answers with the checkout in this status, and its orders in theirs."""

    def answer(command: Any) -> CheckoutAnswer:
        of = tuple(
            CheckoutOrder(order_id=OrderId(f"ord_{number}"), supplier_id=SupplierId("s"), total_fen=1000,
                          status=status, why=why)  # type: ignore[arg-type]
            for number, (status, why) in enumerate(members)
        )  # fmt: skip
        return CheckoutAnswer(checkout_id=command.checkout_id, status=status, total_fen=1000, orders=of)  # type: ignore[arg-type]

    return answer


async def test_a_basket_of_two_suppliers_is_placed_as_a_part_with_each() -> None:
    async with world() as gateway:
        sells(gateway, "sup-1", "sup-2")
        gateway.commands.reply = told("confirmed", ("confirmed", ""), ("confirmed", ""))
        response = await gateway.http.post(
            "/v1/checkouts", json={**basket(("a", 2), ("b", 2)), "all_or_none": True}, headers=SHOP
        )
        command = only(gateway.commands)
        assert response.status_code == 201
        assert response.headers["location"] == f"/v1/checkouts/{command.checkout_id}" == response.json()["location"]
        assert [part.supplier_id for part in command.parts] == ["sup-1", "sup-2"]
        assert (command.buyer_id, command.all_or_none) == ("shop-1", True)
        assert [order["status"] for order in response.json()["orders"]] == ["confirmed", "confirmed"]


async def test_a_checkout_of_which_nothing_is_confirmed_is_409_and_says_why() -> None:
    async with world() as gateway:
        sells(gateway, "sup-1", "sup-2")
        gateway.commands.reply = told("refused", ("cancelled", ""), ("refused", "b: sold out"))
        response = await gateway.http.post("/v1/checkouts", json=basket(("a", 2), ("b", 2)), headers=SHOP)
        assert (response.status_code, response.json()["type"]) == (409, "/problems/out-of-stock")
        assert response.json()["checkout"] == f"/v1/checkouts/{only(gateway.commands).checkout_id}"
        assert len(response.json()["orders"]) == 2


async def test_a_checkout_without_an_answer_yet_is_202_with_where_to_look() -> None:
    async with world() as gateway:
        sells(gateway, "sup-1", "sup-2")
        gateway.commands.reply = None
        response = await gateway.http.post("/v1/checkouts", json=basket(("a", 2), ("b", 2)), headers=SHOP)
        assert (response.status_code, response.json()["status"]) == (202, "placing")


async def test_a_refusal_by_name_is_told_as_it_is() -> None:
    async with world() as gateway:
        sells(gateway)
        gateway.commands.reply = Refused(id="chk_1", code="idempotency_conflict", detail="other contents")
        response = await gateway.http.post("/v1/checkouts", json=basket(), headers=KEYED)
        assert (response.status_code, response.json()["type"]) == (422, "/problems/idempotency-conflict")


@pytest.mark.parametrize("change", [{"quotes": []}, {"lines": []}, {"lines": [], "kind": "gift"}])
async def test_lines_or_quotes_and_not_both(change: dict[str, Any]) -> None:
    async with world() as gateway:
        body = {**basket(), **change}
        if change == {"quotes": []}:
            body["lines"] = []
        response = await gateway.http.post("/v1/checkouts", json=body, headers=SHOP)
        assert (response.status_code, gateway.commands.sent) == (422, [])


def checkout(**more: Any) -> orders.GetCheckoutResponse:
    known = {
        "checkout_id": "chk_1", "buyer_id": "shop-1", "status": "partly", "total_fen": 1000,
        "orders": [orders.CheckoutOrder(order_id="ord_0", status="paid"), orders.CheckoutOrder(status="refused")],
    }  # fmt: skip
    return orders.GetCheckoutResponse(checkout=orders.Checkout(**{**known, **more}))


async def test_a_key_whose_offers_are_gone_is_answered_with_the_checkout_it_placed() -> None:
    async with world() as gateway:
        sells(gateway, "sup-1", code="delisted")
        same = fingerprint(CheckoutBody.model_validate(basket()))
        for asked, status in ((same, 201), ("another", 422)):
            gateway.door.orders = FakeStub(GetCheckout=checkout(fingerprint=asked))
            response = await gateway.http.post("/v1/checkouts", json=basket(), headers=KEYED)
            assert response.status_code == status, response.text
        gateway.door.orders = FakeStub(GetCheckout=grpc.StatusCode.NOT_FOUND)
        response = await gateway.http.post("/v1/checkouts", json=basket(), headers=KEYED)
        assert response.json()["type"] == "/problems/lines-refused"
        assert gateway.commands.sent == []


@pytest.mark.parametrize(("account", "status"), [("shop-1", 200), ("operator", 200), ("shop-2", 404)])
async def test_a_checkout_is_shown_to_its_buyer_alone(account: str, status: int) -> None:
    async with world() as gateway:
        gateway.door.orders = FakeStub(GetCheckout=checkout())
        response = await gateway.http.get("/v1/checkouts/chk_1", headers={"X-Account": account})
        assert response.status_code == status
