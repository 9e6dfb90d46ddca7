"""A buyer's standing as the look-ups show it: all of it to the buyer, the credit alone to its suppliers."""

from __future__ import annotations

from headwater.contracts.base import BuyerId
from headwater.contracts.buyerstanding import Reckoned
from headwater.rpc import stamp
from headwater.stubs.orders.v1 import buyerstandings_pb2 as pb
from orders.domain.buyerstanding_state import BuyerStanding, Reason
from orders.domain.levels import LADDER, POINTS, Points, first_counted, in_time_percent

RANGES = (1000, 100, 10, 1)


def standing_view(standing: BuyerStanding) -> pb.BuyerStanding:
    """All that there is to know, for the buyer itself."""
    shown, own = standing.standing, standing.own
    return pb.BuyerStanding(
        buyer_id=standing.buyer_id, level=shown.level, integrity=shown.integrity, generosity=shown.generosity,
        amount_fen=shown.amount_fen, facts=_facts(shown), in_time_percent=in_time_percent(shown.counts),
        next=_next(shown), counts_from=first_counted(standing.month), link=standing.status,
        accounts=standing.members, history=[_reason(one) for one in standing.reasons],
        own=pb.OwnPart(
            level=own.level, integrity=own.integrity, generosity=own.generosity, amount_fen=own.amount_fen
        ),
    )  # fmt: skip


def credit_view(buyer_id: BuyerId, shown: Reckoned) -> pb.BuyerCredit:
    """What a supplier needs to know, and no business secret."""
    orders = shown.counts.get("completed", 0)
    return pb.BuyerCredit(
        buyer_id=buyer_id, level=shown.level, integrity=shown.integrity, generosity=shown.generosity,
        in_time_percent=in_time_percent(shown.counts),
        orders_completed=next((f"{most}+" for most in RANGES if orders >= most), "0"),
    )  # fmt: skip


def _facts(shown: Reckoned) -> list[pb.FactCount]:
    return [
        pb.FactCount(
            fact=fact, orders=count, integrity=count * POINTS[fact].integrity,
            generosity=count * POINTS[fact].generosity,
        )
        for fact, count in shown.counts.items()
    ]  # fmt: skip


def _next(shown: Reckoned) -> pb.NextLevel | None:
    above = [rung for rung in LADDER if rung.level > shown.level]
    if not above:
        return None
    rung = above[-1]
    return pb.NextLevel(
        level=rung.level, amount_fen=rung.amount_fen, orders=rung.orders, in_time_percent=rung.in_time_percent
    )


def _reason(reason: Reason) -> pb.StandingReason:
    points = POINTS[reason.what] if reason.what in POINTS else Points(0, 0)
    return pb.StandingReason(
        at=stamp(reason.at), what=reason.what, about=reason.about, integrity=points.integrity,
        generosity=points.generosity, amount_fen=reason.amount_fen, note=reason.note,
    )  # fmt: skip
