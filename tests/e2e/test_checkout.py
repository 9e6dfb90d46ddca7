"""One basket over two factories: an order with each, and of all or none, none when one is sold out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import Platform
from tests.e2e.test_journey import HOME, until
from tests.e2e.test_prices import Market

pytestmark = pytest.mark.timeout(400)


def test_a_basket_over_two_factories_is_placed_with_each_or_with_none(platform: Platform) -> None:
    market = Market(platform)

    def placed(status: int, all_or_none: bool, **pieces: int) -> Any:
        lines = [{"sku_id": market.sku(name), "quantity": count} for name, count in pieces.items()]
        body = {"lines": lines, "all_or_none": all_or_none, "destination": HOME}
        response = market.door.post("/v1/checkouts", json=body, headers=market.shop)
        assert response.status_code == status, response.text
        return response.json()

    def shown(location: str) -> Any:
        return market.door.get(location, headers=market.shop).json()

    both = placed(201, all_or_none=True, a=10, b=10)
    assert (both["status"], both["total_fen"], len(both["orders"])) == ("confirmed", 20_000, 2)
    for order in both["orders"]:
        market.sent("POST", f"/v1/orders/{order['order_id']}/pay", {"amount_fen": 10_000}, market.shop)
    assert {order["status"] for order in shown(both["location"])["orders"]} == {"paid"}

    none = placed(409, all_or_none=True, a=10, b=5000)
    assert none["type"] == "/problems/out-of-stock"
    ended = {"cancelled", "refused"}
    until(lambda: {one["status"] for one in shown(none["checkout"])["orders"]} == ended, 30, "the end of the others")

    some = placed(201, all_or_none=False, a=10, b=5000)
    assert (some["status"], [order["status"] for order in some["orders"]]) == ("partly", ["confirmed", "refused"])
    assert some["total_fen"] == 10_000

    def available() -> int:
        return int(market.door.get(f"/v1/stock/{market.sku('a')}").json()["available"])

    until(lambda: available() == 1000 - 20, 30, "the release of what nobody buys")
