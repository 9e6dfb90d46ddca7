"""Pools: one is reached and delivered, one fails and gives the money back, and a design is pre-ordered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.conftest import Platform
from tests.e2e.test_journey import HOME, until
from tests.e2e.test_prices import Market

pytestmark = pytest.mark.timeout(400)


def at(**later: float) -> str:
    return (datetime.now(UTC) + timedelta(**later)).isoformat()


class Pooling(Market):
    """A market whose first offer has a pool price of 800 fen from 30 pieces on."""

    def sells(self, name: str) -> None:
        super().sells(name)
        offer = self.door.get(f"/v1/offers/off-{self.run}-{name}").json()
        kept = ("subject", "subject_zh", "min_order_quantity", "price_ranges", "category")
        skus = [{"sku_id": self.sku(name), "colour": "black", "size": "L"}]
        body = {**{field: offer[field] for field in kept}, "skus": skus, "pool_price": {"pieces": 30, "price_fen": 800}}
        self.sent("PUT", f"/v1/offers/off-{self.run}-{name}", body)

    def opens(self, **changes: Any) -> str:
        body = {"offer_id": f"off-{self.run}-a", "closes_at": at(hours=1), **changes}
        return str(self.sent("POST", "/v1/pools", body, self.shop)["location"])

    def buyer(self, name: str) -> dict[str, str]:
        return {"X-Account": f"{name}-{self.run}", "Idempotency-Key": "one"}

    def joins(self, pool: str, name: str, pieces: int, sku: str, price_fen: int) -> Any:
        body = {
            "lines": [{"sku_id": sku, "quantity": pieces}], "destination": HOME, "amount_fen": pieces * price_fen,
        }  # fmt: skip
        return self.door.post(f"{pool}/shares", json=body, headers=self.buyer(name))

    def pool(self, path: str, name: str = "") -> Any:
        return self.door.get(path, headers=self.buyer(name) if name else {}).json()

    def settled(self, path: str, status: str, within_s: float = 60) -> Any:
        until(lambda: self.pool(path)["status"] == status, within_s, f"the pool to be {status}")
        return self.pool(path)


@pytest.fixture(scope="module")
def market(platform: Platform) -> Pooling:
    return Pooling(platform)


def test_a_pool_is_reached_and_each_share_is_delivered_as_an_order_of_its_own(market: Pooling) -> None:
    pool, sku = market.opens(), market.sku("a")
    first = market.joins(pool, "ann", 10, sku, 800)
    assert (first.status_code, first.json()["missing_pieces"]) == (201, 20), first.text
    assert market.joins(pool, "ann", 10, sku, 800).json()["share_id"] == first.json()["share_id"]
    assert market.joins(pool, "eve", 10, sku, 1).json()["type"] == "/problems/wrong-amount"
    left = f"{pool}/shares/{first.json()['share_id']}/leave"
    assert market.door.post(left, headers=market.buyer("eve")).status_code == 404
    assert market.joins(pool, "bo", 25, sku, 800).status_code == 201
    shown = market.settled(pool, "ordered")
    assert (shown["pieces"], shown["ordered"], shown["held_fen"]) == (35, 2, 0)
    assert market.joins(pool, "late", 1, sku, 800).json()["type"] == "/problems/pool-closed"
    assert market.door.post(left, headers=market.buyer("ann")).json()["type"] == "/problems/already-reached"
    (share,) = market.pool(pool, "ann")["shares"]
    order = f"/v1/orders/{share['order_id']}"
    until(lambda: market.door.get(order, headers=market.buyer("ann")).json()["status"] == "delivered", 90, "delivery")
    assert market.door.get(order, headers=market.buyer("ann")).json()["paid_fen"] == 8_000


def test_a_pool_that_too_few_join_gives_the_money_back_at_its_deadline(market: Pooling) -> None:
    pool, sku = market.opens(closes_at=at(seconds=8)), market.sku("a")
    assert pool in [f"/v1/pools/{one['pool_id']}" for one in market.door.get("/v1/pools").json()["pools"]]
    joined = [market.joins(pool, name, 5, sku, 800).json() for name in ("ann", "bo")]
    left = market.door.post(f"{pool}/shares/{joined[0]['share_id']}/leave", headers=market.buyer("ann")).json()
    assert (left["status"], left["returned_fen"]) == ("left", 4_000)
    shown = market.settled(pool, "failed")
    assert (shown["missing_pieces"], shown["returned"], shown["held_fen"]) == (25, 1, 0)
    (share,) = market.pool(pool, "bo")["shares"]
    assert (share["status"], share["returned_fen"], share["order_id"]) == ("returned", 4_000, "")


def test_a_design_is_made_for_all_who_want_it_and_the_price_falls(market: Pooling) -> None:
    factory = {"X-Account": f"sup-{market.run}-b"}
    body = {
        "design": {
            "title": "cranes", "requirements": {"text": "a print of cranes", "sizes": ["M"]}, "lead_days": 9,
        },
        "price_ranges": [{"start_quantity": 20, "price_fen": 900}, {"start_quantity": 50, "price_fen": 700}],
        "closes_at": at(seconds=10),
    }  # fmt: skip
    pool = market.sent("POST", "/v1/preorders", body, factory)["location"]
    sku = market.pool(pool)["skus"][0]["sku_id"]
    assert [market.joins(pool, name, 30, sku, 900).status_code for name in ("ann", "bo")] == [201, 201]
    shown = market.settled(pool, "producing")
    assert (shown["unit_price_fen"], shown["skus"][0]["pieces"]) == (700, 60)
    batch = {"batch_id": "b-1", "warehouse_id": "yiwu", "lines": [{"sku_id": sku, "pieces": 60}]}
    for _ in range(2):
        market.sent("POST", f"{pool}/batches", batch, factory)
    assert market.settled(pool, "ordered")["ordered"] == 2
    (share,) = market.door.get("/v1/shares", headers=market.buyer("ann"), params={"page_size": 1}).json()["shares"]
    assert (share["returned_fen"], share["held_fen"]) == (30 * 200, 0)
    order = market.door.get(f"/v1/orders/{share['order_id']}", headers=market.buyer("ann")).json()
    assert (order["paid_fen"], order["lines"][0]["sku_id"]) == (30 * 700, sku)


def test_the_buyer_of_an_inquiry_lets_others_join_at_the_terms_that_bind(market: Pooling) -> None:
    factory = {"X-Account": f"sup-{market.run}-b"}
    asked = {
        "benchmark": {"description": "a cap"}, "quantity": 300, "requirements": {"text": "a cap", "sizes": ["one"]},
        "needed_by": at(days=60), "answer_until": at(hours=1), "invited": [factory["X-Account"]],
    }  # fmt: skip
    inquiry = market.sent("POST", "/v1/inquiries", asked, market.shop)["location"]
    terms = {
        "price_ranges": [{"start_quantity": 300, "price_fen": 500}], "min_quantity": 300, "lead_days": 9,
        "capacity_per_month": 9_000,
    }  # fmt: skip
    proposal = market.sent("POST", f"{inquiry}/proposals", {"terms": terms, "valid_until": at(hours=1)}, factory)
    market.sent("POST", f"{inquiry}/choice", {"proposal_id": proposal["proposal_id"]}, market.shop)
    body = {"version": 1, "title": "caps", "closes_at": at(hours=1)}
    pool = market.sent("POST", f"{inquiry}/pools", body, market.shop)["location"]
    shown = market.pool(pool)
    assert (shown["missing_pieces"], shown["price_fen"], shown["design"]["lead_days"]) == (300, 500, 9)
    assert f"/v1/inquiries/{shown['inquiry_id']}" == inquiry
    assert market.joins(pool, "ann", 100, shown["skus"][0]["sku_id"], 500).json()["missing_pieces"] == 200
