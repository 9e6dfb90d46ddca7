"""A supplier's shelf: which offers it ever listed, and whether they may be on sale. It reaches them all, page by page.

The rules of an offer see that offer only, and those of a standing no offer at all; the shelf knows both. Closed, it
holds every offer of the supplier, also one that is listed meanwhile; opened, it releases them (`holding.py` says what
either does to an offer). Offers lie on a fixed number of pages by a digest of their ids, each page a part. A **sweep**
goes over them one page a message, so that no batch carries more than a page, however many offers there are; a sweep
that a later turn has overtaken ends where it is.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b

from pydantic import Field

from headwater.contracts.base import Message, OfferId, SupplierId
from headwater.contracts.catalog import OfferListed, OfferRevised
from headwater.contracts.governance import HoldOffer, ReleaseOffer, SetShelf, ShelveOffer, SweepPage
from headwater.decision import Decision, Part, State

ACCEPTS = (SetShelf, ShelveOffer, SweepPage)
PAGES = 64
"""A page of a supplier with 100,000 offers has some 1,600; for good, since it decides where an offer is found."""


class Page(Part):
    """Some offers of the supplier."""

    offers: tuple[OfferId, ...] = ()


class Shelf(State):
    """Whether a supplier's offers may be on sale."""

    supplier_id: SupplierId
    turn: int = 0
    """The last that its standing said."""
    closed_because: str | None = None
    """None: it is open."""
    used: tuple[int, ...] = ()
    """The pages that have an offer, ascending."""
    pages: dict[str, Page] = Field(default_factory=dict)


def touched_pages(message: Message) -> tuple[str, ...]:
    """The page that a message is about."""
    match message:
        case ShelveOffer():
            return (key_of(page_of(message.offer_id)),)
        case SweepPage():
            return (key_of(message.page),)
        case _:
            return ()


def page_of(offer_id: OfferId) -> int:
    """The page that an offer lies on."""
    return blake2b(offer_id.encode(), digest_size=1).digest()[0] % PAGES


def key_of(page: int) -> str:
    """The key of a page."""
    return f"{page:02d}"


def shelved(message: OfferListed | OfferRevised, now: datetime) -> tuple[ShelveOffer, ...]:
    """An offer that is, or was, listed is on its supplier's shelf."""
    return (ShelveOffer(supplier_id=message.supplier_id, offer_id=message.offer_id),)


def decide(shelf: Shelf | None, message: Message, now: datetime) -> Decision[Shelf]:
    """The outcome of one message for one supplier's shelf."""
    match message:
        case SetShelf():
            return turn(shelf or Shelf(supplier_id=message.supplier_id), message)
        case ShelveOffer():
            return shelve(shelf or Shelf(supplier_id=message.supplier_id), message)
        case SweepPage() if shelf is not None and message.turn == shelf.turn:
            return sweep(shelf, message)
        case _:
            return Decision(shelf)


def turn(shelf: Shelf, message: SetShelf) -> Decision[Shelf]:
    """Close or open it, and begin to tell the offers."""
    if message.turn <= shelf.turn:
        return Decision(shelf)
    turned = shelf.evolve(turn=message.turn, closed_because=message.closed_because)
    return Decision(turned, _next(turned, -1))


def shelve(shelf: Shelf, message: ShelveOffer) -> Decision[Shelf]:
    """Put an offer on its page; on a closed shelf it is held at once, wherever a sweep is."""
    held = (_hold(shelf, message.offer_id),) if shelf.closed_because is not None else ()
    number = page_of(message.offer_id)
    page = shelf.pages.get(key_of(number), Page())
    if message.offer_id in page.offers:
        return Decision(shelf, held)
    longer = Page(offers=(*page.offers, message.offer_id))
    used = tuple(sorted({*shelf.used, number}))
    return Decision(shelf.evolve(used=used, pages={**shelf.pages, key_of(number): longer}), held)


def sweep(shelf: Shelf, message: SweepPage) -> Decision[Shelf]:
    """Tell the offers of one page what holds, and go on."""
    page = shelf.pages.get(key_of(message.page), Page())
    told: tuple[Message, ...]
    if shelf.closed_because is not None:
        told = tuple(_hold(shelf, id) for id in page.offers)
    else:
        told = tuple(ReleaseOffer(offer_id=id, turn=shelf.turn) for id in page.offers)
    return Decision(shelf, (*told, *_next(shelf, message.page)))


def _next(shelf: Shelf, after: int) -> tuple[SweepPage, ...]:
    page = next((page for page in shelf.used if page > after), None)
    return () if page is None else (SweepPage(supplier_id=shelf.supplier_id, turn=shelf.turn, page=page),)


def _hold(shelf: Shelf, offer_id: OfferId) -> HoldOffer:
    assert shelf.closed_because is not None
    return HoldOffer(offer_id=offer_id, turn=shelf.turn, reason=shelf.closed_because)
