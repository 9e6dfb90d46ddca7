"""From agreed terms to goods: orders at exactly these terms, feedback on a batch, and the next version.

An order's prices are sealed here, as the catalog seals those of its offers: the order's own rule trusts a seal, and
nobody's word (docs/decisions/0021).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from headwater.contracts.base import BuyerId, Message, OfferId, SkuId, SupplierId
from headwater.contracts.inquiries import (
    AnswerVersion,
    ChooseProposal,
    CloseInquiry,
    FeedbackGiven,
    GiveFeedback,
    OpenInquiry,
    OrderedUnderInquiry,
    OrderUnderInquiry,
    Propose,
    ProposeVersion,
    Terms,
    VersionAgreed,
    VersionDropped,
    VersionProposed,
)
from headwater.contracts.orders import MadeToOrder, OrderLine, PlaceOrder
from headwater.contracts.pools import GatherUnderInquiry
from headwater.contracts.quotes import sealed, to_seal
from headwater.contracts.rosters import KeepRoster
from orders.domain.inquiry_state import Change, Entry, Inquiry, NextVersion, OrderedBatch, Refusal
from orders.domain.order import total_of
from orders.domain.roster import pieces_by_size
from orders.domain.state import Policy

Command = (
    OpenInquiry | Propose | ChooseProposal | OrderUnderInquiry | GiveFeedback | ProposeVersion | AnswerVersion
    | CloseInquiry | GatherUnderInquiry
)  # fmt: skip
LONGEST = timedelta(days=90)
"""That anybody may take to answer."""
SEAL_HOLDS = timedelta(days=1)
"""From the inquiry to the order, which may have much to do before."""


def by_whom(message: Command) -> str:
    """Whose command it is."""
    match message:
        case Propose():
            return message.supplier_id
        case ProposeVersion() | AnswerVersion():
            return message.by
        case OpenInquiry() | OrderUnderInquiry() | GiveFeedback() | GatherUnderInquiry():
            return message.buyer_id
        case _:
            return str(message.buyer_id)


def sku_of(inquiry_id: str, version: int, size: str) -> SkuId:
    """The SKU of a size as a version of an inquiry has it: the goods of another version are other goods."""
    return SkuId(f"{inquiry_id}-v{version}-{size}")


# --- orders --------------------------------------------------------------------------------------------------------


def order(policy: Policy, inquiry: Inquiry, message: OrderUnderInquiry, now: datetime) -> Change | Refusal:
    """An order at the terms that bind, or why there is none."""
    if inquiry.status not in ("agreed", "revising") or inquiry.terms is None:
        return Refusal("not_agreed", f"Inquiry {inquiry.inquiry_id} is {inquiry.status}: no terms bind to order at.")
    if message.version != inquiry.version:
        detail = f"Version {inquiry.version} of inquiry {inquiry.inquiry_id} binds, not {message.version}: look again."
        return Refusal("version_changed", detail)
    if bool(message.pieces) == bool(message.roster):
        return Refusal("pieces_or_roster", "Give either pieces by size or a roster, whose sums they are.")
    wanted = pieces_by_size(message.roster) or {one.size: one.pieces for one in message.pieces}
    unknown = [size for size in wanted if size not in inquiry.requirements.sizes]
    if unknown:
        detail = f"There is no size {', '.join(unknown[:5])}; there are {', '.join(inquiry.requirements.sizes)}."
        return Refusal("unknown_size", detail)
    pieces = sum(wanted.values())
    fault = _why_not(inquiry.terms, message, pieces)
    if fault is not None:
        return fault
    trial = message.batch == "trial"
    unit = (inquiry.terms.sample_price_fen or 0) if trial else inquiry.terms.price_at(pieces)
    lines = tuple(
        OrderLine(
            sku_id=sku_of(inquiry.inquiry_id, inquiry.version, size), offer_id=OfferId(inquiry.inquiry_id),
            quantity=wanted[size], unit_price_fen=unit,
        )
        for size in inquiry.requirements.sizes
        if size in wanted
    )  # fmt: skip
    placed = OrderedBatch(
        order_id=message.order_id, batch=message.batch, lines=lines, total_fen=total_of(lines),
        has_roster=bool(message.roster),
    )  # fmt: skip
    event = OrderedUnderInquiry(
        inquiry_id=inquiry.inquiry_id, order_id=message.order_id, version=inquiry.version, batch=message.batch,
        total_fen=placed.total_fen,
    )  # fmt: skip
    sent = _sent(policy, inquiry, placed, (inquiry.version, inquiry.terms.lead_days), message, now)
    said = {"order": placed, "terms": inquiry.terms}
    return Change(inquiry, "ordered", (*sent, event), said)


def _why_not(terms: Terms, message: OrderUnderInquiry, pieces: int) -> Refusal | None:
    if message.batch == "bulk":
        if pieces < terms.min_quantity:
            detail = f"{pieces} pieces are below the minimum of {terms.min_quantity} that was agreed: order more."
            return Refusal("below_minimum", detail)
        return None
    if terms.trial_pieces is None:
        return Refusal("no_trial", "No trial batch was agreed: propose a next version with one, or order in bulk.")
    if pieces > terms.trial_pieces:
        detail = f"{pieces} pieces are more than a trial batch of {terms.trial_pieces}: order fewer, or in bulk."
        return Refusal("above_trial", detail)
    return None


def sent_again(
    policy: Policy, inquiry: Inquiry, known: Entry, message: OrderUnderInquiry, now: datetime
) -> tuple[Message, ...]:
    """The same order once more, as it was: it answers what became of it."""
    assert known.order is not None
    assert known.terms is not None
    return _sent(policy, inquiry, known.order, (known.version, known.terms.lead_days), message, now)


def _sent(
    policy: Policy, inquiry: Inquiry, placed: OrderedBatch, agreed: tuple[int, int], message: OrderUnderInquiry,
    now: datetime,
) -> tuple[Message, ...]:  # fmt: skip
    version, lead_days = agreed
    supplier = SupplierId(inquiry.supplier_id or "")
    lines = placed.lines
    place = PlaceOrder(
        order_id=placed.order_id, buyer_id=inquiry.buyer_id, supplier_id=supplier, currency="CNY", lines=lines,
        destination=message.destination, fingerprint=f"{inquiry.inquiry_id}-v{version}", reply_to=message.reply_to,
        seal=sealed(policy.secrets, now + SEAL_HOLDS, inquiry.buyer_id, supplier, "CNY", "goods", to_seal(lines)),
        made=MadeToOrder(inquiry_id=inquiry.inquiry_id, version=version, lead_days=lead_days),
    )  # fmt: skip
    if not message.roster:
        return (place,)
    roster = KeepRoster(
        order_id=placed.order_id, inquiry_id=inquiry.inquiry_id, buyer_id=BuyerId(inquiry.buyer_id),
        supplier_id=supplier, lines=message.roster,
    )  # fmt: skip
    return place, roster


# --- feedback and the next version ---------------------------------------------------------------------------------


def give_feedback(inquiry: Inquiry, message: GiveFeedback) -> Change | Refusal:
    """What the buyer says of a batch stays with the version that it was made by."""
    ordered = inquiry.entries.get(message.order_id)
    if ordered is None or ordered.order is None or inquiry.supplier_id is None:
        detail = f"Order {message.order_id} is none of inquiry {inquiry.inquiry_id}; GET /v1/inquiries/… has those."
        return Refusal("not_in_inquiry", detail)
    event = FeedbackGiven(
        inquiry_id=inquiry.inquiry_id, supplier_id=inquiry.supplier_id, order_id=message.order_id,
        verdict=message.verdict, text=message.text,
    )  # fmt: skip
    said = {
        "text": message.text, "pictures": message.pictures, "verdict": message.verdict, "order_id": message.order_id,
    }  # fmt: skip
    return Change(inquiry.evolve(), "feedback", (event,), said)


def propose_version(inquiry: Inquiry, message: ProposeVersion, now: datetime) -> Change | Refusal:
    """One side wants it otherwise: the other has until `agree_by` to agree."""
    id = inquiry.inquiry_id
    fault = _stranger(inquiry, message.by)
    if fault is not None:
        return fault
    if inquiry.status == "revising" and inquiry.next is not None:
        return Refusal("version_pending", f"Version {inquiry.next.version} of inquiry {id} waits for its answer.")
    if inquiry.status != "agreed":
        return Refusal("not_agreed", f"Inquiry {id} is {inquiry.status}: choose a proposal first.")
    if message.after_version != inquiry.version:
        return Refusal("version_changed", f"Version {inquiry.version} of inquiry {id} binds: look at it first.")
    if not now < message.agree_by <= now + LONGEST:
        return Refusal("bad_times", f"Let the other side agree from now for at most {LONGEST.days} days.")
    version = inquiry.version + 1
    waiting = NextVersion(
        version=version, by=message.by, requirements=message.requirements, terms=message.terms, note=message.note,
        agree_by=message.agree_by,
    )  # fmt: skip
    event = VersionProposed(inquiry_id=id, version=version, by=message.by, agree_by=message.agree_by)
    said = {"requirements": message.requirements, "terms": message.terms, "text": message.note}
    return Change(inquiry.evolve(status="revising", next=waiting), "version_proposed", (event,), said)


def answer_version(inquiry: Inquiry, message: AnswerVersion) -> Change | Refusal:
    """The other side agrees, and the next version binds; or not, and the one before goes on to."""
    fault = _stranger(inquiry, message.by)
    if fault is not None:
        return fault
    waiting, supplier = inquiry.next, inquiry.supplier_id
    if waiting is None or supplier is None or waiting.version != message.version:
        return Refusal("no_such_version", f"No version {message.version} of {inquiry.inquiry_id} waits for an answer.")
    if not message.agrees:
        event = VersionDropped(inquiry_id=inquiry.inquiry_id, version=waiting.version, why="declined")
        return Change(inquiry.evolve(status="agreed", next=None), "version_declined", (event,))
    if message.by == waiting.by:
        return Refusal("own_version", f"Version {waiting.version} is your own: the other side agrees to it.")
    agreed = inquiry.evolve(
        status="agreed", next=None, version=waiting.version, requirements=waiting.requirements, terms=waiting.terms
    )
    bound = VersionAgreed(
        inquiry_id=inquiry.inquiry_id, buyer_id=inquiry.buyer_id, supplier_id=supplier, version=waiting.version,
        requirements=waiting.requirements, terms=waiting.terms,
    )  # fmt: skip
    said = {"requirements": waiting.requirements, "terms": waiting.terms}
    return Change(agreed, "version_agreed", (bound,), said)


def _stranger(inquiry: Inquiry, by: str) -> Refusal | None:
    if by in (inquiry.buyer_id, inquiry.supplier_id):
        return None
    return Refusal("not_your_inquiry", f"Inquiry {inquiry.inquiry_id} is between its buyer and the factory it chose.")
