"""Look-ups of company accounts over gRPC: each member sees what is its to see, and a stranger nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import grpc
import pytest

from headwater.contracts.companies import SavedLine, SaveList, SetMember
from headwater.contracts.orders import CompanyPurchase
from headwater.stubs.orders.v1 import companies_pb2 as pb
from headwater.stubs.orders.v1 import companies_pb2_grpc
from orders.company_rpc import CompaniesRpc
from orders.domain.company_state import Company
from orders.domain.state import Order
from tests.unit.orders import building
from tests.unit.orders.building import NOW, place
from tests.unit.orders.test_company import ID, OWN, Office, submit

WAITING_FEN = 31_000
FIRST_OF_MONTH = datetime.fromisoformat("2026-10-31T16:00:00+00:00")
"""When November begins in Beijing."""


class FakeCompanies:
    """One company with its papers."""

    def __init__(self, company: Company) -> None:
        self._company = company

    async def get(self, id: str) -> Company | None:
        return self._company.evolve(papers={}) if id == "com_1" else None

    async def find(self, filter: dict[str, Any], sort: Any, limit: int) -> list[tuple[str, Company]]:
        known = {one.member_id for one in self._company.members}
        return [("com_1", self._company)] if filter["members.member_id"] in known else []

    async def part(self, id: str, key: str) -> Any:
        return self._company.papers.get(key) if id == "com_1" else None

    async def parts(self, id: str, limit: int, after_key: str | None) -> list[tuple[str, Any]]:
        papers = sorted(self._company.papers.items())
        return [one for one in papers if one[0] > (after_key or "")][:limit]


class FakeOrders:
    """Orders by their time, with the filter that a statement uses."""

    def __init__(self, *orders: Order) -> None:
        self._orders = sorted(orders, key=lambda order: (order.placed_at, order.order_id))

    async def find(self, filter: dict[str, Any], sort: Any, limit: int, after: Any) -> list[tuple[str, Order]]:
        within, buyers = filter["placed_at"], filter["buyer_id"]["$in"]
        found = [
            one for one in self._orders
            if one.company is not None and one.company.company_id == filter["company.company_id"]
            and within["$gte"] <= one.placed_at < within["$lt"] and one.buyer_id in buyers
        ]  # fmt: skip
        if after:
            at, id = after["$or"][1]["placed_at"], after["$or"][1]["_id"]["$gt"]
            found = [one for one in found if (one.placed_at, one.order_id) > (at, id)]
        return [(one.order_id, one) for one in found[:limit]]


class Now:
    """The platform's clock, stopped."""

    async def now(self) -> datetime:
        return NOW


def bought(number: int, at: datetime = NOW, **changes: Any) -> Order:
    """An order of bo for the company."""
    company = CompanyPurchase(company_id="com_1", requisition_id=f"rqn_{number}", po_number="PO-7")  # type: ignore[arg-type]
    order = building.after(place(order_id=f"ord_{number}", buyer_id="bo"))
    return order.evolve(company=company, placed_at=at, **changes)


def office() -> Office:
    """Bo's requisition is placed, cy's waits, vi only looks."""
    office = Office()
    office.give(submit("rqn_1", 15_000))
    office.give(submit("rqn_2", WAITING_FEN, by="cy", po_number="PO-7"))
    office.give(SetMember(**ID, by="ann", member_id="vi", roles=("viewer",), change_id="vi"))  # type: ignore[arg-type]
    lines = (SavedLine(sku_id="X-L", quantity=3),)  # type: ignore[arg-type]
    for name in ("autumn", "winter"):
        office.give(SaveList(**ID, list_id=f"lst_{name}", by="bo", name=name, lines=lines, change_id=name))  # type: ignore[arg-type]
    return office


@pytest.fixture
async def companies() -> AsyncIterator[Any]:
    """The look-ups on a real server."""
    company = office().company
    assert company is not None
    orders = FakeOrders(
        bought(1), bought(2, status="cancelled"), bought(3, FIRST_OF_MONTH), bought(4, paid_fen=10_000),
        bought(5, FIRST_OF_MONTH - timedelta(seconds=1)),
    )  # fmt: skip
    server = grpc.aio.server()
    rpc = CompaniesRpc(FakeCompanies(company), orders, Now())
    companies_pb2_grpc.add_CompaniesServicer_to_server(rpc, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield companies_pb2_grpc.CompaniesStub(channel)
    await server.stop(None)


async def refusal(call: Any) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value


async def statement(companies: Any, **fields: Any) -> Any:
    asked = {"company_id": "com_1", "account": "ann", "month": "2026-11", **fields}
    return await companies.GetStatement(pb.GetStatementRequest(**asked), timeout=5)


async def test_a_member_sees_its_company_with_what_each_has_spent(companies: Any) -> None:
    found = (await companies.GetCompany(pb.GetCompanyRequest(company_id="com_1", account="vi"), timeout=5)).company
    assert (found.name, found.month, found.spent_fen, found.waiting) == ("Sea Ltd", "2026-11", 15_000, 1)
    members = {one.member_id: (one.spent_fen, one.limit_fen, one.unlimited) for one in found.members}
    assert members["bo"] == (15_000, OWN, False)
    assert members["ann"] == (0, 0, True)


async def test_an_account_finds_the_companies_that_it_is_a_member_of(companies: Any) -> None:
    for account, ids in (("cy", ["com_1"]), ("eve", [])):
        found = await companies.ListCompanies(pb.ListCompaniesRequest(account=account), timeout=5)
        assert [one.company_id for one in found.companies] == ids


@pytest.mark.parametrize(
    ("call", "request_"),
    [
        ("GetCompany", pb.GetCompanyRequest(company_id="com_1", account="eve")),
        ("GetCompany", pb.GetCompanyRequest(company_id="com_9", account="ann")),
        ("GetRequisition", pb.GetRequisitionRequest(company_id="com_1", account="eve", requisition_id="rqn_1")),
        ("ListRequisitions", pb.ListRequisitionsRequest(company_id="com_1", account="eve")),
        ("ListLists", pb.ListListsRequest(company_id="com_1", account="eve")),
        ("GetStatement", pb.GetStatementRequest(company_id="com_1", account="eve", month="2026-11")),
    ],
)
async def test_a_stranger_learns_nothing(companies: Any, call: str, request_: Any) -> None:
    error = await refusal(getattr(companies, call)(request_, timeout=5))
    assert (error.code(), "You are a member of no company" in str(error.details())) == (grpc.StatusCode.NOT_FOUND, True)


@pytest.mark.parametrize(
    ("account", "requisition", "seen"),
    [("cy", "rqn_2", True), ("bo", "rqn_2", False), ("vi", "rqn_2", True), ("ann", "rqn_1", True), ("ann", "x", False)],
)
async def test_a_requisition_is_seen_by_who_asked_and_by_who_sees_all(
    companies: Any, account: str, requisition: str, seen: bool
) -> None:
    request = pb.GetRequisitionRequest(company_id="com_1", account=account, requisition_id=requisition)
    if not seen:
        error = await refusal(companies.GetRequisition(request, timeout=5))
        assert (error.code(), requisition in str(error.details())) == (grpc.StatusCode.NOT_FOUND, True)
        return
    found = (await companies.GetRequisition(request, timeout=5)).requisition
    assert found.requisition_id == requisition
    assert (found.checkout_id, len(found.orders)) == (("chk_rqn_1-1", 1) if requisition == "rqn_1" else ("", 0))


async def test_a_saved_list_is_no_requisition(companies: Any) -> None:
    request = pb.GetRequisitionRequest(company_id="com_1", account="ann", requisition_id="lst_autumn")
    assert (await refusal(companies.GetRequisition(request, timeout=5))).code() == grpc.StatusCode.NOT_FOUND


async def test_requisitions_come_in_pages_and_those_that_wait_by_themselves(companies: Any) -> None:
    async def listed(**fields: Any) -> Any:
        return await companies.ListRequisitions(pb.ListRequisitionsRequest(company_id="com_1", **fields), timeout=5)

    first = await listed(account="ann", page_size=1)
    second = await listed(account="ann", page_size=1, page_token=first.next_page_token)
    assert [one.requisition_id for page in (first, second) for one in page.requisitions] == ["rqn_1", "rqn_2"]
    assert second.next_page_token == "", "the lists behind them are no requisitions"
    assert [one.requisition_id for one in (await listed(account="vi", waiting=True)).requisitions] == ["rqn_2"]
    assert [one.requisition_id for one in (await listed(account="bo")).requisitions] == ["rqn_1"], "its own"


async def test_lists_are_shown_to_all_members(companies: Any) -> None:
    found = await companies.ListLists(pb.ListListsRequest(company_id="com_1", account="cy"), timeout=5)
    assert [(one.name, one.saved_by, one.lines[0].quantity) for one in found.lists] == [
        ("autumn", "bo", 3), ("winter", "bo", 3)
    ]  # fmt: skip


async def test_a_statement_has_the_orders_of_a_month_where_the_company_is(companies: Any) -> None:
    found = await statement(companies)
    assert [(one.order_id, one.open_fen, one.paid_fen) for one in found.rows] == [
        ("ord_3", 10_000, 0), ("ord_1", 10_000, 0), ("ord_2", 0, 0), ("ord_4", 0, 10_000)
    ]  # fmt: skip
    assert (found.rows[0].po_number, found.rows[0].requisition_id, found.utc_offset) == ("PO-7", "rqn_3", "+08:00")
    assert [one.order_id for one in (await statement(companies, month="2026-10")).rows] == ["ord_5"]


async def test_a_statement_goes_on_where_its_page_ended(companies: Any) -> None:
    ids, token = [], ""
    for _ in range(9):
        page = await statement(companies, page_size=3, page_token=token)
        ids += [one.order_id for one in page.rows]
        token = page.next_page_token
        if not token:
            break
    assert ids == ["ord_3", "ord_1", "ord_2", "ord_4"]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"month": "November"}, "'November' is no month: write 2026-11."),
        ({"month": "2026-13"}, "is no month"),
        ({"page_token": "nonsense"}, "page_token"),
        ({"page_token": "9" * 30 + ".x"}, "page_token"),
        ({"page_size": 501}, "page_size is 1 to 500"),
        ({"page_size": -1}, "page_size"),
    ],
)
async def test_a_statement_that_makes_no_sense_is_answered_with_what_to_do(
    companies: Any, fields: Any, says: str
) -> None:
    error = await refusal(statement(companies, **fields))
    assert (error.code(), says in str(error.details())) == (grpc.StatusCode.INVALID_ARGUMENT, True)


async def test_statements_are_for_those_who_see_all(companies: Any) -> None:
    error = await refusal(statement(companies, account="bo"))
    assert (error.code(), "admins, approvers and viewers" in str(error.details())) == (grpc.StatusCode.NOT_FOUND, True)
