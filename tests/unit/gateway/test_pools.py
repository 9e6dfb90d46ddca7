"""Pools through the door: opened at the catalog's pool price, joined with its seal, and told what is missing."""

from __future__ import annotations

from typing import Any

from headwater.contracts.base import Refused
from headwater.contracts.pools import JoinPool, OpenPool, ShareAnswer
from headwater.stubs.catalog.v1 import catalog_pb2 as catalog
from headwater.stubs.orders.v1 import pools_pb2 as pb
from tests.unit.gateway.building import SHOP, FakeStub, basket, quoted, world

POOL = {"offer_id": "off-1", "closes_at": "2026-05-02T00:00:00Z"}
SHARE = {**basket(("tee-L", 2)), "amount_fen": 1000}
KEY = {**SHOP, "Idempotency-Key": "mine"}


def offer(**more: Any) -> catalog.GetOfferResponse:
    known = {"offer_id": "off-1", "skus": [catalog.Sku(sku_id="tee-L")], "order_multiple": 2}
    return catalog.GetOfferResponse(offer=catalog.Offer(**{**known, **more}))


def pool(**more: Any) -> pb.GetPoolResponse:
    return pb.GetPoolResponse(pool=pb.Pool(pool_id="pool_1", offer_id="off-1", status="open", **more))


def answered(command: JoinPool) -> ShareAnswer:
    return ShareAnswer(
        pool_id=command.pool_id, share_id=command.share_id, status="joined", held_fen=1000, returned_fen=0,
        pool_status="open", missing_pieces=28, closes_at="2026-05-02T00:00:00Z",
    )  # type: ignore[arg-type]  # fmt: skip


async def test_a_pool_has_the_price_and_target_that_the_catalog_has() -> None:
    async with world() as gateway:
        price = catalog.PoolPrice(pieces=30, price_fen=500)
        gateway.door.catalog = FakeStub(GetOffer=offer(pool_price=price), QuoteBasket=quoted())
        response = await gateway.http.post("/v1/pools", json=POOL, headers=SHOP)
        assert response.status_code == 201, response.text
        [command] = gateway.commands.sent
        assert isinstance(command, OpenPool)
        assert (command.opened_by, command.supplier_id, command.closes) == ("shop-1", "sup-1", "at_reach")
        assert [(one.start_quantity, one.price_fen) for one in command.price_ranges] == [(30, 500)]
        assert [line.quantity for line in gateway.door.catalog.asked[1].lines] == [2], "as many as come in one hand"


async def test_an_offer_without_a_pool_price_has_no_pool_and_the_answer_says_who_may_change_that() -> None:
    async with world() as gateway:
        gateway.door.catalog = FakeStub(GetOffer=offer())
        response = await gateway.http.post("/v1/pools", json=POOL, headers=SHOP)
        assert (response.status_code, response.json()["type"]) == (422, "/problems/no-pool")
        assert gateway.commands.sent == []


async def test_a_share_is_its_account_s_at_sealed_prices_and_the_answer_says_how_many_are_missing() -> None:
    async with world() as gateway:
        gateway.door.catalog, gateway.door.pools = FakeStub(QuoteBasket=quoted()), FakeStub(GetPool=pool())
        gateway.commands.reply = answered
        response = await gateway.http.post("/v1/pools/pool_1/shares", json=SHARE, headers=KEY)
        assert (response.status_code, response.json()["missing_pieces"]) == (201, 28)
        [command] = gateway.commands.sent
        assert (command.buyer_id, command.quote.buyer_id, command.quote.kind) == ("shop-1", "shop-1", "pool")


async def test_a_key_that_joined_is_answered_with_its_share_when_there_is_no_price_any_more() -> None:
    async with world() as gateway:
        gateway.door.catalog, gateway.door.pools = FakeStub(QuoteBasket=quoted()), FakeStub(GetPool=pool())
        await gateway.http.post("/v1/pools/pool_1/shares", json=SHARE, headers=KEY)
        known = pb.Share(share_id=gateway.commands.sent[0].share_id, status="joined", held_fen=1000)
        known.lines.add(sku_id="tee-L", quantity=2)
        gateway.door.catalog = FakeStub(QuoteBasket=quoted(code="delisted"))
        gateway.door.pools = FakeStub(GetPool=pool(shares=[known]))
        response = await gateway.http.post("/v1/pools/pool_1/shares", json=SHARE, headers=KEY)
        assert (response.status_code, response.json()["status"]) == (201, "joined")
        more = {**SHARE, "lines": [{"sku_id": "tee-L", "quantity": 3}]}
        changed = await gateway.http.post("/v1/pools/pool_1/shares", json=more, headers=KEY)
        assert (changed.status_code, changed.json()["type"]) == (422, "/problems/idempotency-conflict")
        other = await gateway.http.post("/v1/pools/pool_1/shares", json=SHARE, headers=SHOP)
        assert (other.status_code, other.json()["type"]) == (422, "/problems/lines-refused")


async def test_a_share_of_a_design_needs_no_quote_of_the_catalog() -> None:
    async with world() as gateway:
        gateway.door.pools = FakeStub(GetPool=pool(design=pb.PoolDesign(title="cranes")))
        gateway.commands.reply = None
        response = await gateway.http.post("/v1/pools/pool_1/shares", json=SHARE, headers=SHOP)
        assert (response.status_code, response.json()["status"]) == (202, None)
        [command] = gateway.commands.sent
        assert (command.quote, [line.pieces for line in command.lines]) == (None, [2])


async def test_a_pool_that_is_reached_is_not_left_and_the_way_out_is_in_the_words_of_the_door() -> None:
    async with world() as gateway:
        gateway.commands.reply = Refused(id="shr_1", code="pool_closed", detail="Join another, ListPools has them.")
        response = await gateway.http.post("/v1/pools/pool_1/shares/shr_1/leave", headers=SHOP)
        assert (response.status_code, response.json()["type"]) == (409, "/problems/pool-closed")
        assert response.json()["detail"] == "Join another, GET /v1/pools has them."


async def test_a_pool_under_an_inquiry_is_its_buyers() -> None:
    async with world() as gateway:
        body = {"version": 2, "title": "blazers", "closes_at": "2026-05-02T00:00:00Z"}
        response = await gateway.http.post("/v1/inquiries/inq_1/pools", json=body, headers=SHOP)
        assert (response.status_code, response.json()["location"]) == (201, f"/v1/pools/{response.json()['pool_id']}")
        [command] = gateway.commands.sent
        assert (command.buyer_id, command.inquiry_id, command.version) == ("shop-1", "inq_1", 2)
