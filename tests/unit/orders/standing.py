"""Builders: facts of orders, and accounts that send each other what their rules say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

from headwater.contracts.base import BuyerId, Done, Message, Refused, Sent
from headwater.contracts.buyerstanding import AskLinkCode, CountFact, Fact, GiveLinkCode, Tally, UndoLink
from headwater.decision import Decision
from orders.domain.buyerstanding import decide
from orders.domain.buyerstanding_state import BuyerStanding
from orders.domain.levels import reckon
from tests.unit.orders.building import CALLER

NOW = datetime(2026, 11, 11, tzinfo=UTC)
CODE, WRONG = "0" * 32, "f" * 32


def fact(what: Fact, order: str = "ord_1", buyer: str = "shop", at: datetime = NOW, fen: int = 0) -> CountFact:
    return CountFact(buyer_id=buyer, order_id=order, fact=what, at=at, amount_fen=fen)


def known(*messages: Message, now: datetime = NOW) -> BuyerStanding:
    """The account after these messages."""
    account = reduce(lambda state, message: decide(state, message, now).state, messages, None)
    assert account is not None
    return account


def ask(account: str, other: str, digest: str = CODE, change: str = "") -> AskLinkCode:
    change = change or f"ask-{account}-{other}-{digest[:4]}"
    return AskLinkCode(account=account, other=other, digest=digest, change_id=change, reply_to=CALLER)


def give(account: str, other: str, digest: str = CODE, change: str = "") -> GiveLinkCode:
    change = change or f"give-{account}-{other}-{digest[:4]}"
    return GiveLinkCode(account=account, other=other, digest=digest, change_id=change, reply_to=CALLER)


def undo(account: str, other: str, change: str = "undo") -> UndoLink:
    return UndoLink(account=account, other=other, change_id=change, reply_to=CALLER)


class Accounts:
    """Accounts with what is on its way between them."""

    def __init__(self) -> None:
        self.states: dict[str, BuyerStanding | None] = {}
        self.underway: list[Message] = []
        self.answers: list[Done | Refused] = []
        self.told: list[Message] = []
        self.now = NOW

    def give(self, message: Message) -> Decision[BuyerStanding]:
        """One message comes; what it leads to is on its way."""
        key = message.address().key
        decision = decide(self.states.get(key), message, self.now)
        self.states[key] = decision.state
        for one in decision.messages:
            if isinstance(one, Sent):
                assert isinstance(one.message, Done | Refused)
                self.answers.append(one.message)
            elif one.address().topic.endswith("inbox.v1"):
                self.underway.append(one)
            else:
                self.told.append(one)
        return decision

    def settle(self, choose: Callable[[int], int] = lambda _many: 0) -> None:
        """All that is on its way arrives."""
        while self.underway:
            self.give(self.underway.pop(choose(len(self.underway))))

    def do(self, *messages: Message) -> Done | Refused | None:
        """These come one after the other, each with all that it leads to; the last answer."""
        self.answers.clear()
        for message in messages:
            self.give(message)
            self.settle()
        return self.answers[-1] if self.answers else None

    def link(self, host: str, guest: str) -> None:
        """These two share a standing from now on."""
        number = len(self.told)
        answer = self.do(ask(host, guest, change=f"a{number}"), give(guest, host, change=f"g{number}"))
        assert isinstance(answer, Done), answer

    def of(self, account: str) -> BuyerStanding:
        """An account as it is now."""
        return self.states.get(account) or BuyerStanding(buyer_id=BuyerId(account), month="2026-11")

    def check(self) -> None:
        """When nothing is on its way: both sides of each link agree, and each group has one standing."""
        for id, account in self.states.items():
            if account is None:
                continue
            assert account.status != "joining", f"{id} still waits for {account.membership}"
            assert not (account.guests and account.membership), f"{id} is guest and host"
            group = [self.of(one) for one in account.members]
            assert len(group) <= 5
            assert all(one.members == account.members for one in group), f"{id} and its group do not agree"
            tallies = [tally for one in group for tally in one.tallies]
            assert account.standing == reckon(tallies), f"the standing of {id} is not that of its group"

    def after(self, **more: Any) -> None:
        """Time passes."""
        self.now += timedelta(**more)


def tally(month: str = "2026-11", amount_fen: int = 0, **counts: int) -> Tally:
    return Tally(month=month, counts=counts, amount_fen=amount_fen)
