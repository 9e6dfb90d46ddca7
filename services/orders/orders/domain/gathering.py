"""From agreed terms to a pool: a design gathers demand before anybody makes it (数字商品预售).

The buyer of an inquiry need not order the agreed minimum alone: a pool opens at exactly the terms that bind the
factory, with that minimum as its target, and whoever joins wants a part of it.
"""

from __future__ import annotations

from datetime import datetime

from headwater.contracts.base import SupplierId
from headwater.contracts.catalog import PriceRange
from headwater.contracts.inquiries import Terms
from headwater.contracts.orders import MadeToOrder
from headwater.contracts.pools import Design, GatherUnderInquiry, OpenPool
from orders.domain.inquiry_state import Change, Entry, Inquiry, Refusal
from orders.domain.iteration import LONGEST


def gather(inquiry: Inquiry, message: GatherUnderInquiry, now: datetime) -> Change | Refusal:
    """Open a pool at the terms that bind, or why there is none."""
    id = inquiry.inquiry_id
    if inquiry.status not in ("agreed", "revising") or inquiry.terms is None:
        return Refusal("not_agreed", f"Inquiry {id} is {inquiry.status}: no terms bind that others could join at.")
    if message.version != inquiry.version:
        return Refusal("version_changed", f"Version {inquiry.version} of inquiry {id} binds, not {message.version}.")
    if not now < message.closes_at <= now + LONGEST:
        return Refusal("bad_times", f"Let buyers join from now for at most {LONGEST.days} days.")
    if message.most_pieces is not None and message.most_pieces < inquiry.terms.min_quantity:
        return Refusal("bad_target", f"{inquiry.terms.min_quantity} pieces were agreed at least: allow for as many.")
    said = {"terms": inquiry.terms, "requirements": inquiry.requirements, "text": message.pool_id}
    opened = _opened(inquiry, message, inquiry.version, said)
    return Change(inquiry.evolve(), "gathered", (opened,), said)


def gather_again(inquiry: Inquiry, known: Entry, message: GatherUnderInquiry) -> OpenPool:
    """The same pool once more, as it was: it answers that it is open."""
    return _opened(inquiry, message, known.version, {"terms": known.terms, "requirements": known.requirements})


def _opened(inquiry: Inquiry, message: GatherUnderInquiry, version: int, agreed: dict[str, object]) -> OpenPool:
    terms = Terms.model_validate(agreed["terms"])
    return OpenPool(
        pool_id=message.pool_id, opened_by=inquiry.buyer_id, supplier_id=SupplierId(inquiry.supplier_id or ""),
        design=Design.model_validate(
            {"title": message.title, "requirements": agreed["requirements"], "pictures": message.pictures,
             "lead_days": terms.lead_days}
        ),
        price_ranges=ladder_of(terms), most_pieces=message.most_pieces, closes_at=message.closes_at,
        closes=message.closes, fingerprint=f"{inquiry.inquiry_id}-v{version}",
        agreed=MadeToOrder(inquiry_id=inquiry.inquiry_id, version=version, lead_days=terms.lead_days),
        reply_to=message.reply_to,
    )  # fmt: skip


def ladder_of(terms: Terms) -> tuple[PriceRange, ...]:
    """The agreed ladder from the agreed minimum on; a step that is no cheaper than the one before it is none."""
    first = PriceRange(start_quantity=terms.min_quantity, price_fen=terms.price_at(terms.min_quantity))
    ladder = [first]
    for step in terms.price_ranges:
        if step.start_quantity > terms.min_quantity and step.price_fen < ladder[-1].price_fen:
            ladder.append(step)
    return tuple(ladder)
