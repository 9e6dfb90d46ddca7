"""The bodies that company accounts take. Money in fen; a field that is not known is an error."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gateway.bodies import CheckoutBody
from headwater.contracts.base import Fen, ShortText, Value
from headwater.contracts.companies import CompanyTerms, PoNumber, Role, SavedLine, UtcOffset


class CompanyBody(CompanyTerms):
    """A company, and where its calendar months begin: for good."""

    utc_offset: UtcOffset = "+08:00"


class MemberBody(Value):
    """What a member may do, and spend in a month without an approval; without roles it is a member no more."""

    roles: Annotated[tuple[Role, ...], Field(max_length=4)]
    limit_fen: Fen | None = None


class RequisitionBody(CheckoutBody):
    """What to buy for the company, as in a checkout."""

    po_number: PoNumber = ""
    note: ShortText = ""
    """For the approver."""


class ApprovalBody(Value):
    """The total that the approver has seen and approves."""

    total_fen: Fen


class SavedListBody(Value):
    """A named basket."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    lines: Annotated[tuple[SavedLine, ...], Field(min_length=1, max_length=100)]
