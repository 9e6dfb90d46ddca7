"""What of an endpoint's answer is believed. Pure.

It was written by a model that read what anybody may have written: each field is checked by itself, and what does not
fit is left out and named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from catalog.domain.categories import CATEGORIES
from catalog.listing.attributes import Property
from catalog.listing.description import Description
from catalog.listing.found import SHOWN, Found, Note
from catalog.listing.marks import THOUSANDS
from catalog.listing.money import AMOUNT, fen
from catalog.listing.packaging import packaging_of
from catalog.listing.proposal import Proposal
from headwater.contracts.base import Pieces
from headwater.contracts.catalog import Attribute, Packaging, PriceRange
from headwater.explain import why

SURE = 0.6
"""How sure anything is that only the model says: it was not measured."""
_Word = Annotated[
    str,
    Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069<>]+$"),
]
_Words = TypeAdapter(Annotated[tuple[_Word, ...], Field(max_length=60)])
_Attributes = TypeAdapter(Annotated[tuple[Attribute, ...], Field(max_length=50)])
_Ladder = TypeAdapter(Annotated[tuple[PriceRange, ...], Field(min_length=1, max_length=10)])
_Pieces = TypeAdapter(Pieces)
_Packaging: TypeAdapter[Packaging] = TypeAdapter(Literal["logistics", "generic", "industry"])
_Category = TypeAdapter(_Word)
Check = Callable[[Any, Description], Any]


class NoAnswer(Exception):
    """Nothing of it can be read; the sentence says why."""


def object_in(content: str) -> Mapping[str, Any]:
    """The JSON object that an answer is, in a fence or not. Raises `NoAnswer`."""
    text = content.strip().removeprefix("```json").removeprefix("```").removesuffix("```")
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        raise NoAnswer("its answer is no JSON") from None
    if not isinstance(answer, dict):
        raise NoAnswer("its answer is no JSON object")
    return answer


def merged(local: Proposal, answer: Mapping[str, Any], description: Description) -> Proposal:
    """The local proposal with what the model says otherwise. Raises `NoAnswer` when none of its fields can be used."""
    believed: dict[str, Any] = {}
    notes: list[Note] = []
    for name, given in list(answer.items())[:50]:
        check = CHECKS.get(name)
        if check is None:
            notes.append(_left_out(name, "there is no such field"))
            continue
        if given in (None, [], ""):
            continue
        try:
            believed[name] = check(given, description)
        except ValidationError as invalid:
            notes.append(_left_out(name, why(invalid.errors()[0])))
        except ValueError as wrong:
            notes.append(_left_out(name, str(wrong)))
    if not believed:
        raise NoAnswer("none of its fields can be used")
    return _replaced(local, believed, description, notes)


def _left_out(name: str, because: str) -> Note:
    return Note("answer_left_out", f"The endpoint's {name[:40]!r} is left out: {because[:200]}.")


def _replaced(local: Proposal, believed: Mapping[str, Any], description: Description, notes: list[Note]) -> Proposal:
    changed: dict[str, Any] = {}
    for name, value in believed.items():
        field = FIELDS[name]
        known = getattr(local, field)
        if isinstance(known, tuple):
            ours = {one.value: one for one in known}
            changed[field] = tuple(ours.get(one) or Found(one, "endpoint", str(one)[:SHOWN], SURE) for one in value)
        elif known is None or known.value != value:
            changed[field] = Found(value, "endpoint", "", SURE)
    proposal = replace(local, **changed, extractor="endpoint")
    if (
        "category" in changed
        and "packaging" not in changed
        and (local.packaging is None or local.packaging.source == "rule")
    ):
        proposal = replace(proposal, packaging=packaging_of(description, believed["category"]))
    return replace(_together(proposal, notes), notes=(*local.notes, *notes))


def _together(proposal: Proposal, notes: list[Note]) -> Proposal:
    """A ladder starts at the minimum, which is a multiple of the pack: the ladder decides."""
    ranges, minimum, multiple = proposal.price_ranges, proposal.minimum, proposal.multiple
    if ranges is not None and (minimum is None or minimum.value != ranges.value[0].start_quantity):
        minimum = Found(ranges.value[0].start_quantity, ranges.source, ranges.said, ranges.sure)
    if multiple is not None and minimum is None:
        minimum = multiple
    if multiple is not None and minimum is not None and minimum.value % multiple.value:
        notes.append(_left_out("order_multiple", f"the minimum of {minimum.value} is no multiple of {multiple.value}"))
        multiple = None
    return replace(proposal, minimum=minimum, multiple=multiple)


# --- fields ----------------------------------------------------------------------------------------------------------


def _category(given: Any, _description: Description) -> str:
    path = _Category.validate_python(given)
    if path not in CATEGORIES:
        raise ValueError(f"there is no category {path[:60]!r}")
    return path


def _words(given: Any, _description: Description) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_Words.validate_python(given)))


def _attributes(given: Any, _description: Description) -> tuple[Property, ...]:
    found = [(one.name, one.value) for one in _Attributes.validate_python(given)]
    for name, value in found:
        _Words.validate_python((name, value))
    return tuple(dict.fromkeys(found))


def _packaging(given: Any, _description: Description) -> Packaging:
    return _Packaging.validate_python(given)


def _pieces(given: Any, _description: Description) -> int:
    return _Pieces.validate_python(given)


def _ladder(given: Any, description: Description) -> tuple[PriceRange, ...]:
    """A price is believed only if its number stands in what the supplier wrote: none is made up, or asked for by a
    text that is meant for the model."""
    ranges = _Ladder.validate_python(given)
    for lower, upper in pairwise(ranges):
        if upper.start_quantity <= lower.start_quantity or upper.price_fen > lower.price_fen:
            raise ValueError("its ranges overlap, or a larger quantity is dearer")
    said = THOUSANDS.sub("", f"{description.title} {description.text}")
    numbers = {fen(number) for number in re.findall(AMOUNT, said)}
    missing = next((one.price_fen for one in ranges if one.price_fen not in numbers), None)
    if missing is not None:
        raise ValueError(f"{missing} fen is no price that the text has")
    return ranges


CHECKS: Mapping[str, Check] = {
    "category": _category, "colours": _words, "sizes": _words, "attributes": _attributes, "packaging": _packaging,
    "price_ranges": _ladder, "min_order_quantity": _pieces, "order_multiple": _pieces,
}  # fmt: skip
FIELDS = {**{name: name for name in CHECKS}, "min_order_quantity": "minimum", "order_multiple": "multiple"}
