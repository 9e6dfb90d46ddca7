"""Withdrawals: no more than there is, once under one id, and ended once whatever the provider says in which order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.contracts.accounts import (
    PayoutContradicted,
    RecordPayout,
    WithdrawalAnswer,
    WithdrawalFailed,
    WithdrawalPaid,
)
from headwater.contracts.base import Refused
from headwater.contracts.payments import PayoutReported, RequestPayout
from orders.domain.account_state import SupplierAccount, withdrawal
from orders.domain.withdrawals import MOST_OPEN, reported
from tests.unit.orders.accounts import FACTORY, NOW, after, credit, decide, holds, ledger, says, told, withdraw

RICH = after(FACTORY, credit())
ASKED = after(withdraw(), state=RICH)


def status(account: SupplierAccount, id: str = "wdr_1") -> str:
    found = withdrawal(account.postings, id)  # type: ignore[arg-type]
    return found.status if found else "unknown"


def test_a_withdrawal_takes_the_money_and_asks_the_provider_by_its_id() -> None:
    asked = decide(RICH, withdraw(), NOW)
    assert asked.state is not None
    assert (holds(asked.state), status(asked.state)) == ((0, 600, 400), "asked")
    (request,) = told(asked, RequestPayout)
    assert (request.withdrawal_id, request.amount_fen, request.payee) == ("wdr_1", 400, "card 6222")
    assert request.address() == ("payments.provider.demo-pay.requests.v1", "wdr_1")
    (answer,) = told(asked, WithdrawalAnswer)
    assert (answer.status, answer.withdrawable_fen) == ("asked", 600)


def test_the_same_withdrawal_again_asks_nobody_and_is_answered_as_it_is_now() -> None:
    for known, shown in ((ASKED, "asked"), (after(says("paid"), state=ASKED), "paid")):
        again = decide(known, withdraw(), NOW)
        assert again.state is known
        assert told(again, RequestPayout) == []
        assert [one.status for one in told(again, WithdrawalAnswer)] == [shown]


@pytest.mark.parametrize("other", [withdraw(fen=401), withdraw(payee="card 1")])
def test_another_withdrawal_under_the_same_id_is_refused(other: object) -> None:
    decision = decide(ASKED, other, NOW)  # type: ignore[arg-type]
    assert decision.state is ASKED
    assert [one.code for one in told(decision, Refused)] == ["idempotency_conflict"]


def test_no_more_is_withdrawn_than_is_withdrawable() -> None:
    refused = decide(after(credit("ord_2", 50), state=ASKED), withdraw("wdr_2", 651), NOW)
    (why,) = told(refused, Refused)
    assert (why.code, "650 fen now" in why.detail) == ("insufficient_funds", True)
    owed = after(credit())
    assert [one.code for one in told(decide(owed, withdraw(), NOW), Refused)] == ["insufficient_funds"]
    assert [one.code for one in told(decide(None, withdraw(), NOW), Refused)] == ["no_such_account"]


def test_so_many_withdrawals_are_on_their_way_and_no_more() -> None:
    many = after(*(withdraw(f"wdr_{number}", 1) for number in range(MOST_OPEN)), state=RICH)
    assert [one.code for one in told(decide(many, withdraw("more", 1), NOW), Refused)] == ["too_many_withdrawals"]
    one_ended = after(says("failed", "wdr_0", 1), state=many)
    assert told(decide(one_ended, withdraw("more", 1), NOW), Refused) == []


def test_a_failed_payout_gives_the_money_back_with_the_reason() -> None:
    failed = decide(ASKED, says("failed"), NOW)
    assert failed.state is not None
    assert (holds(failed.state), status(failed.state), failed.state.open) == ((0, 1_000, 0), "failed", ())
    assert [one.reason for one in told(failed, WithdrawalFailed)] == ["closed"]


def test_paid_money_has_left_the_books() -> None:
    paid = decide(ASKED, says("paid"), NOW)
    assert paid.state is not None
    assert (holds(paid.state), ledger(paid.state)["provider"], status(paid.state)) == ((0, 600, 0), 400, "paid")
    assert [one.reference for one in told(paid, WithdrawalPaid)] == ["T-1"]


@pytest.mark.parametrize("final", ["paid", "failed"])
def test_every_order_of_repeated_answers_ends_alike_and_posts_once(final: str) -> None:
    answers = (says("accepted"), says("accepted"), says(final), says(final), withdraw())
    ends = {after(*order, state=ASKED).model_dump_json() for order in set(permutations(range(5))) for order in [
        [answers[place] for place in order]
    ]}  # fmt: skip
    assert len(ends) == 1
    assert status(after(*answers, state=ASKED)) == final


def test_every_order_of_answers_to_two_withdrawals_leaves_what_each_of_them_says() -> None:
    asked = after(withdraw("wdr_2", 500), state=ASKED)
    answers = (says("accepted"), says("paid"), says("accepted", "wdr_2", 500), says("failed", "wdr_2", 500))
    for order in permutations(answers):
        end = after(*order, *order, state=asked)
        assert (holds(end), status(end), status(end, "wdr_2")) == ((0, 600, 0), "paid", "failed")


def test_of_answers_that_contradict_each_other_the_first_holds_and_a_person_is_told_once() -> None:
    for first, second in (("paid", "failed"), ("failed", "paid")):
        ended = after(says(first), state=ASKED)
        heard = decide(ended, says(second), NOW)
        assert heard.state is not None
        assert (status(heard.state), heard.state.postings, len(told(heard, PayoutContradicted))) == (
            first, ended.postings, 1,
        )  # fmt: skip
        again = decide(heard.state, says(second), NOW)
        assert (again.state is heard.state, again.messages) == (True, ())


@pytest.mark.parametrize("lie", [says("paid", fen=399), says("failed", provider="other")])
def test_another_amount_or_another_provider_ends_nothing(lie: RecordPayout) -> None:
    heard = decide(ASKED, lie, NOW)
    assert heard.state is not None
    assert (status(heard.state), holds(heard.state)) == ("asked", (0, 600, 400))
    assert len(told(heard, PayoutContradicted)) == 1
    assert status(after(says("paid"), state=heard.state)) == "paid"


def test_a_report_on_what_nobody_asked_for_changes_nothing() -> None:
    assert decide(ASKED, says("paid", "wdr_9"), NOW).state is ASKED
    assert decide(None, says("paid"), NOW).state is None


@given(st.lists(st.sampled_from([says(o, i, f) for o, (i, f) in product(
    ("accepted", "paid", "failed"), (("wdr_1", 400), ("wdr_2", 500)))]), max_size=12))  # fmt: skip
def test_money_in_flight_is_neither_lost_nor_doubled(answers: Sequence[RecordPayout]) -> None:
    asked = after(withdraw("wdr_2", 500), state=ASKED)
    end = reduce(lambda known, one: decide(known, one, NOW).state or known, answers, asked)
    paid = sum(fen for id, fen in (("wdr_1", 400), ("wdr_2", 500)) if status(end, id) == "paid")
    assert sum(holds(end)) + paid == 1_000
    assert ledger(end)["provider"] == paid


def test_who_reported_is_told_by_the_topic() -> None:
    message = PayoutReported(
        withdrawal_id="wdr_1", provider_id="honest", supplier_id="sup", event_id="e", outcome="paid", amount_fen=400,
        occurred_at=NOW,
    )  # type: ignore[arg-type]  # fmt: skip
    (command,) = reported(message, NOW, "payments.provider.liar.reports.v1")
    assert command.provider_id == "liar"
