"""A campaign of seconds: pieces set aside, refused before the start, sold from it on, given back at its end."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.conftest import Platform
from tests.e2e.test_journey import HOME, until
from tests.e2e.test_prices import OPERATOR, Market

pytestmark = pytest.mark.timeout(400)


def test_a_campaign_sells_what_is_set_aside_from_its_start_to_its_end(platform: Platform) -> None:
    market = Market(platform)
    id, sku = f"fest-{market.run}", market.sku("a")

    def available() -> int:
        return int(market.door.get(f"/v1/stock/{sku}").json()["available"])

    until(lambda: available() == 1000, 30, "the goods")
    now = datetime.now(UTC).replace(microsecond=0)
    starts, ends = now + timedelta(seconds=7), now + timedelta(seconds=13)
    times = {"enrol_from": now - timedelta(seconds=9), "enrol_until": starts, "starts_at": starts, "ends_at": ends}
    terms = {"name": "囤货节", **{name: time.isoformat() for name, time in times.items()}}
    market.sent("PUT", f"/v1/campaigns/{id}", terms, OPERATOR)
    enrolment = {
        "supplier_id": f"sup-{market.run}-a", "price_fen": 700, "skus": [{"sku_id": sku, "pieces": 600}],
        "limit_per_buyer": 30,
    }  # fmt: skip
    market.sent("PUT", f"/v1/campaigns/{id}/enrolments/off-{market.run}-a", enrolment)
    until(lambda: available() == 400, 30, "what is left to others")
    basket = {"campaign_id": id, "lines": [{"sku_id": sku, "quantity": 20}]}
    quote = until_sealed(market, basket)
    assert [(one["code"], one["fen"]) for one in quote["lines"][0]["reductions"]] == [
        ("quantity", 100),
        ("campaign", 200),
    ]

    early = market.order(quote["sealed"][0])
    assert (early.status_code, early.json()["type"]) == (409, "/problems/campaign-not-started")
    assert f"{starts:%F %T} UTC" in early.json()["detail"]
    time.sleep(max(0.0, (starts - datetime.now(UTC)).total_seconds()) + 0.2)
    placed = market.order(quote["sealed"][0])
    assert (placed.status_code, placed.json()["total_fen"]) == (201, 14_000)
    beyond = market.door.post("/v1/orders", json={**basket, "destination": HOME}, headers=market.shop)
    assert beyond.status_code == 409
    assert "this one has 20: order 10 at most" in beyond.json()["detail"]

    until(lambda: available() == 980, 30, "the end, which gives the rest back")
    late = market.order(quote["sealed"][0])
    assert late.json()["type"] == "/problems/campaign-over"


def until_sealed(market: Market, basket: dict[str, Any]) -> Any:
    """The quote, once the look-ups have heard of the enrolment."""

    def priced() -> bool:
        return not market.sent("POST", "/v1/quote", basket, market.shop)["lines"][0]["code"]

    until(priced, 30, "the campaign's price")
    return market.sent("POST", "/v1/quote", basket, market.shop)
