"""Proposed drafts: listing with a head start."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from gateway.bodies import DescriptionBody
from gateway.door import TheDoor
from gateway.openapi import looks_up, schema
from headwater.stubs.catalog.v1 import listing_pb2 as pb

router = APIRouter(prefix="/v1", tags=["catalog"])
NEEDED = ("subject", "subject_zh")
"""What a draft says even where it is empty."""
DRAFT = {**schema(pb.ProposedDraft.DESCRIPTOR), "required": list(NEEDED)}


@router.post("/drafts/proposal", **looks_up(pb.ProposeListingResponse, draft=DRAFT))
async def propose_listing(body: DescriptionBody, door: TheDoor) -> dict[str, Any]:
    """Propose a draft of what is described, each field with where it comes from and how sure it is. Saves nothing.

    `draft` with a `supplier_id` is what `POST /v1/drafts` takes; what nothing is known of is not in it.
    """
    request = pb.ProposeListingRequest(
        title=body.title, text=body.text, pictures=body.pictures, supplier_id=body.supplier_id or ""
    )
    proposed = await door.look_up(door.listing.ProposeListing, request, door.settings.propose_within_s)
    draft = {name: value for name, value in proposed["draft"].items() if value or name in NEEDED}
    return {**proposed, "draft": draft}
