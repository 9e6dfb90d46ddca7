"""The checker's look at the ledger: each error that is planted in the stored postings is found."""

from __future__ import annotations

from typing import Any

import pytest

from headwater_proof.checks.case import Case
from headwater_proof.checks.money import posted
from headwater_proof.evidence import Evidence

LINE = {"sku_id": "s", "quantity": 10, "unit_price_fen": 1_000, "vouched_fen": 50}
ORDER = {"_id": "ord_1", "status": "completed", "buyer_id": "shop", "supplier_id": "factory", "lines": [LINE]}
OWED = {"payable_fen": 10_500, "withdrawable_fen": 0, "paying_fen": 0}
CREDIT = {"kind": "credit", "cause": "ord_1", "debit": "clearing", "credit": "payable:factory", "amount_fen": 10_500}
ACCOUNT = {
    "account": [{"_id": "factory", "balances": OWED, "posted": 1, "due": [{"amount_fen": 10_500}], "open": []}],
    "account.postings": [{"_id": "factory/credit.ord_1", **CREDIT}],
}
POSTINGS: dict[str, tuple[str, str, int]] = {
    "charge": ("provider", "buyer:shop", 10_000),
    "purchase": ("buyer:shop", "escrow", 10_000),
    "vouch": ("vouched", "escrow", 500),
    "release": ("escrow", "clearing", 10_500),
}


def findings(postings: dict[str, tuple[str, str, int]], **changes: Any) -> list[str]:
    """What is found of these postings of the order."""
    documents = [
        {"_id": f"ord_1/{kind}", "debit": debit, "credit": credit, "amount_fen": fen}
        for kind, (debit, credit, fen) in postings.items()
    ]
    stored = {"orders": {"order": [{**ORDER, **changes}], "order.postings": documents, **(ACCOUNT if postings else {})}}
    return [f"{one.about} {one.found}" for one in posted(Case(Evidence((), {}, stored, {})))]


def test_the_postings_of_an_order_are_in_order() -> None:
    assert findings(POSTINGS) == []
    assert findings({}, status="cancelled") == []


@pytest.mark.parametrize("kind", POSTINGS)
def test_a_missing_posting_is_found(kind: str) -> None:
    found = findings({name: one for name, one in POSTINGS.items() if name != kind})
    assert f"ord_1 is completed, and has posted no {kind}" in found


@pytest.mark.parametrize("kind", POSTINGS)
def test_a_wrong_amount_is_found(kind: str) -> None:
    debit, credit, fen = POSTINGS[kind]
    found = findings({**POSTINGS, kind: (debit, credit, fen + 1)})
    assert any(f"has posted the {kind}" in one for one in found)


def test_a_release_before_completion_and_a_payment_of_a_cancelled_order_are_found() -> None:
    assert "ord_1/release is posted without a cause" in findings(POSTINGS, status="shipped")
    assert all(f"ord_1/{kind} is posted without a cause" in findings(POSTINGS, status="cancelled") for kind in POSTINGS)


def test_money_that_goes_to_another_supplier_is_found() -> None:
    found = findings({**POSTINGS, "release": ("escrow", "payable:thief", 10_500)})
    assert any("payable:thief" in one for one in found)
