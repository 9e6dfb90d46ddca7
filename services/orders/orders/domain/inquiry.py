"""How an inquiry goes: factories propose, the buyer chooses one, and both agree on version after version.

    open --answers over--> comparing --choose--> agreed --next version--> revising --agreed, declined, not answered-->
      |                        |                  ^  |                                                       agreed
      +------- choose ---------|------------------+  +--> orders at exactly these terms (`orders.domain.iteration`)
      +-- nothing to choose ---+--> lapsed           (the buyer may close it in each of these)

Every change is an entry that stays. A command's entry has the command's own id: the same once more finds it there.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b

from headwater.contracts.base import Done, Message, Refused, ReplyTo, Sent
from headwater.contracts.inquiries import (
    AnswerVersion,
    ChooseProposal,
    CloseInquiry,
    GiveFeedback,
    InquiryClosed,
    InquiryOpened,
    OpenInquiry,
    OrderUnderInquiry,
    ProposalExpired,
    ProposalMade,
    Propose,
    ProposeVersion,
    VersionAgreed,
    VersionDropped,
)
from headwater.contracts.pools import GatherUnderInquiry
from headwater.decision import Decision
from orders.domain import gathering, iteration
from orders.domain.inquiry_state import Change, Entry, Inquiry, Proposal, Refusal
from orders.domain.iteration import LONGEST, Command, by_whom
from orders.domain.state import Policy

ACCEPTS = (
    OpenInquiry, Propose, ChooseProposal, OrderUnderInquiry, GiveFeedback, ProposeVersion, AnswerVersion, CloseInquiry,
    GatherUnderInquiry,
)  # fmt: skip
MOST_PROPOSALS = 50
MOST_CHANGES = 1000


def touched_entries(message: Message) -> tuple[str, ...]:
    """The entries that a message is about: its own, and of feedback the order's."""
    if isinstance(message, GiveFeedback):
        return message.change_id, message.order_id
    return (_id_of(message),) if isinstance(message, Command) else ()


def decide(policy: Policy, inquiry: Inquiry | None, message: Message, now: datetime) -> Decision[Inquiry]:
    """The outcome of one message for one inquiry."""
    if inquiry is None:
        return open_(message, now) if isinstance(message, OpenInquiry) else _unknown(message)
    if isinstance(message, Command) and (known := inquiry.entries.get(_id_of(message))) is not None:
        return again(policy, inquiry, known, message, now)
    timely = keep_time(inquiry, now)
    if not isinstance(message, Command):
        return timely
    assert timely.state is not None
    outcome = _outcome(policy, timely.state, message, now)
    if isinstance(outcome, Refusal):
        return Decision(timely.state, (*timely.messages, *_refuse(message, outcome)))
    messages = (*timely.messages, *outcome.messages)
    if not isinstance(message, OrderUnderInquiry | GatherUnderInquiry):  # that is answered by the order, or the pool
        messages = (*messages, *_done(message))
    return Decision(_recorded(outcome, message, now), messages)


def _outcome(policy: Policy, inquiry: Inquiry, message: Command, now: datetime) -> Change | Refusal:
    if inquiry.invited and not inquiry.is_seen_by(by_whom(message)):
        return _not_there(inquiry.inquiry_id)
    if inquiry.changes >= MOST_CHANGES:
        return Refusal("too_many_changes", f"Inquiry {inquiry.inquiry_id} has {MOST_CHANGES:,} entries: open another.")
    match message:
        case Propose():
            return propose(inquiry, message, now)
        case _ if by_whom(message) != inquiry.buyer_id and not isinstance(message, ProposeVersion | AnswerVersion):
            return Refusal("not_your_inquiry", f"Inquiry {inquiry.inquiry_id} belongs to another buyer.")
        case ChooseProposal():
            return choose(inquiry, message)
        case OrderUnderInquiry():
            return iteration.order(policy, inquiry, message, now)
        case GiveFeedback():
            return iteration.give_feedback(inquiry, message)
        case ProposeVersion():
            return iteration.propose_version(inquiry, message, now)
        case AnswerVersion():
            return iteration.answer_version(inquiry, message)
        case CloseInquiry():
            return close(inquiry, message)
        case GatherUnderInquiry():
            return gathering.gather(inquiry, message, now)
        case OpenInquiry():
            return Refusal("idempotency_conflict", f"Inquiry {inquiry.inquiry_id} exists: use a new Idempotency-Key.")


# --- asking and proposing ------------------------------------------------------------------------------------------


def open_(message: OpenInquiry, now: datetime) -> Decision[Inquiry]:
    """A new inquiry: factories may answer until a time."""
    if not now < message.answer_until <= now + LONGEST or message.needed_by <= message.answer_until:
        detail = f"Let factories answer from now for at most {LONGEST.days} days, and need the goods after that."
        return Decision(None, _refuse(message, Refusal("bad_times", detail)))
    opened = Inquiry(
        inquiry_id=message.inquiry_id, buyer_id=message.buyer_id, benchmark=message.benchmark,
        requirements=message.requirements, quantity=message.quantity, target_price_fen=message.target_price_fen,
        needed_by=message.needed_by, invited=message.invited, answer_until=message.answer_until, opened_at=now,
    )  # fmt: skip
    event = InquiryOpened(
        inquiry_id=message.inquiry_id, buyer_id=message.buyer_id, invited=message.invited,
        quantity=message.quantity, answer_until=message.answer_until,
    )  # fmt: skip
    change = Change(opened, "opened", said={"requirements": message.requirements})
    return Decision(_recorded(change, message, now), (event, *_done(message)))


def propose(inquiry: Inquiry, message: Propose, now: datetime) -> Change | Refusal:
    """A factory proposes, or proposes anew."""
    if inquiry.status != "open":
        return Refusal("answers_closed", f"Inquiry {inquiry.inquiry_id} is {inquiry.status}: it takes no proposals.")
    if str(message.supplier_id) == inquiry.buyer_id:
        return Refusal("own_inquiry", "A buyer makes itself no proposals: invite factories.")
    if not now < message.valid_until <= now + LONGEST:
        return Refusal("bad_times", f"A proposal is valid from now for at most {LONGEST.days} days.")
    others = tuple(one for one in inquiry.proposals if one.supplier_id != message.supplier_id)
    if len(others) >= MOST_PROPOSALS:
        return Refusal("too_many_proposals", f"Inquiry {inquiry.inquiry_id} has {MOST_PROPOSALS} proposals already.")
    made = Proposal(
        proposal_id=message.change_id, supplier_id=message.supplier_id, terms=message.terms,
        valid_until=message.valid_until, made_at=now,
    )  # fmt: skip
    event = ProposalMade(
        inquiry_id=inquiry.inquiry_id, buyer_id=inquiry.buyer_id, supplier_id=message.supplier_id,
        proposal_id=message.change_id, valid_until=message.valid_until,
    )  # fmt: skip
    return Change(inquiry.evolve(proposals=(*others, made)), "proposed", (event,), {"terms": message.terms})


def choose(inquiry: Inquiry, message: ChooseProposal) -> Change | Refusal:
    """The buyer chooses a proposal as it saw it: its terms bind from now on."""
    id = inquiry.inquiry_id
    if inquiry.status not in ("open", "comparing"):
        chosen = f"is with {inquiry.supplier_id}" if inquiry.status in ("agreed", "revising") else "is over"
        return Refusal("already_chosen", f"Inquiry {id} {chosen}: open another to ask again.")
    chosen_one = next((one for one in inquiry.live if one.proposal_id == message.proposal_id), None)
    if chosen_one is None:
        detail = f"Inquiry {id} has no live proposal {message.proposal_id}: it was replaced or has expired."
        return Refusal("no_such_proposal", f"{detail} GET /v1/inquiries/{id}/comparison shows those that are.")
    proposals = tuple(
        one if one.status != "live" else one.model_copy(
            update={"status": "chosen" if one is chosen_one else "passed_over"}
        )
        for one in inquiry.proposals
    )  # fmt: skip
    agreed = inquiry.evolve(
        status="agreed", proposals=proposals, supplier_id=chosen_one.supplier_id, version=1, terms=chosen_one.terms
    )
    event = VersionAgreed(
        inquiry_id=id, buyer_id=inquiry.buyer_id, supplier_id=chosen_one.supplier_id, version=1,
        requirements=inquiry.requirements, terms=chosen_one.terms,
    )  # fmt: skip
    said = {"requirements": inquiry.requirements, "terms": chosen_one.terms}
    return Change(agreed, "chosen", (event,), said)


def close(inquiry: Inquiry, message: CloseInquiry) -> Change | Refusal:
    """The buyer wants no more of it. Orders that were placed go on."""
    if inquiry.status in ("lapsed", "closed"):
        return Refusal("already_closed", f"Inquiry {inquiry.inquiry_id} is {inquiry.status} already.")
    event = InquiryClosed(inquiry_id=inquiry.inquiry_id, buyer_id=inquiry.buyer_id, how="closed")
    return Change(inquiry.evolve(status="closed", next=None), "closed", (event,), {"text": message.reason})


# --- time ----------------------------------------------------------------------------------------------------------


def keep_time(inquiry: Inquiry, now: datetime) -> Decision[Inquiry]:
    """What is due has happened, whether or not the inquiry was woken for it."""
    if inquiry.wake_at is None or now < inquiry.wake_at:
        return Decision(inquiry)
    id, messages = inquiry.inquiry_id, list[Message]()
    if inquiry.status == "revising" and inquiry.next is not None:
        messages.append(VersionDropped(inquiry_id=id, version=inquiry.next.version, why="not_answered"))
        return Decision(inquiry.evolve(status="agreed", next=None).timed(), tuple(messages))
    over = {one.proposal_id for one in inquiry.live if one.valid_until <= now}
    proposals = tuple(
        one.model_copy(update={"status": "expired"}) if one.proposal_id in over else one for one in inquiry.proposals
    )
    messages += [
        ProposalExpired(inquiry_id=id, supplier_id=one.supplier_id, proposal_id=one.proposal_id)
        for one in proposals
        if one.proposal_id in over
    ]
    later = inquiry.evolve(proposals=proposals)
    if now >= inquiry.answer_until:
        later = later.evolve(status="comparing" if later.live else "lapsed")
    if later.status == "lapsed":
        messages.append(InquiryClosed(inquiry_id=id, buyer_id=inquiry.buyer_id, how="lapsed"))
    return Decision(later.timed(), tuple(messages))


# --- entries and answers -------------------------------------------------------------------------------------------


def _recorded(change: Change, message: Command, now: datetime) -> Inquiry:
    entry = Entry(
        what=change.what, by=by_whom(message), at=now, version=change.inquiry.version, digest=_digest(message),
        **change.said,
    )  # fmt: skip
    inquiry = change.inquiry
    entries = {**inquiry.entries, _id_of(message): entry}
    return inquiry.evolve(entries=entries, changes=inquiry.changes + 1).timed()


def again(
    policy: Policy, inquiry: Inquiry, known: Entry, message: Command, now: datetime
) -> Decision[Inquiry]:  # fmt: skip
    """The same command once more (its sender heard no answer), or another one under the same id."""
    if known.digest != _digest(message) or known.by != by_whom(message):
        detail = f"Inquiry {inquiry.inquiry_id} has other contents under {_id_of(message)}: use a new Idempotency-Key."
        return Decision(inquiry, _refuse(message, Refusal("idempotency_conflict", detail)))
    if isinstance(message, OrderUnderInquiry):
        return Decision(inquiry, iteration.sent_again(policy, inquiry, known, message, now))
    if isinstance(message, GatherUnderInquiry):
        return Decision(inquiry, (gathering.gather_again(inquiry, known, message),))
    return Decision(inquiry, _done(message))


def _id_of(message: Command) -> str:
    match message:
        case OpenInquiry():
            return message.inquiry_id
        case OrderUnderInquiry():
            return message.order_id
        case GatherUnderInquiry():
            return message.pool_id
        case _:
            return message.change_id


def _digest(message: Command) -> str:
    return blake2b(message.model_dump_json(exclude={"reply_to"}).encode(), digest_size=16).hexdigest()


def _not_there(inquiry_id: str) -> Refusal:
    return Refusal("no_such_inquiry", f"There is no inquiry {inquiry_id} for you; GET /v1/inquiries lists yours.")


def _unknown(message: Message) -> Decision[Inquiry]:
    if isinstance(message, Command):
        return Decision(None, _refuse(message, _not_there(message.inquiry_id)))
    return Decision(None)


def _done(message: Command) -> tuple[Sent, ...]:
    return _answer(message.reply_to, Done(id=_id_of(message)))


def _refuse(message: Command, refusal: Refusal) -> tuple[Sent, ...]:
    return _answer(message.reply_to, Refused(id=_id_of(message), code=refusal.code, detail=refusal.detail))


def _answer(reply_to: ReplyTo | None, answer: Message) -> tuple[Sent, ...]:
    return (Sent(to=reply_to, message=answer),) if reply_to else ()
