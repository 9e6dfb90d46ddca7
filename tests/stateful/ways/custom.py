"""Custom orders (定制): factories propose, the buyer chooses and orders, and the factory makes it, in time or not."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any, Literal

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from headwater.contracts.base import BuyerId, InquiryId, Key, Message, OfferId, OrderId, SkuId, SupplierId, WarehouseId
from headwater.contracts.catalog import PriceRange
from headwater.contracts.inquiries import (
    AnswerVersion,
    Benchmark,
    ChooseProposal,
    CloseInquiry,
    OpenInquiry,
    OrderUnderInquiry,
    Propose,
    ProposeVersion,
    Requirements,
    SizePieces,
    Terms,
    VersionAgreed,
)
from headwater.contracts.orders import CancelOrder, OrderLine
from headwater.contracts.production import BatchFinished, BatchLine
from orders.domain.batches import pieces_in
from tests.stateful.market import BUYER, CALLER, CITIES, NOWHERE, WAREHOUSES, WHICH, Market, given, home
from tests.stateful.model import Bought

SIZES = ("S", "L")
WANTED = Requirements(text="a blazer", sizes=SIZES)
FACTORIES = ("kiln", "loom")
WAITS = timedelta(days=2)
WHERE = st.sampled_from(WAREHOUSES)


def terms(base_fen: int) -> Terms:
    """A ladder from 10 pieces on, and a trial batch of up to 3."""
    steps = ((10, base_fen), (40, base_fen - 50))
    return Terms(
        price_ranges=tuple(PriceRange(start_quantity=pieces, price_fen=fen) for pieces, fen in steps),
        min_quantity=10, lead_days=7, capacity_per_month=1_000, trial_pieces=3, sample_price_fen=2 * base_fen,
    )  # fmt: skip


def price_of(agreed: Terms, batch: str, pieces: int) -> int:
    """What a piece costs, reckoned by hand."""
    base = agreed.price_ranges[0].price_fen
    return 2 * base if batch == "trial" else base if pieces < 40 else base - 50


class CustomOrders(Market):
    """Inquiries from the question to the goods."""

    def begin(self) -> None:
        super().begin()
        self.inquiries: dict[str, OpenInquiry] = {}
        self.proposed: defaultdict[str, list[Propose]] = defaultdict(list)
        self.agreed: defaultdict[str, dict[int, VersionAgreed]] = defaultdict(dict)
        self.a_buyer_asks_factories("bo", ())
        self.mail.all_come()
        self.a_factory_proposes(0, FACTORIES[0], 1_000)
        self.mail.all_come()
        self.a_buyer_chooses(0)

    def heard(self, group: str, message: Message, told: list[Message]) -> None:
        super().heard(group, message, told)
        for event in told:
            if isinstance(event, VersionAgreed):
                assert event.version == len(self.agreed[event.inquiry_id]) + 1, f"{event} follows no other"
                self.agreed[event.inquiry_id][event.version] = event

    # --- terms -------------------------------------------------------------------------------------------------------

    @rule(buyer=BUYER, invited=st.sampled_from(((), FACTORIES)))
    def a_buyer_asks_factories(self, buyer: str, invited: tuple[Any, ...]) -> None:
        now = self.mail.now
        asked = OpenInquiry(
            inquiry_id=InquiryId(self.new_id("inq")), buyer_id=BuyerId(buyer), quantity=40, invited=invited,
            benchmark=Benchmark(description="like this"), requirements=WANTED, answer_until=now + WAITS,
            needed_by=now + 30 * WAITS, reply_to=CALLER,
        )  # fmt: skip
        self.inquiries[asked.inquiry_id] = asked
        self.post(asked)

    @given("undecided")
    @rule(which=WHICH, factory=st.sampled_from((*FACTORIES, "stranger")), base_fen=st.sampled_from((1_000, 777)))
    def a_factory_proposes(self, which: int, factory: str, base_fen: int) -> None:
        id = self.one_of(self.undecided(), which)
        if id is not None:
            made = Propose(
                inquiry_id=InquiryId(id), supplier_id=SupplierId(factory), terms=terms(base_fen), reply_to=CALLER,
                valid_until=self.mail.now + 2 * WAITS, change_id=self.new_id("chg"),
            )  # fmt: skip
            self.proposed[id].append(made)
            self.post(made)

    @given("proposed_to")
    @rule(which=WHICH)
    def a_buyer_chooses(self, which: int) -> None:
        id = self.one_of(self.proposed_to(), which)
        if id is not None:
            proposal = self.one_of(self.proposed[id], which)
            assert proposal is not None
            self.post(
                ChooseProposal(
                    inquiry_id=InquiryId(id), buyer_id=self.inquiries[id].buyer_id, proposal_id=proposal.change_id,
                    change_id=self.new_id("chg"), reply_to=CALLER,
                )
            )  # fmt: skip

    @given("bound")
    @rule(which=WHICH, by_buyer=st.booleans(), base_fen=st.sampled_from((900, 1_100)))
    def a_side_wants_another_version(self, which: int, by_buyer: bool, base_fen: int) -> None:
        agreed = self.one_of(self.bound(), which)
        if agreed is not None:
            self.post(
                ProposeVersion(
                    inquiry_id=agreed.inquiry_id, by=_side(agreed, by_buyer), after_version=agreed.version,
                    requirements=WANTED, terms=terms(base_fen), agree_by=self.mail.now + WAITS,
                    change_id=self.new_id("chg"), reply_to=CALLER,
                )
            )  # fmt: skip

    @given("bound")
    @rule(which=WHICH, by_buyer=st.booleans(), agrees=st.booleans())
    def a_side_answers(self, which: int, by_buyer: bool, agrees: bool) -> None:
        agreed = self.one_of(self.bound(), which)
        if agreed is not None:
            self.post(
                AnswerVersion(
                    inquiry_id=agreed.inquiry_id, by=_side(agreed, by_buyer), version=agreed.version + 1,
                    agrees=agrees, change_id=self.new_id("chg"), reply_to=CALLER,
                )
            )  # fmt: skip

    @precondition(lambda self: len(self.inquiries) > 2)
    @rule(which=WHICH)
    def a_buyer_closes_an_inquiry(self, which: int) -> None:
        id = self.one_of(list(self.inquiries), which)
        if id is not None:
            self.post(
                CloseInquiry(
                    inquiry_id=InquiryId(id), buyer_id=self.inquiries[id].buyer_id, reason="no more",
                    change_id=self.new_id("chg"), reply_to=CALLER,
                )
            )  # fmt: skip

    # --- goods -------------------------------------------------------------------------------------------------------

    @given("bound")
    @rule(
        which=WHICH, batch=st.sampled_from(("trial", "bulk")), pieces=st.sampled_from((1, 5, 20)),
        old=st.sampled_from((0, 0, 0, 1)), city=st.sampled_from((*CITIES, NOWHERE)),
    )  # fmt: skip
    def a_buyer_orders_what_was_agreed(
        self, which: int, batch: Literal["trial", "bulk"], pieces: int, old: int, city: str
    ) -> None:
        bound = self.one_of(self.bound(), which)
        if bound is None:
            return
        agreed = self.agreed[bound.inquiry_id][max(1, bound.version - old)]
        order_id, unit = OrderId(self.new_id("ord")), price_of(agreed.terms, batch, pieces * len(SIZES))
        lines = [
            OrderLine(
                sku_id=SkuId(f"{agreed.inquiry_id}-v{agreed.version}-{size}"), offer_id=OfferId(agreed.inquiry_id),
                quantity=pieces, unit_price_fen=unit,
            )
            for size in SIZES
        ]  # fmt: skip
        self.model.expect(order_id, agreed.buyer_id, agreed.supplier_id, lines, made=True)
        self.post(
            OrderUnderInquiry(
                inquiry_id=agreed.inquiry_id, buyer_id=agreed.buyer_id, order_id=order_id, version=agreed.version,
                batch=batch, pieces=tuple(SizePieces(size=size, pieces=pieces) for size in SIZES),
                destination=home(city), reply_to=CALLER,
            )
        )  # fmt: skip

    @given("made_orders")
    @rule(which=WHICH, most=st.sampled_from((1, 100)), more=st.sampled_from((0, 0, 1)), where=WHERE)
    def a_factory_brings_a_batch(self, which: int, most: int, more: int, where: str) -> None:
        order = self.one_of(self.made_orders(), which)
        if order is not None:
            self._bring(order, most, more, where)

    @given("made_orders")
    @rule(where=WHERE)
    def factories_bring_all_that_is_lacking(self, where: str) -> None:
        for order in self.made_orders():
            self._bring(order, 10**6, 0, where)

    def _bring(self, order: Bought, most: int, more: int, where: str) -> None:
        made = self.mail.states("orders.order")[order.order_id].production.batches
        lacking = {sku: n - pieces_in(made, SkuId(sku), "asked", "received") for sku, n in order.pieces.items()}
        lines = tuple(
            BatchLine(sku_id=SkuId(sku), pieces=min(n, most) + more) for sku, n in lacking.items() if n + more > 0
        )
        if lines:
            self.post(
                BatchFinished(
                    order_id=OrderId(order.order_id), supplier_id=SupplierId(order.supplier), lines=lines,
                    batch_id=self.new_id("bat"), warehouse_id=WarehouseId(where), reply_to=CALLER,
                )
            )  # fmt: skip

    def made_orders(self) -> list[Bought]:
        """The paid ones that have not ended, of goods that are made for them."""
        return [order for order in self.model.orders.values() if order.made and order.paid and order.end is None]

    def undecided(self) -> list[str]:
        """The inquiries whose buyers have not chosen."""
        return [id for id in self.inquiries if id not in self.agreed]

    def proposed_to(self) -> list[str]:
        """Those of them that somebody has proposed to."""
        return [id for id in self.undecided() if self.proposed[id]]

    def bound(self) -> list[VersionAgreed]:
        """The terms that bind."""
        return [versions[max(versions)] for versions in self.agreed.values()]

    def wind_up(self) -> None:
        super().wind_up()
        for order in self.made_orders():  # what was not made in time the buyer no longer waits for
            self.post(CancelOrder(order_id=OrderId(order.order_id), buyer_id=BuyerId(order.buyer), reason="late"))

    def at_rest(self) -> None:
        super().at_rest()
        for id, inquiry in self.mail.states("orders.inquiry").items():
            assert inquiry.status not in ("open", "comparing", "revising"), f"{id} still waits: {inquiry.status}"
            assert inquiry.version == len(self.agreed.get(id, ())), f"{id} is at version {inquiry.version}"


def _side(agreed: VersionAgreed, buyer: bool) -> Key:
    return agreed.buyer_id if buyer else agreed.supplier_id
