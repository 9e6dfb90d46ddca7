"""Standings, reports, traffic, guarantees, pallets and co-distributed offers as the look-ups show them."""

from __future__ import annotations

from catalog.domain import weight
from catalog.domain.codistribution import CoOffer
from catalog.domain.distribution import Distribution
from catalog.domain.guarantee import Guarantee
from catalog.domain.pallet import Pallet
from catalog.domain.replacement import Replacement
from catalog.domain.standing_state import Report, Standing, Suspension
from catalog.domain.strict import why_not_strict
from catalog.domain.traffic import Traffic
from headwater.rpc import stamp
from headwater.stubs.catalog.v1 import governance_pb2 as pb


def standing_view(standing: Standing) -> pb.Standing:
    """A standing, without the reports themselves."""
    return pb.Standing(
        supplier_id=standing.supplier_id, kind=standing.kind, evidence=standing.evidence,
        verified_by=standing.verified_by, verified_at=stamp(standing.verified_at),
        reports=[
            pb.Tally(kind=kind, open=tally.open, upheld=tally.upheld, dismissed=tally.dismissed)
            for kind, tally in sorted(standing.tallies.items())
        ],
        reviews=standing.reviews,
        mean_rating_x100=standing.stars * 100 // standing.reviews if standing.reviews else 0,
        strict=standing.strict, not_strict_because=why_not_strict(standing.figures, standing.strict),
        suspension=_suspension_view(standing.suspension) if standing.suspension else None,
    )  # fmt: skip


def report_view(report: Report) -> pb.Report:
    """A report."""
    return pb.Report(
        report_id=report.report_id, kind=report.kind, evidence=report.evidence, offer_id=report.offer_id or "",
        by=report.by, filed_at=stamp(report.filed_at), status=report.status, note=report.note,
        judged_by=report.judged_by, judged_at=stamp(report.judged_at),
    )  # fmt: skip


def traffic_view(traffic: Traffic) -> pb.Traffic:
    """The figures and the weight that follows."""
    figures = traffic.figures
    return pb.Traffic(
        supplier_id=traffic.supplier_id, impressions=figures.impressions, new_buyers=figures.new_buyers,
        cohort_buyers=figures.cohort, came_back=figures.came_back, conversion_per_mille=weight.conversion(figures),
        retention_per_mille=weight.retention(figures), earned_per_mille=traffic.earned,
        boost_per_mille=traffic.boost, weight_per_mille=traffic.weight, all_impressions=traffic.impressions,
        all_orders=traffic.orders, all_buyers=traffic.known_buyers, all_returned=traffic.returned_buyers,
    )  # fmt: skip


def guarantee_view(supplier_id: str, guarantee: Guarantee) -> pb.Guarantee:
    """What was promised, and what was reached."""
    return pb.Guarantee(
        supplier_id=supplier_id, guarantee_id=guarantee.guarantee_id,
        promised_impressions=guarantee.promised_impressions, promised_first_orders=guarantee.promised_first_orders,
        impressions=guarantee.impressions, first_orders=guarantee.first_orders, since=stamp(guarantee.since),
        until=stamp(guarantee.until), outcome=guarantee.outcome, ended_at=stamp(guarantee.ended_at),
    )  # fmt: skip


def pallet_view(pallet: Pallet) -> pb.Pallet:
    """A pallet with what is on it."""
    return pb.Pallet(
        pallet_id=pallet.pallet_id, leader_id=pallet.leader_id, name=pallet.name,
        goods=[pb.PalletGoods(offer_id=one.offer_id, floor_fen=one.floor_fen) for one in pallet.goods],
        status=pallet.status, withdrawn_because=pallet.withdrawn_because or "",
    )  # fmt: skip


def distribution_view(distribution: Distribution, offer: CoOffer | None) -> pb.Distribution:
    """A co-distributed offer with what its seller earns; None: the leader's offer does not exist."""
    view = pb.Distribution(
        offer_id=distribution.offer_id, supplier_id=distribution.supplier_id, pallet_id=distribution.pallet_id,
        leader_id=distribution.leader_id, leader_offer_id=distribution.leader_offer_id,
        margin_fen=distribution.margin.fen, margin_per_mille=distribution.margin.per_mille,
        status="delisted", delisted_because=f"its leader has no offer {distribution.leader_offer_id}",
    )  # fmt: skip
    if offer is None:
        return view
    view.status, view.delisted_because = offer.status, offer.delisted_because or ""
    for theirs, ours in zip(offer.leader_ranges, offer.price_ranges, strict=True):
        view.steps.add(
            start_quantity=ours.start_quantity, leader_fen=theirs.price_fen, price_fen=ours.price_fen,
            earned_fen=ours.price_fen - theirs.price_fen,
        )  # fmt: skip
    return view


def replacement_view(replacement: Replacement) -> pb.Replacement:
    """An offer to take instead."""
    offer, supplier, price = replacement
    return pb.Replacement(
        offer_id=offer.offer_id, supplier_id=offer.supplier_id, subject=offer.subject, subject_zh=offer.subject_zh,
        unit_price_fen=price, supplier_kind=supplier.kind, strict=supplier.strict,
    )  # fmt: skip


def _suspension_view(suspension: Suspension) -> pb.Suspension:
    return pb.Suspension(
        suspension_id=suspension.suspension_id, reason=suspension.reason, by=suspension.by,
        since=stamp(suspension.since), until=stamp(suspension.until),
    )  # fmt: skip
