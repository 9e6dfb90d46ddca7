"""Company accounts (企业账户): members ask, approvers decide, and what counts against the limits is what was placed."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from headwater.contracts.base import BuyerId, CompanyId, Message
from headwater.contracts.checkouts import PlaceCheckout
from headwater.contracts.companies import (
    ApproveRequisition,
    CompanyTerms,
    OpenCompany,
    RejectRequisition,
    RepriceRequisition,
    SetMember,
    SubmitRequisition,
)
from headwater.contracts.quotes import SealedQuote
from orders.domain.order import total_of
from orders.domain.requisition import placed_by
from tests.stateful.market import CALLER, CITIES, WHICH, given, home
from tests.stateful.ways.checkouts import WIDE, Checkouts

COMPANY = CompanyId("com_1")
LIMIT_FEN, OWN_FEN = 150_000, 20_000
"""Of the company and of its buyers, in a month."""
ADDRESSED: dict[str, Any] = {"company_id": COMPANY, "reply_to": CALLER}


class Companies(Checkouts):
    """One company: ann decides, bo and cy buy."""

    def begin(self) -> None:
        super().begin()
        self.requisitions: dict[str, SubmitRequisition] = {}
        self.offered: dict[str, list[tuple[SealedQuote, ...]]] = {}
        """By requisition, at which prices it was ever to be had."""
        terms = CompanyTerms(name="Sea Ltd", limit_fen=LIMIT_FEN)
        self.post(OpenCompany(**ADDRESSED, by=BuyerId("ann"), terms=terms))
        self.mail.all_come()
        for member in ("bo", "cy"):
            self.set_member(member, ("buyer",), OWN_FEN)

    def set_member(self, member: str, roles: tuple[Any, ...], limit_fen: int | None) -> None:
        """The admin gives a member its roles."""
        self.post(
            SetMember(
                **ADDRESSED, by=BuyerId("ann"), member_id=BuyerId(member), roles=roles, limit_fen=limit_fen,
                change_id=self.new_id("chg"),
            )
        )  # fmt: skip

    @rule(by=st.sampled_from(("bo", "cy", "ann", "eve")), basket=WIDE, all_or_none=st.booleans())
    def a_member_asks(self, by: str, basket: list[tuple[str, int]], all_or_none: bool) -> None:
        id = self.new_id("rqn")
        asked = SubmitRequisition(
            **ADDRESSED, requisition_id=id, by=BuyerId(by), parts=self.parts_of(by, basket),
            destination=home(CITIES[0]), all_or_none=all_or_none, fingerprint=id,
        )  # type: ignore[arg-type]  # fmt: skip
        self.requisitions[id], self.offered[id] = asked, [asked.parts]
        self.post(asked)

    @given("requisitions")
    @rule(which=WHICH, by=st.sampled_from(("ann", "ann", "bo")), stale=st.sampled_from((0, 0, 0, 1)))
    def an_approver_approves(self, which: int, by: str, stale: int) -> None:
        id = self.one_of(list(self.requisitions), which)
        if id is not None:
            total = _total(self.offered[id][-1]) + stale
            self.post(ApproveRequisition(**ADDRESSED, requisition_id=id, by=BuyerId(by), total_fen=total))  # type: ignore[arg-type]

    @given("requisitions")
    @rule(which=WHICH)
    def an_approver_asks_for_new_prices(self, which: int) -> None:
        id = self.one_of(list(self.requisitions), which)
        if id is not None:
            asked = self.requisitions[id]
            basket = [(str(line.sku_id), line.quantity) for part in asked.parts for line in part.lines]
            self.offered[id].append(self.parts_of(asked.by, basket))
            self.post(
                RepriceRequisition(
                    **ADDRESSED, requisition_id=id, by=BuyerId("ann"), parts=self.offered[id][-1]
                )  # type: ignore[arg-type]
            )  # fmt: skip

    @given("requisitions")
    @rule(which=WHICH, by=st.sampled_from(("ann", "bo", "cy")))
    def somebody_says_no(self, which: int, by: str) -> None:
        id = self.one_of(list(self.requisitions), which)
        if id is not None:
            self.post(RejectRequisition(**ADDRESSED, requisition_id=id, by=BuyerId(by), reason="no"))  # type: ignore[arg-type]

    @rule(member=st.sampled_from(("bo", "cy")), stays=st.booleans())
    def a_member_comes_or_goes(self, member: str, stays: bool) -> None:
        self.set_member(member, ("buyer",) if stays else (), OWN_FEN)

    def heard(self, group: str, message: Message, told: list[Message]) -> None:
        if group == "orders.company":
            for checkout in (one for one in told if isinstance(one, PlaceCheckout)):
                self._placed(message, checkout)
        super().heard(group, message, told)

    def _placed(self, because: Message, checkout: PlaceCheckout) -> None:
        id = placed_by(checkout.checkout_id)
        assert checkout.parts in self.offered[id], f"{checkout} is placed at prices that nobody offered"
        assert checkout.buyer_id == self.requisitions[id].by
        if isinstance(because, ApproveRequisition):
            assert because.total_fen == _total(checkout.parts), f"{because} approved another total"
        self.expect_parts(checkout.checkout_id, checkout.buyer_id, checkout.parts)

    @invariant()
    def a_company_never_spends_more_than_its_limit(self) -> None:
        for month in self.mail.states("orders.company")[COMPANY].months:
            assert 0 <= month.total <= LIMIT_FEN, f"{month} is above {LIMIT_FEN}"

    def at_rest(self) -> None:
        super().at_rest()
        company = self.mail.states("orders.company")[COMPANY]
        papers = [paper.content for paper in self.mail.parts("orders.company")[COMPANY].values()]
        assert company.waiting == (), company.waiting
        assert not [one for one in papers if one.status in ("waiting", "placing")], "nothing waits or is on its way"
        for month in company.months:
            spent = sum(
                order.total_fen
                for one in papers
                if one.month == month.month
                for order in one.orders
                if self.model.orders[order.order_id].end == "completed"
            )
            assert month.total == spent, f"{month} counts {month.total} fen, {spent} were spent"


def _total(parts: tuple[SealedQuote, ...]) -> int:
    return sum(total_of(part.lines) for part in parts)
