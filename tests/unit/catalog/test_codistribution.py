"""Pallets and co-distributed offers: who may, what a piece costs and earns, and what takes them off the shelf."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain import codistribution, distribution, pallet
from catalog.domain.codistribution import CoOffer, chosen_offers, co_offer, marked_up
from catalog.domain.distribution import Distribution
from catalog.domain.offer import Offer, decide
from catalog.domain.pallet import Pallet
from catalog.domain.pricing import Price, quote
from catalog.domain.standing_state import Standing
from headwater.contracts.base import Done, Message, Refused, SkuId
from headwater.contracts.catalog import DelistOffer
from headwater.contracts.distribution import (
    Codistribute,
    CodistributionEnded,
    EndDistribution,
    OfferCodistributed,
    PalletGoods,
    PalletPublished,
    PalletWithdrawn,
    PutDistribution,
    PutPallet,
    WithdrawPallet,
)
from tests.unit.catalog.building import CALLER, NOW, ladder, listed, told
from tests.unit.catalog.governing import margin, publish, standing, suspend, verify

LEADER = standing(verify("chain_leader"))
SKU = SkuId("X-L")


def put(**changes: Any) -> PutPallet:
    return PutPallet(**{**dict(publish()), **changes})


def withdraw(change_id: str = "w1", leader_id: str = "factory") -> WithdrawPallet:
    return WithdrawPallet(
        pallet_id="pal-1", leader_id=leader_id, change_id=change_id, reason="season over", reply_to=CALLER
    )


def ask(**changes: Any) -> Codistribute:
    fields: dict[str, Any] = {
        "pallet_id": "pal-1", "offer_id": "cod-1", "supplier_id": "shop", "leader_offer_id": "off-X",
        "margin": margin(per_mille=100), "change_id": "c1", "reply_to": CALLER,
    }  # fmt: skip
    return Codistribute(**{**fields, **changes})


def on_sale(**changes: Any) -> PutDistribution:
    return PutDistribution(**{**dict(ask()), "leader_id": "factory", **changes})


def end(change_id: str = "e1", supplier_id: str = "shop") -> EndDistribution:
    return EndDistribution(
        offer_id="cod-1", supplier_id=supplier_id, change_id=change_id, reason="moved on", reply_to=CALLER
    )


def pallet_after(*messages: Message) -> Pallet:
    state: Pallet | None = None
    for message in messages:
        state = pallet.decide(state, message, NOW).state
    assert state is not None
    return state


def sold_after(*messages: Message) -> Distribution:
    state: Distribution | None = None
    for message in messages:
        state = distribution.decide(state, message, NOW).state
    assert state is not None
    return state


def in_shop(
    of: Offer | None = None, *, sold: Distribution | None = None, on: Pallet | None = None,
    leader: Standing | None = LEADER, seller: Standing | None = None,
) -> CoOffer:  # fmt: skip
    return co_offer(sold or sold_after(on_sale()), on or pallet_after(put()), of or listed(), leader, seller)


def test_a_pallet_is_published_once_and_can_be_replaced_by_its_leader_only() -> None:
    first = pallet.decide(None, put(), NOW)
    assert told(first, PalletPublished)[0].goods[0].floor_fen == 950
    assert pallet.decide(first.state, put(), NOW).state is first.state
    other = pallet.decide(first.state, put(leader_id="thief", change_id="t1"), NOW)
    assert (other.state, told(other, Refused)[0].code) == (first.state, "not_your_pallet")


def test_an_offer_is_on_a_pallet_once() -> None:
    goods = (PalletGoods(offer_id="off-X", floor_fen=1), PalletGoods(offer_id="off-X", floor_fen=2))
    decision = pallet.decide(None, put(goods=goods), NOW)
    assert (decision.state, told(decision, Refused)[0].code) == (None, "duplicate_offer")


def test_a_withdrawn_pallet_is_told_once_and_a_late_repeat_of_its_publishing_does_not_bring_it_back() -> None:
    gone = pallet.decide(pallet_after(put()), withdraw(), NOW)
    assert told(gone, PalletWithdrawn)[0].reason == "season over"
    again = pallet.decide(gone.state, withdraw("w2"), NOW)
    assert not told(again, PalletWithdrawn)
    assert told(again, Done)
    late = pallet.decide(gone.state, put(), NOW)
    assert late.state is gone.state
    assert pallet_after(put(), withdraw(), put(change_id="p2")).status == "published"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (ask(leader_offer_id="off-Z"), "not_on_pallet"),
        (ask(supplier_id="factory"), "own_pallet"),
        (withdraw(leader_id="thief"), "not_your_pallet"),
    ],
)
def test_a_pallet_refuses_what_it_does_not_let(message: Message, code: str) -> None:
    known = pallet_after(put())
    decision = pallet.decide(known, message, NOW)
    assert (decision.state, told(decision, Refused)[0].code) == (known, code)


def test_what_is_asked_of_no_pallet_or_a_withdrawn_one_is_refused() -> None:
    assert told(pallet.decide(None, ask(), NOW), Refused)[0].code == "no_such_pallet"
    gone = pallet_after(put(), withdraw())
    assert told(pallet.decide(gone, ask(), NOW), Refused)[0].code == "pallet_withdrawn"


def test_a_sellers_wish_goes_through_the_pallet_to_its_offer() -> None:
    (passed,) = told(pallet.decide(pallet_after(put()), ask(), NOW), PutDistribution)
    assert passed == on_sale()
    made = distribution.decide(None, passed, NOW)
    assert told(made, OfferCodistributed)[0].leader_id == "factory"
    assert distribution.decide(made.state, passed, NOW).state is made.state


def test_a_sellers_offer_is_changed_and_ended_by_that_seller_only() -> None:
    known = sold_after(on_sale())
    for message in (on_sale(supplier_id="thief", change_id="t1"), end("t2", "thief")):
        decision = distribution.decide(known, message, NOW)
        assert (decision.state, told(decision, Refused)[0].code) == (known, "not_your_offer")
    assert sold_after(on_sale(), on_sale(change_id="c2", margin=margin(fen=5))).margin.fen == 5
    ended = distribution.decide(known, end(), NOW)
    assert told(ended, CodistributionEnded)
    assert not told(distribution.decide(ended.state, end("e2"), NOW), CodistributionEnded)
    late = distribution.decide(ended.state, on_sale(), NOW)
    assert late.state is ended.state, "a late repeat does not put it back"
    assert told(distribution.decide(None, end(), NOW), Refused)[0].code == "no_such_offer"


def test_the_table_of_prices_is_true() -> None:
    lines = re.findall(
        r"^ {4}(none|\d+ per mille(?: \+ (\d+) fen)?) +(\d+) +(\d+) +(\d+)", codistribution.__doc__ or "", re.M
    )
    assert len(lines) == 4
    for said, fen, *prices in lines:
        share = 0 if said == "none" else int(said.split()[0])
        sold = sold_after(on_sale(margin=margin(int(fen or 0), share)))
        assert [one.price_fen for one in in_shop(sold=sold).price_ranges] == list(map(int, prices))


def test_a_co_distributed_offer_is_the_leaders_goods_under_the_sellers_name() -> None:
    offer = in_shop(listed(trial_pieces=5, sample_price_fen=1500, mixed_batch=True))
    assert (offer.offer_id, offer.supplier_id, offer.leader_id, offer.status) == ("cod-1", "shop", "factory", "listed")
    assert offer.skus == listed().skus, "one stock"
    assert (offer.trial_pieces, offer.mixed_batch, offer.sample_price_fen) == (None, False, 1650)


PRICES = st.lists(st.integers(1, 10**6), min_size=1, max_size=6).map(lambda prices: sorted(prices, reverse=True))


@given(PRICES, st.integers(0, 10**5), st.integers(0, 10_000), st.integers(1, 10**6))
def test_a_larger_quantity_is_never_dearer_and_no_piece_goes_below_the_floor(
    prices: list[int], fen: int, per_mille: int, floor: int
) -> None:
    steps = ladder(*((2 + 10 * n, price) for n, price in enumerate(prices)))
    goods = (PalletGoods(offer_id="off-X", floor_fen=floor),)
    sold = sold_after(on_sale(margin=margin(fen, per_mille)))
    offer = in_shop(listed(price_ranges=steps), sold=sold, on=pallet_after(put(goods=goods)))
    asked = [one.price_fen for one in offer.price_ranges]
    assert asked == sorted(asked, reverse=True)
    assert min(asked) >= floor
    for one, mine in zip(steps, offer.price_ranges, strict=True):
        earns = offer.earned(Price(mine.price_fen, 0), one.start_quantity)
        assert earns == mine.price_fen - one.price_fen
        assert earns * 1000 >= one.price_fen * per_mille + 1000 * fen, "the margin is never rounded away"


def test_the_margin_of_a_price_that_leaves_a_remainder_is_rounded_up() -> None:
    assert marked_up(999, margin(per_mille=1), 0) == 1000


def test_a_price_stays_within_what_a_message_can_carry() -> None:
    assert marked_up(10**15, margin(per_mille=10_000), 0) == 10**15


def gone(offer: CoOffer) -> str:
    assert offer.status == "delisted"
    return offer.delisted_because or ""


def test_what_takes_a_co_distributed_offer_off_the_shelf_says_so() -> None:
    delisted = decide(listed(), DelistOffer(offer_id=listed().offer_id, reason="no cotton"), NOW).state
    assert "pallet pal-1 is withdrawn (season over)" in gone(in_shop(on=pallet_after(put(), withdraw())))
    other = (PalletGoods(offer_id="off-Z", floor_fen=1),)
    assert "no longer on pallet" in gone(in_shop(on=pallet_after(put(goods=other))))
    assert "no longer on pallet" in gone(in_shop(listed(supplier_id="thief"))), "what is not the leader's to give"
    assert "no chain leader" in gone(in_shop(leader=standing(verify("trader"))))
    assert "no chain leader" in gone(in_shop(leader=None))
    assert "suspended (fakes)" in gone(in_shop(seller=standing(suspend(), supplier_id="shop")))
    assert "off the shelf (no cotton)" in gone(in_shop(delisted))
    assert "moved on" in gone(in_shop(sold=sold_after(on_sale(), end())))


def test_a_buyer_who_names_the_seller_buys_the_leaders_sku_from_it() -> None:
    owner, mine = listed(), in_shop()
    offers = chosen_offers({SKU: owner}, {SKU: mine})
    line = quote({SKU: 2}, offers).lines[0]
    assert (line.sku_id, line.supplier_id, line.offer_id, line.price.unit_fen) == ("X-L", "shop", "cod-1", 1100)
    assert chosen_offers({SKU: owner}, {}) == {SKU: owner}


def test_nobody_sells_a_sku_without_its_owner() -> None:
    owner, thief = listed(), listed(supplier_id="thief", offer_id="off-T")
    assert chosen_offers({SKU: owner}, {SKU: thief}) == {}
    assert chosen_offers({SKU: thief}, {SKU: in_shop()}) == {}, "the leader does not own it either"
    assert chosen_offers({SKU: owner}, {SKU: None}) == {}
    assert chosen_offers({SkuId("Y-L"): owner}, {SkuId("Y-L"): in_shop()}) == {}, "not in that offer"
    assert chosen_offers({}, {SKU: in_shop()}) == {}
