"""What is known of a buyer: what its orders said of it, and the accounts that it shares its standing with.

Linked accounts form a star: one is the **host**, which once asked for a code, the others are its **guests**. Each
account is a document of its own with one writer, and says of itself which of the two it is. So it cannot be in two
groups, and a group has one place where its size is counted and its standing is reckoned: the host's document.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal

from pydantic import Field

from headwater.contracts.base import BuyerId, Key, OrderId, ReplyTo, UtcTime, Value
from headwater.contracts.buyerstanding import LOWEST, BuyerLevel, Digest, Fact, Reckoned, Tally
from headwater.decision import Part, State
from orders.domain.levels import MONTHS, first_counted, month_of, months_after, reckon

MOST_ACCOUNTS = 5
"""So many accounts share a standing at most."""
TRIES = 5
"""So often a code may be given wrong."""
REASONS_KEPT = 50
CHANGES_KEPT = 64
"""So many commands are remembered with what came of them; one is repeated within minutes."""


class Noted(Value):
    """When a fact of an order was, and what it was worth."""

    at: UtcTime
    amount_fen: int = 0


class OrderFacts(Part):
    """What one order said of its buyer: each fact once."""

    facts: dict[Fact, Noted] = Field(default_factory=dict)


class Reason(Value):
    """One line of why the standing is what it is."""

    at: UtcTime
    about: OrderId | BuyerId
    """The order, or the account that it was linked with."""
    what: Fact | Literal["linked", "unlinked"]
    amount_fen: int = 0
    note: str = ""


class OpenCode(Value):
    """A code that another account may give."""

    other: BuyerId
    digest: Digest
    expires_at: UtcTime
    tries_left: int = TRIES


class Guest(Value):
    """An account that is linked with this one, as it told last."""

    buyer_id: BuyerId
    join_id: Key
    turn: int
    tallies: tuple[Tally, ...]


class Membership(Value):
    """That this account is another one's guest, or about to be."""

    host: BuyerId
    join_id: Key
    joined: bool = False
    turn: int = 0
    """Of the host, when it told what is shared."""
    shared: Reckoned | None = None
    members: tuple[BuyerId, ...] = ()
    reply_to: ReplyTo | None = None
    """Who waits to hear whether it is linked; None once it was told."""


class Outcome(Value):
    """What came of a command: a refusal's code and detail, or neither."""

    change_id: Key
    code: str = ""
    detail: str = ""


class BuyerStanding(State):
    """A buyer's account: its facts, its links, and the level that was told of it last."""

    buyer_id: BuyerId
    month: str
    """The latest that is known to have begun; older facts than belong to it are not counted."""
    tallies: tuple[Tally, ...] = ()
    """Of its own orders, by month, the oldest first."""
    turn: int = 0
    """Counts what it tells to accounts that it is linked with."""
    level: BuyerLevel = LOWEST
    """As it was told last."""
    level_turn: int = 0
    reasons: tuple[Reason, ...] = ()
    """The latest ones, the newest first."""
    code: OpenCode | None = None
    guests: tuple[Guest, ...] = ()
    membership: Membership | None = None
    changes: tuple[Outcome, ...] = ()
    """Of the last commands, the newest last."""
    orders: dict[str, OrderFacts] = Field(default_factory=dict)

    @property
    def status(self) -> str:
        """alone, asking (it waits for a code to be given), joining, guest, or host."""
        if self.membership is not None:
            return "guest" if self.membership.joined else "joining"
        if self.guests:
            return "host"
        return "asking" if self.code else "alone"

    @property
    def own(self) -> Reckoned:
        """What it is by its own orders alone."""
        return reckon(self.tallies)

    @property
    def standing(self) -> Reckoned:
        """What it is, with the accounts that it is linked with."""
        if self.membership is not None and self.membership.shared is not None:
            return self.membership.shared
        return reckon((*self.tallies, *(tally for guest in self.guests for tally in guest.tallies)))

    @property
    def members(self) -> tuple[BuyerId, ...]:
        """All accounts that share the standing, the host first; only itself if it is not linked."""
        if self.membership is not None and self.membership.members:
            return self.membership.members
        return (self.buyer_id, *(guest.buyer_id for guest in self.guests))

    def guest(self, buyer_id: BuyerId) -> Guest | None:
        """A guest, or None."""
        return next((one for one in self.guests if one.buyer_id == buyer_id), None)

    def with_guest(self, guest: Guest) -> BuyerStanding:
        """With a guest as it is now."""
        return self.evolve(guests=(*self.without_guest(guest.buyer_id).guests, guest))

    def without_guest(self, buyer_id: BuyerId) -> BuyerStanding:
        """Without a guest."""
        return self.evolve(guests=tuple(one for one in self.guests if one.buyer_id != buyer_id))

    def outcome(self, change_id: Key) -> Outcome | None:
        """What came of a command, if it is known."""
        return next((one for one in self.changes if one.change_id == change_id), None)

    def with_outcome(self, outcome: Outcome) -> BuyerStanding:
        """Remember what came of a command."""
        return self.evolve(changes=(*self.changes[-CHANGES_KEPT + 1 :], outcome))

    def with_reason(self, reason: Reason) -> BuyerStanding:
        """With one reason more, as far as it is among the latest."""
        place = _place(reason)
        newer = next((at for at, one in enumerate(self.reasons) if _place(one) <= place), len(self.reasons))
        return self.evolve(reasons=(*self.reasons[:newer], reason, *self.reasons[newer:])[:REASONS_KEPT])

    def counting(self, fact: Fact, at: datetime, amount_fen: int) -> BuyerStanding:
        """With one fact more in its month, unless that month counts no longer."""
        month = month_of(at)
        if month < first_counted(self.month):
            return self
        before = next((one for one in self.tallies if one.month == month), Tally(month=month))
        counts = {**before.counts, fact: before.counts.get(fact, 0) + 1}
        after = Tally(month=month, counts=counts, amount_fen=before.amount_fen + amount_fen)
        others = (one for one in self.tallies if one.month != month)
        return self.evolve(tallies=tuple(sorted((*others, after), key=lambda one: one.month)))

    def kept_in_time(self, now: datetime) -> BuyerStanding:
        """With what counts now; itself if nothing has changed by that."""
        month = max(self.month, month_of(now))
        if month == self.month:
            return self
        later = self.evolve(month=month)
        guests = (one.model_copy(update={"tallies": later.counted(one.tallies)}) for one in self.guests)
        return later.evolve(tallies=later.counted(self.tallies), guests=tuple(guests))

    def counted(self, tallies: Iterable[Tally]) -> tuple[Tally, ...]:
        """Those of the months that count now."""
        oldest = first_counted(self.month)
        return tuple(one for one in tallies if one.month >= oldest)

    def timed(self) -> BuyerStanding:
        """To be woken when the oldest month of what it reckons with counts no longer."""
        months = [one.month for one in (*self.tallies, *(tally for guest in self.guests for tally in guest.tallies))]
        over = months_after(min(months), MONTHS) if months else None
        wake_at = datetime(int(over[:4]), int(over[5:]), 1, tzinfo=UTC) if over else None
        return self if wake_at == self.wake_at else self.evolve(wake_at=wake_at)


def _place(reason: Reason) -> tuple[datetime, str, str]:
    """Where a reason stands among the others, whenever it was told."""
    return reason.at, reason.about, reason.what
