"""Look-ups of custom orders over gRPC: the buyer sees all, a factory its own, and a stranger nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from typing import Any

import grpc
import pytest

from headwater.contracts.inquiries import GiveFeedback
from headwater.contracts.orders import Allocation, PlaceOrder
from headwater.contracts.rosters import KeepRoster, RosterLine
from headwater.stubs.orders.v1 import inquiries_pb2 as pb
from headwater.stubs.orders.v1 import inquiries_pb2_grpc
from orders.domain import production, roster
from orders.domain.inquiry_state import Entry, Inquiry
from orders.domain.roster import Roster
from orders.domain.state import Order
from orders.inquiries_rpc import InquiriesRpc
from tests.unit.orders.building import NOW, POLICY, told
from tests.unit.orders.test_inquiry import CHOOSE, OPEN, REPLY, after, decide, order, propose

PUPILS = tuple(RosterLine(class_name=f"7-{n % 2}", pupil=f"{n}", size="150", pieces=2) for n in range(6))
ORDERED = order(roster=PUPILS)
FEEDBACK = GiveFeedback(buyer_id="shop", order_id="ord_1", verdict="change", text="wider", change_id="f", **REPLY)  # type: ignore[arg-type]
INQUIRY = after(OPEN, propose("a", "p-a"), propose("b", "p-b"), CHOOSE, ORDERED, FEEDBACK)
AGREED = after(OPEN, propose("a", "p-a"), propose("b", "p-b"), CHOOSE)
TO_ALL = after(OPEN.model_copy(update={"invited": (), "inquiry_id": "inq_2"}))


class FakeInquiries:
    """Inquiries, the newest first, with the filters that the look-ups use."""

    def __init__(self, *inquiries: Inquiry) -> None:
        self._known = {one.inquiry_id: one for one in inquiries}

    async def get(self, id: str) -> Inquiry | None:
        return self._known.get(id)  # type: ignore[call-overload]

    async def find(self, filter: dict[str, Any], sort: Any, limit: int, after: Any) -> list[tuple[str, Inquiry]]:
        def meets(one: Inquiry, wanted: dict[str, Any]) -> bool:
            proposed = [proposal.supplier_id for proposal in one.proposals]
            found = {"buyer_id": one.buyer_id, "invited": one.invited, "status": one.status}
            return all(
                value in proposed if name == "proposals.supplier_id"
                else value in one.invited if name == "invited" and value
                else tuple(found[name]) == tuple(value)
                for name, value in wanted.items()
            )  # fmt: skip

        some = [one for one in self._known.values() if any(meets(one, way) for way in filter.get("$or", [filter]))]
        some.sort(key=lambda one: (one.opened_at, one.inquiry_id), reverse=True)
        if after:
            at, id = after["$or"][1]["opened_at"], after["$or"][1]["_id"]["$lt"]
            some = [one for one in some if (one.opened_at, one.inquiry_id) < (at, id)]
        return [(one.inquiry_id, one) for one in some[:limit]]

    async def parts(self, id: str, limit: int) -> list[tuple[str, Entry]]:
        return list(self._known[id].entries.items())[:limit]  # type: ignore[index]


class FakeOrders:
    """One order of a class list, with its goods in two parcels."""

    async def get_many(self, ids: Iterable[str]) -> dict[str, Order]:
        (place,) = told(decide(AGREED, ORDERED, NOW), PlaceOrder)
        made = production.decide(POLICY, None, place, NOW).state
        assert made is not None
        sku = place.lines[0].sku_id
        held = tuple(Allocation(sku_id=sku, warehouse_id=w, pieces=n) for w, n in (("keqiao", 5), ("yiwu", 7)))  # type: ignore[arg-type]
        parcels = {f"shp_1-{one.warehouse_id}": "collected" for one in held}
        sent = made.evolve(status="shipped", allocations=held, shipments=parcels)
        return {"ord_1": sent} if "ord_1" in ids else {}


class FakeRosters:
    """The list of that order."""

    async def find(self, filter: dict[str, Any], sort: Any, limit: int) -> list[tuple[str, Roster]]:
        (keep,) = told(decide(AGREED, ORDERED, NOW), KeepRoster)
        kept = roster.decide(None, keep, NOW).state
        assert kept is not None
        return [("ord_1", kept)] if filter.get("order_id", "ord_1") == "ord_1" else []


async def now() -> datetime:
    return NOW


@pytest.fixture
async def inquiries() -> AsyncIterator[Any]:
    """The look-ups on a real server."""
    server = grpc.aio.server()
    later = AGREED.evolve(inquiry_id="inq_3", opened_at=NOW + timedelta(hours=1))
    fake: Any = FakeInquiries(INQUIRY, TO_ALL, later)
    inquiries_pb2_grpc.add_InquiriesServicer_to_server(InquiriesRpc(fake, FakeRosters(), FakeOrders(), now), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield inquiries_pb2_grpc.InquiriesStub(channel)
    await server.stop(None)


async def refusal(call: Any) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value


async def seen(inquiries: Any, viewer: str, id: str = "inq_1") -> Any:
    return (await inquiries.GetInquiry(pb.GetInquiryRequest(inquiry_id=id, viewer=viewer), timeout=5)).inquiry


async def test_the_buyer_sees_all_proposals_versions_and_orders(inquiries: Any) -> None:
    found = await seen(inquiries, "shop")
    assert [one.supplier_id for one in found.proposals] == ["a", "b"]
    assert sorted(one.what for one in found.history) == [
        "chosen", "feedback", "opened", "ordered", "proposed", "proposed"
    ]  # fmt: skip
    (ordered,) = found.orders
    assert (ordered.order_id, ordered.status, ordered.has_roster, ordered.version) == ("ord_1", "shipped", True, 1)
    assert (found.supplier_id, found.version, found.terms.min_quantity) == ("a", 1, 10)


async def test_the_chosen_factory_sees_its_own_proposal_and_the_orders(inquiries: Any) -> None:
    found = await seen(inquiries, "a")
    assert [one.supplier_id for one in found.proposals] == ["a"]
    assert {one.by for one in found.history if one.what == "proposed"} == {"a"}
    assert ([one.order_id for one in found.orders], list(found.invited)) == (["ord_1"], [])


async def test_a_factory_that_was_not_chosen_learns_that_it_is_over_and_no_more(inquiries: Any) -> None:
    found = await seen(inquiries, "b")
    assert (found.status, found.supplier_id, found.version, found.HasField("terms")) == ("closed", "", 0, False)
    assert ([one.what for one in found.history], list(found.orders)) == (["proposed"], [])


@pytest.mark.parametrize("id", ["inq_1", "inq_9"])
async def test_a_stranger_is_told_that_there_is_none(inquiries: Any, id: str) -> None:
    requests = (
        inquiries.GetInquiry(pb.GetInquiryRequest(inquiry_id=id, viewer="stranger"), timeout=5),
        inquiries.CompareProposals(pb.CompareProposalsRequest(inquiry_id=id, viewer="stranger"), timeout=5),
        inquiries.GetRoster(pb.GetRosterRequest(inquiry_id=id, viewer="stranger"), timeout=5),
    )
    for request in requests:
        error = await refusal(request)
        assert (error.code(), f"no inquiry '{id}' for you" in str(error.details())) == (grpc.StatusCode.NOT_FOUND, True)


async def test_one_that_all_may_answer_is_seen_by_all(inquiries: Any) -> None:
    assert (await seen(inquiries, "stranger", "inq_2")).status == "open"


async def test_only_the_buyer_compares(inquiries: Any) -> None:
    request = pb.CompareProposalsRequest(inquiry_id="inq_1", viewer="b")
    assert (await refusal(inquiries.CompareProposals(request, timeout=5))).code() == grpc.StatusCode.NOT_FOUND


async def test_proposals_stand_side_by_side_at_a_quantity() -> None:
    cheap = propose("b", "p-b")
    terms = cheap.terms.model_copy(update={"price_ranges": cheap.terms.price_ranges[1:], "min_quantity": 50})
    fake: Any = FakeInquiries(after(OPEN, propose("a", "p-a"), cheap.model_copy(update={"terms": terms})))
    rpc = InquiriesRpc(fake, FakeRosters(), FakeOrders(), now)
    for quantity, rows in ((20, [("a", 900, True), ("b", 800, False)]), (0, [("a", 800, True), ("b", 800, True)])):
        request = pb.CompareProposalsRequest(inquiry_id="inq_1", viewer="shop", quantity=quantity)
        found = await rpc.CompareProposals(request, None)  # type: ignore[arg-type]
        assert [(one.proposal.supplier_id, one.unit_price_fen, one.orderable) for one in found.proposals] == rows
        assert found.quantity == (quantity or OPEN.quantity)


async def test_lists_are_of_a_buyer_or_of_a_factory_and_come_in_pages(inquiries: Any) -> None:
    async def listed(**fields: Any) -> Any:
        return await inquiries.ListInquiries(pb.ListInquiriesRequest(**fields), timeout=5)

    first = await listed(buyer_id="shop", page_size=2)
    second = await listed(buyer_id="shop", page_size=2, page_token=first.next_page_token)
    ids = [one.inquiry_id for page in (first, second) for one in page.inquiries]
    assert (ids, second.next_page_token) == (["inq_3", "inq_2", "inq_1"], "")
    assert [one.inquiry_id for one in (await listed(supplier_id="b")).inquiries] == ["inq_3", "inq_2", "inq_1"]
    assert [one.inquiry_id for one in (await listed(supplier_id="stranger")).inquiries] == ["inq_2"]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "either buyer_id or supplier_id"),
        ({"buyer_id": "shop", "supplier_id": "a"}, "either buyer_id or supplier_id"),
        ({"buyer_id": "shop", "page_token": "nonsense"}, "page_token"),
        ({"buyer_id": "shop", "page_size": -1}, "page_size"),
    ],
)
async def test_a_list_that_makes_no_sense_is_answered_with_what_to_do(inquiries: Any, fields: Any, says: str) -> None:
    error = await refusal(inquiries.ListInquiries(pb.ListInquiriesRequest(**fields), timeout=5))
    assert (error.code(), says in str(error.details())) == (grpc.StatusCode.INVALID_ARGUMENT, True)


async def test_a_quantity_that_is_none_is_refused(inquiries: Any) -> None:
    request = pb.CompareProposalsRequest(inquiry_id="inq_1", viewer="shop", quantity=-1)
    error = await refusal(inquiries.CompareProposals(request, timeout=5))
    assert (error.code(), "1,000,000,000" in str(error.details())) == (grpc.StatusCode.INVALID_ARGUMENT, True)


async def test_each_childs_pieces_are_traced_to_their_parcels(inquiries: Any) -> None:
    request = pb.GetRosterRequest(inquiry_id="inq_1", viewer="a")
    lines = (await inquiries.GetRoster(request, timeout=5)).lines
    parcels = [[(one.warehouse_id, one.pieces, one.status) for one in line.parcels] for line in lines]
    assert parcels[:3] == [
        [("keqiao", 2, "collected")], [("keqiao", 2, "collected")],
        [("keqiao", 1, "collected"), ("yiwu", 1, "collected")],
    ]  # fmt: skip
    assert sum(pieces for line in parcels for _, pieces, _ in line) == 12


async def test_a_roster_is_shown_by_class_and_by_order_and_not_to_other_factories(inquiries: Any) -> None:
    async def rows(**fields: Any) -> Any:
        return (await inquiries.GetRoster(pb.GetRosterRequest(inquiry_id="inq_1", **fields), timeout=5)).lines

    assert [line.pupil for line in await rows(viewer="shop", class_name="7-1")] == ["1", "3", "5"]
    assert list(await rows(viewer="shop", order_id="ord_9")) == []
    assert (await refusal(rows(viewer="b"))).code() == grpc.StatusCode.NOT_FOUND
