"""Price ranges (阶梯价), the minimum and the order multiple, as a text says them.

    2件起批 35元, 100件以上 32元        10-49 pcs: ¥36; 50+ pcs: ¥32        8.5元(≥20条), 7.2元(≥200条)

A text is read as marks: quantities and prices. A price belongs to the quantity before it, or to the one after it in
brackets or after "for"; one without a quantity is what the minimum costs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from catalog.listing.found import Found, Note, Source, passage
from catalog.listing.marks import THOUSANDS, Mark, marks_in, packs_as_sold
from catalog.listing.quantities import Pack
from headwater.contracts.catalog import PriceRange

SURE, BARE, ONE_PRICE = 0.9, 0.75, 0.85
"""How sure a ladder is whose prices all name their currency; that has one without; that is one price."""
MOST_RANGES = 10
FOR = re.compile(r"(?:\s*/\s*\w+|\s*each)?\s*(?:\(\s*(?:满|从)?\s*|(?:for|if|when)\s+)", re.IGNORECASE)
SENTENCE = re.compile(r"[,;。;\n]|\.(?=\s|$)|/(?=\s)")


@dataclass(frozen=True, slots=True)
class Terms:
    """How goods are sold, as far as a text says it."""

    ranges: Found[tuple[PriceRange, ...]] | None = None
    minimum: Found[int] | None = None
    multiple: Found[int] | None = None
    notes: tuple[Note, ...] = ()


@dataclass(slots=True)
class _Ladder:
    """What is gathered while the marks are read."""

    steps: dict[int, Mark] = field(default_factory=dict)
    base: Mark | None = None
    """A price without a quantity: what the minimum costs."""


def terms_in(text: str, source: Source = "text") -> Terms:
    """Read the text, or the title if that is the `source`."""
    plain = THOUSANDS.sub("", text)
    packs = packs_as_sold(plain)
    whole = next((one for one in packs if one.whole), None)
    marks = marks_in(plain, packs)
    ladder, notes = _paired(plain, marks), list(_foreign(plain, marks))
    least = _least(marks, ladder, whole)
    if whole is not None:
        least = _in_packs(least, whole.pieces, notes)
    ranges = _ranges(plain, _steps(ladder, least or 1), source, notes)
    return Terms(
        ranges, Found(least, source, _where(plain, marks, least, whole), SURE) if least else None,
        Found(whole.pieces, source, whole.said, SURE) if whole else None, tuple(notes),
    )  # fmt: skip


def begun_by(title: Terms, text: Terms) -> Terms:
    """What both say. Mostly the text says it all; some titles have the first step, which the text goes on from.

    title 2件起批 35元, text 100件以上 32元: from 2 pieces 35 yuan, from 100 pieces 32 yuan
    title 爆款 35元, text 2件起批 30元: from 2 pieces 30 yuan, for a price without a quantity is for end customers
    """
    if text.ranges is None and text.minimum is None:
        return title
    if title.ranges is None or title.minimum is None or text.ranges is None:
        return text
    before, after = title.ranges.value, text.ranges.value
    first = after[0]
    if before[-1].start_quantity >= first.start_quantity or before[-1].price_fen <= first.price_fen:
        return text
    said = f"{title.ranges.said} … {text.ranges.said}"
    together = (*before, *after)[:MOST_RANGES]
    ranges = Found(together, title.ranges.source, said, min(title.ranges.sure, text.ranges.sure))
    return Terms(ranges, title.minimum, text.multiple or title.multiple, (*title.notes, *text.notes))


# --- pairs -----------------------------------------------------------------------------------------------------------


def _paired(text: str, marks: Sequence[Mark]) -> _Ladder:
    ladder = _Ladder()
    waiting: Mark | None = None
    at = 0
    while at < len(marks):
        mark, following = marks[at], marks[at + 1] if at + 1 < len(marks) else None
        if mark.kind in ("count", "least"):
            waiting = mark
        elif waiting is not None and not _apart(text, waiting, mark):
            _add(ladder, waiting, mark)
            waiting = None
        elif following is not None and following.kind in ("count", "least") and _is_for(text, mark, following):
            _add(ladder, following, mark)
            waiting, at = None, at + 1
        elif mark.kind == "price" and ladder.base is None and mark.value:
            ladder.base, waiting = mark, None
        at += 1
    return ladder


def _apart(text: str, count: Mark, price: Mark) -> bool:
    """Whether a sentence ends between them. After a minimum its price may come a sentence later."""
    between = text[count.end : price.start]
    if count.kind == "least":
        return len(between) > 20
    return SENTENCE.search(between) is not None or len(between) > 16


def _is_for(text: str, price: Mark, count: Mark) -> bool:
    """Whether a price is said to be for the quantity behind it."""
    return FOR.fullmatch(text, price.end, count.start) is not None


def _add(ladder: _Ladder, count: Mark, price: Mark) -> None:
    if price.kind == "price" and price.value:
        ladder.steps.setdefault(count.value, price)


def _foreign(text: str, marks: Sequence[Mark]) -> Iterator[Note]:
    other = next((mark for mark in marks if mark.kind == "other"), None)
    if other is not None:
        said = passage(text, other.start, other.end)
        yield Note("other_currency", f"{said!r} is not in yuan, and no rate is guessed: give price_fen in CNY.")


# --- what comes of it ------------------------------------------------------------------------------------------------


def _least(marks: Sequence[Mark], ladder: _Ladder, whole: Pack | None) -> int:
    """Where the ladder begins; without one what is said to be the least, or else to be bought at all. 0: nothing is."""
    said = [mark.value for mark in marks if mark.kind == "least"]
    if ladder.base is not None:
        alone = 1 if ladder.steps else 0
        return min([min(said, default=whole.pieces if whole else alone), *ladder.steps])
    counted = [mark.value for mark in marks if mark.kind == "count"]
    return min(ladder.steps or said or counted, default=0)


def _in_packs(least: int, pieces: int, notes: list[Note]) -> int:
    """The least in whole packs."""
    whole = -(-max(least, 1) // pieces) * pieces
    if pieces < least < whole:
        notes.append(Note("minimum_raised", f"{least} is no multiple of {pieces}: {whole} is the least."))
    return whole


def _where(text: str, marks: Sequence[Mark], least: int, whole: Pack | None) -> str:
    """The passage that a minimum was taken from."""
    ordered = sorted(marks, key=lambda mark: mark.kind != "least")
    mark = next((one for one in ordered if one.kind in ("least", "count") and one.value == least), None)
    if mark is not None:
        return passage(text, mark.start, mark.end)
    return whole.said if whole else "its first price"


def _steps(ladder: _Ladder, least: int) -> dict[int, Mark]:
    """The prices from the minimum on: there the one without a quantity, or the one of the nearest quantity below."""
    below = [start for start in ladder.steps if start < least]
    first = ladder.base or (ladder.steps[max(below)] if below else None)
    above = {start: mark for start, mark in ladder.steps.items() if start >= least}
    return {least: first, **above} if first is not None else above


def _ranges(
    text: str, steps: dict[int, Mark], source: Source, notes: list[Note]
) -> Found[tuple[PriceRange, ...]] | None:
    kept = list(_falling(sorted(steps.items()), notes))
    if len(kept) > MOST_RANGES:
        notes.append(
            Note("too_many_ranges", f"Of {len(kept)} ranges an offer takes {MOST_RANGES}: the last are left out.")
        )
        kept = kept[:MOST_RANGES]
    if not kept:
        return None
    sure = ONE_PRICE if len(kept) == 1 else BARE if any(mark.bare for _, mark in kept) else SURE
    said = passage(text, min(mark.start for _, mark in kept), max(mark.end for _, mark in kept))
    ladder = tuple(PriceRange(start_quantity=start, price_fen=mark.value) for start, mark in kept)
    return Found(ladder, source, said, sure)


def _falling(steps: Sequence[tuple[int, Mark]], notes: list[Note]) -> Iterator[tuple[int, Mark]]:
    """A larger quantity is never dearer: what is, was misread or mistyped."""
    last: Mark | None = None
    for start, mark in steps:
        if last is not None and mark.value > last.value:
            notes.append(
                Note("price_rises", f"From {start} pieces a piece would cost {mark.value} fen, more than {last.value} "
                     "below: the step is left out, look at the prices.")
            )  # fmt: skip
            continue
        last = mark
        yield start, mark
