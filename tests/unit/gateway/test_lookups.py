"""Look-ups through the door: suppliers, offers, stock and places, and what is said while a service is away."""

from __future__ import annotations

import grpc
import pytest

from headwater.contracts.base import Refused
from headwater.contracts.catalog import ChangePrices, ListOffer, RegisterSupplier
from headwater.contracts.logistics import ReceiveStock
from headwater.stubs.catalog.v1 import catalog_pb2 as catalog
from headwater.stubs.logistics.v1 import logistics_pb2 as logistics
from headwater.stubs.reviews.v1 import reviews_pb2 as reviews
from tests.unit.gateway.building import FakeStub, failure, world

SUPPLIER = {"name": "Jinxiu Knitwear", "name_zh": "锦绣针织", "town": "Yiwu"}
OFFER = {
    "supplier_id": "sup-1", "subject": "tee", "subject_zh": "T恤", "min_order_quantity": 2,
    "price_ranges": [{"start_quantity": 2, "price_fen": 500}],
    "skus": [{"sku_id": "tee-L", "colour": "black", "size": "L"}],
}  # fmt: skip
RECEIPT = {"sku_id": "tee-L", "warehouse_id": "yiwu", "pieces": 10}
KEYED = {"Idempotency-Key": "k-1"}


async def test_a_supplier_is_registered_under_its_own_id() -> None:
    async with world() as gateway:
        response = await gateway.http.post("/v1/suppliers", json={**SUPPLIER, "supplier_id": "sup-9"})
        assert (response.status_code, response.headers["location"]) == (201, "/v1/suppliers/sup-9")
        assert gateway.commands.sent == [RegisterSupplier(supplier_id="sup-9", **SUPPLIER)]


@pytest.mark.parametrize(
    ("path", "body", "id"),
    [("/v1/suppliers", SUPPLIER, "supplier_id"), ("/v1/offers", OFFER, "offer_id"),
     ("/v1/stock/receipts", RECEIPT, "receipt_id"), ("/v1/offers/off-1/prices", {"price_ranges": OFFER["price_ranges"]},
                                                     "change_id")],
)  # fmt: skip
async def test_what_a_request_makes_has_one_id_by_its_key(path: str, body: dict[str, object], id: str) -> None:
    async with world() as gateway:
        for headers in (KEYED, KEYED, {}, {}):
            await gateway.http.post(path, json=body, headers=headers)
        made = [getattr(command, id) for command in gateway.commands.sent]
        assert made[0] == made[1]
        assert len(set(made)) == 3


async def test_a_command_without_an_answer_yet_is_202_and_not_done() -> None:
    async with world() as gateway:
        gateway.commands.reply = None
        response = await gateway.http.post("/v1/stock/receipts", json=RECEIPT)
        assert (response.status_code, response.json()["done"]) == (202, False)
        assert response.headers["location"] == "/v1/stock/tee-L"
        assert isinstance(gateway.commands.sent[0], ReceiveStock)


async def test_an_offer_that_is_listed_with_other_contents_is_409() -> None:
    async with world() as gateway:
        gateway.commands.reply = Refused(id="off-1", code="already_listed", detail="Change it by ChangePrices.")
        response = await gateway.http.post("/v1/offers", json={**OFFER, "offer_id": "off-1"})
        assert (response.status_code, response.json()["type"]) == (409, "/problems/already-listed")
        assert "POST /v1/offers/{offer_id}/prices" in response.json()["detail"]
        assert isinstance(gateway.commands.sent[0], ListOffer)


async def test_a_key_that_listed_another_offer_conflicts() -> None:
    async with world() as gateway:
        gateway.commands.reply = Refused(id="off-1", code="already_listed", detail="It is.")
        response = await gateway.http.post("/v1/offers", json=OFFER, headers=KEYED)
        assert (response.status_code, response.json()["type"]) == (422, "/problems/idempotency-conflict")


async def test_prices_change_and_offers_are_delisted() -> None:
    async with world() as gateway:
        prices = {"price_ranges": OFFER["price_ranges"], "change_id": "c-1"}
        assert (await gateway.http.post("/v1/offers/off-1/prices", json=prices)).status_code == 200
        assert (await gateway.http.post("/v1/offers/off-1/delist", json={"reason": "sold"})).status_code == 200
        changed, delisted = gateway.commands.sent
        assert isinstance(changed, ChangePrices)
        assert (changed.change_id, delisted.reason) == ("c-1", "sold")


async def test_a_supplier_marks_the_notices_that_it_has_seen_as_read() -> None:
    async with world() as gateway:
        answer = await gateway.http.post("/v1/suppliers/sup-1/inbox/read", json={"seen": 3})
        assert answer.status_code == 200
        [sent] = gateway.commands.sent
        assert (sent.supplier_id, sent.seen) == ("sup-1", 3)


async def test_an_offer_shows_the_stock_and_the_reviews_of_all_its_skus() -> None:
    ids = [f"tee-{number}" for number in range(150)]
    offer = catalog.Offer(offer_id="off-1", skus=[catalog.Sku(sku_id=id) for id in ids])
    async with world() as gateway:
        gateway.door.catalog = FakeStub(GetOffer=catalog.GetOfferResponse(offer=offer))
        gateway.door.logistics = FakeStub(BatchGetStock=logistics.BatchGetStockResponse())
        gateway.door.reviews = FakeStub(
            BatchGetSummaries=lambda asked: reviews.BatchGetSummariesResponse(
                summaries=[reviews.Summary(sku_id=id) for id in asked.sku_ids]
            )
        )
        found = (await gateway.http.get("/v1/offers/off-1")).json()
        assert [summary["sku_id"] for summary in found["reviews"]["summaries"]] == ids


async def test_an_offer_is_shown_without_what_does_not_answer_and_says_so() -> None:
    async with world() as gateway:
        offer = catalog.Offer(offer_id="off-1", skus=[catalog.Sku(sku_id="tee-L")])
        gateway.door.catalog = FakeStub(GetOffer=catalog.GetOfferResponse(offer=offer))
        response = await gateway.http.get("/v1/offers/off-1")
        assert response.status_code == 200
        assert response.json()["stock"] == {"unavailable": "stock does not answer at the moment"}
        assert response.json()["reviews"] == {"unavailable": "reviews does not answer at the moment"}


async def test_offers_come_page_by_page() -> None:
    async with world() as gateway:
        gateway.door.catalog = FakeStub(ListOffers=catalog.ListOffersResponse(next_page_token="off-2"))
        found = await gateway.http.get("/v1/offers", params={"page_size": 1, "page_token": "off-1"})
        assert found.json() == {"offers": [], "next_page_token": "off-2"}
        [asked] = gateway.door.catalog.asked
        assert (asked.page_size, asked.page_token) == (1, "off-1")


async def test_whole_numbers_stay_numbers_and_times_are_utc() -> None:
    async with world() as gateway:
        notice = reviews.Notice(notice_id="n-1")
        notice.at.FromJsonString("2026-11-11T08:00:00Z")
        page = reviews.ListNoticesResponse(notices=[notice], total=2**53)
        gateway.door.reviews = FakeStub(ListNotices=page)
        found = (await gateway.http.get("/v1/suppliers/sup-1/inbox")).json()
        assert (found["total"], found["notices"][0]["at"]) == (2**53, "2026-11-11T08:00:00Z")


async def test_a_quote_of_a_refused_line_says_why() -> None:
    async with world() as gateway:
        line = catalog.QuotedLine(sku_id="tee-L", quantity=1, code="below_minimum", detail="Add 1.")
        gateway.door.catalog = FakeStub(QuoteBasket=catalog.QuoteBasketResponse(lines=[line]))
        body = {"lines": [{"sku_id": "tee-L", "quantity": 1}]}
        [found] = (await gateway.http.post("/v1/quote", json=body)).json()["lines"]
        assert (found["code"], found["detail"]) == ("below_minimum", "Add 1.")


@pytest.mark.parametrize(
    ("code", "status", "type"),
    [(grpc.StatusCode.NOT_FOUND, 404, "not-found"), (grpc.StatusCode.INVALID_ARGUMENT, 422, "invalid-argument"),
     (grpc.StatusCode.UNAVAILABLE, 503, "away"), (grpc.StatusCode.DEADLINE_EXCEEDED, 503, "away"),
     (grpc.StatusCode.UNKNOWN, 502, "look-up-failed"),
     (grpc.StatusCode.FAILED_PRECONDITION, 409, "failed-precondition")],
)  # fmt: skip
async def test_a_look_up_that_fails_is_told_by_its_kind(code: grpc.StatusCode, status: int, type: str) -> None:
    async with world() as gateway:
        gateway.door.logistics = FakeStub(GetStock=code)
        response = await gateway.http.get("/v1/stock/tee-L")
        assert (response.status_code, response.json()["type"]) == (status, f"/problems/{type}")
        assert ("retry-after" in response.headers) == (status == 503)


async def test_what_another_service_advises_is_said_in_the_words_of_this_api() -> None:
    async def ask(*_: object, **__: object) -> None:
        raise failure(grpc.StatusCode.NOT_FOUND, "There is no offer 'x'; ListOffers gives all.")

    async with world() as gateway:
        gateway.door.catalog.GetOffer = ask
        detail = (await gateway.http.get("/v1/offers/x")).json()["detail"]
        assert detail == "There is no offer 'x'; GET /v1/offers gives all."


async def test_promises_and_places_are_passed_on() -> None:
    async with world() as gateway:
        parcel = logistics.PromisedParcel(warehouse_id="yiwu", pieces=2, hours=30)
        gateway.door.logistics = FakeStub(
            Promise=logistics.PromiseResponse(parcels=[parcel], hours=30),
            ListPlaces=logistics.ListPlacesResponse(cities=[logistics.Place(id="Madrid", name_zh="马德里")]),
        )
        body = {"sku_id": "tee-L", "pieces": 2, "city": "Madrid"}
        assert (await gateway.http.post("/v1/promise", json=body)).json()["hours"] == 30
        assert (await gateway.http.get("/v1/places")).json()["cities"][0]["name_zh"] == "马德里"
