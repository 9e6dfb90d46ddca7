"""Inquiries as the look-ups show them: to each viewer what is its to see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from headwater.contracts.base import WarehouseId
from headwater.contracts.inquiries import Requirements, Terms
from headwater.rpc import stamp
from headwater.stubs.orders.v1 import inquiries_pb2 as pb
from orders.domain.inquiry_state import Entry, Inquiry, Proposal
from orders.domain.iteration import sku_of
from orders.domain.order import shipment_id_of
from orders.domain.roster import Roster, assigned
from orders.domain.state import Order
from orders.views import lines_view, production_view


def inquiry_view(inquiry: Inquiry, viewer: str) -> pb.Inquiry:
    """The inquiry without its history and orders. An empty viewer sees everything."""
    buyer = viewer in ("", inquiry.buyer_id)
    party = buyer or viewer == inquiry.supplier_id
    waiting = inquiry.next if party else None
    return pb.Inquiry(
        inquiry_id=inquiry.inquiry_id, buyer_id=inquiry.buyer_id, status=_status(inquiry, party),
        benchmark=pb.Benchmark(
            offer_id=inquiry.benchmark.offer_id or "", description=inquiry.benchmark.description,
            pictures=inquiry.benchmark.pictures,
        ),
        requirements=_requirements(inquiry.requirements) if party or not inquiry.version else None,
        quantity=inquiry.quantity, target_price_fen=(inquiry.target_price_fen or 0) if buyer else 0,
        needed_by=stamp(inquiry.needed_by), answer_until=stamp(inquiry.answer_until),
        opened_at=stamp(inquiry.opened_at), invited=inquiry.invited if buyer else (),
        proposals=[proposal_view(one) for one in inquiry.proposals if buyer or one.supplier_id == viewer],
        supplier_id=(inquiry.supplier_id or "") if party else "", version=inquiry.version if party else 0,
        terms=terms_view(inquiry.terms) if party and inquiry.terms else None,
        next=pb.NextVersion(
            version=waiting.version, by=waiting.by, requirements=_requirements(waiting.requirements),
            terms=terms_view(waiting.terms), note=waiting.note, agree_by=stamp(waiting.agree_by),
        ) if waiting else None,
    )  # fmt: skip


def _status(inquiry: Inquiry, party: bool) -> str:
    """Who was not chosen is told that it is over, and no more."""
    return inquiry.status if party or inquiry.status in ("open", "comparing", "lapsed") else "closed"


def add_history(shown: pb.Inquiry, inquiry: Inquiry, entries: Iterable[tuple[str, Entry]], viewer: str) -> list[str]:
    """Add what became of it, as far as it is the viewer's to see; the ids of its orders if those are."""
    party = viewer in ("", inquiry.buyer_id, inquiry.supplier_id)
    orders: list[str] = []
    for _, entry in sorted(entries, key=lambda one: (one[1].at, one[0])):
        # A proposal is its factory's and the buyer's; everything else is the buyer's and the chosen factory's.
        if viewer not in ("", inquiry.buyer_id, entry.by) and (not party or entry.what == "proposed"):
            continue
        placed = entry.order
        shown.history.add(
            what=entry.what, by=entry.by, at=stamp(entry.at), version=entry.version,
            requirements=_requirements(entry.requirements) if entry.requirements else None,
            terms=terms_view(entry.terms) if entry.terms else None, text=entry.text, pictures=entry.pictures,
            verdict=entry.verdict, order_id=(placed.order_id if placed else entry.order_id) or "",
        )  # fmt: skip
        if placed is not None:
            orders.append(placed.order_id)
            shown.orders.add(
                order_id=placed.order_id, batch=placed.batch, version=entry.version, total_fen=placed.total_fen,
                status="refused", lines=lines_view(placed.lines), has_roster=placed.has_roster,
            )  # fmt: skip
    return orders


def add_orders(shown: pb.Inquiry, orders: Mapping[str, Order]) -> None:
    """What became of the orders that were taken; one that was not stays refused."""
    for one in shown.orders:
        order = orders.get(one.order_id)
        if order is not None and (made := production_view(order.production)) is not None:
            one.status = order.status
            one.production.CopyFrom(made)
            if order.pay_by is not None:
                one.pay_by.FromDatetime(order.pay_by)


def compared(inquiry: Inquiry, quantity: int, now: datetime) -> pb.CompareProposalsResponse:
    """The proposals that can be chosen, at a quantity: those that it reaches first, the cheapest before the others."""
    target = inquiry.target_price_fen or 0
    rows = [
        pb.ComparedProposal(
            proposal=proposal_view(one), unit_price_fen=(unit := one.terms.price_at(quantity)),
            total_fen=unit * quantity, orderable=quantity >= one.terms.min_quantity,
            within_target=not target or unit <= target, months=-(-quantity // one.terms.capacity_per_month),
            in_time=now + timedelta(days=one.terms.lead_days) <= inquiry.needed_by,
        )
        for one in inquiry.live
        if one.valid_until > now
    ]  # fmt: skip
    rows.sort(key=lambda row: (not row.orderable, row.unit_price_fen, row.proposal.terms.lead_days,
                               row.proposal.supplier_id))  # fmt: skip
    return pb.CompareProposalsResponse(quantity=quantity, target_price_fen=target, proposals=rows)


def roster_lines(roster: Roster, order: Order | None, class_name: str) -> Iterable[pb.RosterLine]:
    """The roster's lines, each with the parcels that its pieces are in. An order without parcels has none."""
    parcels: dict[str, dict[WarehouseId, int]] = {}
    shipped = order is not None and order.shipments
    if order is not None and shipped and order.production is not None:
        sizes = {
            sku_of(roster.inquiry_id, order.production.made.version, line.size): line.size for line in roster.lines
        }
        for held in order.allocations:
            parcels.setdefault(sizes[held.sku_id], {})[held.warehouse_id] = held.pieces
    for line, taken in assigned(roster.lines, parcels):
        if class_name and line.class_name != class_name:
            continue
        shown = pb.RosterLine(
            order_id=roster.order_id, class_name=line.class_name, pupil=line.pupil, size=line.size, pieces=line.pieces
        )
        for warehouse, pieces in taken.items():
            id = shipment_id_of(roster.order_id, warehouse)
            status = order.shipments.get(id, "") if order is not None else ""
            shown.parcels.add(shipment_id=id, warehouse_id=warehouse, pieces=pieces, status=status)
        yield shown


def proposal_view(proposal: Proposal) -> pb.Proposal:
    """A factory's proposal."""
    return pb.Proposal(
        proposal_id=proposal.proposal_id, supplier_id=proposal.supplier_id, terms=terms_view(proposal.terms),
        valid_until=stamp(proposal.valid_until), status=proposal.status,
    )  # fmt: skip


def terms_view(terms: Terms) -> pb.Terms:
    """At what a factory makes it."""
    return pb.Terms(
        price_ranges=[
            pb.PriceStep(start_quantity=step.start_quantity, price_fen=step.price_fen) for step in terms.price_ranges
        ],
        min_quantity=terms.min_quantity, lead_days=terms.lead_days, capacity_per_month=terms.capacity_per_month,
        trial_pieces=terms.trial_pieces or 0, sample_price_fen=terms.sample_price_fen or 0,
    )  # fmt: skip


def _requirements(asked: Requirements) -> pb.Requirements:
    return pb.Requirements(text=asked.text, materials=asked.materials, process=asked.process, sizes=asked.sizes)
