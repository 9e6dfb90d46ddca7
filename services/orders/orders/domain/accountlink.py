"""How accounts of one identity are linked (账号关联) and share a standing, proven from both sides, undone from either.

    host: AskLinkCode -> asking                      guest: GiveLinkCode -> joining
              JoinLink  <------------------------------------ | the code's digest, its tallies
              | right: host                                   |
              LinkJoined, ShareStanding --------------------> guest      LinkRefused -> alone
              ShareFacts <----------------------------------- | whatever its orders say from then on
              LeaveLink  <----------------------------------- alone      UndoLink by the guest
    UndoLink: EndLink --------------------------------------> alone      UndoLink by the host

Each account decides for itself alone, so there is nothing to lock: who is joining or a guest takes no guest, who has
guests joins nobody. Two accounts that give each other's codes at once: the one of the lower id becomes the host. Every
link has an id of its own (`join_id`), so that a late word of an earlier link of the same two does nothing.
"""

from __future__ import annotations

from datetime import datetime
from hmac import compare_digest

from headwater.contracts.base import BuyerId, Done, Message, Refused, ReplyTo, Sent
from headwater.contracts.buyerstanding import (
    LINK_CODE_S,
    AccountsLinked,
    AccountsUnlinked,
    EndLink,
    JoinLink,
    LeaveLink,
    LinkJoined,
    LinkRefused,
    ShareFacts,
    ShareStanding,
)
from orders.domain.buyerstanding_state import (
    MOST_ACCOUNTS,
    BuyerStanding,
    Guest,
    Membership,
    OpenCode,
    Outcome,
    Reason,
)

Change = tuple[BuyerStanding, tuple[Message | Sent, ...]]
Fault = tuple[str, str]


def decide(account: BuyerStanding, message: Message, now: datetime) -> Change:
    """The outcome of one message about links, for one of the accounts."""
    match message:
        case JoinLink():
            return join(account, message, now)
        case LinkJoined():
            return joined(account, message, now)
        case LinkRefused():
            return refused(account, message)
        case ShareFacts():
            return hear_facts(account, message)
        case ShareStanding():
            return hear_standing(account, message, now)
        case LeaveLink():
            return left(account, message, now)
        case EndLink():
            return ended(account, message, now)
        case _:
            return account, ()


# --- at the host ---------------------------------------------------------------------------------------------------


def join(account: BuyerStanding, message: JoinLink, now: datetime) -> Change:
    """Somebody gave a code of this account."""
    known = account.guest(message.guest)
    yes = LinkJoined(guest=message.guest, host=message.host, join_id=message.join_id)
    if known is not None and known.join_id == message.join_id:
        return account, (yes,)
    code, fault = _tried(account.code, message, now)
    fault = fault or _why_not_joined(account, message)
    if fault is not None:
        no = LinkRefused(
            guest=message.guest, host=message.host, join_id=message.join_id, code=fault[0], detail=fault[1]
        )
        return account if code == account.code else account.evolve(code=code), (no,)
    host, told = account.evolve(code=None), tuple[Message | Sent, ...]()
    if account.membership is not None:  # each gave the other's code: its own way is no longer needed
        host, told = resolved(host.evolve(membership=None), account.membership)
    guest = Guest(
        buyer_id=message.guest, join_id=message.join_id, turn=message.turn, tallies=account.counted(message.tallies)
    )
    host = host.with_guest(guest).with_reason(Reason(at=now, about=message.guest, what="linked"))
    return host, (yes, AccountsLinked(buyer_id=message.host, guest=message.guest), *told)


def _tried(code: OpenCode | None, message: JoinLink, now: datetime) -> tuple[OpenCode | None, Fault | None]:
    """The code after this try, and why it was in vain: in one sentence for all cases, so that it tells nothing."""
    way = f"let {message.host} ask for a new one for {message.guest} (POST /v1/account/link-codes)"
    wrong = "wrong_code", f"The code is wrong, was used, or is older than {LINK_CODE_S // 60} minutes: {way}."
    if code is None or now >= code.expires_at:
        return None, wrong
    if code.other != message.guest:
        return code, wrong
    if compare_digest(code.digest, message.digest):
        return code, None
    left = code.tries_left - 1
    return code.model_copy(update={"tries_left": left}) if left else None, wrong


def _why_not_joined(account: BuyerStanding, message: JoinLink) -> Fault | None:
    id, member = account.buyer_id, account.membership
    if len(account.without_guest(message.guest).guests) + 1 >= MOST_ACCOUNTS:
        return "group_full", full(id)
    if member is not None and (member.host != message.guest or id > message.guest):
        return "crossed", f"{id} is linking itself with {member.host} at this moment: try again."
    return None


def hear_facts(account: BuyerStanding, message: ShareFacts) -> Change:
    """What a guest's orders say has changed."""
    guest = account.guest(message.guest)
    if guest is None or guest.join_id != message.join_id or guest.turn >= message.turn:
        return account, ()
    told = guest.model_copy(update={"turn": message.turn, "tallies": account.counted(message.tallies)})
    return account.with_guest(told), ()


def left(account: BuyerStanding, message: LeaveLink, now: datetime) -> Change:
    """A guest has undone its link."""
    guest = account.guest(message.guest)
    if guest is None or guest.join_id != message.join_id:
        return account, ()
    without = account.without_guest(message.guest).with_reason(Reason(at=now, about=message.guest, what="unlinked"))
    return without, (AccountsUnlinked(buyer_id=message.host, guest=message.guest),)


def standing_of(host: BuyerStanding) -> tuple[ShareStanding, ...]:
    """What a host tells its guests."""
    return tuple(
        ShareStanding(
            guest=guest.buyer_id, host=host.buyer_id, join_id=guest.join_id, turn=host.turn, shared=host.standing,
            members=host.members,
        )
        for guest in host.guests
    )  # fmt: skip


# --- at the guest --------------------------------------------------------------------------------------------------


def joined(account: BuyerStanding, message: LinkJoined, now: datetime) -> Change:
    """The code was right. Whoever does not want the link any longer says so once more."""
    member = account.membership
    if member is None or (member.host, member.join_id) != (message.host, message.join_id):
        return account, (LeaveLink(host=message.host, guest=message.guest, join_id=message.join_id),)
    if member.joined:
        return account, ()
    settled, told = resolved(account, member)
    members = member.members or (member.host, account.buyer_id)
    membership = member.model_copy(update={"joined": True, "reply_to": None, "members": members})
    guest = settled.evolve(membership=membership, code=None)
    return guest.with_reason(Reason(at=now, about=member.host, what="linked")), told


def refused(account: BuyerStanding, message: LinkRefused) -> Change:
    """There is no link."""
    member = account.membership
    if member is None or member.joined or member.join_id != message.join_id:
        return account, ()
    return resolved(account.evolve(membership=None), member, message.code, message.detail)


def hear_standing(account: BuyerStanding, message: ShareStanding, now: datetime) -> Change:
    """What is shared has changed. It may come before the word that the link holds, and says so too."""
    member = account.membership
    if member is None or (member.host, member.join_id) != (message.host, message.join_id):
        return account, ()
    if member.turn >= message.turn:
        return account, ()
    update = {"turn": message.turn, "shared": message.shared, "members": message.members}
    told = account.evolve(membership=member.model_copy(update=update))
    return joined(told, LinkJoined(guest=message.guest, host=message.host, join_id=message.join_id), now)


def ended(account: BuyerStanding, message: EndLink, now: datetime) -> Change:
    """The host has undone the link."""
    member = account.membership
    if member is None or (member.host, member.join_id) != (message.host, message.join_id):
        return account, ()
    return leave(account, member, now)


def facts_of(guest: BuyerStanding) -> ShareFacts:
    """What a guest tells its host."""
    assert guest.membership is not None
    return ShareFacts(
        host=guest.membership.host, guest=guest.buyer_id, join_id=guest.membership.join_id, turn=guest.turn,
        tallies=guest.tallies,
    )  # fmt: skip


# --- both ----------------------------------------------------------------------------------------------------------


def leave(account: BuyerStanding, member: Membership, now: datetime) -> Change:
    """Nobody's guest any longer."""
    alone = account.evolve(membership=None)
    if not member.joined:
        return resolved(alone, member, "link_undone", f"The link with {member.host} was undone before it held.")
    return alone.with_reason(Reason(at=now, about=member.host, what="unlinked")), ()


def resolved(account: BuyerStanding, member: Membership, code: str = "", detail: str = "") -> Change:
    """It is known what came of giving a code: who waits for that is told."""
    outcome = Outcome(change_id=member.join_id, code=code, detail=detail)
    return account.with_outcome(outcome), answer(member.reply_to, account.buyer_id, outcome)


def answer(reply_to: ReplyTo | None, id: BuyerId, outcome: Outcome) -> tuple[Sent, ...]:
    """What came of a command, to whoever waits for it."""
    if reply_to is None:
        return ()
    if outcome.code:
        return (Sent(to=reply_to, message=Refused(id=id, code=outcome.code, detail=outcome.detail)),)
    return (Sent(to=reply_to, message=Done(id=id)),)


def full(id: BuyerId) -> str:
    """That a group has as many accounts as it may, and what to do."""
    most = f"{MOST_ACCOUNTS} accounts share a standing at most"
    return f"{most}, and {id} has so many: undo a link first (DELETE /v1/account/links/...)."
