"""All that was found in a description, together."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.listing.attributes import Property, attributes_in
from catalog.listing.category import category_of
from catalog.listing.colours import colours_in
from catalog.listing.conditions import free_shipping, mixed_batch, sample_price
from catalog.listing.description import Description
from catalog.listing.found import Found, Note
from catalog.listing.ladders import begun_by, terms_in
from catalog.listing.packaging import packaging_of
from catalog.listing.pictures import colours_of
from catalog.listing.sizes import sizes_in
from headwater.contracts.catalog import Packaging, PriceRange


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a draft may say, each part with why; None or empty where nothing was found."""

    category: Found[str] | None = None
    colours: tuple[Found[str], ...] = ()
    sizes: tuple[Found[str], ...] = ()
    attributes: tuple[Found[Property], ...] = ()
    packaging: Found[Packaging] | None = None
    price_ranges: Found[tuple[PriceRange, ...]] | None = None
    minimum: Found[int] | None = None
    multiple: Found[int] | None = None
    sample_price_fen: Found[int] | None = None
    free_shipping: Found[bool] | None = None
    mixed_batch: Found[bool] | None = None
    notes: tuple[Note, ...] = ()
    extractor: str = "local"
    """Who proposes it: local, or endpoint."""
    fell_back: str = ""
    """Why the configured endpoint does not; empty when it does, or none is configured."""


def proposed(description: Description) -> Proposal:
    """What the description itself says, by our dictionaries and rules. Pure."""
    category = category_of(description)
    terms = begun_by(terms_in(description.title, "title"), terms_in(description.text))
    return Proposal(
        category=category,
        colours=colours_in(description) or colours_of(description.pictures),
        sizes=sizes_in(description),
        attributes=attributes_in(description),
        packaging=packaging_of(description, category.value if category else None),
        price_ranges=terms.ranges,
        minimum=terms.minimum,
        multiple=terms.multiple,
        sample_price_fen=sample_price(description),
        free_shipping=free_shipping(description),
        mixed_batch=mixed_batch(description),
        notes=terms.notes,
    )
