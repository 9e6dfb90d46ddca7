"""The audit: books that are in order have no finding, and each error that is planted in them is found by its kind."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from headwater_cli import auditing
from headwater_cli.auditing import KINDS, audited, report, rules
from headwater_cli.auditing.books import Books, books
from headwater_cli.main import app
from headwater_cli.platform import Addresses

Stored = dict[str, list[dict[str, Any]]]
LINE = {"sku_id": "s", "quantity": 10, "unit_price_fen": 1_000, "vouched_fen": 50}


def order(id: str, status: str, **more: Any) -> dict[str, Any]:
    return {"_id": id, "status": status, "buyer_id": "shop", "supplier_id": "sup", "lines": [LINE], **more}


def posting(root: str, kind: str, debit: str, credit: str, fen: Any, cause: str = "") -> dict[str, Any]:
    moved = {"debit": debit, "credit": credit, "amount_fen": fen}
    return {"_id": f"{root}/{kind}", "root": root, "kind": kind, "cause": cause or root, **moved}


def paid(root: str, source: str = "provider") -> list[dict[str, Any]]:
    return [
        posting(root, "charge", source, "buyer:shop", 10_000, "pay"),
        posting(root, "purchase", "buyer:shop", "escrow", 10_000, "pay"),
        posting(root, "vouch", "vouched", "escrow", 500, "pay"),
    ]


def refunded(root: str) -> list[dict[str, Any]]:
    return [
        posting(root, "refund", "escrow", "buyer:shop", 10_000),
        posting(root, "repay", "buyer:shop", "provider", 10_000),
        posting(root, "unvouch", "escrow", "vouched", 500),
    ]


def of_supplier(kind: str, cause: str, debit: str, credit: str, fen: int) -> dict[str, Any]:
    return {**posting("sup", kind, debit, credit, fen, cause), "_id": f"sup/{kind}.{cause}"}


def account() -> Stored:
    """Credited for one order, settled, and withdrawn from three times: paid, failed, and on its way."""
    ways = ("withdrawable:sup", "paying:sup")
    holds = {"payable_fen": 0, "withdrawable_fen": 9_800, "paying_fen": 300}
    return {
        "account": [{"_id": "sup", "balances": holds, "posted": 7, "due": [], "open": ["wdr_c"]}],
        "account.postings": [
            of_supplier("credit", "ord_done", "clearing", "payable:sup", 10_500),
            of_supplier("settle", "ord_done", "payable:sup", "withdrawable:sup", 10_500),
            *(of_supplier("withdraw", f"wdr_{name}", *ways, fen) for name, fen in (("a", 400), ("b", 200), ("c", 300))),
            of_supplier("payout", "wdr_a", "paying:sup", "provider", 400),
            of_supplier("return", "wdr_b", "paying:sup", "withdrawable:sup", 200),
        ],
    }


def share() -> dict[str, Any]:
    """Of a pool: joined at 12,000 fen, of which 2,000 went back when the price fell; the rest its order has taken."""
    moved = [
        ("charge", "provider", "buyer:shop", 12_000, "pay"), ("pledge", "buyer:shop", "pool:p", 12_000, "pay"),
        ("unpledge", "pool:p", "buyer:shop", 2_000, "p"), ("repay", "buyer:shop", "provider", 2_000, "p"),
    ]  # fmt: skip
    return {"_id": "p/shr_a", "postings": {one[0]: posting("p/shr_a", *one) for one in moved}}


def in_order() -> Stored:
    """An order that is done, one that is open, one of a pool, one whose money went back, and one never paid."""
    release = posting("ord_done", "release", "escrow", "clearing", 10_500)
    return {
        "order": [
            order("ord_done", "completed"), order("ord_open", "shipped"),
            order("ord_back", "cancelled", refunded_fen=10_000), order("ord_none", "expired"),
            order("ord_pool", "paid", pool={"pool_id": "p", "share_id": "shr_a"}),
        ],
        "order.postings": [
            *paid("ord_done"), release, *paid("ord_open"), *paid("ord_back"), *refunded("ord_back"),
            *paid("ord_pool", "pool:p"),
        ],
        "pool.shares": [share()],
        **account(),
    }  # fmt: skip


def named(stored: Stored, id: str) -> dict[str, Any]:
    """The posting of that id."""
    return next(one for one in (*stored["order.postings"], *stored["account.postings"]) if one["_id"] == id)


def half_a_fen(stored: Stored) -> None:
    named(stored, "ord_open/charge")["amount_fen"] = 10_000.5


def one_side_alone(stored: Stored) -> None:
    named(stored, "ord_open/charge")["credit"] = None


def more_than_was_there(stored: Stored) -> None:
    stored["order.postings"].append(posting("ord_open", "gift", "payable:sup", "buyer:shop", 20_000))


def the_same_id_twice(stored: Stored) -> None:
    stored["order.postings"].append(dict(named(stored, "ord_done/release")))


def the_same_cause_twice(stored: Stored) -> None:
    again = {**named(stored, "ord_open/charge"), "_id": "ord_open/charge-again"}
    stored["order.postings"].append(again)


def never_released(stored: Stored) -> None:
    stored["order.postings"].remove(named(stored, "ord_done/release"))


def paid_without_a_posting(stored: Stored) -> None:
    stored["order"].append(order("ord_new", "paid"))


def another_supplier(stored: Stored) -> None:
    named(stored, "ord_done/release")["credit"] = "payable:thief"


def too_little(stored: Stored) -> None:
    named(stored, "ord_open/vouch")["amount_fen"] = 499


def postings_of_no_order(stored: Stored) -> None:
    stored["order.postings"] += paid("ord_ghost")


def released_before_its_end(stored: Stored) -> None:
    stored["order.postings"].append(posting("ord_open", "release", "escrow", "clearing", 10_500))


def refunded_after_its_end(stored: Stored) -> None:
    stored["order.postings"] += refunded("ord_done")


def an_end_that_posted_nothing(stored: Stored) -> None:
    stored["order"][1]["status"] = "cancelled"


def never_credited(stored: Stored) -> None:
    stored["account.postings"].remove(named(stored, "sup/credit.ord_done"))


def credited_too_much(stored: Stored) -> None:
    named(stored, "sup/credit.ord_done")["amount_fen"] += 1


def credited_for_nothing(stored: Stored) -> None:
    stored["account.postings"].append(of_supplier("credit", "ord_open", "clearing", "payable:sup", 10_500))


def settled_for_nothing(stored: Stored) -> None:
    stored["account.postings"].append(of_supplier("settle", "ord_open", "payable:sup", "withdrawable:sup", 1))


def to_another(stored: Stored) -> None:
    named(stored, "sup/payout.wdr_a")["credit"] = "withdrawable:thief"


def paid_what_nobody_asked_for(stored: Stored) -> None:
    stored["account.postings"].append(of_supplier("payout", "wdr_x", "paying:sup", "provider", 300))


def paid_and_returned(stored: Stored) -> None:
    stored["account.postings"].append(of_supplier("return", "wdr_a", "paying:sup", "withdrawable:sup", 400))


def lost_on_its_way(stored: Stored) -> None:
    stored["account"][0]["open"] = []


def never_due(stored: Stored) -> None:
    stored["account"][0]["due"] = [{"at": None, "amount_fen": 5}]


def a_balance_from_nowhere(stored: Stored) -> None:
    stored["account"][0]["balances"]["withdrawable_fen"] += 1


def a_posting_of_no_account(stored: Stored) -> None:
    stored["account"].clear()


def of_a_pool_and_charged_anew(stored: Stored) -> None:
    named(stored, "ord_pool/charge")["debit"] = "provider"


def more_than_the_pool_has(stored: Stored) -> None:
    stored["pool.shares"].clear()


def a_share_given_back_twice(stored: Stored) -> None:
    postings = stored["pool.shares"][0]["postings"]
    postings["repay-again"] = dict(postings["repay"])


PLANTED: list[tuple[Callable[[Stored], None], str, str]] = [
    (half_a_fen, "unbalanced", "ord_open/charge"),
    (one_side_alone, "unbalanced", "the ledger"),
    (more_than_was_there, "overdrawn", "payable:sup"),
    (the_same_id_twice, "twice", "ord_done/release"),
    (the_same_cause_twice, "twice", "ord_open"),
    (never_released, "missing", "ord_done"),
    (paid_without_a_posting, "missing", "ord_new"),
    (another_supplier, "differs", "ord_done"),
    (too_little, "differs", "ord_open"),
    (postings_of_no_order, "without_cause", "ord_ghost/charge"),
    (released_before_its_end, "without_cause", "ord_open/release"),
    (too_little, "escrow", "escrow"),
    (an_end_that_posted_nothing, "escrow", "ord_open"),
    (refunded_after_its_end, "refunded_and_released", "ord_done"),
    (never_credited, "missing", "ord_done"),
    (credited_too_much, "differs", "sup/credit.ord_done"),
    (credited_for_nothing, "without_cause", "sup/credit.ord_open"),
    (settled_for_nothing, "without_cause", "sup/settle.ord_open"),
    (to_another, "differs", "sup/payout.wdr_a"),
    (paid_what_nobody_asked_for, "without_cause", "sup/payout.wdr_x"),
    (paid_and_returned, "paid_and_returned", "wdr_a"),
    (lost_on_its_way, "missing", "wdr_c"),
    (never_due, "balance", "sup"),
    (a_balance_from_nowhere, "balance", "sup"),
    (a_posting_of_no_account, "without_cause", "sup/credit.ord_done"),
    (of_a_pool_and_charged_anew, "differs", "ord_pool"),
    (more_than_the_pool_has, "overdrawn", "pool:p"),
    (a_share_given_back_twice, "twice", "p/shr_a"),
]


def found_in(stored: Stored) -> set[tuple[str, str]]:
    return {(one.kind, one.about) for one in rules.audit(books(stored))}


def test_books_in_order_have_no_finding() -> None:
    assert rules.audit(books(in_order())) == []


@pytest.mark.parametrize(("plant", "kind", "about"), PLANTED, ids=lambda one: getattr(one, "__name__", one))
def test_a_planted_error_is_found_by_its_kind(plant: Callable[[Stored], None], kind: str, about: str) -> None:
    stored = copy.deepcopy(in_order())
    plant(stored)
    assert (kind, about) in found_in(stored)


def test_an_error_of_each_kind_is_planted_here() -> None:
    assert {kind for _, kind, _ in PLANTED} == set(KINDS)


def test_the_report_counts_by_kind_and_tells_what_accounts_hold() -> None:
    stored = in_order()
    never_released(stored)
    told = report(books(stored), rules.audit(books(stored)))
    assert told["findings"]["missing"] == 1
    assert told["total"] == sum(told["findings"].values()) > 1
    assert told["balances_fen"] == {
        "buyer": 0, "clearing": -10_500, "escrow": 31_500, "paying": 300, "payable": 0, "pool": 0,
        "provider": -29_600, "vouched": -1_500, "withdrawable": 9_800,
    }  # fmt: skip


async def test_what_is_merely_underway_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look between an order and its postings sees them apart; the next one sees them together."""
    between = in_order()
    never_released(between)
    looks = [books(between), books(in_order())]

    async def read(_store: str) -> Books:
        return looks.pop(0) if len(looks) > 1 else looks[0]

    monkeypatch.setattr(auditing, "read", read)
    monkeypatch.setattr(auditing, "BETWEEN_S", 0)
    assert (await audited("anywhere"))[1] == []
    looks[:] = [books(between)]
    assert {one.kind for one in (await audited("anywhere"))[1]} >= {"missing", "escrow"}


@pytest.mark.parametrize(("planted", "code"), [(False, 0), (True, 1)])
def test_the_command_exits_with_1_when_something_is_wrong(
    planted: bool, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = in_order()
    if planted:
        another_supplier(stored)

    async def read(_store: str) -> Books:
        return books(stored)

    monkeypatch.setattr(auditing, "read", read)
    monkeypatch.setattr(auditing, "BETWEEN_S", 0)
    monkeypatch.setattr(auditing, "addresses", lambda: Addresses("kafka", "store", {}))
    for_programs, for_people = (CliRunner().invoke(app, ["audit", *args]) for args in (["--json"], []))
    assert (for_programs.exit_code, for_people.exit_code) == (code, code)
    assert json.loads(for_programs.stdout.splitlines()[-1])["findings"]["differs"] == int(planted)
    assert ("payable:thief" in for_people.stdout) is planted
