"""Supplier governance and chain leaders: standing, reports, suspension, traffic, guarantees, pallets, replacements."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from gateway.bodies import ReasonBody
from gateway.door import Account, IdempotencyKey, Operator, TheDoor, Trace
from gateway.governance_bodies import (
    DistributionBody,
    EndBody,
    GuaranteeBody,
    PalletBody,
    ReportBody,
    SuspensionBody,
    VerdictBody,
    VerificationBody,
    WithdrawalBody,
)
from gateway.ids import id_for
from gateway.openapi import Outcome, carries_out, looks_up
from gateway.routes.catalog import PageSize, PageToken, carried_out
from headwater.contracts.base import Key, OfferId, SupplierId
from headwater.contracts.distribution import Codistribute, EndDistribution, PublishPallet, WithdrawPallet
from headwater.contracts.governance import (
    FileReport,
    GuaranteeSupplier,
    JudgeReport,
    LiftSuspension,
    SuspendSupplier,
    VerifySupplier,
)
from headwater.stubs.catalog.v1 import governance_pb2 as pb

router = APIRouter(prefix="/v1", tags=["governance"])


SupplierFilter = Annotated[str, Query(max_length=96)]


@router.post("/suppliers/{supplier_id}/verification", **carries_out(Outcome))
async def verify_supplier(
    supplier_id: SupplierId, body: VerificationBody, door: TheDoor, operator: Operator, trace: Trace, response: Response
) -> dict[str, Any]:
    """Say what a supplier was found to be (认证): source_factory, trader, chain_leader, or unverified again."""
    command = VerifySupplier(supplier_id=supplier_id, kind=body.kind, evidence=body.evidence, by=operator)
    return await carried_out(door, command, trace, response, f"/v1/suppliers/{supplier_id}/standing")


@router.get("/suppliers/{supplier_id}/standing", **looks_up(pb.Standing))
async def get_standing(supplier_id: SupplierId, door: TheDoor) -> Any:
    """What a supplier was found to be, whether it is suspended, and whether it is strictly selected (严选)."""
    found = await door.look_up(door.governance.GetStanding, pb.GetStandingRequest(supplier_id=supplier_id))
    return found["standing"]


@router.post("/suppliers/{supplier_id}/reports", **carries_out(Outcome, 201))
async def file_report(
    supplier_id: SupplierId, body: ReportBody, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Report an infringement (侵权) or a small workshop (小作坊); the same report counts once."""
    report_id = body.report_id or id_for("rep", f"{account}/{supplier_id}", key)
    command = FileReport(**{**dict(body), "report_id": report_id}, supplier_id=supplier_id, by=account)
    told = await carried_out(door, command, trace, response, f"/v1/suppliers/{supplier_id}/reports")
    return {"report_id": report_id, **told}


@router.get("/suppliers/{supplier_id}/reports", **looks_up(pb.ListReportsResponse))
async def list_reports(
    supplier_id: SupplierId, door: TheDoor, operator: Operator, page_size: PageSize = 50, page_token: PageToken = ""
) -> dict[str, Any]:
    """The reports of a supplier, for operators: they name who reports."""
    request = pb.ListReportsRequest(supplier_id=supplier_id, page_size=page_size, page_token=page_token)
    return await door.look_up(door.governance.ListReports, request)


@router.post("/suppliers/{supplier_id}/reports/{report_id}/verdict", **carries_out(Outcome))
async def judge_report(
    supplier_id: SupplierId, report_id: Key, body: VerdictBody, door: TheDoor, operator: Operator, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Uphold or dismiss a report; a later verdict (an appeal) replaces the one before."""
    command = JudgeReport(
        supplier_id=supplier_id, report_id=report_id, verdict=body.verdict, note=body.note, by=operator
    )
    return await carried_out(door, command, trace, response, f"/v1/suppliers/{supplier_id}/standing")


@router.post("/suppliers/{supplier_id}/suspension", **carries_out(Outcome, 201))
async def suspend_supplier(
    supplier_id: SupplierId, body: SuspensionBody, door: TheDoor, operator: Operator, key: IdempotencyKey,
    trace: Trace, response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Take all offers of a supplier off the shelf until a time, or until it is lifted."""
    id = body.suspension_id or id_for("sus", supplier_id, key)
    command = SuspendSupplier(
        supplier_id=supplier_id, suspension_id=id, reason=body.reason, until=body.until, by=operator
    )
    told = await carried_out(door, command, trace, response, f"/v1/suppliers/{supplier_id}/standing")
    return {"suspension_id": id, **told}


@router.post("/suppliers/{supplier_id}/suspension/{suspension_id}/lift", **carries_out(Outcome))
async def lift_suspension(
    supplier_id: SupplierId, suspension_id: Key, body: ReasonBody, door: TheDoor, operator: Operator, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """End a suspension early; what it took off the shelf comes back."""
    command = LiftSuspension(supplier_id=supplier_id, suspension_id=suspension_id, reason=body.reason, by=operator)
    return await carried_out(door, command, trace, response, f"/v1/suppliers/{supplier_id}/standing")


@router.get("/suppliers/{supplier_id}/traffic", **looks_up(pb.Traffic))
async def get_traffic(supplier_id: SupplierId, door: TheDoor) -> Any:
    """New-buyer conversion, repeat-buyer retention, and the traffic weight that follows."""
    found = await door.look_up(door.governance.GetTraffic, pb.GetTrafficRequest(supplier_id=supplier_id))
    return found["traffic"]


@router.post("/suppliers/{supplier_id}/guarantee", **carries_out(Outcome, 201))
async def guarantee_supplier(
    supplier_id: SupplierId, body: GuaranteeBody, door: TheDoor, operator: Operator, key: IdempotencyKey,
    trace: Trace, response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Promise a new supplier exposure and first orders (双保计划), once."""
    id = body.guarantee_id or id_for("gua", supplier_id, key)
    command = GuaranteeSupplier(**{**dict(body), "guarantee_id": id}, supplier_id=supplier_id)
    told = await carried_out(door, command, trace, response, f"/v1/suppliers/{supplier_id}/guarantee")
    return {"guarantee_id": id, **told}


@router.get("/suppliers/{supplier_id}/guarantee", **looks_up(pb.Guarantee))
async def get_guarantee(supplier_id: SupplierId, door: TheDoor) -> Any:
    """What was promised, what was reached, until when, and whether it was kept."""
    found = await door.look_up(door.governance.GetGuarantee, pb.GetGuaranteeRequest(supplier_id=supplier_id))
    return found["guarantee"]


@router.get("/offers/{offer_id}/replacements", **looks_up(pb.FindReplacementsResponse))
async def find_replacements(
    offer_id: OfferId,
    door: TheDoor,
    quantity: Annotated[int, Query(ge=0, le=10**9, description="Pieces; 0 for the offer's minimum.")] = 0,
    limit: Annotated[int, Query(ge=1, le=20)] = 5,
) -> dict[str, Any]:
    """What a buyer may take instead of an offer: same category, verified supplier, the nearest in price first."""
    request = pb.FindReplacementsRequest(offer_id=offer_id, quantity=quantity, limit=limit)
    return await door.look_up(door.governance.FindReplacements, request)


@router.post("/pallets", **carries_out(Outcome, 201))
async def publish_pallet(
    body: PalletBody, door: TheDoor, key: IdempotencyKey, trace: Trace, response: Response
) -> dict[str, Any]:
    """Publish a chain leader's pallet (货盘), or replace what is on it."""
    pallet_id = body.pallet_id or id_for("pal", body.leader_id, key)
    change_id = id_for("chg", pallet_id, key)
    command = PublishPallet(**{**dict(body), "pallet_id": pallet_id}, change_id=change_id)
    told = await carried_out(door, command, trace, response, f"/v1/pallets?leader_id={body.leader_id}")
    return {"pallet_id": pallet_id, **told}


@router.get("/pallets", **looks_up(pb.ListPalletsResponse))
async def list_pallets(
    door: TheDoor,
    leader_id: SupplierFilter = "",
    withdrawn: Annotated[bool, Query(description="Also those that are withdrawn.")] = False,
    page_size: PageSize = 50,
    page_token: PageToken = "",
) -> dict[str, Any]:
    """Pallets, a page at a time."""
    request = pb.ListPalletsRequest(
        leader_id=leader_id, with_withdrawn=withdrawn, page_size=page_size, page_token=page_token
    )
    return await door.look_up(door.governance.ListPallets, request)


@router.post("/pallets/{pallet_id}/withdraw", **carries_out(Outcome))
async def withdraw_pallet(
    pallet_id: Key, body: WithdrawalBody, door: TheDoor, key: IdempotencyKey, trace: Trace, response: Response
) -> dict[str, Any]:
    """Take a pallet back: none of its co-distributed offers can be ordered any longer."""
    command = WithdrawPallet(
        pallet_id=pallet_id, leader_id=body.leader_id, change_id=id_for("chg", pallet_id, key), reason=body.reason
    )
    return await carried_out(door, command, trace, response, f"/v1/pallets?leader_id={body.leader_id}&withdrawn=true")


@router.post("/pallets/{pallet_id}/distributions", **carries_out(Outcome, 201))
async def codistribute(
    pallet_id: Key, body: DistributionBody, door: TheDoor, key: IdempotencyKey, trace: Trace, response: Response
) -> dict[str, Any]:
    """Take goods of a pallet into a seller's shop (分销) with a margin, or change that."""
    offer_id = body.offer_id or OfferId(id_for("cod", f"{pallet_id}/{body.supplier_id}/{body.leader_offer_id}", key))
    change_id = id_for("chg", offer_id, key)
    command = Codistribute(**{**dict(body), "offer_id": offer_id}, pallet_id=pallet_id, change_id=change_id)
    told = await carried_out(door, command, trace, response, f"/v1/offers/{offer_id}")
    return {"offer_id": offer_id, **told}


@router.get("/distributions", **looks_up(pb.ListDistributionsResponse))
async def list_distributions(
    door: TheDoor,
    supplier_id: SupplierFilter = "",
    pallet_id: SupplierFilter = "",
    page_size: PageSize = 50,
    page_token: PageToken = "",
) -> dict[str, Any]:
    """Co-distributed offers of a seller or of a pallet, each with what its seller earns."""
    request = pb.ListDistributionsRequest(
        supplier_id=supplier_id, pallet_id=pallet_id, page_size=page_size, page_token=page_token
    )
    return await door.look_up(door.governance.ListDistributions, request)


@router.post("/distributions/{offer_id}/end", **carries_out(Outcome))
async def end_distribution(
    offer_id: OfferId, body: EndBody, door: TheDoor, key: IdempotencyKey, trace: Trace, response: Response
) -> dict[str, Any]:
    """Take a co-distributed offer out of its shop."""
    command = EndDistribution(
        offer_id=offer_id, supplier_id=body.supplier_id, change_id=id_for("chg", offer_id, key), reason=body.reason
    )
    return await carried_out(door, command, trace, response, f"/v1/offers/{offer_id}")
