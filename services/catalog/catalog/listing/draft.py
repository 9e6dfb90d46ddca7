"""The draft that a proposal makes: all of `SaveDraft` but whose it is and what it is called by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b
from itertools import product

from catalog.listing.description import Description
from catalog.listing.found import Found, Note, T
from catalog.listing.proposal import Proposal
from catalog.search.words import HAN
from headwater.contracts.base import SkuId
from headwater.contracts.catalog import Attribute, OfferContents, Sku

MOST_SKUS, MOST_ATTRIBUTES = 200, 50
MARK = 8
"""Hex digits by which the SKU ids of one description differ from another's."""


def draft_of(description: Description, proposal: Proposal, supplier_id: str = "") -> OfferContents:
    """What `POST /v1/drafts` takes; the same description of the same supplier makes the same draft."""
    chinese = HAN.search(description.title) is not None
    attributes = [Attribute(name=one.value[0], value=one.value[1]) for one in proposal.attributes[:MOST_ATTRIBUTES]]
    return OfferContents(
        subject="" if chinese else description.title, subject_zh=description.title if chinese else "", currency="CNY",
        min_order_quantity=_or(proposal.minimum, 1), price_ranges=_or(proposal.price_ranges, ()),
        skus=_grid(description, proposal, supplier_id), order_multiple=_or(proposal.multiple, 1),
        sample_price_fen=proposal.sample_price_fen.value if proposal.sample_price_fen else None,
        mixed_batch=_or(proposal.mixed_batch, False), free_shipping=_or(proposal.free_shipping, False),
        category=proposal.category.value if proposal.category else None, attributes=tuple(attributes),
        description=description.text, pictures=description.pictures,
        packaging=proposal.packaging.value if proposal.packaging else None,
    )  # fmt: skip


def shortcomings(description: Description, proposal: Proposal) -> list[Note]:
    """What the supplier must add before the draft can be listed, or should look at."""
    notes = list(proposal.notes)
    if proposal.category is None:
        notes.append(Note("no_category", "Nothing says what it is: choose one of GET /v1/categories."))
    if proposal.price_ranges is None:
        notes.append(Note("no_prices", "No price is said, and no similar offer has one: give price_ranges."))
    if not proposal.colours and not proposal.sizes:
        notes.append(Note("one_sku", "Neither colours nor sizes are said: there is one SKU without either."))
    if len(proposal.colours) * len(proposal.sizes) > MOST_SKUS:
        asked = f"{len(proposal.colours)} colours in {len(proposal.sizes)} sizes"
        detail = f"{asked} are more than {MOST_SKUS} SKUs: the last colours are left out."
        notes.append(Note("too_many_skus", detail))
    language = "English" if HAN.search(description.title) else "Chinese"
    notes.append(Note("one_language", f"It has no {language} subject: give one, and more buyers find it."))
    return notes


def _grid(description: Description, proposal: Proposal, supplier_id: str) -> tuple[Sku, ...]:
    colours = [one.value for one in proposal.colours] or [""]
    sizes = [one.value for one in proposal.sizes][:MOST_SKUS] or [""]
    mark = blake2b(
        f"{supplier_id}\0{description.title}\0{description.text}".encode(), digest_size=MARK // 2
    ).hexdigest()
    fitting = colours[: max(1, MOST_SKUS // len(sizes))]
    named = zip(_slugs(fitting), fitting, strict=True), zip(_slugs(sizes), sizes, strict=True)
    return tuple(
        Sku(sku_id=SkuId("-".join(filter(None, (mark, slug, slug_of_size)))), colour=colour, size=size)
        for (slug, colour), (slug_of_size, size) in product(*map(list, named))
    )


def _slugs(names: Sequence[str]) -> list[str]:
    """A part of an id for each; by its number what has no letters, or the letters of another."""
    slugs: list[str] = []
    for number, name in enumerate(names, 1):
        slug = re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")[:30] if name.isascii() else ""
        slugs.append(slug if (slug and slug not in slugs) or not name else f"{slug[:24]}{number}")
    return slugs


def _or(found: Found[T] | None, otherwise: T) -> T:
    return found.value if found is not None else otherwise
