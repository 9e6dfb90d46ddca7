"""The checker's look at buyers' standing: a fact that is missing, doubled or invented is found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headwater_proof.checks.case import Case
from headwater_proof.checks.standing import counted
from headwater_proof.evidence import Evidence

NOW = datetime(2026, 11, 11, tzinfo=UTC)
LINE = {"sku_id": "s", "quantity": 10, "unit_price_fen": 1_000}


def order(*steps: tuple[str, int], by: str = "by buyer", **changes: Any) -> dict[str, Any]:
    """An order with these steps, each so many minutes after the first."""
    history = [
        {"what": what, "at": NOW + timedelta(minutes=minute), "note": by if what == "accepted" else ""}
        for what, minute in steps
    ]
    return {
        "_id": "ord_1", "buyer_id": "shop", "lines": [LINE], "allocations": [{"sku_id": "s"}], "history": history,
        "pay_by": NOW + timedelta(minutes=30), **changes,
    }  # fmt: skip


def findings(order: dict[str, Any], amount_fen: int = 0, **counts: int) -> list[str]:
    """What is found when this was counted of the order."""
    account = {"_id": "shop", "tallies": [{"month": "2026-11", "counts": counts, "amount_fen": amount_fen}]}
    stored = {"orders": {"order": [order], "buyerstanding": [account] if counts else []}}
    return [one.found for one in counted(Case(Evidence((), {}, stored, {})))]


PAID = (("placed", 0), ("confirmed", 0), ("paid", 1))


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        (order(*PAID), {"paid_in_time": 1}),
        (order(("confirmed", 0), ("paid", 28)), {"paid_late": 1}),
        (order(*PAID, ("accepted", 9), ("completed", 9)), {"paid_in_time": 1, "accepted": 1, "completed": 1}),
        (order(*PAID, ("accepted", 9), ("completed", 9), by="by window"), {"paid_in_time": 1, "completed": 1}),
        (order(("confirmed", 0), ("expired", 30)), {"expired_unpaid": 1}),
        (order(("confirmed", 0), ("cancelled", 3)), {"cancelled_held": 1}),
        (order(("placed", 0), ("cancelled", 3)), {}),
        (order(("confirmed", 0), ("cancelled", 3), allocations=[]), {}),
    ],
)
def test_what_orders_say_is_in_order_and_anything_else_is_found(said: dict[str, Any], counts: dict[str, int]) -> None:
    assert findings(said, **counts) == []
    for fact in counts:
        assert len(findings(said, **{**counts, fact: 2})) == 1, "counted twice"
        assert len(findings(said, **{**counts, fact: 0})) == 1, "not counted"
    assert len(findings(said, **{"expired_unpaid": 1, "cancelled_held": 1, **counts})) == 1, "invented"


def test_an_amount_that_no_completion_told_is_found() -> None:
    (found,) = findings(order(*PAID), amount_fen=5, paid_in_time=1)
    assert found == "has counted 5 fen, should be 0"
