"""Plain orders (直接下单): one supplier's goods from stock, at a sealed price."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from headwater.contracts.base import OrderId
from headwater.contracts.orders import PlaceOrder
from tests.stateful.market import BASKET, BUYER, CALLER, CITIES, NOWHERE, SUPPLIERS, WHICH, Market, given, home

TOWN = st.sampled_from((*CITIES, *CITIES, NOWHERE))


class PlainOrders(Market):
    """Orders as the gateway places them."""

    def begin(self) -> None:
        super().begin()
        self.placings: list[PlaceOrder] = []

    @rule(buyer=BUYER, basket=BASKET, city=TOWN, vouched=st.sampled_from((0, 0, 7)))
    def an_order_is_placed(self, buyer: str, basket: list[tuple[str, int]], city: str, vouched: int) -> None:
        supplier = SUPPLIERS[basket[0][0]]
        part = self.quote(buyer, [one for one in basket if SUPPLIERS[one[0]] == supplier], vouched=vouched)
        order_id = self.new_id("ord")
        self.model.expect(order_id, buyer, part.supplier_id, part.lines)
        placing = PlaceOrder(
            order_id=OrderId(order_id), buyer_id=part.buyer_id, supplier_id=part.supplier_id, currency="CNY",
            lines=part.lines, destination=home(city), fingerprint=order_id, seal=part.seal, reply_to=CALLER,
        )  # fmt: skip
        self.placings.append(placing)
        self.post(placing)

    @given("placings")
    @rule(which=WHICH)
    def an_order_is_placed_with_other_contents(self, which: int) -> None:
        placing = self.one_of(self.placings, which)
        if placing is not None and self.model.orders[placing.order_id].placed:
            self.post(placing.model_copy(update={"fingerprint": "another"}))

    @rule(basket=BASKET)
    def an_order_is_placed_at_a_price_of_its_own(self, basket: list[tuple[str, int]]) -> None:
        part = self.quote("bo", basket[:1])
        lines = tuple(line.model_copy(update={"unit_price_fen": 1}) for line in part.lines)
        self.post(
            PlaceOrder(
                order_id=OrderId(self.new_id("ord")), buyer_id=part.buyer_id, supplier_id=part.supplier_id,
                currency="CNY", lines=lines, destination=home(CITIES[0]), fingerprint="cheap", seal=part.seal,
                reply_to=CALLER,
            )
        )  # fmt: skip
