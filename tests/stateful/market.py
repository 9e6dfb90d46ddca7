"""The machine that all ways to buy share: goods, time, the mail, buyers who pay, cancel and accept, and what must hold.

A way to buy is a class of rules beside it (`ways/`). It is given `post` and `quote`, says what it orders by
`model.expect`, and may extend `begin` (what it needs before the first step), `wind_up` (how its open things come to
an end) and `at_rest` (what must hold once all is over), each calling `super()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from headwater.contracts.base import BuyerId, Message, OfferId, OrderId, ReplyTo, SkuId, SupplierId, WarehouseId
from headwater.contracts.campaigns import CampaignRun
from headwater.contracts.logistics import ReceiveStock
from headwater.contracts.orders import AcceptOrder, CancelOrder, Destination, OrderLine, PayOrder
from headwater.contracts.quotes import SealedQuote, sealed, secrets_from, to_seal
from headwater.contracts.topics import GATEWAY_REPLIES
from headwater_proof.services import QUOTE_SECRETS
from tests.stateful import judge
from tests.stateful.mail import Mail
from tests.stateful.model import Bought, Model
from tests.stateful.partners import Partners

SERVICES = ("orders", "logistics", "catalog")
BEGIN = datetime(2026, 11, 11, tzinfo=UTC)
CITIES = ("Madrid", "Beijing")
NOWHERE = "Atlantis"
"""A city that no carrier goes to."""
WAREHOUSES = ("yiwu", "keqiao")
SUPPLIERS = {"mug": "kiln", "cup": "kiln", "hat": "loom", "bag": "loom", "pen": "mill"}
"""By SKU, who makes it."""
PRICES = {"mug": 900, "cup": 501, "hat": 3_300, "bag": 7_001, "pen": 99}
"""Fen for a piece."""
BUYERS = ("bo", "cy", "di")
SECRETS = secrets_from(QUOTE_SECRETS)
QUOTE_HOLDS = timedelta(minutes=15)
CALLER = ReplyTo(topic=GATEWAY_REPLIES, key="someone")
T = TypeVar("T")

WHICH = st.integers(0, 9)
"""Which of several, from the newest on."""
SEED = st.integers(0, 2**16)
SKUS = st.sampled_from(tuple(PRICES))
BUYER = st.sampled_from(BUYERS)
SOME = st.sampled_from((1, 2, 5, 30))
BASKET = st.lists(st.tuples(SKUS, SOME), min_size=1, max_size=2, unique_by=lambda one: one[0])
WAIT_S = st.sampled_from((1, 60, 300, 900, 1_801, 3_600, 8 * 86_400))


def given(name: str) -> Callable[[Any], Any]:
    """A rule for when there is something in a field of the machine, or in what a method of it returns."""

    def is_something(machine: Any) -> bool:
        found = getattr(machine, name)
        return bool(found() if callable(found) else found)

    return precondition(is_something)  # type: ignore[no-any-return]


def home(city: str) -> Destination:
    """Where a parcel goes."""
    return Destination(city=city, address="1 Road", consignee="Wang", phone="1")


class Market(RuleBasedStateMachine):
    """Goods, people, partners and time."""

    steps: ClassVar[int] = 0
    """Of all examples, since somebody set it to 0."""

    def __init__(self) -> None:
        super().__init__()
        self.mail = Mail(SERVICES, BEGIN)
        self.model = Model(frozenset(CITIES))
        self.mail.watchers.append(lambda group, message, told: self.heard(group, message, told))
        self.partners = Partners(self.mail)
        self.chance = Random(0)
        """For what happens beside a rule; it is the same each time that the same is done."""
        self.ids = 0
        self.began = False
        self.begin()
        self.mail.all_come()

    # --- what a way to buy is given, and what it may extend ----------------------------------------------------------

    def begin(self) -> None:
        """Before the first step."""
        for sku in PRICES:
            self.goods_arrive(sku, 60, WAREHOUSES[0])

    def heard(self, group: str, message: Message, told: list[Message]) -> None:
        """A message came to a group, and this is what it said."""
        self.model.heard(group, message, told, self.mail.now)

    def wind_up(self) -> None:
        """Bring to its end what does not come to one by itself."""

    def at_rest(self) -> None:
        """What must hold once everything is over."""
        judge.at_rest(self.mail, self.model)

    def post(self, message: Message) -> None:
        """Somebody sends a command; some of what is underway comes meanwhile."""
        self.mail.post(message)
        self.mail.some_come(self.chance, self.chance.choice((0, 1, 10, 40)))

    def new_id(self, prefix: str) -> str:
        """An id that nothing else has."""
        self.ids += 1
        return f"{prefix}_{self.ids}"

    def quote(
        self, buyer: str, basket: Iterable[tuple[str, int]], *, vouched: int = 0, price: int | None = None,
        run: CampaignRun | None = None,
    ) -> SealedQuote:  # fmt: skip
        """What the catalog would seal of one supplier's goods for this buyer; `price` instead of the usual ones."""
        basket = tuple(basket)
        lines = tuple(
            OrderLine(
                sku_id=SkuId(sku), offer_id=OfferId(f"off-{sku}"), quantity=n, unit_price_fen=price or PRICES[sku],
                vouched_fen=vouched,
            )
            for sku, n in basket
        )  # fmt: skip
        buyer_id, supplier_id = BuyerId(buyer), SupplierId(SUPPLIERS[basket[0][0]])
        priced: Any = (buyer_id, supplier_id, "CNY", "goods", to_seal(lines), run)
        seal = sealed(SECRETS, self.mail.now + QUOTE_HOLDS, *priced)
        return SealedQuote(
            buyer_id=buyer_id, supplier_id=supplier_id, currency="CNY", kind="goods", lines=lines, seal=seal,
            campaign=run,
        )  # fmt: skip

    # --- goods, time and the mail ------------------------------------------------------------------------------------

    @rule(sku=SKUS, pieces=st.sampled_from((5, 40)), warehouse=st.sampled_from((*WAREHOUSES, *WAREHOUSES, "nowhere")))
    def goods_arrive(self, sku: str, pieces: int, warehouse: str) -> None:
        self.post(
            ReceiveStock(
                sku_id=SkuId(sku), warehouse_id=WarehouseId(warehouse), pieces=pieces, receipt_id=self.new_id("rcp"),
                reply_to=CALLER,
            )
        )  # fmt: skip

    @given("underway")
    @rule(seed=SEED)
    def some_messages_come_in_any_order(self, seed: int) -> None:
        self.mail.some_come(Random(seed), 30)

    @given("underway")
    @rule()
    def all_messages_come(self) -> None:
        self.mail.all_come()

    @rule(seed=SEED)
    def what_came_once_comes_again(self, seed: int) -> None:
        if self.mail.came:
            self.mail.post_again(Random(seed).choice(self.mail.came[-200:]))

    @rule(seconds=WAIT_S, ring=st.booleans())
    def time_passes(self, seconds: int, ring: bool) -> None:
        self.mail.now += timedelta(seconds=seconds)
        if ring:
            self.mail.ring()

    @given("paid_orders")
    @rule(seed=SEED)
    def partners_work(self, seed: int) -> None:
        self.partners.work(Random(seed))

    @given("paid_orders")
    @rule()
    def partners_catch_up(self) -> None:
        self.partners.finish()

    def underway(self) -> bool:
        """Whether there is mail."""
        return bool(self.mail.underway)

    # --- buyers ------------------------------------------------------------------------------------------------------

    @given("payable_orders")
    @rule(which=WHICH)
    def a_buyer_pays(self, which: int) -> None:
        self._pay(self.one_of(self.payable_orders(), which), "first")

    @given("open_orders")
    @rule()
    def everybody_pays_and_the_goods_go_out(self) -> None:
        self.mail.all_come()
        for order in self.payable_orders():
            self._pay(order, "first")
        self.mail.all_come()
        self.partners.finish()

    @given("open_orders")
    @rule(which=WHICH, payment=st.sampled_from(("first", "second")), wrong=st.sampled_from((0, 0, 1)))
    def a_buyer_pays_too_soon_or_again_or_wrong(self, which: int, payment: str, wrong: int) -> None:
        self._pay(self.one_of(self.open_orders(), which), payment, wrong)

    def _pay(self, order: Bought | None, payment: str, wrong: int = 0) -> None:
        if order is not None:
            self.post(
                PayOrder(
                    order_id=OrderId(order.order_id), buyer_id=BuyerId(order.buyer), amount_fen=order.total + wrong,
                    payment_id=f"{payment}-{order.order_id}", reply_to=CALLER,
                )
            )  # fmt: skip

    @given("open_orders")
    @rule(which=WHICH, stranger=st.sampled_from((False, False, False, True)))
    def a_buyer_cancels(self, which: int, stranger: bool) -> None:
        order = self.one_of(self.open_orders(), which)
        if order is not None:
            buyer = BuyerId("stranger" if stranger else order.buyer)
            self.post(CancelOrder(order_id=OrderId(order.order_id), buyer_id=buyer, reason="no more", reply_to=CALLER))

    @given("paid_orders")
    @rule(which=WHICH, stranger=st.sampled_from((False, False, False, True)))
    def a_buyer_accepts(self, which: int, stranger: bool) -> None:
        order = self.one_of(self.paid_orders(), which)
        if order is not None:
            buyer = BuyerId("stranger" if stranger else order.buyer)
            self.post(AcceptOrder(order_id=OrderId(order.order_id), buyer_id=buyer, reply_to=CALLER))

    def open_orders(self) -> list[Bought]:
        """The orders that have not ended, and the last that were asked for; the oldest first."""
        orders = list(self.model.orders.values())
        return [order for order in orders if order.end is None and (order.placed or order in orders[-2:])]

    def payable_orders(self) -> list[Bought]:
        """The orders that are confirmed, and not paid."""
        return [order for order in self.open_orders() if order.confirmed and not order.paid]

    def paid_orders(self) -> list[Bought]:
        """The orders that are paid, and not at their end."""
        return [order for order in self.open_orders() if order.paid]

    def one_of(self, some: Sequence[T], which: int = 0) -> T | None:
        """One of several, counted from the newest; None of none."""
        return some[-1 - which % len(some)] if some else None

    # --- what must hold ----------------------------------------------------------------------------------------------

    @invariant()
    def the_model_and_the_services_agree(self) -> None:
        judge.always(self.mail, self.model)
        if self.began:
            Market.steps += 1
        self.began = True  # the first time it is asked for before the first step

    def teardown(self) -> None:
        """Everything comes to its end, and then everything must be in order."""
        self.settle()
        self.wind_up()
        self.settle()
        self.at_rest()

    def settle(self) -> None:
        """Time goes on, and partners do their work, until nobody waits for anything that comes by itself."""
        for _ in range(200):
            self.mail.all_come()
            self.partners.finish()
            self.mail.ring()
            if not self.mail.underway:
                due = self.mail.alarms()
                if not due:
                    return
                self.mail.now = max(self.mail.now, min(due))
        raise AssertionError(f"it does not come to rest: {list(self.mail.underway)[:5]}")
