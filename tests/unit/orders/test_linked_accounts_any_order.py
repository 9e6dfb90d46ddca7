"""Linked accounts under fire: however messages come, both sides of a link agree in the end."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.unit.orders.standing import CODE, WRONG, Accounts, ask, fact, give, undo


class ManyAccounts(RuleBasedStateMachine):
    """Six accounts link, unlink and order, with messages that come late, twice, and in another order."""

    names = st.sampled_from("abcdef")

    def __init__(self) -> None:
        super().__init__()
        self.accounts = Accounts()
        self.number = 0
        self.came: list[Any] = []

    def send(self, message: Any) -> None:
        self.accounts.underway.append(message)

    def new(self) -> str:
        self.number += 1
        return f"c{self.number}"

    @rule(account=names, other=names, digest=st.sampled_from((CODE, CODE, WRONG)), given=st.booleans())
    def asks(self, account: str, other: str, digest: str, given: bool) -> None:
        self.send(ask(account, other, digest, self.new()))
        if given:
            self.send(give(other, account, CODE, self.new()))

    @rule(account=names, other=names, digest=st.sampled_from((CODE, CODE, WRONG)))
    def gives(self, account: str, other: str, digest: str) -> None:
        self.send(give(account, other, digest, self.new()))

    @rule(account=names, other=names)
    def undoes(self, account: str, other: str) -> None:
        self.send(undo(account, other, self.new()))

    @rule(account=names, order=st.integers(0, 3), what=st.sampled_from(("completed", "expired_unpaid")))
    def orders(self, account: str, order: int, what: Any) -> None:
        self.send(fact(what, f"ord_{account}{order}", account, fen=60_000 * (order + 1)))

    @rule(days=st.sampled_from((0, 0, 40, 400)))
    def time_passes(self, days: int) -> None:
        self.accounts.after(minutes=1, days=days)

    @rule(data=st.data(), many=st.integers(1, 8))
    def some_arrive(self, data: Any, many: int) -> None:
        for _ in range(min(many, len(self.accounts.underway))):
            which = data.draw(st.integers(0, len(self.accounts.underway) - 1))
            message = self.accounts.underway.pop(which)
            self.came.append(message)
            self.accounts.give(message)

    @rule(data=st.data())
    def one_comes_twice(self, data: Any) -> None:
        if self.came:
            self.accounts.give(data.draw(st.sampled_from(self.came[-40:])))

    @rule()
    def all_arrive(self) -> None:
        self.accounts.settle()
        for name in "abcdef":
            self.accounts.give(fact("accepted", "ord_time", name, self.accounts.now))
        self.accounts.settle()
        self.accounts.check()

    @invariant()
    def nobody_is_guest_and_host_or_in_a_group_too_large(self) -> None:
        for account in self.accounts.states.values():
            if account is not None:
                assert not (account.guests and account.membership)
                assert len(account.guests) < 5
                assert len({one.buyer_id for one in account.guests}) == len(account.guests)


ManyAccounts.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestAnyOrderOfMessages = ManyAccounts.TestCase
