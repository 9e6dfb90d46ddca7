"""A co-distributed offer (分销): a leader's goods in another seller's shop, with a margin. What it shows and costs is
made of the leader's offer when it is read (`codistribution.py`): there is one description and one stock."""

from __future__ import annotations

from datetime import datetime

from catalog.domain.answers import Fault, done, refused
from catalog.domain.changes import Applied, conflict, is_applied, with_change
from headwater.contracts.base import Message, OfferId, SupplierId
from headwater.contracts.distribution import (
    CodistributionEnded,
    EndDistribution,
    Margin,
    OfferCodistributed,
    PutDistribution,
)
from headwater.decision import Decision, State

ACCEPTS = (PutDistribution, EndDistribution)


class Distribution(State):
    """Who sells whose offer, from which pallet, with which margin."""

    offer_id: OfferId
    supplier_id: SupplierId
    """The seller."""
    pallet_id: str
    leader_id: SupplierId
    leader_offer_id: OfferId
    margin: Margin
    ended_because: str | None = None
    """None while it is in the shop."""
    changes: Applied = ()


SAID = tuple(OfferCodistributed.model_fields)


def decide(distribution: Distribution | None, message: Message, now: datetime) -> Decision[Distribution]:
    """The outcome of one message for one co-distributed offer."""
    if not isinstance(message, ACCEPTS):
        return Decision(distribution)
    id, changes = message.offer_id, distribution.changes if distribution is not None else ()
    fault = _not_yours(distribution, message) or conflict(changes, message, f"offer {id}")
    if fault is not None:
        return Decision(distribution, refused(id, message, fault))
    if is_applied(changes, message):
        return Decision(distribution, done(id, message))
    match message:
        case PutDistribution():
            return put(changes, message)
        case EndDistribution():
            return end(distribution, message)


def put(changes: Applied, message: PutDistribution) -> Decision[Distribution]:
    """Put it into the shop, or give it another margin or other goods."""
    said = {name: getattr(message, name) for name in SAID}
    changed = Distribution(**said, changes=with_change(changes, message))
    return Decision(changed, (OfferCodistributed(**said), *done(message.offer_id, message)))


def end(distribution: Distribution | None, message: EndDistribution) -> Decision[Distribution]:
    """Take it out of the shop."""
    id = message.offer_id
    if distribution is None:
        detail = f"There is no co-distributed offer {id}; ListDistributions gives all."
        return Decision(None, refused(id, message, ("no_such_offer", detail)))
    changed = distribution.evolve(changes=with_change(distribution.changes, message))
    if distribution.ended_because is not None:
        return Decision(changed, done(id, message))
    event = CodistributionEnded(offer_id=id, supplier_id=message.supplier_id, reason=message.reason)
    return Decision(changed.evolve(ended_because=message.reason), (event, *done(id, message)))


def _not_yours(distribution: Distribution | None, message: PutDistribution | EndDistribution) -> Fault | None:
    if distribution is None or distribution.supplier_id == message.supplier_id:
        return None
    return "not_your_offer", f"Offer {message.offer_id} belongs to another seller: choose another offer_id."
