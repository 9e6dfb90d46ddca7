"""A buyer as the catalog knows it: the level that the operator gave it, and the one that it earned by its orders.

The one that was given holds, whatever the other is; without one, the earned one; without that, the lowest.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from catalog.domain.answers import done, refused
from catalog.domain.changes import Applied, conflict, is_applied, with_change
from headwater.contracts.base import BuyerId, Message
from headwater.contracts.buyerstanding import LOWEST, BuyerLevelChanged
from headwater.contracts.catalog import BuyerLevelSet, Level, NoteEarnedLevel, SetBuyerLevel
from headwater.decision import Decision, State

ACCEPTS = (SetBuyerLevel, NoteEarnedLevel)


class Buyer(State):
    """What price lists may depend on."""

    buyer_id: BuyerId
    level: Level | None = None
    """That was given to it."""
    earned: Level | None = None
    earned_turn: int = 0
    changes: Applied = ()

    @property
    def holds(self) -> Level:
        """Its level, for whoever asks."""
        return self.level or self.earned or LOWEST


def decide(known: Buyer | None, message: Message, now: datetime) -> Decision[Buyer]:
    """It has another level; the same change again changes nothing."""
    if isinstance(message, NoteEarnedLevel):
        return earn(known, message)
    if not isinstance(message, SetBuyerLevel):
        return Decision(known)
    buyer = known or Buyer(buyer_id=message.buyer_id)
    answer = done(buyer.buyer_id, message)
    if is_applied(buyer.changes, message):
        return Decision(known, answer)
    fault = conflict(buyer.changes, message, f"buyer {buyer.buyer_id}")
    if fault is not None:
        return Decision(known, refused(buyer.buyer_id, message, fault))
    changed = buyer.evolve(level=message.level, changes=with_change(buyer.changes, message))
    if message.level == buyer.level:
        return Decision(changed, answer)
    return Decision(changed, (_told(changed), *answer))


def earn(known: Buyer | None, message: NoteEarnedLevel) -> Decision[Buyer]:
    """It has earned a level; what was given to it stays."""
    buyer = known or Buyer(buyer_id=message.buyer_id)
    if message.turn <= buyer.earned_turn:
        return Decision(known)
    changed = buyer.evolve(earned=message.level, earned_turn=message.turn)
    return Decision(changed, (_told(changed),))


def earned(message: BuyerLevelChanged, now: datetime) -> Iterator[NoteEarnedLevel]:
    """What the catalog notes when a buyer has earned another level."""
    yield NoteEarnedLevel(buyer_id=message.buyer_id, level=message.level, turn=message.turn)


def _told(buyer: Buyer) -> BuyerLevelSet:
    return BuyerLevelSet(buyer_id=buyer.buyer_id, level=buyer.holds, earned=buyer.earned)
