"""An offer (货源): goods of one supplier in colour x size SKUs, with a ladder of prices. Listed or delisted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import pairwise
from typing import Literal

from headwater.contracts.base import Currency, Done, Message, OfferId, Refused, Sent, SupplierId
from headwater.contracts.catalog import (
    ChangePrices,
    DelistOffer,
    ListOffer,
    OfferDelisted,
    OfferListed,
    PriceRange,
    PricesChanged,
    Sku,
)
from headwater.decision import Decision, State

ACCEPTS = (ListOffer, ChangePrices, DelistOffer)
CHANGES_KEPT = 64
"""The changes that an offer remembers; a change is repeated within minutes, not after so many others."""
LONG_AGO = datetime.fromtimestamp(0, UTC)

Fault = tuple[str, str]
Command = ListOffer | ChangePrices | DelistOffer


class Offer(State):
    """What is offered, at which prices."""

    offer_id: OfferId
    supplier_id: SupplierId
    subject: str
    subject_zh: str
    currency: Currency
    min_order_quantity: int
    price_ranges: tuple[PriceRange, ...]
    skus: tuple[Sku, ...]
    status: Literal["listed", "delisted"] = "listed"
    delisted_because: str | None = None
    first_listed_at: datetime = LONG_AGO
    """UTC, by the broker's clock. It decides whose a SKU is that stands in several offers."""
    changes: tuple[str, ...] = ()
    """The ids of the changes that were applied, each with a digest of what it asked for; the newest last."""


def decide(offer: Offer | None, message: Message, now: datetime) -> Decision[Offer]:
    """The outcome of one message for one offer."""
    match message:
        case ListOffer() | ChangePrices() | DelistOffer() if offer is not None and (before := _before(offer, message)):
            return repeated(offer, message, before)
        case ListOffer():
            return list_offer(offer, message, now)
        case ChangePrices():
            return change_prices(offer, message)
        case DelistOffer():
            return delist(offer, message)
        case _:
            return Decision(offer)


def repeated(offer: Offer, message: Command, before: str) -> Decision[Offer]:
    """A change whose id was applied before: done, if it asks for the same."""
    if before == _mark(message):
        return Decision(offer, _done(message))
    detail = f"Change {message.change_id} asked offer {offer.offer_id} for something else: give a new one a new id."
    return Decision(offer, _refuse(message, ("idempotency_conflict", detail)))


def list_offer(offer: Offer | None, message: ListOffer, now: datetime) -> Decision[Offer]:
    """Put it on the shelf (上架)."""
    fault = _why_not_listed(offer, message)
    if fault is not None:
        return Decision(offer, _refuse(message, fault))
    if offer is not None and offer.status == "listed":
        return Decision(_remember(offer, message), _done(message))
    listed = Offer(
        offer_id=message.offer_id, supplier_id=message.supplier_id, subject=message.subject,
        subject_zh=message.subject_zh, currency=message.currency, min_order_quantity=message.min_order_quantity,
        price_ranges=message.price_ranges, skus=message.skus,
        first_listed_at=offer.first_listed_at if offer else now, changes=offer.changes if offer else (),
    )  # fmt: skip
    event = OfferListed(
        offer_id=listed.offer_id, supplier_id=listed.supplier_id, subject=listed.subject,
        subject_zh=listed.subject_zh, currency=listed.currency, min_order_quantity=listed.min_order_quantity,
        price_ranges=listed.price_ranges, skus=listed.skus,
    )  # fmt: skip
    return Decision(_remember(listed, message), (event, *_done(message)))


def change_prices(offer: Offer | None, message: ChangePrices) -> Decision[Offer]:
    """New prices from now on; orders that were quoted before keep theirs."""
    if offer is None:
        return Decision(None, _refuse(message, _unknown(message.offer_id)))
    fault = ladder_fault(message.price_ranges, offer.min_order_quantity)
    if fault is not None:
        return Decision(offer, _refuse(message, fault))
    event = PricesChanged(offer_id=offer.offer_id, price_ranges=message.price_ranges)
    changed = offer.evolve(price_ranges=message.price_ranges)
    return Decision(_remember(changed, message), (event, *_done(message)))


def delist(offer: Offer | None, message: DelistOffer) -> Decision[Offer]:
    """Take it off the shelf (下架)."""
    if offer is None:
        return Decision(None, _refuse(message, _unknown(message.offer_id)))
    if offer.status == "delisted":
        return Decision(_remember(offer, message), _done(message))
    event = OfferDelisted(offer_id=offer.offer_id, reason=message.reason)
    delisted = offer.evolve(status="delisted", delisted_because=message.reason)
    return Decision(_remember(delisted, message), (event, *_done(message)))


def _before(offer: Offer, message: Command) -> str | None:
    """What the offer remembers of the message's id; None if it has none, or a new one."""
    if message.change_id is None:
        return None
    start = f"{message.change_id}="
    return next((change for change in offer.changes if change.startswith(start)), None)


def _remember(offer: Offer, message: Command) -> Offer:
    """That this change is applied, even one that changed nothing: it must not do so later."""
    if message.change_id is None:
        return offer
    return offer.evolve(changes=(*offer.changes[-CHANGES_KEPT + 1 :], _mark(message)))


def _mark(message: Command) -> str:
    # No field that a newer sender may add: what is asked for stays the same without it.
    asked = message.model_dump_json(exclude={"change_id", "reply_to"}, exclude_none=True)
    return f"{message.change_id}={blake2b(asked.encode(), digest_size=8).hexdigest()}"


def _why_not_listed(offer: Offer | None, message: ListOffer) -> Fault | None:
    if offer is not None and offer.supplier_id != message.supplier_id:
        return "not_your_offer", f"Offer {offer.offer_id} belongs to another supplier: choose another offer_id."
    if offer is not None and offer.status == "listed" and not _same(offer, message):
        return "already_listed", (
            f"Offer {offer.offer_id} is listed with other contents: change its prices by ChangePrices, "
            "or delist it and list it anew."
        )
    ids = [sku.sku_id for sku in message.skus]
    if len(set(ids)) < len(ids):
        twice = next(id for id in ids if ids.count(id) > 1)
        return "duplicate_sku", f"SKU {twice} is there twice: each colour and size is one SKU."
    grid = [(sku.colour, sku.size) for sku in message.skus]
    if len(set(grid)) < len(grid):
        colour, size = next(cell for cell in grid if grid.count(cell) > 1)
        return "duplicate_sku", f"{colour} in {size} is there twice: each colour and size is one SKU."
    return ladder_fault(message.price_ranges, message.min_order_quantity)


def _same(offer: Offer, message: ListOffer) -> bool:
    names = ("subject", "subject_zh", "currency", "min_order_quantity", "price_ranges", "skus")
    return all(getattr(offer, name) == getattr(message, name) for name in names)


def ladder_fault(ranges: Sequence[PriceRange], least: int) -> Fault | None:
    """What is wrong with a ladder of prices; None if it begins at the minimum and a larger quantity is never dearer."""
    first = ranges[0].start_quantity
    if first != least:
        return "bad_price_ranges", f"The first range starts at {first} pieces; it must start at the minimum, {least}."
    for lower, upper in pairwise(ranges):
        if upper.start_quantity <= lower.start_quantity:
            return "bad_price_ranges", (
                f"The range from {upper.start_quantity} pieces follows the one from {lower.start_quantity}: "
                "sort them by start_quantity, each once."
            )
        if upper.price_fen > lower.price_fen:
            return "bad_price_ranges", (
                f"From {upper.start_quantity} pieces a piece costs {upper.price_fen} fen, more than "
                f"{lower.price_fen} fen below: a larger quantity is never dearer."
            )
    return None


def _unknown(offer_id: OfferId) -> Fault:
    return "no_such_offer", f"There is no offer {offer_id}; GET /v1/offers lists all."


def _refuse(message: Command, fault: Fault) -> tuple[Sent, ...]:
    if message.reply_to is None:
        return ()
    return (Sent(to=message.reply_to, message=Refused(id=message.offer_id, code=fault[0], detail=fault[1])),)


def _done(message: Command) -> tuple[Sent, ...]:
    return (Sent(to=message.reply_to, message=Done(id=message.offer_id)),) if message.reply_to else ()
