"""The checker's look at the ledger: each error that is planted in the stored postings is found."""

from __future__ import annotations

from typing import Any

import pytest

from headwater_proof.checks.case import Case
from headwater_proof.checks.money import balanced, posted
from headwater_proof.evidence import Evidence

LINE = {"sku_id": "s", "quantity": 10, "unit_price_fen": 1_000, "vouched_fen": 50}
ORDER = {"_id": "ord_1", "status": "completed", "buyer_id": "shop", "supplier_id": "factory", "lines": [LINE]}


def credited(fen: int) -> dict[str, list[dict[str, Any]]]:
    """The account of the supplier, which has what the order released, and the posting of it."""
    owed = {"payable_fen": fen, "withdrawable_fen": 0, "paying_fen": 0}
    credit = {"kind": "credit", "cause": "ord_1", "debit": "clearing", "credit": "payable:factory", "amount_fen": fen}
    return {
        "account": [{"_id": "factory", "balances": owed, "posted": 1, "due": [{"amount_fen": fen}], "open": []}],
        "account.postings": [{"_id": "factory/credit.ord_1", **credit}],
    }


ACCOUNT = credited(10_500)
POSTINGS: dict[str, tuple[str, str, int]] = {
    "charge": ("provider", "buyer:shop", 10_000),
    "purchase": ("buyer:shop", "escrow", 10_000),
    "vouch": ("vouched", "escrow", 500),
    "release": ("escrow", "clearing", 10_500),
}


def found_by(rule: Any, stored: dict[str, Any]) -> list[str]:
    """What a rule finds in the documents of the orders."""
    return [f"{one.about} {one.found}" for one in rule(Case(Evidence((), {}, {"orders": stored}, {})))]


def cause_of(key: str) -> str:
    """What a posting says that it is for: of a refund its case, else the order."""
    return "rfd_1" if key.endswith((".0", "/claim", "/cover")) else "ord_1"


def documents(root: str, postings: dict[str, tuple[str, str, int]]) -> list[dict[str, Any]]:
    """Postings as they are stored."""
    return [
        {"_id": f"{root}/{key}", "kind": key.rpartition("/")[2].partition(".")[0], "debit": debit, "credit": credit,
         "amount_fen": fen, "cause": cause_of(key)}
        for key, (debit, credit, fen) in postings.items()
    ]  # fmt: skip


def findings(postings: dict[str, tuple[str, str, int]], **changes: Any) -> list[str]:
    """What is found of these postings of the order."""
    accounts = ACCOUNT if postings else {}
    return found_by(
        posted, {"order": [{**ORDER, **changes}], "order.postings": documents("ord_1", postings), **accounts}
    )


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


REFUND = {"case_id": "rfd_1", "lines": [{"sku_id": "s", "pieces": 4}], "refunded_fen": 3_000, "freight_fen": 1_800,
          "parcels": {}, "inspected": None}  # fmt: skip
REFUNDED = {
    **ORDER, "cases": [REFUND], "premium_fen": 108, "paid_fen": 7_000, "refunded_fen": 3_000, "total_fen": 10_000,
    "settled_fen": 7_000,
}  # fmt: skip
OF_REFUND: dict[str, tuple[str, str, int]] = {
    **POSTINGS,
    "charge": ("provider", "buyer:shop", 10_108),
    "insure": ("buyer:shop", "freight", 108),
    "refund.0": ("escrow", "buyer:shop", 3_000),
    "repay.0": ("buyer:shop", "provider", 3_000),
    "unvouch.0": ("escrow", "vouched", 150),
    "compensate.0": ("freight", "buyer:shop", 1_800),
    "reimburse.0": ("buyer:shop", "provider", 1_800),
    "release": ("escrow", "clearing", 7_350),
}
OF_POOL: dict[str, tuple[str, str, int]] = {
    "ord_1/collect": ("freight", "insurance", 108),
    "ord_1/claim": ("insurance", "freight", 108),
    "ord_1/cover": ("platform", "freight", 1_692),
}


def with_refund(
    rule: Any, postings: Any = OF_REFUND, pool: Any = OF_POOL, balance: int = 0, **changes: Any
) -> list[str]:
    """What a rule finds of an insured order with a refund of four pieces in part, and of its pool."""
    stored = {
        "order": [{**REFUNDED, **changes}], "order.postings": documents("ord_1", postings),
        "insurance": [{"_id": "freight", "balance_fen": balance}], "insurance.postings": documents("freight", pool),
        **credited(7_350),
    }  # fmt: skip
    return found_by(rule, stored)


def test_an_order_that_was_refunded_in_part_released_the_rest() -> None:
    for rule in (posted, balanced):
        assert with_refund(rule) == []


@pytest.mark.parametrize("kind", OF_REFUND)
def test_a_posting_of_a_refund_that_is_missing_or_wrong_is_found(kind: str) -> None:
    debit, credit, fen = OF_REFUND[kind]
    missing = with_refund(posted, {key: one for key, one in OF_REFUND.items() if key != kind})
    assert f"ord_1 is completed, and has posted no {kind}" in missing
    wrong = with_refund(posted, {**OF_REFUND, kind: (debit, credit, fen + 1)})
    assert any(f"has posted the {kind}" in one for one in wrong)


def test_a_refund_that_is_posted_twice_or_not_said_by_its_order_is_found() -> None:
    twice = {**OF_REFUND, "refund.1": OF_REFUND["refund.0"]}
    assert "ord_1/refund.1 is posted without a cause" in with_refund(posted, twice)
    assert with_refund(balanced, refunded_fen=0)


def test_an_order_whose_refund_is_open_has_the_rest_in_escrow() -> None:
    still = {kind: one for kind, one in OF_REFUND.items() if kind != "release"}
    found = with_refund(posted, still, status="delivered", settled_fen=0)
    assert found == ["factory/credit.ord_1 credits what order ord_1 has not released", "clearing is at -7350 fen"][::-1]


@pytest.mark.parametrize("kind", OF_POOL)
def test_a_posting_of_the_pool_that_is_missing_or_wrong_is_found(kind: str) -> None:
    debit, credit, fen = OF_POOL[kind]
    assert with_refund(posted, pool={key: one for key, one in OF_POOL.items() if key != kind})
    assert with_refund(posted, pool={**OF_POOL, kind: (debit, credit, fen + 1)})
    assert any(f"freight/{kind} moves from" in one for one in with_refund(posted, pool={
        **OF_POOL, kind: (credit, debit, fen)
    }))  # fmt: skip


def test_a_pool_that_pays_twice_or_is_below_zero_or_says_something_else_is_found() -> None:
    found = with_refund(posted, pool={**OF_POOL, "ord_9/claim": ("insurance", "freight", 1)}, balance=-1)
    assert "insurance is at -1 fen" in found
    assert any(one.startswith("rfd_1 has 1800 fen of its return's freight") for one in found)
    other = {**OF_POOL, "ord_9/collect": ("freight", "insurance", 5)}
    assert "freight/ord_9/collect is posted without a cause" in with_refund(posted, pool=other, balance=5)
    assert with_refund(posted, balance=5) == ["freight says 5 fen, its postings come to 0"]
