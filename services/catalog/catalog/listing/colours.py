"""Colours: what stands after a word for colour, in a list, or alone. By `colours.tsv`, in English as it has them.

颜色：黑色、雾霾蓝      Colors: black / heather grey      黑/灰/藏青 四色      深蓝色
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from catalog.listing.description import Description
from catalog.listing.found import Found, Source, first_of_each, passage

CLAUSE, LIST, ALONE, AS_WRITTEN = 0.95, 0.9, 0.6, 0.5
"""How sure a colour is that stands after a word for colour, beside others, by itself; and one in no dictionary."""
LONGEST_NAME = 3
"""Words of an English colour."""
KEY = re.compile(
    r"(?:颜色|花色|色号|配色|款式|colou?rs?)(?:\s*(?:avail\w*|options?|可选|有|分为))?\s*(?::|有|-|—)\s*", re.IGNORECASE
)
END = re.compile(
    r"[。\n;]|\.(?=\s|$)|(?=尺码|码数|尺寸|规格|容量|图案|材质|面料|价格|单价)|(?=\bsizes?\b)", re.IGNORECASE
)
WORD = re.compile(r"[\u3400-\u9fff]+|[A-Za-z]+")
BETWEEN = re.compile(r"[\s,、/|;·+&和与及()-]{0,4}(?:and\s|or\s)?\s*", re.IGNORECASE)
ITEM = re.compile(r"[^\s,、/|;]+")
UNKNOWN = re.compile(r"[\u3400-\u9fff]{2,5}款?")
ENDING = re.compile(r"[红黄蓝绿黑白紫灰粉橙棕青金银咖杏色]$")
MODIFIERS = {"浅": "light", "深": "dark", "亮": "bright", "淡": "light", "暗": "dark", "荧光": "fluorescent"}
TONES = frozenset({"light", "dark", "bright", "pale", "deep"})


class _Named(NamedTuple):
    """A colour and where it stands."""

    name: str
    start: int
    end: int


@cache
def _names() -> dict[str, str]:
    """By what it is called, the colour."""
    lines = Path(__file__).with_name("colours.tsv").read_text(encoding="utf-8").splitlines()
    rows = csv.reader((line for line in lines if not line.startswith("#")), delimiter="\t")
    return {called: row[0] for row in rows for called in row}


@cache
def _inside() -> re.Pattern[str]:
    """A Chinese colour with 色 after it, inside other words."""
    chinese = sorted((name for name in _names() if not name.isascii()), key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(MODIFIERS)})?(?:{'|'.join(chinese)})色")


def colours_in(description: Description) -> tuple[Found[str], ...]:
    """What the words say; of the text if it says any, else of the title."""
    for source, text in description.passages():
        found = first_of_each(_after_key(source, text)) or first_of_each(_listed(source, text))
        if found:
            return found
    return ()


def colour_called(word: str) -> str | None:
    """The colour that a word in either language names: 深蓝色 is dark blue; None if it names none."""
    name = word.casefold().removesuffix("色系").removesuffix("色")
    known = _names().get(name)
    if known is not None or name.isascii():
        return known or _toned(name)
    for said, modifier in MODIFIERS.items():
        if name.startswith(said) and (base := _names().get(name.removeprefix(said))):
            return f"{modifier} {base}"
    pair = [_names().get(one) for one in name]
    return f"{pair[0]} and {pair[1]}" if len(pair) == 2 and all(pair) else None


def _toned(name: str) -> str | None:
    tone, _, rest = name.partition(" ")
    base = _names().get(rest) if tone in TONES else None
    return f"{tone} {base}" if base else None


def _after_key(source: Source, text: str) -> Iterator[Found[str]]:
    read_to = 0
    for key in KEY.finditer(text):
        if key.start() < read_to:
            continue
        end = END.search(text, key.end())
        read_to = end.start() if end else len(text)
        clause = text[key.end() : read_to]
        known = list(_spans(clause))
        named = [(one.start, Found(one.name, source, passage(clause, one.start, one.end), CLAUSE)) for one in known]
        yield from (found for _, found in sorted([*named, *_as_written(source, clause, known)], key=lambda one: one[0]))


def _as_written(source: Source, clause: str, known: Sequence[_Named]) -> Iterator[tuple[int, Found[str]]]:
    """Items that no dictionary has: those that end as colours do, and where it has none, all that may be names."""
    for item in ITEM.finditer(clause):
        if any(one.start < item.end() and item.start() < one.end for one in known):
            continue
        if not UNKNOWN.fullmatch(item[0]):
            return
        if not known or ENDING.search(item[0]):
            yield item.start(), Found(item[0], source, item[0], AS_WRITTEN)


def _listed(source: Source, text: str) -> Iterator[Found[str]]:
    """Colours beside each other; if none is beside another, those by themselves."""
    spans = list(_spans(text))
    together = [run for run in _runs(text, spans) if len(run) > 1]
    for run in together or [[one] for one in spans]:
        sure = LIST if together else ALONE
        yield from (Found(one.name, source, passage(text, one.start, one.end), sure) for one in run)


def _runs(text: str, spans: Sequence[_Named]) -> Iterator[list[_Named]]:
    run: list[_Named] = []
    for one in spans:
        if run and not BETWEEN.fullmatch(text[run[-1].end : one.start]):
            yield run
            run = []
        run.append(one)
    yield run


def _spans(text: str) -> Iterator[_Named]:
    words = list(WORD.finditer(text))
    at = 0
    while at < len(words):
        taken, found = _span_at(text, words, at)
        yield from found
        at += taken


def _span_at(text: str, words: Sequence[re.Match[str]], at: int) -> tuple[int, Iterable[_Named]]:
    """How many words were looked at, and the colours in them."""
    first = words[at]
    if not first[0].isascii():
        metres = first[0].startswith("米") and text[: first.start()].rstrip()[-1:].isdigit()
        name = None if metres else colour_called(first[0])
        return 1, (_Named(name, *first.span()),) if name else _within(first)
    for count in range(min(LONGEST_NAME, len(words) - at), 0, -1):
        last = words[at + count - 1]
        name = colour_called(" ".join(text[first.start() : last.end()].replace("-", " ").split()))
        if name:
            return count, (_Named(name, first.start(), last.end()),)
    return 1, ()


def _within(word: re.Match[str]) -> Iterator[_Named]:
    for inside in _inside().finditer(word[0]):
        name = colour_called(inside[0])
        if name:
            yield _Named(name, word.start() + inside.start(), word.start() + inside.end())
