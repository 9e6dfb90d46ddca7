"""A buyer as the catalog knows it: which level it has."""

from __future__ import annotations

from datetime import datetime

from catalog.domain.answers import done, refused
from catalog.domain.changes import Applied, conflict, is_applied, with_change
from headwater.contracts.base import BuyerId, Message
from headwater.contracts.catalog import BuyerLevelSet, Level, SetBuyerLevel
from headwater.decision import Decision, State

ACCEPTS = (SetBuyerLevel,)


class Buyer(State):
    """What price lists may depend on."""

    buyer_id: BuyerId
    level: Level | None = None
    changes: Applied = ()


def decide(known: Buyer | None, message: Message, now: datetime) -> Decision[Buyer]:
    """Give it a level; the same change again changes nothing."""
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
    return Decision(changed, (BuyerLevelSet(buyer_id=buyer.buyer_id, level=message.level), *answer))
