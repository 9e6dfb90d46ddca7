"""The worlds of what is tried before it is bought: a delivered trial, and a test plan of two styles."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from headwater.contracts.base import (
    BuyerId,
    OfferId,
    OrderId,
    PlanId,
    SkuId,
    SupplierId,
    Wake,
)
from headwater.contracts.orders import (
    OrderAnswer,
)
from headwater.contracts.testplans import ClosePlan, Limits, NoteLot, NoteReview, ReportSales, SoldOn, StartPlan
from headwater.contracts.trialsales import NoteFollowUp, OpenTrialSale, SignTrial, WalkAway
from headwater_proof.states.explore import Given, World, dumped
from headwater_proof.states.given import (
    BUYER,
    CALLER,
    HOME,
    LATER,
    MUCH_LATER,
    NOW,
    POLICY,
    PRICE_FEN,
    SUPPLIER,
    given,
    part,
)
from orders.domain import testplan, testplan_lots, trialsale

ORDER_ID, SKUS = OrderId("ord_1"), ("a", "b")

# --- a delivered trial ---------------------------------------------------------------------------------------------


def _trial() -> tuple[Given, ...]:
    sign = SignTrial(
        order_id=ORDER_ID, buyer_id=BUYER, sign_id="once", quote=part("a"), destination=HOME, fingerprint="f",
        reply_to=CALLER,
    )  # fmt: skip
    for_more = trialsale.follow_up_id(ORDER_ID, 0)
    return (
        given(OpenTrialSale(order_id=ORDER_ID, buyer_id=BUYER, supplier_id=SUPPLIER, offers=(OfferId("offer"),))),
        given(sign),
        given(sign.model_copy(update={"fingerprint": "other"}), label="SignTrial of other contents"),
        given(sign.model_copy(update={"sign_id": "twice"}), label="SignTrial anew"),
        given(sign.model_copy(update={"quote": part("a", SupplierId("other"))}), label="SignTrial of other goods"),
        *(
            given(OrderAnswer(order_id=for_more, status=status, total_fen=PRICE_FEN, currency="CNY"),
                   label=f"OrderAnswer {status}")
            for status in ("confirmed", "refused", "cancelled")
        ),
        *(
            given(NoteFollowUp(order_id=ORDER_ID, follow_up_id=for_more, outcome=outcome), label=f"order {outcome}")
            for outcome in ("paid", "cancelled", "expired")
        ),
        given(WalkAway(order_id=ORDER_ID, buyer_id=BUYER, reason="it shrinks", reply_to=CALLER)),
        given(Wake(id=ORDER_ID, due=MUCH_LATER), MUCH_LATER, "silence until decide_by"),
    )  # fmt: skip


# --- a test plan of two styles -------------------------------------------------------------------------------------

PLAN_ID = PlanId("tpl_1")


def _plan() -> tuple[Given, ...]:
    start = StartPlan(
        plan_id=PLAN_ID, buyer_id=BUYER, name="autumn", lots=(part(SKUS),), follow_up_pieces=5,
        limits=Limits(style_pieces=5, style_fen=10**6, pieces=10, fen=10**6), ends_at=MUCH_LATER, destination=HOME,
        fingerprint="f", reply_to=CALLER,
    )  # fmt: skip
    days = tuple(SoldOn(sku_id=SkuId("a"), day=(NOW + timedelta(days=n)).date(), pieces=1) for n in range(3))
    sales = ReportSales(plan_id=PLAN_ID, buyer_id=BUYER, sold=days, reply_to=CALLER)
    order_id = testplan_lots.order_id_of(PLAN_ID, 0)
    reviews = (
        NoteReview(plan_id=PLAN_ID, order_id=order_id, sku_id=SkuId(sku), review_id=sku, rating=1) for sku in SKUS
    )
    return (
        given(start),
        given(start.model_copy(update={"fingerprint": "other"}), label="StartPlan of other contents"),
        given(start.model_copy(update={"ends_at": NOW}), label="StartPlan that is over"),
        *(
            given(NoteLot(plan_id=PLAN_ID, order_id=order_id, outcome=outcome),
                   label=f"every style is stopped once {outcome}")
            for outcome in ("delivered", "expired")
        ),
        given(sales, LATER + timedelta(days=2)),
        given(sales.model_copy(update={"buyer_id": BuyerId("eve")}), label="ReportSales of another buyer"),
        given(sales.model_copy(update={"sold": (days[0].model_copy(update={"sku_id": SkuId("z")}),)}),
               label="ReportSales of another SKU"),
        *(given(review, label="every style is stopped") for review in reviews),
        given(ClosePlan(plan_id=PLAN_ID, buyer_id=BUYER, reason="over", reply_to=CALLER)),
        given(Wake(id=PLAN_ID, due=MUCH_LATER), MUCH_LATER, "ends_at"),
    )  # fmt: skip


WORLDS = (
    World("orders", "trialsale", partial(trialsale.decide, POLICY), [_trial()], dumped()),
    World("orders", "testplan", testplan.decide, [_plan()], dumped("signals")),
)
