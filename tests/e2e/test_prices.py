"""What a buyer pays, through the public API: its price lists, samples and trials, programmes, and sealed quotes."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.conftest import Platform
from tests.e2e.test_journey import HOME, until

pytestmark = pytest.mark.timeout(400)
OPERATOR = {"X-Account": "operator"}


class Market:
    """Two suppliers with an offer each, of 1000 fen, from 20 pieces on 900, in stock; and a buyer. All of its own."""

    def __init__(self, platform: Platform) -> None:
        self.door = platform.door
        self.run = uuid4().hex[:8]
        self.shop = {"X-Account": f"shop-{self.run}"}
        for name in ("a", "b"):
            self.sells(name)

    def sells(self, name: str) -> None:
        id, supplier = f"off-{self.run}-{name}", f"sup-{self.run}-{name}"
        self.sent("POST", "/v1/suppliers", {"supplier_id": supplier, "name": name, "name_zh": name, "town": "Yiwu"})
        offer = {
            "offer_id": id, "supplier_id": supplier, "subject": "Tee", "subject_zh": "T恤", "min_order_quantity": 2,
            "price_ranges": [{"start_quantity": 2, "price_fen": 1000}, {"start_quantity": 20, "price_fen": 900}],
            "skus": [{"sku_id": self.sku(name), "colour": "black", "size": "L"}], "category": "apparel/men/t-shirts",
            "sample_price_fen": 1500, "trial_pieces": 5,
        }  # fmt: skip
        self.sent("POST", "/v1/offers", offer)
        self.sent("POST", "/v1/stock/receipts", {"sku_id": self.sku(name), "warehouse_id": "yiwu", "pieces": 1000})

    def sku(self, name: str) -> str:
        return f"sku-{self.run}-{name}"

    def sent(self, method: str, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
        response = self.door.request(method, path, json=body, headers=headers)
        assert response.status_code in (200, 201), response.text
        return response.json()

    def quote(self, kind: str = "goods", **pieces: int) -> Any:
        lines = [{"sku_id": self.sku(name), "quantity": count} for name, count in pieces.items()]
        return self.sent("POST", "/v1/quote", {"lines": lines, "kind": kind}, self.shop)

    def order(self, quote: dict[str, Any]) -> Any:
        return self.door.post("/v1/orders", json={"quote": quote, "destination": HOME}, headers=self.shop)


@pytest.fixture
def market(platform: Platform) -> Market:
    return Market(platform)


def test_a_buyer_orders_at_its_price_list_as_it_was_quoted(market: Market) -> None:
    ladder = {"offer_id": f"off-{market.run}-a", "price_ranges": [{"start_quantity": 2, "price_fen": 850}]}
    prices = {"supplier_id": f"sup-{market.run}-a", "name": "VIP", "level": "gold", "ladders": [ladder]}
    market.sent("PUT", f"/v1/pricelists/vip-{market.run}", prices)
    assert market.quote(a=2)["total_fen"] == 2000
    market.sent("PUT", f"/v1/buyers/{market.shop['X-Account']}/level", {"level": "gold"}, OPERATOR)
    quoted = market.quote(a=2)
    assert [one["code"] for one in quoted["lines"][0]["reductions"]] == ["price_list"]
    placed = market.order(quoted["sealed"][0])
    assert (placed.status_code, placed.json()["total_fen"]) == (201, 1700)


def test_a_quote_that_was_changed_or_is_someone_elses_places_nothing(market: Market) -> None:
    sealed = market.quote(a=2)["sealed"][0]
    cheaper = {**sealed, "lines": [{**sealed["lines"][0], "unit_price_fen": 1}]}
    forged = market.order(cheaper)
    assert (forged.status_code, forged.json()["type"]) == (422, "/problems/forged-quote")
    market.shop = {"X-Account": f"thief-{market.run}"}
    assert market.order(sealed).json()["type"] == "/problems/forged-quote"


def test_suppliers_of_a_programme_add_up_and_each_has_its_sealed_part(market: Market) -> None:
    joint = {"name": "Spring", "suppliers": [f"sup-{market.run}-{name}" for name in "ab"]}
    market.sent("PUT", f"/v1/programmes/spring-{market.run}", joint, OPERATOR)
    quoted = market.quote(a=10, b=10)
    assert quoted["total_fen"] == 18_000
    assert [part["lines"][0]["vouched_fen"] for part in quoted["sealed"]] == [100, 100]
    assert [market.order(part).json()["total_fen"] for part in quoted["sealed"]] == [9000, 9000]


def test_a_sample_is_one_piece_and_a_half_price_trial_is_had_once(market: Market) -> None:
    assert market.quote("sample", a=1)["total_fen"] == 1500
    trial = market.quote("trial", a=5)
    assert trial["total_fen"] == 2500
    placed = market.order(trial["sealed"][0]).json()
    until(lambda: market.quote("trial", a=5)["lines"][0]["code"] == "tried_before", 30, "the trial's end")
    path = f"/v1/orders/{placed['order_id']}/cancel"
    market.sent("POST", path, {"reason": "changed my mind"}, market.shop)
    until(lambda: not market.quote("trial", a=5)["lines"][0]["code"], 30, "the trial's return")
