"""What is known of a company account: its members, what they spent in which month, and its papers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from headwater.contracts.base import BuyerId, CompanyId, Fen, Key, ListId, ReplyTo, RequisitionId, UtcTime, Value
from headwater.contracts.companies import CompanyTerms, PurchasedOrder, RequisitionStatus, Role, SavedLine
from headwater.contracts.orders import Destination
from headwater.contracts.quotes import SealedQuote
from headwater.decision import Part, State
from orders.domain.order import total_of

MONTHS_KEPT = 3
"""So many months are counted: what comes back after that is of a month whose limit binds nobody any more."""
CHANGES_KEPT = 64
"""So many changes are remembered by their ids; one is repeated within minutes."""


class Member(Value):
    """Who may do what, and spend how much."""

    member_id: BuyerId
    roles: tuple[Role, ...]
    limit_fen: Fen | None = None
    """In a month, without an approval."""

    def may(self, *roles: Role) -> bool:
        """Whether it has one of these roles; an admin has them all."""
        return "admin" in self.roles or any(role in self.roles for role in roles)


class Month(Value):
    """What was placed in one calendar month and did not come to nothing, in fen by member."""

    month: str
    """2026-11, by the company's offset from UTC."""
    spent: tuple[tuple[BuyerId, int], ...] = ()

    def of(self, member_id: BuyerId) -> int:
        """What one member spent."""
        return dict(self.spent).get(member_id, 0)

    @property
    def total(self) -> int:
        """What all of them spent."""
        return sum(fen for _, fen in self.spent)

    def with_more(self, member_id: BuyerId, fen: int) -> Month:
        """The month with so much more, or less, by a member; never less than nothing."""
        spent = {**dict(self.spent), member_id: max(self.of(member_id) + fen, 0)}
        return self.model_copy(update={"spent": tuple(spent.items())})


class SavedList(Value):
    """A named basket (采购清单) of the company."""

    kind: Literal["list"] = "list"
    list_id: ListId
    name: str
    lines: tuple[SavedLine, ...]
    saved_by: BuyerId
    saved_at: UtcTime


class Requisition(Value):
    """What a member asks to buy (采购申请), with what became of it."""

    kind: Literal["requisition"] = "requisition"
    requisition_id: RequisitionId
    by: BuyerId
    parts: tuple[SealedQuote, ...]
    destination: Destination
    all_or_none: bool
    po_number: str
    out_order_id: Key | None
    pay_within_s: int | None
    note: str
    fingerprint: str
    status: RequisitionStatus
    why: str = ""
    asked_at: UtcTime
    decide_by: UtcTime
    decided_by: BuyerId | None = None
    attempt: int = 0
    """How often it was placed: again only when all of its prices had ended before its orders came."""
    month: str = ""
    """In which its spending counts, from placing on."""
    orders: tuple[PurchasedOrder, ...] = ()
    reply_to: ReplyTo | None = None
    """Who waits to hear what becomes of it; None once it was told."""

    @property
    def total_fen(self) -> int:
        """What it costs at its sealed prices."""
        return sum(total_of(part.lines) for part in self.parts)

    @property
    def prices_end_at(self) -> datetime:
        """When the first of its seals ends."""
        return min(part.seal.expires_at for part in self.parts)


class Paper(Part):
    """One of a company's papers (单据): a requisition or a saved list."""

    content: Annotated[Requisition | SavedList, Field(discriminator="kind")]


class Company(State):
    """A company account."""

    company_id: CompanyId
    utc_offset: str
    terms: CompanyTerms
    members: tuple[Member, ...]
    opened_at: datetime
    months: tuple[Month, ...] = ()
    """The last ones, the oldest first."""
    waiting: tuple[tuple[RequisitionId, datetime], ...] = ()
    """Requisitions that wait for an approver, each with the end of its time."""
    lists: tuple[ListId, ...] = ()
    """Saved lists that there are."""
    buyers: tuple[BuyerId, ...] = ()
    """Everybody who ever bought for it, members or no longer: a statement looks for their orders."""
    changes: tuple[Key, ...] = ()
    """Ids of the last changes, the newest last."""
    papers: dict[str, Paper] = Field(default_factory=dict)

    def member(self, id: BuyerId) -> Member | None:
        """A member, or None."""
        return next((one for one in self.members if one.member_id == id), None)

    def month_of(self, at: datetime) -> str:
        """The calendar month of a time, where this company is."""
        hours, minutes = int(self.utc_offset[1:3]), int(self.utc_offset[4:])
        offset = timedelta(hours=hours, minutes=minutes)
        return f"{at + offset if self.utc_offset[0] == '+' else at - offset:%Y-%m}"

    def in_month(self, month: str) -> Month:
        """What was spent in a month, as far as it is still counted."""
        return next((one for one in self.months if one.month == month), Month(month=month))

    def spending(self, month: str, member_id: BuyerId, fen: int) -> Company:
        """The company after so much more (or less) was spent; what is left of a month no longer counted is dropped."""
        others = [one for one in self.months if one.month != month]
        if fen < 0 and len(others) == len(self.months):
            return self
        months = sorted([*others, self.in_month(month).with_more(member_id, fen)], key=lambda one: one.month)
        return self.evolve(months=tuple(months[-MONTHS_KEPT:]))

    def with_paper(self, content: Requisition | SavedList) -> Company:
        """The company with this paper as it is now; a requisition waits, or no longer."""
        key = paper_key(content)
        company = self.evolve(papers={**self.papers, key: Paper(content=content)})
        if isinstance(content, SavedList):
            return company.evolve(lists=tuple(dict.fromkeys((*self.lists, content.list_id))))
        waiting = [one for one in self.waiting if one[0] != content.requisition_id]
        waiting += [(content.requisition_id, content.decide_by)] if content.status == "waiting" else []
        return company.evolve(waiting=tuple(waiting), wake_at=min((until for _, until in waiting), default=None))

    def without_list(self, id: ListId) -> Company:
        """The company after a list was deleted."""
        papers = {key: paper for key, paper in self.papers.items() if key != list_key(id)}
        return self.evolve(papers=papers, lists=tuple(one for one in self.lists if one != id))

    def changed_by(self, change_id: Key, **changes: object) -> Company:
        """The company after a change that counts once."""
        return self.evolve(changes=(*self.changes[-CHANGES_KEPT + 1 :], change_id), **changes)

    def requisition(self, id: RequisitionId) -> Requisition | None:
        """A requisition that the message at hand is about."""
        paper = self.papers.get(requisition_key(id))
        return paper.content if paper is not None and isinstance(paper.content, Requisition) else None


def requisition_key(id: RequisitionId) -> str:
    """The name of a requisition among the papers."""
    return f"requisition:{id}"


def list_key(id: ListId) -> str:
    """The name of a saved list among the papers."""
    return f"list:{id}"


def paper_key(content: Requisition | SavedList) -> str:
    """The name of a paper."""
    return list_key(content.list_id) if isinstance(content, SavedList) else requisition_key(content.requisition_id)


def with_member(members: Iterable[Member], member: Member) -> tuple[Member, ...]:
    """The members with this one as it is now, or without it if it has no role."""
    kept = [one for one in members if one.member_id != member.member_id]
    return (*kept, member) if member.roles else tuple(kept)
