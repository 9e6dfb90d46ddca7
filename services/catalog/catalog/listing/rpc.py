"""The look-up that proposes drafts. It reads, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import grpc

from catalog.listing.description import Unreadable, read
from catalog.listing.draft import draft_of, shortcomings
from catalog.listing.extractor import Extractor
from catalog.listing.found import Found
from catalog.listing.proposal import Proposal
from catalog.paging import Context
from catalog.views import ladder_view, sku_view
from headwater.contracts.catalog import OfferContents
from headwater.stubs.catalog.v1 import catalog_pb2, listing_pb2_grpc
from headwater.stubs.catalog.v1 import listing_pb2 as pb

MOST_ID = 96
MARGIN_S = 0.5
"""Of a caller's deadline so much is left for the fallback and the way back."""


class ListingRpc(listing_pb2_grpc.ListingServicer):
    """Answers `headwater.catalog.v1.Listing`."""

    def __init__(self, extractor: Extractor, within_s: float) -> None:
        """An extractor may take so many seconds, or less if the caller has less."""
        self._extractor = extractor
        self._within_s = within_s

    async def ProposeListing(self, request: pb.ProposeListingRequest, context: Context) -> pb.ProposeListingResponse:  # noqa: N802
        """A draft of what is described."""
        try:
            if len(request.supplier_id) > MOST_ID:
                raise Unreadable(
                    f"The supplier_id has {len(request.supplier_id):,} characters; ids have up to {MOST_ID}."
                )
            description, left_out = read(request.title, request.text, request.pictures)
        except Unreadable as unreadable:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(unreadable))
        proposal = await self._extractor.propose(description, self._time_for(context))
        notes = [*left_out, *shortcomings(description, proposal)]
        return pb.ProposeListingResponse(
            draft=_draft(draft_of(description, proposal, request.supplier_id)), fields=_fields(proposal),
            notes=[pb.ListingNote(code=note.code, detail=note.detail) for note in notes],
            extractor=proposal.extractor, fell_back=proposal.fell_back,
        )  # fmt: skip

    def _time_for(self, context: Context) -> float:
        left = context.time_remaining()
        return self._within_s if left is None else min(self._within_s, max(left - MARGIN_S, 0.0))


def _draft(draft: OfferContents) -> pb.ProposedDraft:
    return pb.ProposedDraft(
        subject=draft.subject, subject_zh=draft.subject_zh, currency=draft.currency,
        min_order_quantity=draft.min_order_quantity, price_ranges=ladder_view(draft.price_ranges),
        skus=map(sku_view, draft.skus), order_multiple=draft.order_multiple,
        sample_price_fen=draft.sample_price_fen or 0, mixed_batch=draft.mixed_batch, free_shipping=draft.free_shipping,
        category=draft.category or "", description=draft.description, pictures=draft.pictures,
        attributes=[catalog_pb2.Attribute(name=one.name, value=one.value) for one in draft.attributes],
        packaging=draft.packaging or "",
    )  # fmt: skip


def _fields(proposal: Proposal) -> Iterator[pb.ProposedField]:
    several: dict[str, Iterable[Found[Any]]] = {
        "category": _some(proposal.category), "colours": proposal.colours, "sizes": proposal.sizes,
        "attributes": proposal.attributes, "packaging": _some(proposal.packaging),
        "price_ranges": _some(proposal.price_ranges), "min_order_quantity": _some(proposal.minimum),
        "order_multiple": _some(proposal.multiple), "sample_price_fen": _some(proposal.sample_price_fen),
        "free_shipping": _some(proposal.free_shipping), "mixed_batch": _some(proposal.mixed_batch),
    }  # fmt: skip
    for field, found in several.items():
        for one in found:
            yield pb.ProposedField(
                field=field, value=_shown(one.value), source=one.source, said=one.said, sure=one.sure,
                offer_ids=one.offers,
            )  # fmt: skip


def _some(found: Found[Any] | None) -> tuple[Found[Any], ...]:
    return (found,) if found is not None else ()


def _shown(value: Any) -> str:
    match value:
        case (str(name), str(said)):
            return f"{name}={said}"
        case tuple():
            return ", ".join(f"{one.start_quantity}:{one.price_fen}" for one in value)
        case bool():
            return str(value).lower()
    return str(value)
