"""An offer (货源): goods of one supplier in colour x size SKUs, with a ladder of prices. Draft, listed or delisted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from catalog.domain.answers import Fault, done, refused
from catalog.domain.changes import CHANGES_KEPT, Applied, conflict, is_applied, with_change
from catalog.domain.listing import fault_in
from headwater.contracts.base import Message, OfferId, Sent, SupplierId, Value
from headwater.contracts.catalog import (
    ChangePrices,
    DelistOffer,
    ListDraft,
    ListOffer,
    OfferContents,
    OfferDelisted,
    OfferDrafted,
    OfferListed,
    OfferRevised,
    PricesChanged,
    ReviseOffer,
    SaveDraft,
)
from headwater.decision import Decision, State

Command = ListOffer | SaveDraft | ListDraft | ReviseOffer | ChangePrices | DelistOffer
ACCEPTS = (ListOffer, SaveDraft, ListDraft, ReviseOffer, ChangePrices, DelistOffer)
LONG_AGO = datetime.fromtimestamp(0, UTC)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
CONTENTS = tuple(OfferContents.model_fields)
What = Literal["drafted", "listed", "revised", "repriced", "delisted"]


class PastChange(Value):
    """A line of an offer's history. `note` says for people what was changed, or why."""

    at: datetime
    what: What
    note: str = ""


class Hold(Value):
    """What the supplier's shelf said last (`catalog/domain/holding.py`)."""

    turn: int
    reason: str | None = None
    """Why the supplier is suspended; None: it no longer is."""
    was_listed: bool = False
    """Whether the suspension took the offer off the shelf, so that its end puts it back."""


class Offer(OfferContents, State):
    """What is offered, at which prices."""

    offer_id: OfferId
    supplier_id: SupplierId
    status: Literal["draft", "listed", "delisted"] = "listed"
    delisted_because: str | None = None
    first_listed_at: datetime = LONG_AGO
    """UTC, by the broker's clock; `NEVER` for a draft. It decides whose a SKU is that stands in several offers."""
    history: tuple[PastChange, ...] = ()
    """The newest last, at most `CHANGES_KEPT`."""
    changes: Applied = ()
    hold: Hold | None = None
    """None: its supplier was never suspended."""


def decide(offer: Offer | None, message: Message, now: datetime) -> Decision[Offer]:
    """The outcome of one message for one offer."""
    if not isinstance(message, ACCEPTS):
        return Decision(offer)
    if offer is not None and is_applied(offer.changes, message):
        return Decision(offer, _done(message))
    if offer is not None and (fault := conflict(offer.changes, message, f"offer {offer.offer_id}")):
        return _refuse(offer, message, fault)
    match message:
        case ListOffer():
            return list_offer(offer, message, now)
        case SaveDraft():
            return save_draft(offer, message, now)
    if offer is None:
        return _refuse(None, message, ("no_such_offer", f"There is no offer {message.offer_id}; see GET /v1/offers."))
    match message:
        case ListDraft():
            return list_draft(offer, message, now)
        case _ if offer.status == "draft":
            return _refuse(
                offer, message, ("is_a_draft", f"Offer {offer.offer_id} is a draft: save it anew or list it.")
            )
        case ReviseOffer():
            return revise(offer, message, now)
        case ChangePrices():
            return change_prices(offer, message, now)
        case DelistOffer():
            return delist(offer, message, now)


def list_offer(offer: Offer | None, message: ListOffer, now: datetime) -> Decision[Offer]:
    """Put it on the shelf (上架)."""
    fault = _not_yours(offer, message) or _other_listed(offer, message) or fault_in(message)
    if fault is not None:
        return _refuse(offer, message, fault)
    if offer is not None and offer.status == "listed":
        return Decision(_remember(offer, message), _done(message))
    return _listed(_made(offer, message), message, now)


def save_draft(offer: Offer | None, message: SaveDraft, now: datetime) -> Decision[Offer]:
    """Keep it for later (草稿): a person looks at it before it is listed."""
    fault = _not_yours(offer, message)
    if fault is None and offer is not None and offer.status != "draft":
        fault = ("already_listed", f"Offer {offer.offer_id} is {offer.status}, no draft: revise it instead.")
    if fault is not None:
        return _refuse(offer, message, fault)
    draft = _made(offer, message)
    event = OfferDrafted(**_contents(draft), offer_id=draft.offer_id, supplier_id=draft.supplier_id)
    return Decision(_noted(draft, message, now, "drafted"), (event, *_done(message)))


def list_draft(offer: Offer, message: ListDraft, now: datetime) -> Decision[Offer]:
    """Put a draft on the shelf, if nothing is missing in it."""
    if offer.status != "draft":
        return _refuse(offer, message, ("not_a_draft", f"Offer {offer.offer_id} is {offer.status} already, no draft."))
    fault = fault_in(offer)
    if fault is not None:
        return _refuse(offer, message, fault)
    return _listed(offer, message, now)


def revise(offer: Offer, message: ReviseOffer, now: datetime) -> Decision[Offer]:
    """Say all anew, on the shelf or off it. Orders that were quoted before keep what they were told."""
    fault = fault_in(message)
    if fault is not None:
        return _refuse(offer, message, fault)
    differing = [name for name in CONTENTS if getattr(offer, name) != getattr(message, name)]
    if not differing:
        return Decision(_remember(offer, message), _done(message))
    revised = offer.evolve(**_contents(message))
    assert revised.status != "draft"
    event = OfferRevised(
        **_contents(revised), offer_id=revised.offer_id, supplier_id=revised.supplier_id, status=revised.status
    )
    return Decision(_noted(revised, message, now, "revised", ", ".join(differing)), (event, *_done(message)))


def change_prices(offer: Offer, message: ChangePrices, now: datetime) -> Decision[Offer]:
    """New prices from now on; orders that were quoted before keep theirs."""
    changed = offer.evolve(price_ranges=message.price_ranges)
    fault = fault_in(changed)
    if fault is not None:
        return _refuse(offer, message, fault)
    event = PricesChanged(offer_id=offer.offer_id, price_ranges=message.price_ranges)
    return Decision(_noted(changed, message, now, "repriced"), (event, *_done(message)))


def delist(offer: Offer, message: DelistOffer, now: datetime) -> Decision[Offer]:
    """Take it off the shelf (下架)."""
    if offer.status == "delisted":
        return Decision(_remember(offer, message), _done(message))
    event = OfferDelisted(offer_id=offer.offer_id, reason=message.reason)
    delisted = offer.evolve(status="delisted", delisted_because=message.reason)
    return Decision(_noted(delisted, message, now, "delisted", message.reason), (event, *_done(message)))


def _made(offer: Offer | None, message: ListOffer | SaveDraft) -> Offer:
    """The offer with these contents, not on the shelf yet."""
    said = {**_contents(message), "status": "draft", "delisted_because": None}
    if offer is not None:
        return offer.evolve(**said)
    return Offer(**said, offer_id=message.offer_id, supplier_id=message.supplier_id, first_listed_at=NEVER)


def _listed(offer: Offer, command: ListOffer | ListDraft, now: datetime) -> Decision[Offer]:
    """The offer, on the shelf."""
    first = now if offer.first_listed_at == NEVER else offer.first_listed_at
    listed = offer.evolve(status="listed", delisted_because=None, first_listed_at=first)
    event = OfferListed(**_contents(listed), offer_id=listed.offer_id, supplier_id=listed.supplier_id)
    return Decision(_noted(listed, command, now, "listed"), (event, *_done(command)))


def _contents(of: OfferContents) -> dict[str, Any]:
    return {name: getattr(of, name) for name in CONTENTS}


def _remember(offer: Offer, message: Command) -> Offer:
    changes = with_change(offer.changes, message)
    return offer if changes is offer.changes else offer.evolve(changes=changes)


def _noted(offer: Offer, message: Command, now: datetime, what: What, note: str = "") -> Offer:
    """With this change in its history."""
    past = PastChange(at=now, what=what, note=note)
    return _remember(offer.evolve(history=(*offer.history[-CHANGES_KEPT + 1 :], past)), message)


def _not_yours(offer: Offer | None, message: ListOffer | SaveDraft) -> Fault | None:
    if offer is None or offer.supplier_id == message.supplier_id:
        return None
    return "not_your_offer", f"Offer {offer.offer_id} belongs to another supplier: choose another offer_id."


def _other_listed(offer: Offer | None, message: ListOffer) -> Fault | None:
    if offer is None or offer.status != "listed" or _contents(offer) == _contents(message):
        return None
    return "already_listed", f"Offer {offer.offer_id} is listed with other contents: change them by ReviseOffer."


def _refuse(offer: Offer | None, message: Command, fault: Fault) -> Decision[Offer]:
    return Decision(offer, refused(message.offer_id, message, fault))


def _done(message: Command) -> tuple[Sent, ...]:
    return done(message.offer_id, message)
