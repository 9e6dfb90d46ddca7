"""A test plan: small lots are delivered, what sells is ordered again within the limits, what is bad is stopped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.conftest import Platform
from tests.e2e.test_journey import HOME, until
from tests.e2e.test_prices import Market

pytestmark = pytest.mark.timeout(400)


class Test:
    """A plan of ten pieces of each of two styles, of which 30 more may be ordered."""

    __test__ = False

    def __init__(self, market: Market) -> None:
        self.market = market
        body = {
            "name": "autumn tees", "follow_up_pieces": 50, "destination": HOME,
            "lines": [{"sku_id": market.sku(name), "quantity": 10} for name in "ab"],
            "limits": {"style_pieces": 40, "style_fen": 100_000, "pieces": 60, "fen": 200_000},
            "thresholds": {"min_days": 1, "scale_percent": 60},
            "ends_at": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
        }  # fmt: skip
        key = {**market.shop, "Idempotency-Key": "plan"}
        first, again = (market.sent("POST", "/v1/testplans", body, key) for _ in range(2))
        assert first["plan_id"] == again["plan_id"]
        self.path = f"/v1/testplans/{first['plan_id']}"

    def style(self, name: str) -> Any:
        plan = self.market.door.get(self.path, headers=self.market.shop).json()
        return next(one for one in plan["styles"] if one["sku_id"] == self.market.sku(name))

    def last(self, name: str, status: str) -> Any:
        """The last lot of a style, once it is in this status."""
        what = f"the last lot of {name} to be {status}"
        until(lambda: self.style(name)["lots"][-1]["status"] == status, 60, what)
        return self.style(name)["lots"][-1]

    def pay(self, lot: dict[str, Any]) -> None:
        path = f"/v1/orders/{lot['order_id']}/pay"
        self.market.sent("POST", path, {"amount_fen": lot["fen"]}, self.market.shop)

    def report(self, name: str, pieces: int) -> Any:
        sold = [{"sku_id": self.market.sku(name), "day": str(datetime.now(UTC).date()), "pieces": pieces}]
        return self.market.door.post(f"{self.path}/sales", json={"sold": sold}, headers=self.market.shop)


def test_what_sells_is_ordered_again_within_the_limits_and_what_is_bad_is_stopped(platform: Platform) -> None:
    market = Market(platform)
    test = Test(market)
    for name in "ab":
        test.pay(test.last(name, "confirmed"))
    bad = test.last("b", "delivered")
    test.last("a", "delivered")
    assert test.style("a")["verdict"] == "hold"

    for _ in range(2):
        assert test.report("a", 8).status_code == 200
    assert test.report("a", 9).json()["type"] == "/problems/idempotency-conflict"
    assert test.report("c", 1).json()["type"] == "/problems/not-in-plan"
    scaled = test.last("a", "confirmed")
    assert (scaled["pieces"], scaled["fen"], test.style("a")["verdict"]) == (30, 27_000, "scale")
    assert "8 of 10 delivered pieces (80 %)" in test.style("a")["reason"]
    test.pay(scaled)
    test.last("a", "delivered")

    review = {"sku_id": market.sku("b"), "rating": 1, "text": "the seam opens"}

    def reviewed() -> bool:
        return market.door.post(f"/v1/orders/{bad['order_id']}/reviews", json=review, headers=market.shop).is_success

    until(reviewed, 20, "the feedback to be open")
    until(lambda: test.style("b")["verdict"] == "stop", 20, "the bad style to be stopped")
    assert "1.0 stars" in test.style("b")["reason"]

    market.sent("POST", f"{test.path}/close", {"reason": "the season is over"}, market.shop)
    plan = market.door.get(test.path, headers=market.shop).json()
    assert (plan["status"], plan["ended"], plan["ordered_pieces"], plan["ordered_fen"]) == (
        "ended", "closed", 50, 47_000,
    )  # fmt: skip
    assert market.door.get(test.path, headers={"X-Account": "eve"}).status_code == 404
