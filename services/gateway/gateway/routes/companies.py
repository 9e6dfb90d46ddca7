"""Company accounts: members and limits, requisitions and their approval, saved lists, statements."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Literal

import grpc
from fastapi import APIRouter, Response

from gateway.bodies import BasketLineBody, ReasonBody
from gateway.company_bodies import ApprovalBody, CompanyBody, MemberBody, RequisitionBody, SavedListBody
from gateway.door import Account, Door, IdempotencyKey, TheDoor, Trace
from gateway.ids import fingerprint, id_for
from gateway.openapi import Outcome, RequisitionNow, carries_out, looks_up, schema
from gateway.problems import Problem, conflict
from gateway.routes.catalog import SEALED, PageSize, PageToken, carried_out, quoted, sealed_quotes
from gateway.statements import as_csv
from headwater.contracts.base import BuyerId, CompanyId, ListId, Message, RequisitionId
from headwater.contracts.companies import (
    ApproveRequisition,
    CompanyTerms,
    OpenCompany,
    RejectRequisition,
    RepriceRequisition,
    RequisitionAnswer,
    ReviseCompany,
    SaveList,
    SetMember,
    SubmitRequisition,
)
from headwater.stubs.catalog.v1 import catalog_pb2
from headwater.stubs.orders.v1 import companies_pb2 as pb

router = APIRouter(prefix="/v1/companies", tags=["companies"])


@router.post("", **carries_out(Outcome, 201))
async def open_company(
    body: CompanyBody, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace, response: Response
) -> dict[str, Any]:
    """Open a company account (企业账户); the account is its first admin."""
    company_id = CompanyId(id_for("com", account, key))
    terms = CompanyTerms(**{name: getattr(body, name) for name in CompanyTerms.model_fields})
    command = OpenCompany(company_id=company_id, by=BuyerId(account), terms=terms, utc_offset=body.utc_offset)
    told = await carried_out(door, command, trace, response, f"/v1/companies/{company_id}")
    return {"company_id": company_id, **told}


@router.get("", **looks_up(pb.ListCompaniesResponse))
async def list_companies(door: TheDoor, account: Account) -> dict[str, Any]:
    """The companies that the account is a member of."""
    return await door.look_up(door.companies.ListCompanies, pb.ListCompaniesRequest(account=account))


@router.get("/{company_id}", **looks_up(pb.Company))
async def get_company(company_id: CompanyId, door: TheDoor, account: Account) -> Any:
    """A company with its members and what they spent this month. For its members."""
    request = pb.GetCompanyRequest(company_id=company_id, account=account)
    return (await door.look_up(door.companies.GetCompany, request))["company"]


@router.put("/{company_id}", **carries_out(Outcome))
async def revise_company(
    company_id: CompanyId, body: CompanyTerms, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Replace a company's name, invoice data (开票资料), limit, and time to decide. For its admins."""
    change_id = id_for("chg", f"{account}/{company_id}", key)
    command = ReviseCompany(company_id=company_id, by=BuyerId(account), terms=body, change_id=change_id)
    return await carried_out(door, command, trace, response, f"/v1/companies/{company_id}")


@router.put("/{company_id}/members/{member_id}", **carries_out(Outcome))
async def set_member(
    company_id: CompanyId, member_id: BuyerId, body: MemberBody, door: TheDoor, account: Account,
    key: IdempotencyKey, trace: Trace, response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Give a member its roles and its monthly limit, or take it out: without roles. For admins."""
    command = SetMember(
        company_id=company_id, by=BuyerId(account), member_id=member_id, roles=body.roles, limit_fen=body.limit_fen,
        change_id=id_for("chg", f"{account}/{company_id}/{member_id}", key),
    )  # fmt: skip
    return await carried_out(door, command, trace, response, f"/v1/companies/{company_id}")


# --- requisitions --------------------------------------------------------------------------------------------------


@router.post("/{company_id}/requisitions", **carries_out(RequisitionNow, 201, later=RequisitionNow))
async def submit_requisition(
    company_id: CompanyId, body: RequisitionBody, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Buy for the company (采购申请): 201 when it is placed, within the limits; 202 when it waits for an approver."""
    requisition_id = RequisitionId(id_for("rqn", f"{account}/{company_id}", key))
    try:
        parts = body.quotes or tuple(await sealed_quotes(door, body.lines, account, body.kind))
    except Problem:
        # Prices and offers change: a key that was taken when they still held is answered with what it asked for then.
        before = await _asked_before(door, company_id, requisition_id, account, key)
        if before is None:
            raise
        if before["fingerprint"] != fingerprint(body):
            raise conflict(f"It asked for requisition {requisition_id} with other contents.") from None
        return _now(company_id, before, response)
    command = SubmitRequisition(
        company_id=company_id, requisition_id=requisition_id, by=BuyerId(account), parts=parts,
        fingerprint=fingerprint(body),
        **{name: getattr(body, name) for name in RequisitionBody.model_fields.keys() & SubmitRequisition.model_fields},
    )  # fmt: skip
    return _told(company_id, requisition_id, await door.ask(command, trace), response)


@router.get("/{company_id}/requisitions", **looks_up(pb.ListRequisitionsResponse))
async def list_requisitions(
    company_id: CompanyId,
    door: TheDoor,
    account: Account,
    waiting: bool = False,
    page_size: PageSize = 50,
    page_token: PageToken = "",
) -> dict[str, Any]:
    """Requisitions: those that wait, the most urgent first, or all of them by id. A buyer sees its own."""
    request = pb.ListRequisitionsRequest(
        company_id=company_id, account=account, waiting=waiting, page_size=page_size, page_token=page_token
    )
    return await door.look_up(door.companies.ListRequisitions, request)


@router.get("/{company_id}/requisitions/{requisition_id}", **looks_up(pb.Requisition))
async def get_requisition(
    company_id: CompanyId, requisition_id: RequisitionId, door: TheDoor, account: Account
) -> dict[str, Any]:
    """One requisition, with its orders."""
    request = pb.GetRequisitionRequest(company_id=company_id, requisition_id=requisition_id, account=account)
    found: dict[str, Any] = (await door.look_up(door.companies.GetRequisition, request))["requisition"]
    return found


@router.post("/{company_id}/requisitions/{requisition_id}/approve", **carries_out(RequisitionNow, later=RequisitionNow))
async def approve_requisition(
    company_id: CompanyId, requisition_id: RequisitionId, body: ApprovalBody, door: TheDoor, account: Account,
    trace: Trace, response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Approve a requisition at the total that was seen: it is placed, once.

    When its sealed prices have ended it is priced anew first; if it costs something else then, that is said
    (422 `another-total`, with the total of today), and approving that is another request.
    """
    command = ApproveRequisition(
        company_id=company_id, requisition_id=requisition_id, by=BuyerId(account), total_fen=body.total_fen
    )
    try:
        reply = await door.ask(command, trace)
    except Problem as refusal:
        if refusal.type != "prices-expired":
            raise
        await _repriced(door, company_id, requisition_id, account, trace)
        reply = await door.ask(command, trace)
    return _told(company_id, requisition_id, reply, response)


@router.post("/{company_id}/requisitions/{requisition_id}/reprice", **carries_out(RequisitionNow, later=RequisitionNow))
async def reprice_requisition(
    company_id: CompanyId, requisition_id: RequisitionId, door: TheDoor, account: Account, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """The same goods at the prices of this moment; it goes on waiting."""
    reply = await _repriced(door, company_id, requisition_id, account, trace)
    return _told(company_id, requisition_id, reply, response, HTTPStatus.OK)


@router.post("/{company_id}/requisitions/{requisition_id}/reject", **carries_out(RequisitionNow, later=RequisitionNow))
async def reject_requisition(
    company_id: CompanyId, requisition_id: RequisitionId, body: ReasonBody, door: TheDoor, account: Account,
    trace: Trace, response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Say no, and why; who asked for it withdraws it so."""
    command = RejectRequisition(
        company_id=company_id, requisition_id=requisition_id, by=BuyerId(account), reason=body.reason
    )
    return _told(company_id, requisition_id, await door.ask(command, trace), response)


async def _repriced(
    door: Door, company_id: CompanyId, requisition_id: RequisitionId, account: str, trace: str
) -> Message | None:
    """Ask the catalog for the prices of today, for whoever asked for the goods. Raises `Problem`."""
    asked = await get_requisition(company_id, requisition_id, door, account)
    lines = [
        BasketLineBody(sku_id=line["sku_id"], quantity=line["quantity"], offer_id=line["offer_id"])
        for line in asked["lines"]
    ]
    parts = tuple(await sealed_quotes(door, lines, asked["by"], asked["lines"][0]["kind"]))
    command = RepriceRequisition(company_id=company_id, requisition_id=requisition_id, by=BuyerId(account), parts=parts)
    return await door.ask(command, trace)


async def _asked_before(
    door: Door, company_id: CompanyId, requisition_id: RequisitionId, account: str, key: str | None
) -> dict[str, Any] | None:
    if key is None:
        return None
    try:
        return await get_requisition(company_id, requisition_id, door, account)
    except grpc.aio.AioRpcError as error:
        if error.code() == grpc.StatusCode.NOT_FOUND:
            return None
        raise


def _told(
    company_id: CompanyId, requisition_id: RequisitionId, reply: Message | None, response: Response,
    waiting: HTTPStatus = HTTPStatus.ACCEPTED,
) -> dict[str, Any]:  # fmt: skip
    if isinstance(reply, RequisitionAnswer):
        return _now(company_id, reply.model_dump(mode="json"), response, waiting)
    unknown: dict[str, Any] = {
        "requisition_id": requisition_id,
        "status": "placing",
        "total_fen": None,
        "why": "",
        "orders": [],
    }
    return _now(company_id, unknown, response)


def _now(
    company_id: CompanyId, asked: dict[str, Any], response: Response, waiting: HTTPStatus = HTTPStatus.ACCEPTED
) -> dict[str, Any]:
    """The answer, by the requisition as it is now. Raises `Problem` when none of its orders is confirmed."""
    location = f"/v1/companies/{company_id}/requisitions/{asked['requisition_id']}"
    response.headers["Location"] = location
    if asked["status"] == "refused":
        detail = f"No order of the requisition is confirmed: {asked['why']}"
        raise Problem(HTTPStatus.CONFLICT, "out-of-stock", detail, requisition=location, orders=asked["orders"])
    if asked["status"] == "waiting":
        response.status_code = waiting
    if asked["status"] == "placing":
        response.status_code = HTTPStatus.ACCEPTED
    return {**{name: asked[name] for name in RequisitionAnswer.model_fields}, "location": location}


# --- lists ---------------------------------------------------------------------------------------------------------


@router.put("/{company_id}/lists/{list_id}", **carries_out(Outcome))
async def save_list(
    company_id: CompanyId, list_id: ListId, body: SavedListBody, door: TheDoor, account: Account, key: IdempotencyKey,
    trace: Trace, response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Save a named basket (采购清单), or replace it. For buyers."""
    return await _saved(company_id, list_id, body.name, body.lines, door, account, key, trace, response)


@router.delete("/{company_id}/lists/{list_id}", **carries_out(Outcome))
async def delete_list(
    company_id: CompanyId, list_id: ListId, door: TheDoor, account: Account, key: IdempotencyKey, trace: Trace,
    response: Response,
) -> dict[str, Any]:  # fmt: skip
    """Delete a saved list. For buyers."""
    return await _saved(company_id, list_id, "deleted", (), door, account, key, trace, response)


async def _saved(
    company_id: CompanyId, list_id: ListId, name: str, lines: Any, door: Door, account: str, key: str | None,
    trace: str, response: Response,
) -> dict[str, Any]:  # fmt: skip
    command = SaveList(
        company_id=company_id, list_id=list_id, by=BuyerId(account), name=name, lines=lines,
        change_id=id_for("chg", f"{account}/{company_id}/{list_id}", key),
    )  # fmt: skip
    return await carried_out(door, command, trace, response, f"/v1/companies/{company_id}/lists")


@router.get("/{company_id}/lists", **looks_up(pb.ListListsResponse))
async def list_lists(company_id: CompanyId, door: TheDoor, account: Account) -> dict[str, Any]:
    """The saved lists. For members."""
    return await door.look_up(door.companies.ListLists, pb.ListListsRequest(company_id=company_id, account=account))


@router.post("/{company_id}/lists/{list_id}/quote", **looks_up(catalog_pb2.QuoteBasketResponse, sealed=SEALED))
async def quote_list(company_id: CompanyId, list_id: ListId, door: TheDoor, account: Account) -> dict[str, Any]:
    """What a saved list costs the account now; `sealed` is what a requisition takes as `quotes`."""
    lists = (await list_lists(company_id, door, account))["lists"]
    saved = next((one for one in lists if one["list_id"] == list_id), None)
    if saved is None:
        detail = f"Company {company_id} has no list {list_id}; GET /v1/companies/{company_id}/lists gives all."
        raise Problem(HTTPStatus.NOT_FOUND, "not-found", detail)
    lines = [BasketLineBody(**{**line, "offer_id": line["offer_id"] or None}) for line in saved["lines"]]
    return await quoted(door, lines, account, "goods")


# --- statements ----------------------------------------------------------------------------------------------------

STATEMENT: dict[str, Any] = {
    "responses": {
        200: {
            "description": "The orders of the month, the oldest first.",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "properties": {
                            "company_id": {"type": "string"},
                            "name": {"type": "string"},
                            "month": {"type": "string"},
                            "utc_offset": {"type": "string"},
                            "orders": {"type": "array", "items": schema(pb.StatementRow.DESCRIPTOR)},
                            "total_fen": {"type": "integer"},
                            "paid_fen": {"type": "integer"},
                            "open_fen": {"type": "integer"},
                        },
                    }
                },
                "text/csv": {"schema": {"type": "string"}},
            },
        }
    },
    "response_model": None,
}


@router.get("/{company_id}/statements/{month}", **STATEMENT)
async def get_statement(
    company_id: CompanyId, month: str, door: TheDoor, account: Account, format: Literal["json", "csv"] = "json"
) -> Any:
    """What was ordered in a calendar month (2026-11), by whom, for which PO number, and what is paid or open."""
    rows: list[dict[str, Any]] = []
    token = ""
    while True:
        request = pb.GetStatementRequest(company_id=company_id, account=account, month=month, page_token=token)
        page = await door.look_up(door.companies.GetStatement, request)
        rows += page["rows"]
        token = page["next_page_token"]
        if not token:
            break
    if format == "csv":
        name = f'attachment; filename="{company_id}-{month}.csv"'
        return Response(as_csv(rows), media_type="text/csv; charset=utf-8", headers={"Content-Disposition": name})
    sums = {name: sum(row[name] for row in rows) for name in ("paid_fen", "open_fen")}
    placed = sum(row["total_fen"] for row in rows if row["status"] not in ("refused", "cancelled", "expired"))
    head = {"company_id": company_id, "name": page["name"], "month": month, "utc_offset": page["utc_offset"]}
    return {**head, "orders": rows, "total_fen": placed, **sums}
