"""A supplier's account: credited once an order, settled at once or in its time, never at more than was released."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.contracts.accounts import CreditSupplier, FundsSettled, NoteStanding, SupplierCredited
from headwater.contracts.base import Wake
from headwater.contracts.governance import SupplierReinstated, SupplierSuspended, SupplierVerified
from headwater.contracts.orders import AcceptOrder
from orders.domain.account import ACCEPTS, FOLLOWS, due_of, touched_postings
from orders.domain.account_state import Balances, SupplierAccount, rebuilt
from tests.unit.orders import building
from tests.unit.orders.accounts import (
    FACTORY,
    NOW,
    REINSTATED,
    SUSPENDED,
    TERMS,
    WEEK_LATER,
    after,
    credit,
    decide,
    holds,
    ledger,
    says,
    told,
    withdraw,
)

WAKE = Wake(id="sup", due=NOW)


def test_a_completed_order_tells_its_suppliers_account_what_it_has_released() -> None:
    delivered = building.after(building.place(), building.held(), building.pay(), building.progress("delivered"))
    done = building.decide(delivered, AcceptOrder(order_id="ord_1", buyer_id="shop"), NOW)
    wanted = CreditSupplier(supplier_id="factory", order_id="ord_1", amount_fen=10_000)
    assert building.told(done, CreditSupplier) == [wanted]
    assert done.state is not None
    assert (done.state.postings["release"].credit, done.state.postings["release"].amount_fen) == ("clearing", 10_000)


def test_an_orders_money_is_owed_first_and_withdrawable_after_the_period() -> None:
    first = decide(None, credit(), NOW)
    assert first.state is not None
    assert holds(first.state) == (1_000, 0, 0)
    (event,) = told(first, SupplierCredited)
    assert NOW + TERMS.period < event.withdrawable_at == first.state.wake_at <= NOW + TERMS.period + TERMS.granule
    assert decide(first.state, WAKE, event.withdrawable_at - timedelta(seconds=1)).state is first.state
    due = decide(first.state, WAKE, event.withdrawable_at)
    assert due.state is not None
    assert (holds(due.state), due.state.wake_at) == ((0, 1_000, 0), None)
    assert told(due, FundsSettled) == [FundsSettled(supplier_id="sup", amount_fen=1_000)]


def test_a_verified_factory_has_its_money_at_once() -> None:
    assert holds(after(FACTORY, credit())) == (0, 1_000, 0)
    assert holds(after(credit(), FACTORY)) == (1_000, 0, 0), "what was credited before waits for its time"


@pytest.mark.parametrize("order", list(permutations((FACTORY, SUSPENDED))))
def test_a_suspended_factory_waits_as_others_do(order: tuple[NoteStanding, ...]) -> None:
    assert holds(after(*order, credit())) == (1_000, 0, 0)
    assert holds(after(*order, REINSTATED, credit())) == (0, 1_000, 0)


def test_a_trader_waits() -> None:
    assert holds(after(NoteStanding(supplier_id="sup", kind="trader"), credit())) == (1_000, 0, 0)


def test_standing_is_noted_as_the_catalog_tells_it() -> None:
    verified = SupplierVerified(supplier_id="sup", kind="source_factory", evidence=("licence",), by="op")
    suspended = SupplierSuspended(supplier_id="sup", suspension_id="s", reason="late")
    reinstated = SupplierReinstated(supplier_id="sup", suspension_id="s", reason="over")
    notes = [tuple(FOLLOWS[type(one)](one, NOW)) for one in (verified, suspended, reinstated)]
    assert notes == [(FACTORY,), (SUSPENDED,), (REINSTATED,)]


def test_an_order_credits_once() -> None:
    once = after(credit())
    assert decide(once, credit(), NOW).state is once
    assert holds(after(credit(), credit("ord_2"), credit())) == (2_000, 0, 0)


def test_what_is_due_about_the_same_time_is_settled_in_one_posting() -> None:
    many = after(*(credit(f"ord_{number}") for number in range(50)))
    assert len(many.due) == 1
    settled = after(WAKE, now=WEEK_LATER, state=many)
    assert [one.amount_fen for one in settled.postings.values() if one.kind == "settle"] == [50_000]


def test_a_busy_account_waits_for_a_hundred_times_at_most() -> None:
    account = after(credit("ord_0"))
    for hour in range(1, 24 * 9):
        account = after(credit(f"ord_{hour}"), now=NOW + timedelta(hours=hour), state=account)
    assert len(account.due) <= 101
    assert sum(one.amount_fen for one in account.due) == account.balances.payable_fen


def test_without_a_period_everybody_is_settled_at_once() -> None:
    assert due_of(TERMS._replace(period=timedelta(0)), NOW) == NOW


def test_a_clock_that_steps_back_settles_nothing_twice() -> None:
    settled = after(WAKE, now=WEEK_LATER, state=after(credit()))
    back = after(credit("ord_2"), now=NOW, state=settled)
    assert holds(back) == (1_000, 1_000, 0)
    assert back.due[0].at > WEEK_LATER
    assert [one.number for one in back.postings.values()] == [1, 2, 3]


MESSAGES = (
    credit(), credit("ord_2", 300), credit("ord_3", 70), FACTORY, SUSPENDED, REINSTATED, WAKE, withdraw(),
    withdraw(fen=100), withdraw("wdr_2", 900), withdraw("wdr_3", 10**9), says("accepted"), says("paid"),
    says("failed"), says("paid", "wdr_2", 900), says("failed", "wdr_2", 900), says("paid", "wdr_9"),
    says("paid", fen=1), says("paid", provider="other"),
)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(MESSAGES), st.integers(0, 12)), max_size=40))
def test_after_any_messages_the_balances_are_the_sums_of_the_postings(steps: list[tuple[object, int]]) -> None:
    account: SupplierAccount | None = None
    for message, days in steps:
        before = account
        account = decide(account, message, NOW + timedelta(days=days)).state  # type: ignore[arg-type]
        if account is None:
            continue
        known = before.postings if before is not None else {}
        assert all(account.postings[key] is one for key, one in known.items()), "a posting was changed"
        entries = list(account.postings.values())
        assert rebuilt(account.supplier_id, reversed(entries)) == account.balances
        assert [one.number for one in entries] == list(range(1, account.posted + 1))
        assert all(earlier.at <= later.at for earlier, later in pairwise(entries))
        books = ledger(account)
        assert sum(books.values()) == 0
        assert -books["clearing"] == sum(one.amount_fen for one in entries if one.kind == "credit")
        assert min(holds(account)) >= 0
        assert sum(one.amount_fen for one in account.due) == account.balances.payable_fen


@given(st.lists(st.sampled_from(MESSAGES), max_size=25))
def test_balances_that_are_made_anew_at_any_point_are_those_after_the_posting(messages: list[object]) -> None:
    account: SupplierAccount | None = None
    for message in messages:
        account = decide(account, message, WEEK_LATER).state  # type: ignore[arg-type]
    entries = list(account.postings.values()) if account is not None else []
    for count, one in enumerate(entries, start=1):
        assert rebuilt("sup", entries[:count]) == one.balances  # type: ignore[arg-type]
    assert rebuilt("sup", []) == Balances()  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.sampled_from(MESSAGES), st.integers(0, 12)), max_size=30))
def test_a_rule_needs_no_posting_but_those_that_its_message_touches(steps: list[tuple[object, int]]) -> None:
    whole: SupplierAccount | None = None
    for message, days in steps:
        now = NOW + timedelta(days=days)
        touched = touched_postings(message) if isinstance(message, ACCEPTS) else ()
        part = whole
        if whole is not None:
            seen = {key: one for key, one in whole.postings.items() if key in touched}
            part = whole.evolve(postings=seen)
        small, large = decide(part, message, now), decide(whole, message, now)  # type: ignore[arg-type]
        assert small.messages == large.messages
        new = large.state.postings if large.state is not None else {}
        if small.state is not None:
            assert (
                small.state.evolve(postings={**(whole.postings if whole else {}), **small.state.postings}).postings
                == new
            )
        whole = large.state
