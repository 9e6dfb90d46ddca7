"""A buyer's standing (买家等级, 诚信, 慷慨): the facts that it is made of, its level, and accounts that share one.

All of an account goes through one inbox: its facts, its links, and what linked accounts tell each other.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from headwater.contracts.base import BuyerId, Fen, Key, Message, OrderId, ReplyTo, ShortText, UtcTime, Value
from headwater.contracts.topics import BUYERSTANDING_EVENTS, BUYERSTANDING_INBOX

BuyerLevel = Literal["L1", "L2", "L3", "L4", "L5", "L6", "L7"]
LOWEST: BuyerLevel = "L1"
"""Everybody's level, whether anything is known of a buyer or not."""
Fact = Literal[
    "paid_in_time", "paid_late", "completed", "accepted", "expired_unpaid", "cancelled_held", "dispute_lost"
]  # fmt: skip
"""What an order may say of its buyer, each once. paid_late: in the last tenth of its payment window, so that goods were
held nearly all of it; accepted: by the buyer itself, before its supplier had to wait for the end of the acceptance
window; cancelled_held: after its goods were held for the buyer; dispute_lost: a ruling went against the buyer."""
LINK_CODE_S = 600
"""So many seconds a link code may be used, once."""
Month = Annotated[str, Field(min_length=1, max_length=7)]
"""A calendar month in UTC: 2026-11."""
Digest = Annotated[str, Field(min_length=32, max_length=32, pattern="^[0-9a-f]+$")]
"""Of a link code, in hex; whoever reads it cannot tell the code."""


class Tally(Value):
    """What the orders of one account said in one calendar month (UTC)."""

    month: Month
    counts: dict[Fact, int] = Field(default_factory=dict)
    """By fact, how many orders."""
    amount_fen: Annotated[int, Field(ge=0, strict=True)] = 0
    """What the completed ones came to."""


class Reckoned(Value):
    """The standing that follows from the tallies of an account, or of all accounts that are linked."""

    level: BuyerLevel = LOWEST
    integrity: int
    """诚信: whether it keeps its word, 0 to 1000."""
    generosity: int
    """慷慨: what it gives without having to, 0 to 1000."""
    counts: dict[Fact, int] = Field(default_factory=dict)
    amount_fen: Annotated[int, Field(ge=0, strict=True)] = 0


class CountFact(Message, to=BUYERSTANDING_INBOX, key="buyer_id"):
    """An order says something of its buyer. Each fact of an order counts once, the first time it is told."""

    buyer_id: BuyerId
    order_id: OrderId
    fact: Fact
    at: UtcTime | None = None
    """When it happened: in that month it counts. None: when this comes."""
    amount_fen: Fen = 0
    """Of a completed order, what it came to."""
    note: ShortText = ""
    reply_to: ReplyTo | None = None
    """Who is told `Done`, if anybody wants to know."""


# --- linking: by the people on both sides --------------------------------------------------------------------------


class AskLinkCode(Message, to=BUYERSTANDING_INBOX, key="account"):
    """`account` lets `other` link itself with it: by a code, once, within `LINK_CODE_S`. Answered by `Done`.

    A new code ends the one before. `Refused`: `own_account`, `already_linked` (then the account that it is linked with
    asks), `group_full`.
    """

    account: BuyerId
    other: BuyerId
    """The only account that may give the code."""
    digest: Digest
    change_id: Key
    reply_to: ReplyTo | None = None


class GiveLinkCode(Message, to=BUYERSTANDING_INBOX, key="account"):
    """`account` gives the code that `other` had asked for: from then on both share one standing. Answered by `Done`.

    `Refused`: `wrong_code` (wrong, used, expired, not for this account, or there is none), `own_account`,
    `already_linked`, `has_links` (then this account asks for the code), `group_full`, `crossed`, `link_undone`.
    """

    account: BuyerId
    other: BuyerId
    digest: Digest
    change_id: Key
    reply_to: ReplyTo | None = None


class UndoLink(Message, to=BUYERSTANDING_INBOX, key="account"):
    """`account` wants no link with `other` any longer. Answered by `Done` or `Refused` (`no_such_link`)."""

    account: BuyerId
    other: BuyerId
    change_id: Key
    reply_to: ReplyTo | None = None


# --- linking: between the accounts ---------------------------------------------------------------------------------


class JoinLink(Message, to=BUYERSTANDING_INBOX, key="host"):
    """`guest` gave a code of `host`. Answered by `LinkJoined` or `LinkRefused`."""

    host: BuyerId
    guest: BuyerId
    join_id: Key
    """Of this link; another one of the same accounts has another id."""
    digest: Digest
    turn: int
    tallies: tuple[Tally, ...]


class LinkJoined(Message, to=BUYERSTANDING_INBOX, key="guest"):
    """The code was right: the link holds."""

    guest: BuyerId
    host: BuyerId
    join_id: Key


class LinkRefused(Message, to=BUYERSTANDING_INBOX, key="guest"):
    """There is no link; `code` and `detail` say why, as in `Refused`."""

    guest: BuyerId
    host: BuyerId
    join_id: Key
    code: Annotated[str, Field(max_length=60)]
    detail: str


class ShareFacts(Message, to=BUYERSTANDING_INBOX, key="host"):
    """A guest's tallies are these from its `turn` on."""

    host: BuyerId
    guest: BuyerId
    join_id: Key
    turn: int
    """Of the guest; what comes with an older one is late."""
    tallies: tuple[Tally, ...]


class ShareStanding(Message, to=BUYERSTANDING_INBOX, key="guest"):
    """The standing of all accounts that are linked, from the host's `turn` on."""

    guest: BuyerId
    host: BuyerId
    join_id: Key
    turn: int
    shared: Reckoned
    members: tuple[BuyerId, ...]
    """All of them, the host first."""


class LeaveLink(Message, to=BUYERSTANDING_INBOX, key="host"):
    """A guest has undone its link."""

    host: BuyerId
    guest: BuyerId
    join_id: Key


class EndLink(Message, to=BUYERSTANDING_INBOX, key="guest"):
    """The host has undone a guest's link."""

    guest: BuyerId
    host: BuyerId
    join_id: Key


# --- what is told to anyone ----------------------------------------------------------------------------------------


class BuyerLevelChanged(Message, to=BUYERSTANDING_EVENTS, key="buyer_id"):
    """A buyer has earned another level, by its own orders or by those of accounts that it is linked with."""

    buyer_id: BuyerId
    level: BuyerLevel
    before: BuyerLevel
    turn: int
    """The buyer's levels are numbered: what comes with a lower number is late."""


class AccountsLinked(Message, to=BUYERSTANDING_EVENTS, key="buyer_id"):
    """Two accounts share one standing from now on."""

    buyer_id: BuyerId
    """The host: it asked for the code."""
    guest: BuyerId


class AccountsUnlinked(Message, to=BUYERSTANDING_EVENTS, key="buyer_id"):
    """They share it no longer."""

    buyer_id: BuyerId
    """The host."""
    guest: BuyerId
