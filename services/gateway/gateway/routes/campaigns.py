"""Campaigns: announcing them, enrolling offers with pieces that are set aside, and what there is."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from gateway.bodies import WithdrawEnrolmentBody
from gateway.door import Door, IdempotencyKey, Operator, TheDoor, Trace
from gateway.ids import id_for
from gateway.openapi import Outcome, carries_out, looks_up
from gateway.problems import Problem
from gateway.routes.catalog import PageSize, PageToken, carried_out
from headwater.contracts.base import CampaignId, OfferId
from headwater.contracts.campaigns import (
    AnnounceCampaign,
    CampaignTerms,
    EnrolmentTerms,
    EnrolOffer,
    WithdrawEnrolment,
    enrolment_id,
)
from headwater.stubs.catalog.v1 import campaigns_pb2 as pb
from headwater.stubs.catalog.v1 import catalog_pb2

router = APIRouter(prefix="/v1/campaigns", tags=["campaigns"])


@router.put("/{campaign_id}", **carries_out(Outcome))
async def announce_campaign(
    campaign_id: CampaignId, body: CampaignTerms, door: TheDoor, _operator: Operator, trace: Trace, response: Response
) -> dict[str, Any]:
    """Announce a campaign (活动). Its times are whole seconds, and stay. For the operator."""
    command = AnnounceCampaign(**dict(body), campaign_id=campaign_id)
    return await carried_out(door, command, trace, response, f"/v1/campaigns/{campaign_id}")


@router.get("/{campaign_id}", **looks_up(pb.Campaign))
async def get_campaign(campaign_id: CampaignId, door: TheDoor) -> Any:
    """One campaign."""
    found = await door.look_up(door.campaigns.GetCampaign, pb.GetCampaignRequest(campaign_id=campaign_id))
    return found["campaign"]


@router.get("", **looks_up(pb.ListCampaignsResponse))
async def list_campaigns(door: TheDoor, page_size: PageSize = 50, page_token: PageToken = "") -> dict[str, Any]:
    """Campaigns, a page at a time, those that ended among them."""
    request = pb.ListCampaignsRequest(page_size=page_size, page_token=page_token)
    return await door.look_up(door.campaigns.ListCampaigns, request)


@router.put("/{campaign_id}/enrolments/{offer_id}", **carries_out(Outcome))
async def enrol_offer(
    campaign_id: CampaignId, offer_id: OfferId, body: EnrolmentTerms, door: TheDoor, key: IdempotencyKey,
    trace: Trace, response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Enrol an offer (报名): its campaign price, and pieces that are set aside. Done when all of them are."""
    await _sold_by_the_offer(door, offer_id, body)
    change_id = id_for("chg", f"{campaign_id}/{offer_id}", key)
    command = EnrolOffer(**dict(body), campaign_id=campaign_id, offer_id=offer_id, change_id=change_id)
    return await carried_out(door, command, trace, response, f"/v1/campaigns/{campaign_id}/enrolments/{offer_id}")


async def _sold_by_the_offer(door: Door, offer_id: OfferId, body: EnrolmentTerms) -> None:
    """Raises `Problem` if a SKU is another's: an offer may name any, and a SKU is its first lister's for good."""
    asked = catalog_pb2.BatchGetSkusRequest(sku_ids=[one.sku_id for one in body.skus])
    found = await door.look_up(door.catalog.BatchGetSkus, asked)
    for sku in found["skus"]:
        if (sku["offer_id"], sku["supplier_id"]) != (offer_id, body.supplier_id):
            detail = f"SKU {sku['sku']['sku_id']} is sold by offer {sku['offer_id']}: enrol that one."
            raise Problem(HTTPStatus.FORBIDDEN, "not-your-sku", detail)
    if found["missing"]:
        detail = f"SKU {found['missing'][0]} is not listed; GET /v1/offers shows what is."
        raise Problem(HTTPStatus.NOT_FOUND, "no-such-sku", detail)


@router.post("/{campaign_id}/enrolments/{offer_id}/withdraw", **carries_out(Outcome))
async def withdraw_enrolment(
    campaign_id: CampaignId, offer_id: OfferId, body: WithdrawEnrolmentBody, door: TheDoor, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Take an offer back before the start; what was set aside is sold as before."""
    command = WithdrawEnrolment(enrolment_id=enrolment_id(campaign_id, offer_id), supplier_id=body.supplier_id)
    return await carried_out(door, command, trace, response, f"/v1/campaigns/{campaign_id}/enrolments/{offer_id}")


@router.get("/{campaign_id}/enrolments/{offer_id}", **looks_up(pb.Enrolment))
async def get_enrolment(campaign_id: CampaignId, offer_id: OfferId, door: TheDoor) -> Any:
    """An offer in a campaign, and how far it is."""
    request = pb.GetEnrolmentRequest(campaign_id=campaign_id, offer_id=offer_id)
    return (await door.look_up(door.campaigns.GetEnrolment, request))["enrolment"]


@router.get("/{campaign_id}/enrolments", **looks_up(pb.ListEnrolmentsResponse))
async def list_enrolments(
    campaign_id: CampaignId,
    door: TheDoor,
    supplier_id: Annotated[str, Query(max_length=96)] = "",
    page_size: PageSize = 50,
    page_token: PageToken = "",
) -> dict[str, Any]:
    """A campaign's offers, a page at a time."""
    request = pb.ListEnrolmentsRequest(
        campaign_id=campaign_id, supplier_id=supplier_id, page_size=page_size, page_token=page_token
    )
    return await door.look_up(door.campaigns.ListEnrolments, request)
