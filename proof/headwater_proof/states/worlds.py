"""The worlds that are explored: for each aggregate the few messages that show all it can do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from headwater.contracts.accounts import RecordPayout, WithdrawFunds
from headwater.contracts.base import (
    BuyerId,
    CheckoutId,
    Message,
    OfferId,
    OrderId,
    ReplyTo,
    SkuId,
    SupplierId,
    Wake,
    WithdrawalId,
)
from headwater.contracts.checkouts import PlaceCheckout
from headwater.contracts.logistics import ShipmentProgress, StockRefused, StockReserved
from headwater.contracts.orders import (
    AcceptOrder,
    Allocation,
    CancelOrder,
    ConfirmOrder,
    Destination,
    OrderAnswer,
    OrderHeld,
    OrderLine,
    PayOrder,
    PlaceOrder,
)
from headwater.contracts.quotes import SealedQuote, sealed, secrets_from, to_seal
from headwater.decision import Decision
from headwater_proof.states.accounts import ACCOUNT
from headwater_proof.states.explore import Given, World, dumped
from orders.domain import account, checkout, production
from orders.domain.account_state import Balances, SupplierAccount, Terms, withdrawal
from orders.domain.state import Policy

NOW = datetime(2026, 11, 11, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
"""After the payment window."""
MUCH_LATER = NOW + timedelta(days=30)
"""After the acceptance window."""
SECRETS = secrets_from("drawn=no-secret-at-all-here")
POLICY = Policy(SECRETS)
BUYER, SUPPLIER = BuyerId("shop"), SupplierId("factory")
CALLER = ReplyTo(topic="gateway.replies.v1", key="request")
HOME = Destination(city="Madrid", address="Calle Mayor 1", consignee="María", phone="1")
PRICE_FEN = 1_000
WAREHOUSES = {"a": "yiwu", "b": "keqiao"}
"""By SKU: each is held in another one, so that an order has two parcels."""


def _given(message: Message, now: datetime = NOW, label: str = "") -> Given:
    return Given(label or type(message).__name__, message, now)


def _part(skus: Iterable[str], supplier_id: SupplierId = SUPPLIER) -> SealedQuote:
    lines = tuple(
        OrderLine(sku_id=SkuId(sku), offer_id=OfferId("offer"), quantity=1, unit_price_fen=PRICE_FEN) for sku in skus
    )
    seal = sealed(SECRETS, LATER, BUYER, supplier_id, "CNY", "goods", to_seal(lines))
    return SealedQuote(buyer_id=BUYER, supplier_id=supplier_id, currency="CNY", kind="goods", lines=lines, seal=seal)


# --- an order of two SKUs ------------------------------------------------------------------------------------------

ORDER_ID = OrderId("ord_1")


def _place(together: bool, **changes: Any) -> PlaceOrder:
    part = _part(WAREHOUSES)
    fields: dict[str, Any] = {
        "order_id": ORDER_ID, "buyer_id": BUYER, "supplier_id": SUPPLIER, "currency": "CNY", "lines": part.lines,
        "destination": HOME, "fingerprint": "f", "seal": part.seal, "together": together, "reply_to": CALLER,
    }  # fmt: skip
    return PlaceOrder(**(fields | changes))


def _pay(payment_id: str, amount_fen: int = 2 * PRICE_FEN) -> PayOrder:
    return PayOrder(
        order_id=ORDER_ID, buyer_id=BUYER, payment_id=payment_id, amount_fen=amount_fen, reply_to=CALLER
    )  # fmt: skip


def _order(together: bool) -> tuple[Given, ...]:
    held = (
        StockReserved(
            sku_id=SkuId(sku), order_id=ORDER_ID,
            allocations=(Allocation.model_validate({"sku_id": sku, "warehouse_id": warehouse, "pieces": 1}),),
        )
        for sku, warehouse in WAREHOUSES.items()
    )  # fmt: skip
    moved = (
        _given(
            ShipmentProgress.model_validate(
                {"shipment_id": f"shp_1-{warehouse}", "order_id": ORDER_ID, "status": status, "at": NOW}
            ),
            label=f"ShipmentProgress {status}",
        )
        for warehouse in WAREHOUSES.values()
        for status in ("collected", "delivered")
    )  # fmt: skip
    return (
        _given(_place(together)),
        _given(_place(together, fingerprint="other"), label="PlaceOrder of other contents"),
        _given(_place(together, seal=None), label="PlaceOrder without a seal"),
        _given(_place(together), MUCH_LATER, "PlaceOrder after the quote's end"),
        *map(_given, held),
        _given(StockRefused(sku_id=SkuId("b"), order_id=ORDER_ID, available=0, detail="none left")),
        _given(ConfirmOrder(order_id=ORDER_ID)),
        _given(_pay("first")),
        _given(_pay("second"), label="PayOrder a second time"),
        _given(_pay("short", 1), label="PayOrder of another amount"),
        _given(_pay("late"), LATER, "PayOrder after the window"),
        _given(CancelOrder(order_id=ORDER_ID, buyer_id=BUYER, reason="changed my mind", reply_to=CALLER)),
        *moved,
        _given(AcceptOrder(order_id=ORDER_ID, buyer_id=BUYER, reply_to=CALLER)),
        _given(Wake(id=ORDER_ID, due=LATER), LATER, "payment window over"),
        _given(Wake(id=ORDER_ID, due=MUCH_LATER), MUCH_LATER, "acceptance window over"),
    )


# --- a checkout over two suppliers ---------------------------------------------------------------------------------

CHECKOUT_ID = CheckoutId("chk_1")


def _checkout(all_or_none: bool) -> tuple[Given, ...]:
    place = PlaceCheckout(
        checkout_id=CHECKOUT_ID, buyer_id=BUYER, parts=(_part("a"), _part("b", SupplierId("other"))),
        all_or_none=all_or_none, destination=HOME, fingerprint="f", reply_to=CALLER,
    )  # fmt: skip
    ids = [checkout.order_id_of(CHECKOUT_ID, number) for number in range(2)]
    answers = (
        _given(
            OrderAnswer.model_validate({"order_id": id, "status": status, "total_fen": PRICE_FEN, "currency": "CNY"}),
            label=f"OrderAnswer {status}",
        )
        for id in ids
        for status in ("confirmed", "refused", "cancelled")
    )
    return (
        _given(place),
        _given(place.model_copy(update={"fingerprint": "other"}), label="PlaceCheckout of other contents"),
        *(_given(OrderHeld(order_id=id)) for id in ids),
        *answers,
    )


# --- a withdrawal of a supplier who has 10 fen ---------------------------------------------------------------------

WITHDRAWAL_ID = WithdrawalId("wdr_1")


class WithdrawingAccount(SupplierAccount):
    """An account, seen as one withdrawal of it."""

    @property
    def status(self) -> str:
        """What became of the withdrawal; empty before it is asked for."""
        found = withdrawal(self.postings, WITHDRAWAL_ID)
        return found.status if found else ""


def _withdraw(state: WithdrawingAccount | None, message: Message, now: datetime) -> Decision[Any]:
    rich = WithdrawingAccount(supplier_id=SUPPLIER, balances=Balances(withdrawable_fen=10))
    decision = account.decide(Terms(), state or rich, message, now)
    asked = isinstance(decision.state, WithdrawingAccount) and decision.state.status
    return decision if asked else Decision(None, decision.messages)


def _withdrawal() -> tuple[Given, ...]:
    def says(outcome: str, **changes: Any) -> RecordPayout:
        fields = {"supplier_id": SUPPLIER, "withdrawal_id": WITHDRAWAL_ID, "provider_id": Terms().provider_id}
        return RecordPayout.model_validate({**fields, "outcome": outcome, "amount_fen": 7, **changes})

    ask = WithdrawFunds(
        supplier_id=SUPPLIER, withdrawal_id=WITHDRAWAL_ID, amount_fen=7, payee="card", reply_to=CALLER
    )  # fmt: skip
    return (
        _given(ask),
        _given(ask.model_copy(update={"amount_fen": 11}), label="WithdrawFunds of more than there is"),
        *(_given(says(outcome), label=f"RecordPayout {outcome}") for outcome in ("accepted", "paid", "failed")),
        _given(says("paid", amount_fen=1), label="RecordPayout of another amount"),
        _given(says("paid", provider_id="other"), label="RecordPayout of another provider"),
    )


WORLDS = (
    World(
        "orders", "order", partial(production.decide, POLICY), [_order(together) for together in (False, True)],
        dumped("history", "payment_id"),
    ),
    World("orders", "checkout", checkout.decide, [_checkout(all) for all in (False, True)], dumped()),
    ACCOUNT,
    World("orders", "withdrawal", _withdraw, [_withdrawal()], dumped()),
)  # fmt: skip
