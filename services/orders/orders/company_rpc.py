"""Look-ups of company accounts over gRPC, each for a member: to anybody else there is nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import grpc

from headwater.contracts.base import BuyerId
from headwater.contracts.companies import Role
from headwater.stubs.orders.v1 import companies_pb2 as pb
from headwater.stubs.orders.v1 import companies_pb2_grpc
from orders.company_views import company_view, list_view, requisition_view, statement_row
from orders.domain.company_state import Company, Member, Paper, Requisition, list_key, requisition_key
from orders.domain.state import Order

Context = grpc.aio.ServicerContext[Any, Any]
PAGE, MOST, MOST_ROWS = 50, 100, 500
SEES_ALL: tuple[Role, ...] = ("approver", "viewer")
"""Roles that see what others ask for; admins have all roles."""
FIRST_REQUISITION = requisition_key("")  # type: ignore[arg-type]


class CompanyReader(Protocol):
    """What the look-ups need of the stored companies."""

    async def get(self, id: str) -> Company | None: ...
    async def find(
        self, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int
    ) -> list[tuple[str, Company]]: ...
    async def part(self, id: str, key: str) -> Paper | None: ...
    async def parts(self, id: str, limit: int, after_key: str | None) -> list[tuple[str, Paper]]: ...


class OrderFinder(Protocol):
    """What a statement needs of the stored orders."""

    async def find(
        self, filter: dict[str, Any], sort: list[tuple[str, int]], limit: int, after: dict[str, Any] | None
    ) -> list[tuple[str, Order]]: ...


class Clock(Protocol):
    """The platform's time."""

    async def now(self) -> datetime: ...


class CompaniesRpc(companies_pb2_grpc.CompaniesServicer):
    """Answers `headwater.orders.v1.Companies`."""

    def __init__(self, companies: CompanyReader, orders: OrderFinder, clock: Clock) -> None:
        self._companies = companies
        self._orders = orders
        self._clock = clock

    async def GetCompany(self, request: pb.GetCompanyRequest, context: Context) -> pb.GetCompanyResponse:  # noqa: N802
        """A company with its members and what they spent this month."""
        company, _ = await self._seen(request.company_id, request.account, context)
        return pb.GetCompanyResponse(company=company_view(company, company.month_of(await self._clock.now())))

    async def ListCompanies(  # noqa: N802
        self, request: pb.ListCompaniesRequest, context: Context
    ) -> pb.ListCompaniesResponse:
        """The companies that an account is a member of."""
        found = await self._companies.find({"members.member_id": request.account}, [("_id", 1)], MOST)
        now = await self._clock.now()
        return pb.ListCompaniesResponse(companies=[company_view(one, one.month_of(now)) for _, one in found])

    async def GetRequisition(  # noqa: N802
        self, request: pb.GetRequisitionRequest, context: Context
    ) -> pb.GetRequisitionResponse:
        """One requisition: a buyer's own, or any for who sees all."""
        _, member = await self._seen(request.company_id, request.account, context)
        paper = await self._companies.part(request.company_id, f"{FIRST_REQUISITION}{request.requisition_id}")
        if paper is None or not isinstance(paper.content, Requisition) or not _shows(member, paper.content):
            detail = f"You see no requisition {request.requisition_id} of company {request.company_id}."
            await context.abort(grpc.StatusCode.NOT_FOUND, detail)
            raise AssertionError
        return pb.GetRequisitionResponse(requisition=requisition_view(paper.content))

    async def ListRequisitions(  # noqa: N802
        self, request: pb.ListRequisitionsRequest, context: Context
    ) -> pb.ListRequisitionsResponse:
        """Those that wait, or all, a page at a time; a page has fewer when the member may not see them all."""
        company, member = await self._seen(request.company_id, request.account, context)
        if request.waiting:
            ids = [id for id, _ in sorted(company.waiting, key=lambda one: one[1])][:MOST]
            papers = await asyncio.gather(
                *(self._companies.part(company.company_id, requisition_key(id)) for id in ids)
            )
            return pb.ListRequisitionsResponse(requisitions=_shown(member, papers))
        size = await _size(request.page_size, PAGE, MOST, context)
        found = await self._companies.parts(company.company_id, size + 1, f"{FIRST_REQUISITION}{request.page_token}")
        more = found[size - 1][0].removeprefix(FIRST_REQUISITION) if len(found) > size else ""
        shown = _shown(member, [paper for _, paper in found[:size]])
        return pb.ListRequisitionsResponse(requisitions=shown, next_page_token=more)

    async def ListLists(self, request: pb.ListListsRequest, context: Context) -> pb.ListListsResponse:  # noqa: N802
        """All saved lists."""
        company, _ = await self._seen(request.company_id, request.account, context)
        papers = await asyncio.gather(
            *(self._companies.part(company.company_id, list_key(id)) for id in sorted(company.lists))
        )
        lists = [list_view(one.content) for one in papers if one is not None and one.content.kind == "list"]
        return pb.ListListsResponse(lists=lists)

    async def GetStatement(self, request: pb.GetStatementRequest, context: Context) -> pb.GetStatementResponse:  # noqa: N802
        """The orders of a month, the oldest first."""
        company, member = await self._seen(request.company_id, request.account, context)
        if not member.may(*SEES_ALL):
            detail = f"Statements of {request.company_id} are for its admins, approvers and viewers."
            await context.abort(grpc.StatusCode.NOT_FOUND, detail)
        begin, end = await _month(request.month, company, context)
        size = await _size(request.page_size, MOST_ROWS, MOST_ROWS, context)
        # By its buyers, since orders are found by those; most orders are of no company, and none pays for an index.
        whose = {"buyer_id": {"$in": list(company.buyers)}, "company.company_id": company.company_id}
        filter = {**whose, "placed_at": {"$gte": begin, "$lt": end}}
        after = await _after(request.page_token, context)
        found = await self._orders.find(filter, [("placed_at", 1), ("_id", 1)], size + 1, after)
        rows = [statement_row(order) for _, order in found[:size]]
        last = found[size - 1][1] if len(found) > size else None
        return pb.GetStatementResponse(
            name=company.terms.name, utc_offset=company.utc_offset, rows=rows,
            next_page_token=f"{last.placed_at.timestamp() * 1000:.0f}.{last.order_id}" if last else "",
        )  # fmt: skip

    async def _seen(self, company_id: str, account: str, context: Context) -> tuple[Company, Member]:
        company = await self._companies.get(company_id)
        member = company.member(BuyerId(account)) if company is not None else None
        if company is None or member is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"You are a member of no company {company_id!r}.")
            raise AssertionError
        return company, member


def _shows(member: Member, asked: Requisition) -> bool:
    return member.may(*SEES_ALL) or asked.by == member.member_id


def _shown(member: Member, papers: Any) -> list[pb.Requisition]:
    contents = [paper.content for paper in papers if paper is not None]
    return [requisition_view(one) for one in contents if isinstance(one, Requisition) and _shows(member, one)]


async def _size(asked: int, default: int, most: int, context: Context) -> int:
    if not 0 <= asked <= most:
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"page_size is 1 to {most}, or 0 for {default}.")
    return asked or default


async def _month(month: str, company: Company, context: Context) -> tuple[datetime, datetime]:
    """When a calendar month begins and ends where the company is, in UTC."""
    try:
        first = datetime.strptime(f"{month}-01{company.utc_offset}", "%Y-%m-%d%z")
        following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
        return first.astimezone(UTC), following.astimezone(UTC)
    except (ValueError, OverflowError):
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"{month!r} is no month: write 2026-11.")
        raise


async def _after(token: str, context: Context) -> dict[str, Any] | None:
    if not token:
        return None
    try:
        milliseconds, _, order_id = token.partition(".")
        at = datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "page_token is the next_page_token of the last page.")
        raise
    return {"$or": [{"placed_at": {"$gt": at}}, {"placed_at": at, "_id": {"$gt": order_id}}]}
