"""A supplier's account: credited by completed orders, settled at once or after a period, withdrawn by its supplier.

An order's money comes through `clearing`: the order posts its release there in its own transaction, and the account
takes it from there in its own, so that each balances in itself and neither waits for the other.

    what happens            kind       debit          credit         amount
    an order is completed   credit     clearing       payable        what it has released
    at once (T+0), or due   settle     payable        withdrawable   the same; what falls due together, in one sum
    a withdrawal is asked   withdraw   withdrawable   paying         what the supplier asks for
    the provider has paid   payout     paying         provider       the same
    the provider could not  return     paying         withdrawable   the same

Balances are sums over postings and nothing else. One writer decides, so no more is withdrawn than there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from headwater.contracts.accounts import (
    CreditSupplier,
    FundsSettled,
    NoteStanding,
    RecordPayout,
    SupplierCredited,
    WithdrawFunds,
)
from headwater.contracts.base import Message, SupplierId
from headwater.contracts.governance import SupplierReinstated, SupplierSuspended, SupplierVerified
from headwater.decision import Decision
from orders.domain import ledger, withdrawals
from orders.domain.account_state import Due, SupplierAccount, Terms, key_of, withdrawable, withdrawal_keys

ACCEPTS = (CreditSupplier, NoteStanding, WithdrawFunds, RecordPayout)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def touched_postings(message: Message) -> tuple[str, ...]:
    """The postings that tell whether this has happened before."""
    match message:
        case CreditSupplier():
            return (key_of("credit", message.order_id),)
        case WithdrawFunds() | RecordPayout():
            return withdrawal_keys(message.withdrawal_id)
        case _:
            return ()


def decide(terms: Terms, account: SupplierAccount | None, message: Message, now: datetime) -> Decision[SupplierAccount]:
    """The outcome of one message for one supplier's account; what has fallen due is settled first."""
    if account is None:
        return _first(terms, message, now)
    now = max(now, account.last_at or now)
    settled = settle_due(account, now)
    assert settled.state is not None
    then = _decided(terms, settled.state, message, now)
    return Decision(then.state, (*settled.messages, *then.messages))


def _first(terms: Terms, message: Message, now: datetime) -> Decision[SupplierAccount]:
    """An account begins with the first that is to be kept of its supplier."""
    if isinstance(message, CreditSupplier | NoteStanding):
        return _decided(terms, SupplierAccount(supplier_id=message.supplier_id), message, now)
    if isinstance(message, WithdrawFunds):
        return Decision(None, withdrawals.no_account(message))
    return Decision(None)


def _decided(terms: Terms, account: SupplierAccount, message: Message, now: datetime) -> Decision[SupplierAccount]:
    match message:
        case CreditSupplier():
            return credit(terms, account, message, now)
        case NoteStanding():
            return Decision(note(account, message))
        case WithdrawFunds():
            return withdrawals.ask(terms, account, message, now)
        case RecordPayout():
            return withdrawals.record(account, message, now)
        case _:
            return Decision(account)


# --- crediting and settling ----------------------------------------------------------------------------------------


def credit(terms: Terms, account: SupplierAccount, message: CreditSupplier, now: datetime) -> Decision[SupplierAccount]:
    """An order's money comes in, once; it is withdrawable at once, or after the period."""
    if key_of("credit", message.order_id) in account.postings:
        return Decision(account)
    supplier, fen = account.supplier_id, message.amount_fen
    credited = account.post("credit", message.order_id, ledger.CLEARING, ledger.payable(supplier), fen, now)
    due_at = now if account.settles_at_once else due_of(terms, now)
    event = SupplierCredited(supplier_id=supplier, order_id=message.order_id, amount_fen=fen, withdrawable_at=due_at)
    if due_at <= now:
        return Decision(_settled(credited, message.order_id, fen, now), (event, _told(supplier, fen)))
    return Decision(credited.waiting_for(_with(credited.due, due_at, fen)), (event,))


def due_of(terms: Terms, now: datetime) -> datetime:
    """When money that comes now is withdrawable: after the period, with all that is due in the same granule."""
    if terms.period <= timedelta(0):
        return now
    return EPOCH + ((now + terms.period - EPOCH) // terms.granule + 1) * terms.granule


def _with(due: tuple[Due, ...], at: datetime, fen: int) -> tuple[Due, ...]:
    """With so much more at a time. A shorter period may have put later money before earlier."""
    amounts = {one.at: one.amount_fen for one in due}
    amounts[at] = amounts.get(at, 0) + fen
    return tuple(Due(at=at, amount_fen=fen) for at, fen in sorted(amounts.items()))


def settle_due(account: SupplierAccount, now: datetime) -> Decision[SupplierAccount]:
    """What has fallen due is withdrawable from now on."""
    ripe = [one for one in account.due if one.at <= now]
    if not ripe:
        return Decision(account)
    settled = account.waiting_for(tuple(one for one in account.due if one.at > now))
    for one in ripe:
        settled = _settled(settled, f"{one.at:%Y%m%dT%H%M%S.%fZ}", one.amount_fen, now)
    return Decision(settled, tuple(_told(account.supplier_id, one.amount_fen) for one in ripe))


def _settled(account: SupplierAccount, cause: str, fen: int, now: datetime) -> SupplierAccount:
    supplier = account.supplier_id
    return account.post("settle", cause, ledger.payable(supplier), withdrawable(supplier), fen, now)


def _told(supplier_id: SupplierId, fen: int) -> FundsSettled:
    return FundsSettled(supplier_id=supplier_id, amount_fen=fen)


# --- standing ------------------------------------------------------------------------------------------------------


def note(account: SupplierAccount, message: NoteStanding) -> SupplierAccount:
    """What the catalog says of the supplier. It counts for orders that are completed from now on."""
    kind = message.kind or account.kind
    suspended = account.suspended if message.suspended is None else message.suspended
    if (kind, suspended) == (account.kind, account.suspended):
        return account
    return account.evolve(kind=kind, suspended=suspended)


def standing_of(
    message: SupplierVerified | SupplierSuspended | SupplierReinstated, now: datetime
) -> Iterator[NoteStanding]:
    """What the supplier's account is to note of an event of its standing."""
    match message:
        case SupplierVerified():
            yield NoteStanding(supplier_id=message.supplier_id, kind=message.kind)
        case SupplierSuspended():
            yield NoteStanding(supplier_id=message.supplier_id, suspended=True)
        case SupplierReinstated():
            yield NoteStanding(supplier_id=message.supplier_id, suspended=False)


FOLLOWS: dict[type[Message], Callable[..., Iterator[NoteStanding]]] = dict.fromkeys(
    (SupplierVerified, SupplierSuspended, SupplierReinstated), standing_of
)
"""What follows from which event of a supplier's standing."""
