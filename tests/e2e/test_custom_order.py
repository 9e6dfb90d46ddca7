"""A custom order: factories propose, one is chosen, its terms bind; what it makes is received, held and delivered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.conftest import Platform
from tests.e2e.test_journey import ARRIVED, HOME, until
from tests.e2e.test_prices import Market

pytestmark = pytest.mark.timeout(400)


def at(**later: int) -> str:
    return (datetime.now(UTC) + timedelta(**later)).isoformat()


def terms(price_fen: int) -> dict[str, Any]:
    return {
        "price_ranges": [{"start_quantity": 2, "price_fen": price_fen}], "min_quantity": 2, "lead_days": 20,
        "capacity_per_month": 50_000, "trial_pieces": 10, "sample_price_fen": 9_900,
    }  # fmt: skip


def test_a_school_orders_uniforms_by_a_size_list_and_finds_each_childs_parcel(platform: Platform) -> None:
    market = Market(platform)
    school, stranger = market.shop, {"X-Account": f"eve-{market.run}"}
    dear, cheap = ({"X-Account": f"sup-{market.run}-{name}"} for name in ("a", "b"))
    asked = {
        "benchmark": {"description": "last year's uniform"}, "quantity": 40_000, "target_price_fen": 5_000,
        "requirements": {"text": "a school uniform", "sizes": ["150", "160"]},
        "needed_by": at(days=60), "answer_until": at(hours=1),
        "invited": [dear["X-Account"], cheap["X-Account"]],
    }  # fmt: skip
    path = market.sent("POST", "/v1/inquiries", asked, school)["location"]
    for factory, price_fen in ((dear, 5_200), (cheap, 4_800)):
        body = {"terms": terms(price_fen), "valid_until": at(hours=1)}
        market.sent("POST", f"{path}/proposals", body, factory)
    assert market.door.get(path, headers=stranger).status_code == 404
    compared = market.door.get(f"{path}/comparison", params={"quantity": 100}, headers=school).json()["proposals"]
    assert sorted(one["unit_price_fen"] for one in compared) == [4_800, 5_200]
    assert len(market.door.get(path, headers=cheap).json()["proposals"]) == 1, "a factory sees its own alone"
    chosen = min(compared, key=lambda one: one["unit_price_fen"])["proposal"]["proposal_id"]
    market.sent("POST", f"{path}/choice", {"proposal_id": chosen}, school)

    def orders(*pupils: tuple[str, str, int]) -> Any:
        roster = [
            {"class_name": "7-1", "pupil": pupil, "size": size, "pieces": pieces} for pupil, size, pieces in pupils
        ]
        body = {"version": 1, "batch": "bulk", "roster": roster, "destination": HOME}
        return market.door.post(f"{path}/orders", json=body, headers=school)

    assert orders(("2026001", "150", 1)).json()["type"] == "/problems/below-minimum"
    placed = orders(("2026001", "150", 1), ("2026002", "150", 1), ("2026003", "160", 2))
    assert (placed.status_code, placed.json()["total_fen"]) == (201, 4 * 4_800), placed.text
    order = f"/v1/orders/{placed.json()['order_id']}"
    market.sent("POST", f"{order}/pay", {"amount_fen": 4 * 4_800}, school)
    lines = [{"sku_id": line["sku_id"], "pieces": line["quantity"]} for line in shown(market, order)["lines"]]
    batch = {"batch_id": "b-1", "warehouse_id": "yiwu", "lines": lines}
    for _ in range(2):
        market.sent("POST", f"{order}/batches", batch, cheap)
    until(lambda: shown(market, order)["status"] in ARRIVED, 60, "the delivery of what was made")
    children = market.door.get(f"{path}/roster", params={"class": "7-1"}, headers=school).json()["lines"]
    (parcel,) = market.door.get(f"{order}/track", headers=school).json()["shipments"]
    assert {part["shipment_id"] for child in children for part in child["parcels"]} == {parcel["shipment_id"]}
    assert sum(child["pieces"] for child in children) == 4


def shown(market: Market, order: str) -> Any:
    return market.door.get(order, headers=market.shop).json()
