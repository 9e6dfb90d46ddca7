"""How companies, requisitions, lists and statements look from outside."""

from __future__ import annotations

from headwater.rpc import stamp
from headwater.stubs.orders.v1 import companies_pb2 as pb
from orders.domain.company_state import Company, Requisition, SavedList
from orders.domain.requisition import checkout_id_of
from orders.domain.state import Order


def company_view(company: Company, month: str) -> pb.Company:
    """A company, with what its members spent in a month."""
    terms, spent = company.terms, company.in_month(month)
    return pb.Company(
        company_id=company.company_id, name=terms.name, utc_offset=company.utc_offset, month=month,
        invoice=pb.InvoiceData(**terms.invoice.model_dump()) if terms.invoice else None,
        limit_fen=terms.limit_fen or 0, unlimited=terms.limit_fen is None, decide_within_s=terms.decide_within_s,
        spent_fen=spent.total, waiting=len(company.waiting),
        members=[
            pb.CompanyMember(
                member_id=one.member_id, roles=one.roles, limit_fen=one.limit_fen or 0,
                unlimited=one.limit_fen is None, spent_fen=spent.of(one.member_id),
            )
            for one in company.members
        ],
    )  # fmt: skip


def requisition_view(asked: Requisition) -> pb.Requisition:
    """A requisition as it is now."""
    return pb.Requisition(
        requisition_id=asked.requisition_id, by=asked.by, status=asked.status, why=asked.why,
        total_fen=asked.total_fen, po_number=asked.po_number, note=asked.note, asked_at=stamp(asked.asked_at),
        decide_by=stamp(asked.decide_by), prices_end_at=stamp(asked.prices_end_at),
        decided_by=asked.decided_by or "", fingerprint=asked.fingerprint, all_or_none=asked.all_or_none,
        checkout_id=checkout_id_of(asked.requisition_id, asked.attempt) if asked.attempt else "",
        lines=[
            pb.RequisitionLine(
                sku_id=line.sku_id, offer_id=line.offer_id, quantity=line.quantity, kind=part.kind,
                unit_price_fen=line.unit_price_fen, supplier_id=part.supplier_id,
            )
            for part in asked.parts
            for line in part.lines
        ],
        orders=[pb.RequisitionOrder(**one.model_dump()) for one in asked.orders],
    )  # fmt: skip


def list_view(saved: SavedList) -> pb.SavedList:
    """A named basket."""
    return pb.SavedList(
        list_id=saved.list_id, name=saved.name, saved_by=saved.saved_by, saved_at=stamp(saved.saved_at),
        lines=[
            pb.SavedLine(sku_id=line.sku_id, quantity=line.quantity, offer_id=line.offer_id or "")
            for line in saved.lines
        ],
    )  # fmt: skip


def statement_row(order: Order) -> pb.StatementRow:
    """An order as a statement has it."""
    over = order.status in ("refused", "cancelled", "expired")
    return pb.StatementRow(
        order_id=order.order_id, member_id=order.buyer_id, supplier_id=order.supplier_id,
        placed_at=stamp(order.placed_at), status=order.status, total_fen=order.total_fen, paid_fen=order.paid_fen,
        open_fen=0 if over else order.total_fen - order.paid_fen,
        po_number=order.company.po_number if order.company else "",
        requisition_id=order.company.requisition_id if order.company else "",
    )  # fmt: skip
