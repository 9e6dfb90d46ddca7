"""A chain leader's goods in another seller's shop, and a suspension, through the public API on the whole platform."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.conftest import Platform

pytestmark = pytest.mark.timeout(400)
OPERATOR, SHOPPER = {"X-Account": "operator"}, {"X-Account": "shopper"}
HOME = {"city": "Madrid", "address": "Calle Mayor 1", "consignee": "María", "phone": "+34 600 000 000"}


def until(condition: Callable[[], Any], within_s: float, what: str) -> Any:
    deadline = time.monotonic() + within_s
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} did not happen in {within_s} s"
        time.sleep(0.1)
    return found


class Belt:
    """A leader with one offer, named anew for each test, and a client at the door."""

    def __init__(self, platform: Platform) -> None:
        self.door = platform.door
        self.tag = uuid4().hex[:8]
        self.leader, self.seller, self.sku = (f"{name}-{self.tag}" for name in ("leader", "seller", "sku"))

    def post(self, path: str, body: dict[str, Any], **headers: str) -> Any:
        """Ask for something; it is done."""
        answer = self.door.post(path, json=body, headers={**OPERATOR, **headers})
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def get(self, path: str) -> Any:
        """Look something up."""
        return self.door.get(path, headers=OPERATOR).json()

    def list_offer(self, supplier: str, price_fen: int) -> str:
        """Put an offer of towels on the shelf; returns its id."""
        offer = f"off-{supplier}"
        sku = self.sku if supplier == self.leader else f"sku-{supplier}"
        self.post("/v1/offers", {
            "offer_id": offer, "supplier_id": supplier, "subject": "Towel", "subject_zh": "毛巾",
            "category": "home/towels", "min_order_quantity": 2,
            "price_ranges": [{"start_quantity": 2, "price_fen": price_fen}],
            "skus": [{"sku_id": sku, "colour": "white", "size": "L"}],
        })  # fmt: skip
        return offer

    def verify(self, supplier: str, kind: str) -> None:
        """Say what a supplier is."""
        self.post(f"/v1/suppliers/{supplier}/verification", {"kind": kind, "evidence": ["licence"]})

    def order(self, offer: str | None) -> Any:
        """Order 20 of the leader's SKU from an offer."""
        line = {"sku_id": self.sku, "quantity": 20, "offer_id": offer}
        body = {"lines": [line], "destination": HOME}
        return self.door.post("/v1/orders", json=body, headers={**SHOPPER, "Idempotency-Key": uuid4().hex})


@pytest.fixture
def belt(platform: Platform) -> Belt:
    return Belt(platform)


def test_a_seller_sells_a_leaders_goods_from_the_leaders_stock_until_the_pallet_is_withdrawn(belt: Belt) -> None:
    offer = belt.list_offer(belt.leader, 1000)
    belt.verify(belt.leader, "chain_leader")
    belt.post("/v1/stock/receipts", {"sku_id": belt.sku, "warehouse_id": "yiwu", "pieces": 50})
    pallet = belt.post("/v1/pallets", {
        "leader_id": belt.leader, "name": "Towels", "goods": [{"offer_id": offer, "floor_fen": 900}],
    })["pallet_id"]  # fmt: skip
    wish = {"supplier_id": belt.seller, "leader_offer_id": offer, "margin": {"per_mille": 100}}
    mine = belt.post(f"/v1/pallets/{pallet}/distributions", wish)["offer_id"]

    line = belt.post("/v1/quote", {"lines": [{"sku_id": belt.sku, "quantity": 20, "offer_id": mine}]})["lines"][0]
    assert (line["supplier_id"], line["leader_id"], line["total_fen"], line["margin_fen"]) == (
        belt.seller, belt.leader, 22_000, 2_000,
    )  # fmt: skip
    placed = belt.order(mine)
    assert (placed.status_code, placed.json()["total_fen"]) == (201, 22_000), placed.text
    assert belt.get(f"/v1/orders/{placed.json()['order_id']}")["supplier_id"] == belt.seller
    assert belt.order(None).json()["total_fen"] == 20_000, "the leader sells the same pieces at its own price"
    assert belt.get(f"/v1/stock/{belt.sku}")["available"] == 10, "one stock"

    belt.post(f"/v1/pallets/{pallet}/withdraw", {"leader_id": belt.leader, "reason": "season over"})
    refused = belt.order(mine)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "delisted")
    assert "withdrawn (season over)" in refused.json()["detail"]


def test_a_suspension_delists_names_replacements_and_ends_by_itself(belt: Belt) -> None:
    offer, mill = belt.list_offer(belt.leader, 1000), f"mill-{belt.tag}"
    other = belt.list_offer(mill, 1001)
    belt.verify(mill, "source_factory")
    ends = datetime.now(UTC) + timedelta(seconds=7)
    belt.post(f"/v1/suppliers/{belt.leader}/suspension", {"reason": "late", "until": ends.isoformat()})
    until(lambda: belt.get(f"/v1/offers/{offer}")["status"] == "delisted", 30, "the delisting")
    refused = belt.order(None).json()
    assert f"GET /v1/offers/{offer}/replacements" in refused["detail"]
    found = belt.get(f"/v1/offers/{offer}/replacements?quantity=20&limit=20")["replacements"]
    assert other in [one["offer_id"] for one in found]
    until(lambda: belt.get(f"/v1/offers/{offer}")["status"] == "listed", 30, "the end of the suspension")
    assert datetime.now(UTC) > ends - timedelta(milliseconds=10)


def test_a_paid_order_and_what_was_shown_keep_a_guarantee(belt: Belt) -> None:
    offer = belt.list_offer(belt.leader, 1000)
    belt.post("/v1/stock/receipts", {"sku_id": belt.sku, "warehouse_id": "yiwu", "pieces": 50})
    guarantee = {"impressions": 3, "first_orders": 1, "days": 1}
    belt.post(f"/v1/suppliers/{belt.leader}/guarantee", guarantee)
    assert belt.get(f"/v1/suppliers/{belt.leader}/traffic")["weight_per_mille"] == 1200
    for _ in range(3):
        belt.get(f"/v1/offers/{offer}")
    order = belt.order(None).json()
    paid = {"amount_fen": order["total_fen"]}
    belt.post(f"/v1/orders/{order['order_id']}/pay", paid, **SHOPPER)

    def kept() -> bool:
        return bool(belt.get(f"/v1/suppliers/{belt.leader}/guarantee")["outcome"] == "kept")

    until(kept, 30, "the keeping of the guarantee")
    traffic = belt.get(f"/v1/suppliers/{belt.leader}/traffic")
    assert (traffic["impressions"], traffic["new_buyers"], traffic["boost_per_mille"]) == (3, 1, 1000)
