"""Custom orders (定制): inquiries, proposals, versions, orders under them, and what their factories bring."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from gateway.bodies import ReasonBody
from gateway.door import OPERATOR, Account, IdempotencyKey, TheDoor, Trace
from gateway.ids import id_for
from gateway.inquiry_bodies import (
    AgreementBody,
    BatchBody,
    ChoiceBody,
    FeedbackBody,
    InquiryBody,
    InquiryOrderBody,
    ProposalBody,
    VersionBody,
)
from gateway.openapi import OrderNow, Outcome, carries_out, looks_up
from gateway.routes.catalog import PageSize, PageToken, carried_out
from headwater.contracts.base import BuyerId, InquiryId, OrderId, SupplierId
from headwater.contracts.inquiries import (
    AnswerVersion,
    ChooseProposal,
    CloseInquiry,
    GiveFeedback,
    OpenInquiry,
    OrderUnderInquiry,
    Propose,
    ProposeVersion,
)
from headwater.contracts.orders import OrderAnswer
from headwater.contracts.production import BatchFinished
from headwater.stubs.catalog.v1 import governance_pb2
from headwater.stubs.orders.v1 import inquiries_pb2 as pb

router = APIRouter(prefix="/v1", tags=["custom orders"])


def _viewer(account: str) -> str:
    return "" if account == OPERATOR else account


@router.post("/inquiries", **carries_out(Outcome, 201))
async def open_inquiry(
    body: InquiryBody, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace, response: Response
) -> dict[str, Any]:
    """Ask factories for proposals (询价): those that are invited, or all."""
    inquiry_id = InquiryId(id_for("inq", account, key))
    command = OpenInquiry(**dict(body), inquiry_id=inquiry_id, buyer_id=BuyerId(account))
    told = await carried_out(door, command, trace, response, f"/v1/inquiries/{inquiry_id}")
    return {"inquiry_id": inquiry_id, **told}


@router.get("/inquiries", **looks_up(pb.ListInquiriesResponse))
async def list_inquiries(
    door: TheDoor, account: Account, as_supplier: bool = False, page_size: PageSize = 50, page_token: PageToken = ""
) -> dict[str, Any]:
    """The account's inquiries as a buyer; with `as_supplier` those that it may propose to, or has."""
    whose = {"supplier_id" if as_supplier else "buyer_id": account}
    request = pb.ListInquiriesRequest(**whose, page_size=page_size, page_token=page_token)
    return await door.look_up(door.inquiries.ListInquiries, request)


@router.get("/inquiries/{inquiry_id}", **looks_up(pb.Inquiry))
async def get_inquiry(inquiry_id: InquiryId, door: TheDoor, account: Account) -> Any:
    """One inquiry as the account may see it: a factory sees no proposal but its own."""
    request = pb.GetInquiryRequest(inquiry_id=inquiry_id, viewer=_viewer(account))
    return (await door.look_up(door.inquiries.GetInquiry, request))["inquiry"]


@router.get("/inquiries/{inquiry_id}/comparison", **looks_up(pb.CompareProposalsResponse))
async def compare_proposals(
    inquiry_id: InquiryId, door: TheDoor, account: Account, quantity: Annotated[int, Query(ge=0, le=10**9)] = 0
) -> dict[str, Any]:
    """The proposals side by side at a quantity, each with its factory's standing, or a word that it is away."""
    request = pb.CompareProposalsRequest(inquiry_id=inquiry_id, viewer=_viewer(account), quantity=quantity)
    found = await door.look_up(door.inquiries.CompareProposals, request)
    for row in found["proposals"]:
        whose = governance_pb2.GetStandingRequest(supplier_id=row["proposal"]["supplier_id"])
        row["standing"] = await door.look_up_or("catalog", door.look_up(door.governance.GetStanding, whose))
    return found


@router.get("/inquiries/{inquiry_id}/roster", **looks_up(pb.GetRosterResponse))
async def get_roster(
    inquiry_id: InquiryId, door: TheDoor, account: Account,
    class_name: Annotated[str, Query(alias="class", max_length=40)] = "",
    order_id: Annotated[str, Query(max_length=96)] = "",
) -> dict[str, Any]:  # fmt: skip
    """Which child gets what, and in which parcel it is."""
    request = pb.GetRosterRequest(
        inquiry_id=inquiry_id, viewer=_viewer(account), class_name=class_name, order_id=order_id
    )
    return await door.look_up(door.inquiries.GetRoster, request)


@router.post("/inquiries/{inquiry_id}/proposals", **carries_out(Outcome, 201))
async def propose(
    inquiry_id: InquiryId, body: ProposalBody, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Propose as a factory; a later proposal replaces the one before."""
    id = id_for("prp", f"{account}/{inquiry_id}", key)
    command = Propose(**dict(body), inquiry_id=inquiry_id, supplier_id=SupplierId(account), change_id=id)
    return {
        "proposal_id": id,
        **await carried_out(door, command, trace, response, f"/v1/inquiries/{inquiry_id}"),
    }


@router.post("/inquiries/{inquiry_id}/choice", **carries_out(Outcome))
async def choose(
    inquiry_id: InquiryId, body: ChoiceBody, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Choose a proposal: its terms bind every order from now on."""
    command = ChooseProposal(
        inquiry_id=inquiry_id, buyer_id=BuyerId(account), proposal_id=body.proposal_id,
        change_id=id_for("chg", f"{account}/{inquiry_id}/choice", key),
    )  # fmt: skip
    return await carried_out(door, command, trace, response, f"/v1/inquiries/{inquiry_id}")


@router.post("/inquiries/{inquiry_id}/orders", **carries_out(OrderNow, 201, later=OrderNow))
async def order_under_inquiry(
    inquiry_id: InquiryId, body: InquiryOrderBody, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Order at exactly the agreed terms; it is then paid as any order is, and made."""
    order_id = OrderId(id_for("ord", f"{account}/{inquiry_id}", key))
    command = OrderUnderInquiry(**dict(body), inquiry_id=inquiry_id, buyer_id=BuyerId(account), order_id=order_id)
    answer = await door.ask(command, trace)
    response.headers["Location"] = location = f"/v1/orders/{order_id}"
    if not isinstance(answer, OrderAnswer):
        response.status_code = HTTPStatus.ACCEPTED
        return {**dict.fromkeys(OrderAnswer.model_fields), "order_id": order_id, "status": "reserving",
                "location": location}  # fmt: skip
    return {**answer.model_dump(mode="json"), "location": location}


@router.post("/inquiries/{inquiry_id}/feedback", **carries_out(Outcome, 201))
async def give_feedback(
    inquiry_id: InquiryId, body: FeedbackBody, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Say how a batch is."""
    change_id = id_for("fbk", f"{account}/{inquiry_id}", key)
    command = GiveFeedback(**dict(body), inquiry_id=inquiry_id, buyer_id=BuyerId(account), change_id=change_id)
    return await carried_out(door, command, trace, response, f"/v1/inquiries/{inquiry_id}")


@router.post("/inquiries/{inquiry_id}/versions", **carries_out(Outcome, 201))
async def propose_version(
    inquiry_id: InquiryId, body: VersionBody, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Propose the next version of requirements and terms, as the buyer or the chosen factory."""
    change_id = id_for("ver", f"{account}/{inquiry_id}", key)
    command = ProposeVersion(**dict(body), inquiry_id=inquiry_id, by=account, change_id=change_id)
    return await carried_out(door, command, trace, response, f"/v1/inquiries/{inquiry_id}")


@router.post("/inquiries/{inquiry_id}/versions/{version}/answer", **carries_out(Outcome))
async def answer_version(
    inquiry_id: InquiryId, version: int, body: AgreementBody, door: TheDoor, account: Account, key: IdempotencyKey,
    trace: Trace, response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Agree to the next version, or decline it."""
    command = AnswerVersion(
        inquiry_id=inquiry_id, by=account, version=min(max(version, 1), 10_000), agrees=body.agrees,
        change_id=id_for("ans", f"{account}/{inquiry_id}/{version}", key),
    )  # fmt: skip
    return await carried_out(door, command, trace, response, f"/v1/inquiries/{inquiry_id}")


@router.post("/inquiries/{inquiry_id}/close", **carries_out(Outcome))
async def close_inquiry(
    inquiry_id: InquiryId, body: ReasonBody, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Close an inquiry; orders that were placed go on."""
    command = CloseInquiry(
        inquiry_id=inquiry_id, buyer_id=BuyerId(account), reason=body.reason,
        change_id=id_for("cls", f"{account}/{inquiry_id}", key),
    )  # fmt: skip
    return await carried_out(door, command, trace, response, f"/v1/inquiries/{inquiry_id}")


@router.post("/orders/{order_id}/batches", **carries_out(Outcome, 201))
async def bring_batch(
    order_id: OrderId, body: BatchBody, door: TheDoor, account: Account, trace: Trace, response: Response
) -> dict[str, Any]:
    """As its factory: a batch of a made-to-order order is in an origin warehouse. The same batch_id counts once."""
    command = BatchFinished(**dict(body), order_id=order_id, supplier_id=SupplierId(account))
    return await carried_out(door, command, trace, response, f"/v1/orders/{order_id}")
