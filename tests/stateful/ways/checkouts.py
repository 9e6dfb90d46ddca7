"""Checkouts (合并下单): one basket over several suppliers, an order with each; all of them or none, if so wanted."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import strategies as st
from hypothesis.stateful import rule

from headwater.contracts.base import BuyerId, CheckoutId
from headwater.contracts.checkouts import PlaceCheckout
from headwater.contracts.quotes import SealedQuote
from orders.domain.checkout import order_id_of
from tests.stateful.market import BUYER, CALLER, CITIES, SKUS, SOME, SUPPLIERS, WHICH, Market, given, home

WIDE = st.lists(st.tuples(SKUS, SOME), min_size=2, max_size=4, unique_by=lambda one: one[0])


class Checkouts(Market):
    """Baskets as the gateway places them."""

    def begin(self) -> None:
        super().begin()
        self.checkouts: list[PlaceCheckout] = []

    def parts_of(self, buyer: str, basket: list[tuple[str, int]]) -> tuple[SealedQuote, ...]:
        """A basket's quote: a part for each supplier."""
        by_supplier: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for sku, pieces in basket:
            by_supplier[SUPPLIERS[sku]].append((sku, pieces))
        return tuple(self.quote(buyer, part) for part in by_supplier.values())

    def expect_parts(self, checkout_id: CheckoutId, buyer: str, parts: tuple[SealedQuote, ...]) -> None:
        """Somebody is about to check out these."""
        for number, part in enumerate(parts):
            self.model.expect(order_id_of(checkout_id, number), buyer, part.supplier_id, part.lines)

    @rule(buyer=BUYER, basket=WIDE, all_or_none=st.booleans(), city=st.sampled_from(CITIES))
    def a_basket_is_checked_out(self, buyer: str, basket: list[tuple[str, int]], all_or_none: bool, city: str) -> None:
        parts, id = self.parts_of(buyer, basket), CheckoutId(self.new_id("chk"))
        self.expect_parts(id, buyer, parts)
        checkout = PlaceCheckout(
            checkout_id=id, buyer_id=BuyerId(buyer), parts=parts, all_or_none=all_or_none, destination=home(city),
            fingerprint=id, reply_to=CALLER,
        )  # fmt: skip
        self.checkouts.append(checkout)
        self.post(checkout)

    @given("checkouts")
    @rule(which=WHICH)
    def a_checkout_comes_with_other_contents(self, which: int) -> None:
        checkout = self.one_of(self.checkouts, which)
        if checkout is not None and checkout.checkout_id in self.mail.states("orders.checkout"):
            self.post(checkout.model_copy(update={"fingerprint": "another"}))
