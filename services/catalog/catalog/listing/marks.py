"""The quantities and the prices of a text, as marks in it: what a ladder is read from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from catalog.listing.conditions import SAMPLE
from catalog.listing.money import AMOUNT, OTHER, YUAN, fen
from catalog.listing.quantities import MOST, NUMBER, UNIT, Pack, number_of, packs_in, pieces

MOST_MARKS = 200
"""More quantities and prices than any offer has are not looked at."""
_TO = r"\s*(?:-|~|–|—|至|到|to)\s*"
_MORE = r"(?:\s*(?:\+|及?以上|起批|起订|起拿|起售|起|批|and (?:above|up|more)|or more|up\b))?"
_LEAST = (
    r"(?:起批量?|起订量?|起售量?|起拿|最低起?订?|最少|\bmoq\b|"
    r"\bmin(?:\.|imum)?(?:\s*order)?(?:\s*(?:qty|quantity))?\b\.?)"
)
LEAST = re.compile(
    rf"{_LEAST}\s*(?:is|为)?\s*[::]?\s*(?P<a>{NUMBER})\s*(?P<ua>{UNIT})?|"
    rf"(?<![\d.])(?P<b>{NUMBER})\s*(?P<ub>{UNIT})\s*(?:装)?(?:起批|起订|起拿|起售|起发|起卖|起剪|起(?!来)|min\b|moq\b|minimum\b)",
    re.IGNORECASE,
)
RANGE = re.compile(
    rf"(?<![\d.])(?P<n>\d{{1,9}}){_TO}\d{{1,9}}\s*(?P<u>{UNIT})(?:起)?|"
    rf"(?:(?<=\()|(?<=for )|(?<=\( ))(?P<m>\d{{1,9}}){_TO}\d{{1,9}}",
    re.IGNORECASE,
)
COUNT = re.compile(
    rf"(?:[≥>]=?|满|超过|\bfrom|\bover|\babove|\bstarting from)\s*"
    rf"(?P<a>{NUMBER})(?![\d.]*\s*(?:cm|mm|元|yuan|%))\s*(?P<ua>{UNIT})?{_MORE}|"
    rf"(?<![\d.])(?P<b>{NUMBER})\s*(?P<ub>{UNIT}){_MORE}|"
    rf"(?<![\d.])(?P<c>\d{{1,9}})\s*(?:\+|(?=\s*@)|(?=\s+and\s+above))",
    re.IGNORECASE,
)
PER = re.compile(rf"\s*/\s*(?P<unit>{UNIT})|\s*(?:每|一|per |a )(?P<word>{UNIT})|\s*each\b", re.IGNORECASE)
KEYED = re.compile(
    r"(?:单价|均价|批发价|价格|出厂价|拿货价|起批价|售价|批价|价|\bprice|\bat|@|:|=)\s*:?\s*$", re.IGNORECASE
)
NUMBER_ALONE = re.compile(
    rf"(?<![\d.\w]){AMOUNT}(?![\d.]*\d)(?!\s*(?:%|cm|mm|ml|寸|码|k\b|w\b|x\s*\d|×|\*|[-~]\s*\d))", re.IGNORECASE
)
AFTER_COUNT = re.compile(r"[\s:=@,]*(?:为|是|单价|价格?|批发价|at|price)?[\s:]*", re.IGNORECASE)
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))(?!\d{3},\d{3},)")
Kind = Literal["least", "count", "price", "other"]


class Mark(NamedTuple):
    """A quantity in pieces, or a price in fen (0: one that cannot be taken), and where it stands."""

    kind: Kind
    value: int
    start: int
    end: int
    bare: bool = False
    """A price without its currency."""


def packs_as_sold(text: str) -> list[Pack]:
    """The packs that a text defines; one that has a price of its own is the piece, and no multiple."""
    return [replace(one, whole=False) if _priced(text, one) else one for one in packs_in(text)]


def marks_in(text: str, packs: Sequence[Pack]) -> list[Mark]:
    """All of them, in their order. Each stretch of the text is one thing: what is found first here keeps it."""
    taken: list[tuple[int, int]] = [(one.start, one.end) for one in packs]
    taken += [match.span() for match in SAMPLE.finditer(text)]
    marks: list[Mark] = []
    for mark in _candidates(text, list(packs)):
        if not any(start < mark.end and mark.start < end for start, end in taken):
            taken.append((mark.start, mark.end))
            marks.append(mark)
            if len(marks) == MOST_MARKS:
                break
    return sorted([*marks, *_bare(text, marks, taken)], key=lambda mark: mark.start)


def _candidates(text: str, packs: list[Pack]) -> Iterator[Mark]:
    yield from (Mark("other", 0, *match.span()) for match in OTHER.finditer(text))
    for match in YUAN.finditer(text):
        yield Mark("price", fen(match["before"] or match["after"]) or 0, match.start(), _with_unit(text, match.end()))
    for kind, pattern in (("least", LEAST), ("count", RANGE), ("count", COUNT)):
        for match in pattern.finditer(text):
            numbers, units = _numbers(match), _units(match)
            count = pieces(number_of(numbers), units, packs)
            if 0 < count <= MOST:
                yield Mark(kind, count, *match.span())  # type: ignore[arg-type]


def _numbers(match: re.Match[str]) -> str:
    groups = match.groupdict()
    return next(groups[name] for name in ("a", "b", "c", "n", "m") if groups.get(name))


def _units(match: re.Match[str]) -> str:
    groups = match.groupdict()
    return next((groups[name] for name in ("ua", "ub", "u") if groups.get(name)), "")


def _with_unit(text: str, end: int) -> int:
    """Past the unit that a price is for: 3.2元/条."""
    per = PER.match(text, end)
    return per.end() if per else end


def _bare(text: str, marks: Sequence[Mark], taken: Sequence[tuple[int, int]]) -> Iterator[Mark]:
    """Numbers that are prices by their place alone: after a quantity, after a word for price, before 一件 or /件."""
    ends = [mark.end for mark in marks if mark.kind in ("count", "least")]
    for match in NUMBER_ALONE.finditer(text):
        if any(start < match.end() and match.start() < end for start, end in taken):
            continue
        before = max((end for end in ends if end <= match.start()), default=-1)
        follows = before >= 0 and AFTER_COUNT.fullmatch(text, before, match.start()) is not None
        per = PER.match(text, match.end())
        if follows or per or _keyed(text, match.start()):
            yield Mark("price", fen(match[0]) or 0, match.start(), per.end() if per else match.end(), bare=True)


def _keyed(text: str, at: int) -> bool:
    key = KEYED.search(text, max(0, at - 12), at)
    return key is not None and key[0].strip(" :=") != ""


def _priced(text: str, pack: Pack) -> bool:
    """Whether the price is for the pack: then that is the piece."""
    return (
        re.search(rf"{AMOUNT}\s*(?:元|块|yuan|rmb)\s*(?:/|每|一|per )\s*{re.escape(pack.name)}", text, re.I) is not None
    )
