"""Orders through the door: what is sent, and how each answer is told."""

from __future__ import annotations

import grpc
import pytest

from headwater.contracts.base import Refused
from headwater.contracts.orders import AcceptOrder, CancelOrder, OrderLine, PayOrder
from headwater.contracts.reviews import SubmitReview
from headwater.producer import PublishFailed
from headwater.stubs.logistics.v1 import logistics_pb2 as logistics
from headwater.stubs.orders.v1 import orders_pb2 as orders
from tests.unit.gateway.building import SHOP, FakeStub, World, answer, basket, only, order, quoted, world

KEYED = {**SHOP, "Idempotency-Key": "k-1"}


def sells(gateway: World, *suppliers: str, code: str = "") -> None:
    gateway.door.catalog = FakeStub(QuoteBasket=quoted(*suppliers, code=code))


async def test_an_order_is_placed_at_the_catalogs_prices() -> None:
    async with world() as gateway:
        sells(gateway)
        gateway.commands.reply = answer("confirmed")
        response = await gateway.http.post("/v1/orders", json=basket(("tee-L", 2)), headers=SHOP)
        command = only(gateway.commands)
        assert response.status_code == 201
        assert response.headers["location"] == f"/v1/orders/{command.order_id}" == response.json()["location"]
        assert command.lines == (OrderLine(sku_id="tee-L", offer_id="off-1", quantity=2, unit_price_fen=500),)
        assert (command.buyer_id, command.supplier_id) == ("shop-1", "sup-1")


async def test_an_order_that_the_stock_refuses_is_409_and_names_the_order() -> None:
    async with world() as gateway:
        sells(gateway)
        gateway.commands.reply = answer("refused", refusal="tee-L: 2 are wanted, 1 is available.")
        response = await gateway.http.post("/v1/orders", json=basket(), headers=SHOP)
        assert (response.status_code, response.json()["type"]) == (409, "/problems/out-of-stock")
        assert response.json()["order_id"] == only(gateway.commands).order_id
        assert "1 is available" in response.json()["detail"]


async def test_an_order_without_an_answer_yet_is_202_with_where_to_look() -> None:
    async with world() as gateway:
        sells(gateway)
        gateway.commands.reply = None
        response = await gateway.http.post("/v1/orders", json=basket(), headers=SHOP)
        assert (response.status_code, response.json()["status"]) == (202, "reserving")
        assert response.headers["location"] == f"/v1/orders/{only(gateway.commands).order_id}"


async def test_every_refused_line_is_listed() -> None:
    async with world() as gateway:
        sells(gateway, "sup-1", "sup-1", code="below_minimum")
        response = await gateway.http.post("/v1/orders", json=basket(("a", 2), ("b", 2)), headers=SHOP)
        assert (response.status_code, response.json()["type"]) == (422, "/problems/lines-refused")
        assert [error["field"] for error in response.json()["errors"]] == ["body.lines.1"]
        assert gateway.commands.sent == []


async def test_an_order_has_one_supplier() -> None:
    async with world() as gateway:
        sells(gateway, "sup-1", "sup-2")
        response = await gateway.http.post("/v1/orders", json=basket(("a", 2), ("b", 2)), headers=SHOP)
        assert (response.status_code, response.json()["type"]) == (422, "/problems/several-suppliers")


async def test_the_same_key_asks_for_the_same_order() -> None:
    async with world() as gateway:
        sells(gateway)
        gateway.commands.reply = answer("confirmed")
        for _ in range(2):
            await gateway.http.post("/v1/orders", json=basket(), headers=KEYED)
        first, again = gateway.commands.sent
        assert first == again
        assert first.order_id.startswith("ord_")
        assert len(first.order_id) == 36


@pytest.mark.parametrize("headers", [SHOP, {**SHOP, "Idempotency-Key": "k-2"}, {**KEYED, "X-Account": "shop-2"}])
async def test_another_key_another_account_or_no_key_is_another_order(headers: dict[str, str]) -> None:
    async with world() as gateway:
        sells(gateway)
        gateway.commands.reply = answer("confirmed")
        await gateway.http.post("/v1/orders", json=basket(), headers=KEYED)
        await gateway.http.post("/v1/orders", json=basket(), headers=headers)
        first, other = gateway.commands.sent
        assert first.order_id != other.order_id


async def test_another_body_has_another_fingerprint_and_its_conflict_is_422() -> None:
    async with world() as gateway:
        sells(gateway)
        gateway.commands.reply = Refused(id="ord_1", code="idempotency_conflict", detail="It exists otherwise.")
        for quantity in (2, 3):
            response = await gateway.http.post("/v1/orders", json=basket(("tee-L", quantity)), headers=KEYED)
            assert (response.status_code, response.json()["type"]) == (422, "/problems/idempotency-conflict")
        first, other = gateway.commands.sent
        assert first.fingerprint != other.fingerprint


async def test_a_key_finds_its_order_again_after_the_offer_is_gone() -> None:
    async with world() as gateway:
        sells(gateway, code="delisted")
        gateway.door.orders = FakeStub(GetOrder=lambda request: order(request.order_id, status="paid"))
        response = await gateway.http.post("/v1/orders", json=basket(("tee-L", 2)), headers=KEYED)
        assert (response.status_code, response.json()["status"]) == (201, "paid")
        assert gateway.commands.sent == []


async def test_a_key_with_another_basket_conflicts_also_after_the_offer_is_gone() -> None:
    async with world() as gateway:
        sells(gateway, code="delisted")
        gateway.door.orders = FakeStub(GetOrder=lambda request: order(request.order_id))
        response = await gateway.http.post("/v1/orders", json=basket(("tee-L", 9)), headers=KEYED)
        assert (response.status_code, response.json()["type"]) == (422, "/problems/idempotency-conflict")


async def test_a_key_that_placed_nothing_hears_of_its_refused_lines() -> None:
    async with world() as gateway:
        sells(gateway, code="delisted")
        gateway.door.orders = FakeStub(GetOrder=grpc.StatusCode.NOT_FOUND)
        response = await gateway.http.post("/v1/orders", json=basket(), headers=KEYED)
        assert (response.status_code, response.json()["type"]) == (422, "/problems/lines-refused")


async def test_without_an_account_nobody_asks() -> None:
    async with world() as gateway:
        response = await gateway.http.post("/v1/orders", json=basket())
        assert (response.status_code, response.json()["type"]) == (401, "/problems/no-account")


async def test_while_the_catalog_is_away_an_order_is_503_and_nothing_is_sent() -> None:
    async with world() as gateway:
        response = await gateway.http.post("/v1/orders", json=basket(), headers=KEYED)
        assert (response.status_code, response.headers["retry-after"]) == (503, "2")
        assert gateway.commands.sent == []


async def test_while_kafka_is_away_nothing_is_sent() -> None:
    async with world() as gateway:
        sells(gateway)
        gateway.pulse.why_away = "it does not answer"
        response = await gateway.http.post("/v1/orders", json=basket(), headers=KEYED)
        assert (response.status_code, response.json()["type"]) == (503, "/problems/away")
        assert gateway.commands.sent == []


@pytest.mark.parametrize("failure", [PublishFailed("no answer"), TimeoutError()])
async def test_a_command_that_kafka_did_not_confirm_may_be_repeated_with_its_key(failure: Exception) -> None:
    async with world() as gateway:
        sells(gateway)
        gateway.commands.reply = failure
        response = await gateway.http.post("/v1/orders", json=basket(), headers=KEYED)
        assert (response.status_code, response.json()["type"]) == (503, "/problems/unconfirmed")
        assert "Idempotency-Key" in response.json()["detail"]
        assert response.headers["retry-after"] == "2"


async def test_paying_is_answered_with_the_order() -> None:
    async with world() as gateway:
        gateway.commands.reply = answer("paid")
        response = await gateway.http.post("/v1/orders/ord_1/pay", json={"amount_fen": 1000}, headers=KEYED)
        assert (response.status_code, response.json()["status"]) == (200, "paid")
        command = gateway.commands.sent[0]
        assert isinstance(command, PayOrder)
        assert command.payment_id.startswith("pay_")


async def test_the_clients_own_payment_id_is_kept() -> None:
    async with world() as gateway:
        gateway.commands.reply = answer("paid")
        body = {"amount_fen": 1000, "payment_id": "bank-77"}
        await gateway.http.post("/v1/orders/ord_1/pay", json=body, headers=KEYED)
        assert gateway.commands.sent[0].payment_id == "bank-77"


async def test_a_payment_that_was_taken_with_another_amount_conflicts() -> None:
    async with world() as gateway:
        gateway.commands.reply = answer("paid")
        response = await gateway.http.post("/v1/orders/ord_1/pay", json={"amount_fen": 999}, headers=KEYED)
        assert (response.status_code, response.json()["type"]) == (422, "/problems/idempotency-conflict")


async def test_paying_without_an_answer_yet_is_202() -> None:
    async with world() as gateway:
        gateway.commands.reply = None
        response = await gateway.http.post("/v1/orders/ord_1/pay", json={"amount_fen": 1000}, headers=SHOP)
        assert (response.status_code, response.headers["location"]) == (202, "/v1/orders/ord_1")


@pytest.mark.parametrize(
    ("code", "status"),
    [("no_such_order", 404), ("not_your_order", 403), ("wrong_amount", 422), ("payment_window_closed", 409),
     ("a_code_of_next_year", 409)],
)  # fmt: skip
async def test_a_refusal_keeps_its_code_and_its_sentence(code: str, status: int) -> None:
    async with world() as gateway:
        gateway.commands.reply = Refused(id="ord_1", code=code, detail="Because. Do this.")
        response = await gateway.http.post("/v1/orders/ord_1/pay", json={"amount_fen": 1000}, headers=SHOP)
        assert response.status_code == status
        assert response.json()["type"] == f"/problems/{code.replace('_', '-')}"
        assert response.json()["detail"] == "Because. Do this."


async def test_cancelling_and_accepting_are_asked_for_in_the_buyers_name() -> None:
    async with world() as gateway:
        gateway.commands.reply = answer("cancelled")
        await gateway.http.post("/v1/orders/ord_1/cancel", json={"reason": "too late"}, headers=SHOP)
        await gateway.http.post("/v1/orders/ord_1/accept", headers=SHOP)
        assert gateway.commands.sent == [
            CancelOrder(order_id="ord_1", buyer_id="shop-1", reason="too late"),
            AcceptOrder(order_id="ord_1", buyer_id="shop-1"),
        ]


async def test_a_review_is_submitted_once_by_its_key() -> None:
    async with world() as gateway:
        body = {"sku_id": "tee-L", "rating": 5, "text": "质量很好"}
        for _ in range(2):
            response = await gateway.http.post("/v1/orders/ord_1/reviews", json=body, headers=KEYED)
        first, again = gateway.commands.sent
        assert response.status_code == 201
        assert isinstance(first, SubmitReview)
        assert first == again


@pytest.mark.parametrize("rating", [0, 6, 4.5])
async def test_a_rating_is_one_to_five(rating: float) -> None:
    async with world() as gateway:
        body = {"sku_id": "tee-L", "rating": rating, "text": ""}
        assert (await gateway.http.post("/v1/orders/ord_1/reviews", json=body, headers=SHOP)).status_code == 422


async def test_an_order_is_shown_to_its_buyer_and_to_the_operator_only() -> None:
    async with world() as gateway:
        gateway.door.orders = FakeStub(GetOrder=order())
        seen = {
            account: (await gateway.http.get("/v1/orders/ord_1", headers={"X-Account": account})).status_code
            for account in ("shop-1", "operator", "shop-2")
        }
        assert seen == {"shop-1": 200, "operator": 200, "shop-2": 404}


async def test_an_orders_parcels_are_tracked_with_their_history() -> None:
    async with world() as gateway:
        scan = logistics.Scan(status="delayed", place="Wuhan", note="weather_delay")
        parcel = logistics.Shipment(shipment_id="shp_1", order_id="ord_1", status="in_transit", scans=[scan])
        gateway.door.orders = FakeStub(GetOrder=order())
        gateway.door.logistics = FakeStub(ListShipments=logistics.ListShipmentsResponse(shipments=[parcel]))
        track = (await gateway.http.get("/v1/orders/ord_1/track", headers=SHOP)).json()
        assert track["shipments"][0]["scans"][0]["place"] == "Wuhan"


async def test_the_accounts_orders_come_page_by_page() -> None:
    async with world() as gateway:
        page = orders.ListOrdersResponse(orders=[order().order], next_page_token="more")
        gateway.door.orders = FakeStub(ListOrders=page)
        response = await gateway.http.get("/v1/orders", params={"status": "confirmed"}, headers=SHOP)
        assert response.json()["next_page_token"] == "more"
        [asked] = gateway.door.orders.asked
        assert (asked.buyer_id, asked.status, asked.page_size) == ("shop-1", "confirmed", 50)
