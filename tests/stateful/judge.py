"""What must hold: after each step, and once everything is over. The model's figures are those that are stored."""

from __future__ import annotations

from collections import Counter

from headwater_proof.checks import checkouts, money
from headwater_proof.checks.case import FINAL, Case
from headwater_proof.evidence import Evidence
from orders.domain.account_state import Entry
from orders.domain.ledger import Posting
from tests.stateful.mail import Mail
from tests.stateful.model import Bought, Model

UNPAID = ("reserving", "confirmed")
UNDERWAY = ("paid", "shipped", "delivered")
RULES = (money.balanced, money.posted, checkouts.settled)
"""Of the checker's, those that ask for nothing but what is stored."""


def always(mail: Mail, model: Model) -> None:
    """Whatever is underway."""
    for sku in model.touched:
        _pieces(mail, model, sku)
    model.touched.clear()
    _ledger(mail, model)
    orders = mail.states("orders.order")
    for id, order in model.orders.items():
        if order.placed:
            _order(order, orders[id])
    assert orders.keys() <= model.orders.keys(), "an order is stored that nobody asked for"


def _pieces(mail: Mail, model: Model, sku: str) -> None:
    """Stock is conserved and never negative, and whoever follows its events knows as much."""
    wanted, stock = model.skus[sku], mail.states("logistics.stock").get(sku)
    shelves = stock.shelves if stock is not None else {}
    names = ("on_hand", "held", "aside")
    on_hand, held, aside = (sum(getattr(one, name) for one in shelves.values()) for name in names)
    figures = (wanted.received - wanted.gone, wanted.held, wanted.aside)
    assert (on_hand, held, aside) == figures, f"{sku} has {(on_hand, held, aside)}, should have {figures}"
    for warehouse, shelf in shelves.items():
        assert min(shelf.on_hand, shelf.held, shelf.aside, shelf.free) >= 0, f"{sku} in {warehouse}: {shelf}"
        told = model.announced[sku, warehouse]
        known = (told.on_hand, told.available, told.aside)
        assert known == (shelf.on_hand, shelf.free, shelf.aside), f"{sku} in {warehouse} is {shelf}, told was {told}"


def _ledger(mail: Mail, model: Model) -> None:
    """All that was ever posted comes to what the model has, and to nothing in all."""
    found: Counter[str] = Counter()
    for posting in (*mail.all_parts(Posting), *mail.all_parts(Entry)):
        found[_owed(posting.debit)] -= posting.amount_fen
        found[_owed(posting.credit)] += posting.amount_fen
    assert sum(found.values()) == 0, f"money comes from nowhere: {found}"
    wanted = {account: fen for account, fen in model.balances.items() if fen}
    assert {account: fen for account, fen in found.items() if fen} == wanted
    for order_id, postings in mail.parts("orders.order").items():
        kinds = {posting.kind for posting in postings.values()}
        assert not {"release", "refund"} <= kinds, f"{order_id} is both released and refunded"


def _owed(account: str) -> str:
    """What is owed to a supplier is one account here, whether it may be withdrawn yet or not."""
    return account.replace("withdrawable:", "payable:")


def _order(order: Bought, stored: object) -> None:
    """An order is where its events say, and has taken and passed on what they say."""
    status, total = stored.status, order.total  # type: ignore[attr-defined]
    allowed = (order.end,) if order.end else UNDERWAY if order.paid else UNPAID
    assert status in allowed, f"{order} is {status}"
    money = tuple(getattr(stored, name) for name in ("total_fen", "paid_fen", "settled_fen", "refunded_fen"))
    kept = total if order.paid and not order.refunded else 0
    settled = total if order.end == "completed" else 0
    wanted = (total, kept, settled, total if order.refunded else 0)
    assert money == wanted, f"{order}: total, paid, settled, refunded are {money}, should be {wanted}"


def at_rest(mail: Mail, model: Model) -> None:
    """Everything is over: nothing is open or held, and every piece and every fen is where it belongs."""
    always(mail, model)
    for id, order in mail.states("orders.order").items():
        assert order.status in FINAL, f"{id} is still {order.status}"
    for sku, pieces in model.skus.items():
        assert (pieces.held, pieces.aside) == (0, 0), f"of {sku} {pieces.held} are held, {pieces.aside} set aside"
        sold = sum(model.sold[sku].values())
        assert pieces.gone == sold, f"{pieces.gone} pieces of {sku} are gone, {sold} are sold"
    for account, fen in model.balances.items():
        assert fen == 0 or account in ("provider", "vouched") or account.startswith("payable:"), f"{account} has {fen}"
    case = Case(Evidence((), {}, mail.documents(), {}))
    found = [violation for rule in RULES for violation in rule(case)]
    assert not found, found
