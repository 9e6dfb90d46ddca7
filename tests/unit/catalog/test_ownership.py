"""A SKU belongs to the supplier who listed it first: no later offer takes it over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from catalog.domain.offer import Offer, decide
from catalog.domain.ownership import owning_offers
from headwater.contracts.base import SkuId
from headwater.contracts.catalog import DelistOffer
from tests.unit.catalog.building import NOW, list_offer

SKU = SkuId("X-L")


def offer_of(supplier_id: str, offer_id: str, *, day: int = 0, status: str = "listed") -> Offer:
    command: Any = list_offer(supplier_id=supplier_id, offer_id=offer_id)
    offer = decide(None, command, NOW + timedelta(days=day)).state
    if status == "delisted":
        offer = decide(offer, DelistOffer(offer_id=command.offer_id, reason="season over"), NOW).state
    assert offer is not None
    return offer


def seller(*offers: Offer) -> str:
    return owning_offers({SKU}, sorted(offers, key=lambda offer: offer.first_listed_at))[SKU].offer_id


def test_a_later_offer_of_another_supplier_does_not_take_a_sku_over_whatever_its_id() -> None:
    assert seller(offer_of("thief", "aaa", day=1), offer_of("factory", "off-X")) == "off-X"
    assert seller(offer_of("thief", "zzz", day=1), offer_of("factory", "off-X")) == "off-X"


def test_not_even_while_the_owner_has_it_delisted() -> None:
    assert seller(offer_of("factory", "off-X", status="delisted"), offer_of("thief", "zzz", day=1)) == "off-X"


def test_its_supplier_may_go_on_selling_it_in_a_new_offer() -> None:
    assert seller(offer_of("factory", "old", status="delisted"), offer_of("factory", "new", day=1)) == "new"


def test_of_two_listed_offers_of_its_supplier_the_first_sells_it() -> None:
    assert seller(offer_of("factory", "first"), offer_of("factory", "second", day=1)) == "first"


def test_only_the_skus_asked_for_are_told() -> None:
    assert set(owning_offers({SKU}, [offer_of("factory", "off-X")])) == {SKU}
