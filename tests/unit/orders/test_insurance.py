"""The pool of freight insurance: what it costs, what it covers, and that it is never below zero in silence."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from headwater.contracts.base import ReplyTo
from headwater.contracts.refunds import ClaimFreight, CollectPremium, FreightCovered, InsuranceShort
from headwater.decision import Decision
from orders.domain.insurance import POOL, Insurance, decide
from orders.domain.premium import COVERS, MOST_FEN, cover_fen, premium_fen
from tests.unit.orders.building import NOW, balances, line, told


def premium(order: str = "ord_1", fen: int = 100) -> CollectPremium:
    return CollectPremium.model_validate({"insurance_id": POOL, "order_id": order, "amount_fen": fen})


def claim(order: str = "ord_1", fen: int = 1_000) -> ClaimFreight:
    to = ReplyTo(topic="orders.order.inbox.v1", key=order)
    return ClaimFreight.model_validate(
        {"insurance_id": POOL, "order_id": order, "case_id": f"rfd_{order}", "amount_fen": fen, "reply_to": to}
    )


def after(*messages: CollectPremium | ClaimFreight) -> Decision[Insurance]:
    decision: Decision[Insurance] = Decision(None)
    for message in messages:
        decision = decide(decision.state, message, NOW)
    return decision


def test_the_premium_is_a_rate_of_the_cover_rounded_up() -> None:
    assert premium_fen([line(quantity=2)]) == 60
    assert [cover_fen(most) for most, _ in COVERS] == [fen for _, fen in COVERS]
    assert [cover_fen(COVERS[0][0] + 1), cover_fen(10**6)] == [COVERS[1][1], MOST_FEN]


def test_a_claim_is_paid_of_the_pool() -> None:
    paid = after(premium(fen=1_500), claim())
    assert paid.state is not None
    assert (paid.state.balance_fen, paid.state.by_platform_fen) == (500, 0)
    assert [(one.amount_fen, one.by_platform_fen) for one in told(paid, FreightCovered)] == [(1_000, 0)]
    assert not told(paid, InsuranceShort)


def test_what_the_pool_lacks_the_platform_pays_by_a_posting_of_its_own_and_says_so() -> None:
    paid = after(premium(fen=300), claim())
    assert paid.state is not None
    found = balances(paid.state.postings)
    assert (found["insurance"], found["platform"], paid.state.balance_fen) == (0, -700, 0)
    assert [one.by_platform_fen for one in told(paid, InsuranceShort)] == [700]


def test_a_claim_that_comes_again_is_answered_and_pays_nothing_more() -> None:
    before = after(premium(fen=300), claim()).state
    again = decide(before, claim(), NOW)
    assert again.state is before
    assert [(one.amount_fen, one.by_platform_fen) for one in told(again, FreightCovered)] == [(1_000, 700)]


ORDERS = st.sampled_from(("ord_1", "ord_2", "ord_3"))
MESSAGES = st.one_of(
    st.builds(partial(premium), order=ORDERS, fen=st.just(700)), st.builds(partial(claim), order=ORDERS)
)


@given(st.lists(MESSAGES, max_size=20))
def test_the_pool_holds_what_its_postings_say_after_any_messages(messages: list[CollectPremium | ClaimFreight]) -> None:
    pool = after(*messages).state
    if pool is None:
        return
    found = balances(pool.postings)
    assert found["insurance"] == pool.balance_fen == pool.collected_fen - pool.claimed_fen + pool.by_platform_fen >= 0
    assert (found["platform"], sum(found.values())) == (-pool.by_platform_fen, 0)
    assert pool.collected_fen == 700 * len({one.order_id for one in messages if isinstance(one, CollectPremium)})
    assert pool.claimed_fen == 1_000 * len({one.order_id for one in messages if isinstance(one, ClaimFreight)})
