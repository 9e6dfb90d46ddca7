"""An offer while its supplier is suspended: taken off the shelf once, and put back if it was on it. Pure.

What the shelf says is ordered by its `turn`, so that a message which comes twice or late changes nothing. A held offer
cannot be listed by its supplier, but taken off for good: then the end of the suspension does not bring it back.
"""

from __future__ import annotations

from datetime import datetime

from catalog.domain import offer as offers
from catalog.domain.answers import refused
from catalog.domain.changes import CHANGES_KEPT
from catalog.domain.offer import CONTENTS, Hold, Offer, PastChange, What
from headwater.contracts.base import Message
from headwater.contracts.catalog import DelistOffer, ListDraft, ListOffer, OfferDelisted, OfferListed
from headwater.contracts.governance import HoldOffer, ReleaseOffer
from headwater.decision import Decision

ACCEPTS = (*offers.ACCEPTS, HoldOffer, ReleaseOffer)


def decide(offer: Offer | None, message: Message, now: datetime) -> Decision[Offer]:
    """The outcome of one message for one offer, be its supplier suspended or not."""
    match message:
        case HoldOffer() if offer is not None and _turn(offer) < message.turn:
            return hold(offer, message, now)
        case ReleaseOffer() if offer is not None and _turn(offer) < message.turn:
            return release(offer, message, now)
        case HoldOffer() | ReleaseOffer():
            return Decision(offer)
    decision = offers.decide(offer, message, now)
    if offer is None or offer.hold is None or offer.hold.reason is None:
        return decision
    return _while_held(offer, offer.hold, message, decision, now)


def hold(offer: Offer, message: HoldOffer, now: datetime) -> Decision[Offer]:
    """Take it off the shelf, if it is on it; held already, it has another reason from now on."""
    was_listed = offer.status == "listed" or (offer.hold is not None and offer.hold.was_listed)
    held = offer.evolve(hold=Hold(turn=message.turn, reason=message.reason, was_listed=was_listed))
    because = f"its supplier is suspended ({message.reason}); GET /v1/offers/{offer.offer_id}/replacements shows others"
    if not was_listed or offer.delisted_because == because:
        return Decision(held)
    delisted = _noted(held.evolve(status="delisted", delisted_because=because), now, "delisted", because)
    return Decision(delisted, (OfferDelisted(offer_id=offer.offer_id, reason=because),))


def release(offer: Offer, message: ReleaseOffer, now: datetime) -> Decision[Offer]:
    """Put it back on the shelf, if the suspension took it off."""
    released = offer.evolve(hold=Hold(turn=message.turn))
    if offer.hold is None or not offer.hold.was_listed:
        return Decision(released)
    listed = released.evolve(status="listed", delisted_because=None)
    contents = {name: getattr(listed, name) for name in CONTENTS}
    event = OfferListed(**contents, offer_id=listed.offer_id, supplier_id=listed.supplier_id)
    return Decision(_noted(listed, now, "listed", "its supplier's suspension is over"), (event,))


def _while_held(
    offer: Offer, hold: Hold, message: Message, decision: Decision[Offer], now: datetime
) -> Decision[Offer]:
    """What a supplier's own command comes to while its shelf is closed."""
    after = decision.state
    if isinstance(message, ListOffer | ListDraft) and after is not None and after.status == "listed":
        detail = f"Offer {offer.offer_id} cannot be listed: its supplier is suspended ({hold.reason})."
        return Decision(offer, refused(offer.offer_id, message, ("supplier_suspended", detail)))
    if isinstance(message, DelistOffer) and after is not None and hold.was_listed:
        repeated = message.change_id is not None and after is offer
        if not repeated:
            return _taken_off(after, hold, message, decision, now)
    return decision


def _taken_off(
    after: Offer, hold: Hold, message: DelistOffer, decision: Decision[Offer], now: datetime
) -> Decision[Offer]:
    """Held, and now off the shelf for its supplier's own reason: the end of the suspension leaves it there."""
    off = after.evolve(hold=hold.model_copy(update={"was_listed": False}), delisted_because=message.reason)
    event = OfferDelisted(offer_id=off.offer_id, reason=message.reason)
    return Decision(_noted(off, now, "delisted", message.reason), (event, *decision.messages))


def _turn(offer: Offer) -> int:
    return offer.hold.turn if offer.hold is not None else 0


def _noted(offer: Offer, now: datetime, what: What, note: str) -> Offer:
    past = PastChange(at=now, what=what, note=note)
    return offer.evolve(history=(*offer.history[-CHANGES_KEPT + 1 :], past))
