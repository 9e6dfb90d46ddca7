"""Accounts of one identity: linked by a code from both sides, undone from either, and what they share meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from headwater.contracts.base import Done, Refused
from headwater.contracts.buyerstanding import AccountsLinked, AccountsUnlinked, BuyerLevelChanged, JoinLink, LinkJoined
from orders.domain.buyerstanding_state import TRIES
from tests.unit.orders.standing import CODE, WRONG, Accounts, ask, fact, give, undo

BIG = 60_000
"""Fen of an order: two of them make L2, one does not."""


def refusal(answer: Any) -> str:
    assert isinstance(answer, Refused), answer
    return answer.code


def linked(*guests: str, host: str = "a") -> Accounts:
    accounts = Accounts()
    for guest in guests:
        accounts.link(host, guest)
    return accounts


# --- sharing -------------------------------------------------------------------------------------------------------


def test_linked_accounts_share_the_sum_of_their_facts_and_each_is_told_its_level() -> None:
    accounts = Accounts()
    accounts.do(fact("completed", "ord_1", "a", fen=BIG), fact("completed", "ord_2", "b", fen=BIG))
    assert [accounts.of(one).standing.level for one in "ab"] == ["L1", "L1"]
    accounts.link("a", "b")
    accounts.check()
    assert [accounts.of(one).standing.amount_fen for one in "ab"] == [2 * BIG, 2 * BIG]
    levels = {one.buyer_id: one.level for one in accounts.told if isinstance(one, BuyerLevelChanged)}
    assert levels == {"a": "L2", "b": "L2"}
    accounts.do(fact("dispute_lost", "ord_3", "b"))
    accounts.check()
    assert accounts.of("a").standing.integrity == 100 + 2 * 10 - 30


@pytest.mark.parametrize(("by", "other"), [("a", "b"), ("b", "a")], ids=["the host", "the guest"])
def test_undone_from_either_side_each_is_what_its_own_orders_make_of_it(by: str, other: str) -> None:
    accounts = linked("b")
    accounts.do(fact("completed", "ord_1", "a", fen=BIG), fact("completed", "ord_2", "b", fen=3 * BIG))
    accounts.after(minutes=1)
    assert isinstance(accounts.do(undo(by, other)), Done)
    accounts.check()
    assert [accounts.of(one).standing.amount_fen for one in "ab"] == [BIG, 3 * BIG]
    assert [accounts.of(one).status for one in "ab"] == ["alone", "alone"]
    assert [type(one) for one in accounts.told if not isinstance(one, BuyerLevelChanged)] == [
        AccountsLinked, AccountsUnlinked,
    ]  # fmt: skip
    assert [one.what for one in accounts.of("b").reasons][:1] == ["unlinked"]


def test_whoever_undoes_is_alone_before_the_other_side_has_heard_of_it() -> None:
    accounts = linked("b")
    accounts.do(fact("completed", "ord_1", "a", fen=BIG))
    accounts.give(undo("b", "a"))
    assert accounts.of("b").standing.amount_fen == 0


def test_the_others_go_on_sharing_when_one_leaves() -> None:
    accounts = linked("b", "c")
    accounts.do(*(fact("completed", f"ord_{one}", one, fen=BIG) for one in "abc"))
    accounts.do(undo("c", "a"))
    accounts.check()
    assert [accounts.of(one).standing.amount_fen for one in "abc"] == [2 * BIG, 2 * BIG, BIG]


def test_a_guests_fact_that_comes_while_it_joins_is_shared() -> None:
    accounts = Accounts()
    accounts.do(ask("a", "b"))
    accounts.give(give("b", "a"))
    accounts.give(fact("completed", "ord_1", "b", fen=BIG))
    accounts.settle()
    accounts.check()
    assert accounts.of("a").standing.amount_fen == BIG


# --- codes ---------------------------------------------------------------------------------------------------------


def test_a_code_works_once_and_only_for_the_account_it_was_asked_for() -> None:
    accounts = Accounts()
    accounts.do(ask("a", "b"))
    assert refusal(accounts.do(give("c", "a"))) == "wrong_code"
    assert isinstance(accounts.do(give("b", "a")), Done)
    accounts.do(undo("b", "a"))
    assert refusal(accounts.do(give("b", "a", change="again"))) == "wrong_code"
    accounts.check()


def test_a_code_is_over_after_ten_minutes() -> None:
    accounts = Accounts()
    accounts.do(ask("a", "b"))
    accounts.after(seconds=600)
    assert refusal(accounts.do(give("b", "a"))) == "wrong_code"


def test_a_code_may_be_guessed_five_times_and_then_the_right_one_is_refused_too() -> None:
    accounts = Accounts()
    accounts.do(ask("a", "b"))
    said = {accounts.do(give("b", "a", WRONG, f"guess-{number}")) for number in range(TRIES)}
    assert {refusal(one) for one in said} == {"wrong_code"}
    right = accounts.do(give("b", "a"))
    assert refusal(right) == "wrong_code"
    assert said == {right}, "a refusal does not tell why"
    accounts.do(ask("a", "b", change="new"))
    assert isinstance(accounts.do(give("b", "a", change="new")), Done)


def test_others_cannot_use_up_the_tries_of_a_code() -> None:
    accounts = Accounts()
    accounts.do(ask("a", "b"))
    accounts.do(*(give("c", "a", WRONG, f"guess-{number}") for number in range(2 * TRIES)))
    assert isinstance(accounts.do(give("b", "a")), Done)


def test_a_new_code_ends_the_one_before() -> None:
    accounts = Accounts()
    accounts.do(ask("a", "b"), ask("a", "b", WRONG))
    assert refusal(accounts.do(give("b", "a"))) == "wrong_code"
    assert isinstance(accounts.do(give("b", "a", WRONG)), Done)


def test_a_request_that_comes_once_more_does_not_open_its_used_code_again() -> None:
    accounts = Accounts()
    accounts.do(ask("a", "b"), give("b", "a"), undo("a", "b"))
    assert isinstance(accounts.do(ask("a", "b")), Done)
    assert accounts.of("a").code is None
    assert isinstance(accounts.do(give("b", "a")), Done), "answered as then, when it was right"
    assert [accounts.of(one).status for one in "ab"] == ["alone", "alone"]


def test_an_undoing_that_comes_once_more_does_not_undo_the_next_link() -> None:
    accounts = linked("b")
    accounts.do(undo("b", "a"))
    accounts.link("a", "b")
    assert isinstance(accounts.do(undo("b", "a")), Done)
    assert accounts.of("b").status == "guest"
    accounts.check()


def test_nobody_tells_whether_an_account_exists_or_asked_for_a_code() -> None:
    accounts = Accounts()
    accounts.do(ask("asked", "b"), fact("completed", "ord_1", "ordered"))
    details = {
        str(answer.detail).replace(other, "x")
        for other in ("asked", "ordered", "nobody")
        if isinstance(answer := accounts.do(give("c", other)), Refused)
    }
    assert len(details) == 1
    assert accounts.states["nobody"] is None


# --- groups --------------------------------------------------------------------------------------------------------


def test_five_accounts_share_a_standing_at_most() -> None:
    accounts = linked("b", "c", "d")
    accounts.do(ask("a", "e"))
    accounts.do(give("e", "a"))
    assert refusal(accounts.do(ask("a", "f"))) == "group_full"
    accounts.check()
    assert len(accounts.of("c").members) == 5


def test_a_code_from_before_the_group_was_full_does_not_open_it() -> None:
    accounts = linked("b", "c", "d")
    accounts.do(ask("a", "e"))
    code = accounts.of("a").code
    accounts.link("a", "f")
    accounts.states["a"] = accounts.of("a").evolve(code=code)
    assert refusal(accounts.do(give("e", "a"))) == "group_full"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (ask("a", "a"), "own_account"), (give("a", "a"), "own_account"),
        (ask("b", "c"), "already_linked"), (ask("a", "b"), "already_linked"), (ask("b", "a"), "already_linked"),
        (give("b", "c"), "already_linked"), (give("a", "c"), "has_links"),
        (undo("a", "c"), "no_such_link"), (undo("b", "c"), "no_such_link"), (undo("c", "a"), "no_such_link"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name_with_a_way_out(message: Any, code: str) -> None:
    accounts = linked("b")
    answer = accounts.do(message)
    assert refusal(answer) == code
    assert isinstance(answer, Refused)
    assert answer.detail.endswith(".")
    accounts.check()


def test_who_is_linked_already_is_told_so_and_nothing_changes() -> None:
    accounts = linked("b")
    before = accounts.of("a").standing, accounts.of("a").guests
    assert isinstance(accounts.do(give("b", "a", WRONG, "another")), Done)
    assert (accounts.of("a").standing, accounts.of("a").guests) == before


# --- at once -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [0, 1])
def test_two_accounts_that_give_each_others_codes_at_once_are_linked_once(first: int) -> None:
    accounts = Accounts()
    accounts.do(ask("a", "b"), ask("b", "a"))
    accounts.answers.clear()
    accounts.give(give("a", "b"))
    accounts.give(give("b", "a"))
    accounts.settle(lambda many: min(first, many - 1))
    accounts.check()
    assert [accounts.of(one).status for one in "ab"] == ["host", "guest"]
    assert [type(answer) for answer in accounts.answers] == [Done, Done]


def test_crossing_links_of_three_accounts_end_in_one_group_or_a_refusal() -> None:
    for joins_first in (True, False):
        accounts = Accounts()
        accounts.do(ask("a", "b"), ask("b", "c"))
        accounts.answers.clear()
        accounts.give(give("b", "a"))
        accounts.give(give("c", "b"))
        accounts.settle(lambda many, joins_first=joins_first: 0 if joins_first else many - 1)
        accounts.check()
        assert accounts.of("b").members in (("a", "b"), ("b", "c"))
        assert sorted(type(answer).__name__ for answer in accounts.answers) == ["Done", "Refused"]


def test_a_join_that_is_undone_on_the_way_leaves_no_trace() -> None:
    accounts = Accounts()
    accounts.do(ask("a", "b"))
    accounts.give(give("b", "a"))
    accounts.give(undo("b", "a"))
    accounts.settle(lambda many: many - 1)
    accounts.check()
    assert [accounts.of(one).status for one in "ab"] == ["alone", "alone"]
    assert [getattr(answer, "code", "done") for answer in accounts.answers] == ["done", "link_undone", "done"]


def test_a_late_word_of_an_earlier_link_does_nothing_to_the_next() -> None:
    accounts = linked("b")
    guest = accounts.of("a").guests[0]
    accounts.do(undo("a", "b"))
    accounts.link("a", "b")
    now = accounts.of("a").guests[0].join_id
    accounts.do(
        LinkJoined(guest="b", host="a", join_id=guest.join_id),
        JoinLink(host="a", guest="b", join_id=guest.join_id, digest=CODE, turn=0, tallies=()),
    )
    accounts.check()
    assert accounts.of("a").guests[0].join_id == now
