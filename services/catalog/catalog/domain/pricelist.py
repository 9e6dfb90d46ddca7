"""A price list (价格表): a supplier's ladders for the buyers it names, or for all of a level, while it lasts."""

from __future__ import annotations

from datetime import datetime

from catalog.domain.answers import Fault, done, refused
from catalog.domain.changes import Applied, conflict, is_applied, with_change
from catalog.domain.listing import ladder_fault
from catalog.domain.schedule import lasts, schedule_fault
from headwater.contracts.base import BuyerId, Message, PriceListId
from headwater.contracts.catalog import Level, PriceListSet, PriceListTerms, SetPriceList
from headwater.decision import Decision, State

ACCEPTS = (SetPriceList,)
TERMS = tuple(PriceListTerms.model_fields)


class PriceList(PriceListTerms, State):
    """What a supplier asks of some buyers."""

    pricelist_id: PriceListId
    changes: Applied = ()

    def holds_for(self, buyer_id: BuyerId, level: Level | None, now: datetime) -> bool:
        """Whether these are the buyer's prices at this time (UTC)."""
        meant = buyer_id in self.buyers or (level is not None and level == self.level)
        return meant and lasts(self.starts_at, self.ends_at, now)


def decide(known: PriceList | None, message: Message, now: datetime) -> Decision[PriceList]:
    """Make it, or replace it; the same change again changes nothing."""
    if not isinstance(message, SetPriceList):
        return Decision(known)
    changes = known.changes if known else ()
    if is_applied(changes, message):
        return Decision(known, done(message.pricelist_id, message))
    again = conflict(changes, message, f"price list {message.pricelist_id}")
    fault = again or _not_yours(known, message) or _fault(message)
    if fault is not None:
        return Decision(known, refused(message.pricelist_id, message, fault))
    terms = {name: getattr(message, name) for name in TERMS}
    event = PriceListSet(**terms, pricelist_id=message.pricelist_id)
    made = PriceList(**terms, pricelist_id=message.pricelist_id, changes=with_change(changes, message))
    return Decision(made, (event, *done(message.pricelist_id, message)))


def _not_yours(known: PriceList | None, message: SetPriceList) -> Fault | None:
    if known is None or known.supplier_id == message.supplier_id:
        return None
    return "not_your_price_list", f"Price list {known.pricelist_id} belongs to another supplier: choose another id."


def _fault(message: SetPriceList) -> Fault | None:
    if not message.buyers and message.level is None:
        return "for_nobody", f"Price list {message.pricelist_id} is for nobody: name buyers, or a level."
    seen = set()
    for ladder in message.ladders:
        if ladder.offer_id in seen:
            return "duplicate_offer", f"Offer {ladder.offer_id} stands twice in {message.pricelist_id}: once is all."
        seen.add(ladder.offer_id)
        fault = ladder_fault(ladder.price_ranges)
        if fault is not None:
            return fault[0], f"Offer {ladder.offer_id}: {fault[1]}"
    return schedule_fault(message.starts_at, message.ends_at)
