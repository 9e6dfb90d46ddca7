"""What an order posts: double entry that balances after any messages in any order."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from headwater.contracts.base import Wake
from headwater.contracts.orders import AcceptOrder
from orders.domain.ledger import paid, refunded
from orders.domain.state import Order
from tests.unit.orders.building import (
    CALLER,
    NOW,
    after,
    balances,
    cancel,
    decide,
    held,
    line,
    pay,
    place,
    progress,
    short,
)

VOUCHED = line().model_copy(update={"vouched_fen": 50})
ACCEPT = AcceptOrder(order_id="ord_1", buyer_id="shop", reply_to=CALLER)
MESSAGES = (
    place(VOUCHED), held(), short(), pay(), pay(amount=1), pay(payment="pay-2"), cancel(), cancel("thief"),
    progress("collected"), progress("delivered"), ACCEPT, Wake(id="ord_1", due=NOW),
)  # fmt: skip


def transfers(order: Order) -> dict[str, tuple[str, str, int]]:
    """The order's postings: debit, credit and amount by kind."""
    return {kind: (one.debit, one.credit, one.amount_fen) for kind, one in order.postings.items()}


def test_a_payment_goes_to_escrow_with_what_the_platform_vouches_for() -> None:
    order = after(place(VOUCHED), held(), pay())
    assert transfers(order) == {
        "charge": ("provider", "buyer:shop", 10_000),
        "purchase": ("buyer:shop", "escrow", 10_000),
        "vouch": ("vouched", "escrow", 500),
    }
    assert {one.cause for one in order.postings.values()} == {"pay-1"}


def test_nothing_is_vouched_for_where_no_line_says_so() -> None:
    assert "vouch" not in after(place(), held(), pay()).postings


def test_completion_releases_all_that_escrow_holds_to_the_supplier() -> None:
    order = after(place(VOUCHED), held(), pay(), progress("delivered"), ACCEPT)
    assert transfers(order)["release"] == ("escrow", "clearing", 10_500)
    assert balances(order.postings)["escrow"] == 0


def test_a_refund_takes_all_back_that_the_payment_had_moved() -> None:
    moved = paid("shop", [VOUCHED], 10_000, "pay-1", NOW)
    back = refunded("shop", 10_000, 500, "ord_1", NOW)
    assert balances(moved)["escrow"] == 10_500
    assert not any(balances({**moved, **back}).values())


def test_an_order_that_is_not_paid_posts_nothing() -> None:
    assert after(place(), held(), cancel()).postings == {}
    assert after(place(), short()).postings == {}


def test_a_second_acceptance_releases_nothing_more_and_changes_no_posting() -> None:
    once = after(place(VOUCHED), held(), pay(), progress("delivered"), ACCEPT)
    assert decide(once, ACCEPT, NOW + timedelta(days=1)).state is once
    assert decide(once, pay(), NOW + timedelta(days=1)).state is once


@given(st.lists(st.tuples(st.sampled_from(MESSAGES), st.integers(0, 14)), max_size=30))
def test_the_ledger_balances_after_any_messages(steps: list[tuple[object, int]]) -> None:
    order, before = None, {}
    for message, days in steps:
        order = decide(order, message, NOW + timedelta(days=days)).state
        postings = order.postings if order is not None else {}
        assert all(postings[kind] is posting for kind, posting in before.items()), "a posting was changed"
        before = postings
        found = balances(postings)
        assert sum(found.values()) == 0
        assert all(fen >= 0 for account, fen in found.items() if account not in ("provider", "vouched"))
        open_fen = order.paid_fen - order.settled_fen if order is not None else 0
        assert found["escrow"] == open_fen + (500 if open_fen else 0)
        assert found["buyer:shop"] == 0
