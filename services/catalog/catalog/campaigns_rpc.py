"""Look-ups of campaigns and enrolments over gRPC. Reads only; what is read was committed."""

from __future__ import annotations

import grpc

from catalog.paging import BY_ID, Context, after, page_size
from catalog.terms_rpc import Stored
from catalog.views import campaign_view, enrolment_view
from headwater.contracts.base import CampaignId, OfferId
from headwater.contracts.campaigns import enrolment_id
from headwater.stubs.catalog.v1 import campaigns_pb2 as pb
from headwater.stubs.catalog.v1 import campaigns_pb2_grpc


class CampaignsRpc(campaigns_pb2_grpc.CampaignsServicer):
    """Answers `headwater.catalog.v1.Campaigns`."""

    def __init__(self, campaigns: Stored, enrolments: Stored) -> None:
        self._campaigns = campaigns
        self._enrolments = enrolments

    async def GetCampaign(self, request: pb.GetCampaignRequest, context: Context) -> pb.GetCampaignResponse:  # noqa: N802
        """One campaign, or NOT_FOUND."""
        found = await self._campaigns.get(request.campaign_id)
        if found is None:
            detail = f"There is no campaign {request.campaign_id!r}; ListCampaigns gives all."
            await context.abort(grpc.StatusCode.NOT_FOUND, detail)
        return pb.GetCampaignResponse(campaign=campaign_view(found))

    async def ListCampaigns(self, request: pb.ListCampaignsRequest, context: Context) -> pb.ListCampaignsResponse:  # noqa: N802
        """A page of campaigns by id."""
        size = await page_size(request.page_size, context)
        found = await self._campaigns.find({**after(request.page_token)}, BY_ID, size + 1)
        more = found[size - 1][0] if len(found) > size else ""
        return pb.ListCampaignsResponse(campaigns=[campaign_view(one) for _, one in found[:size]], next_page_token=more)

    async def GetEnrolment(self, request: pb.GetEnrolmentRequest, context: Context) -> pb.GetEnrolmentResponse:  # noqa: N802
        """One offer in a campaign, or NOT_FOUND."""
        id = enrolment_id(CampaignId(request.campaign_id), OfferId(request.offer_id))
        found = await self._enrolments.get(id)
        if found is None:
            detail = f"Offer {request.offer_id!r} is not enrolled in {request.campaign_id!r}; ListEnrolments gives all."
            await context.abort(grpc.StatusCode.NOT_FOUND, detail)
        return pb.GetEnrolmentResponse(enrolment=enrolment_view(found))

    async def ListEnrolments(  # noqa: N802
        self, request: pb.ListEnrolmentsRequest, context: Context
    ) -> pb.ListEnrolmentsResponse:
        """A page of a campaign's enrolments by id."""
        size = await page_size(request.page_size, context)
        asked = {"campaign_id": request.campaign_id, "supplier_id": request.supplier_id}
        chosen = {name: value for name, value in asked.items() if value}
        found = await self._enrolments.find({**chosen, **after(request.page_token)}, BY_ID, size + 1)
        more = found[size - 1][0] if len(found) > size else ""
        return pb.ListEnrolmentsResponse(
            enrolments=[enrolment_view(one) for _, one in found[:size]], next_page_token=more
        )
