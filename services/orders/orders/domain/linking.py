"""What people ask of linked accounts: a code, to be linked by one, to be linked no longer. See `accountlink`."""

from __future__ import annotations

from datetime import datetime, timedelta

from headwater.contracts.base import BuyerId
from headwater.contracts.buyerstanding import (
    LINK_CODE_S,
    AccountsUnlinked,
    AskLinkCode,
    EndLink,
    GiveLinkCode,
    JoinLink,
    LeaveLink,
    UndoLink,
)
from orders.domain.accountlink import Change, Fault, answer, full, leave
from orders.domain.buyerstanding_state import MOST_ACCOUNTS, BuyerStanding, Membership, OpenCode, Outcome, Reason

Command = AskLinkCode | GiveLinkCode | UndoLink


def command(account: BuyerStanding, message: Command, now: datetime) -> Change:
    """A command counts once; the same once more is answered as before."""
    known = account.outcome(message.change_id)
    if known is not None:
        return account, answer(message.reply_to, account.buyer_id, known)
    match message:
        case AskLinkCode():
            return ask(account, message, now)
        case GiveLinkCode():
            return give(account, message)
        case UndoLink():
            return undo(account, message, now)


def ask(account: BuyerStanding, message: AskLinkCode, now: datetime) -> Change:
    """Another account may link itself with this one, by a code."""
    fault = _why_no_code(account, message.other)
    if fault is not None:
        return _concluded(account, message, *fault)
    expires_at = now + timedelta(seconds=LINK_CODE_S)
    code = OpenCode(other=message.other, digest=message.digest, expires_at=expires_at)
    return _concluded(account.evolve(code=code), message)


def _why_no_code(account: BuyerStanding, other: BuyerId) -> Fault | None:
    id, host = account.buyer_id, account.membership.host if account.membership else None
    if other == id:
        return "own_account", "An account is not linked with itself: name the other shop's account."
    if other == host or account.guest(other):
        return "already_linked", f"{id} and {other} are linked already; GET /v1/account/standing shows it."
    if host is not None:
        return "already_linked", f"{id} is linked with {host}: let {host} ask for a code for {other}."
    if len(account.guests) + 1 >= MOST_ACCOUNTS:
        return "group_full", full(id)
    return None


def give(account: BuyerStanding, message: GiveLinkCode) -> Change:
    """This account was told the other one's code: the other one says whether it is right."""
    id, other, now_in = account.buyer_id, message.other, account.membership
    if now_in is not None and now_in.join_id == message.change_id:  # the same once more, while it is under way
        return account.evolve(membership=now_in.model_copy(update={"reply_to": message.reply_to})), ()
    if other == id:
        return _concluded(account, message, "own_account", "Give the code that another account has asked for.")
    if account.guest(other) or (now_in is not None and now_in.host == other and now_in.joined):
        return _concluded(account, message)
    if now_in is not None:
        way = f"undo that first: DELETE /v1/account/links/{now_in.host}"
        return _concluded(account, message, "already_linked", f"{id} is linked with {now_in.host}; {way}.")
    if account.guests:
        way = f"let {id} ask for a code, and {other} give it"
        return _concluded(account, message, "has_links", f"Other accounts are linked with {id}: {way}.")
    membership = Membership(host=other, join_id=message.change_id, reply_to=message.reply_to)
    join = JoinLink(
        host=other, guest=id, join_id=message.change_id, digest=message.digest, turn=account.turn,
        tallies=account.tallies,
    )  # fmt: skip
    return account.evolve(membership=membership), (join,)


def undo(account: BuyerStanding, message: UndoLink, now: datetime) -> Change:
    """Linked no longer, from now on; the other side is told."""
    id, other, member = account.buyer_id, message.other, account.membership
    if member is not None and member.host == other:
        alone, told = leave(account, member, now)
        after, done = _concluded(alone, message)
        return after, (LeaveLink(host=other, guest=id, join_id=member.join_id), *told, *done)
    guest = account.guest(other)
    if guest is not None:
        without = account.without_guest(other).with_reason(Reason(at=now, about=other, what="unlinked"))
        after, done = _concluded(without, message)
        end = EndLink(guest=other, host=id, join_id=guest.join_id)
        return after, (end, AccountsUnlinked(buyer_id=id, guest=other), *done)
    way = "GET /v1/account/standing shows its links"
    if other in account.members and member is not None:
        way = f"both are linked with {member.host}, so undo that link: DELETE /v1/account/links/{member.host}"
    return _concluded(account, message, "no_such_link", f"{id} has no link with {other}: {way}.")


def _concluded(account: BuyerStanding, message: Command, code: str = "", detail: str = "") -> Change:
    outcome = Outcome(change_id=message.change_id, code=code, detail=detail)
    return account.with_outcome(outcome), answer(message.reply_to, account.buyer_id, outcome)
