"""Sizes: letters (S-3XL), numbers (36-42码), measures (30x40cm, 500ml), and words (大号, one size).

Letters say more than numbers, and numbers more than measures: of a bed in S 50x40cm the size is S.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from catalog.listing.description import Description
from catalog.listing.found import Found, Source, first_of_each, passage

LETTERS = ("XXS", "XS", "S", "M", "L", "XL", "2XL", "3XL", "4XL", "5XL", "6XL", "7XL", "8XL")
ONE_SIZE = "one size"
CLEAR, LIKELY, MAYBE = 0.95, 0.85, 0.5
"""How sure: a range or a list of sizes; measures in a list; a measure that stands by itself."""
_TO = r"\s*(?:-|~|–|—|至|到|to)\s*"
_LETTER = r"(?:X{1,3}S|X{1,6}L|[2-8]XL|[2-8]X|S|M|L)"
_BOUNDED = rf"(?<![A-Za-z0-9.'’]){_LETTER}(?![A-Za-z0-9%'’])"
LETTER = re.compile(_BOUNDED)
LETTER_RANGE = re.compile(rf"(?<![A-Za-z0-9.])({_LETTER}){_TO}({_LETTER})(?![A-Za-z0-9])")
ONE = re.compile(r"均一?码|\b[FＦ]码|one[ -]size|free[ -]size", re.IGNORECASE)
_KEY = r"(?:尺码数?|码数|鞋码|身高|号码|sizes?|EU|EUR)"
NUMBER_RANGE = re.compile(
    rf"(?P<key>{_KEY}\s*:?\s*)?(?<![\d.])(?P<low>\d{{2,3}}){_TO}(?P<high>\d{{2,3}})(?![\d.])(?P<unit>\s*码)?",
    re.IGNORECASE,
)
NUMBER_LIST = re.compile(
    rf"(?P<key>{_KEY}\s*:?\s*)?(?<![\d.])(?P<all>\d{{2,3}}(?:[\s/、,]+\d{{2,3}}(?![\d.]))+)(?P<unit>\s*码)?",
    re.IGNORECASE,
)
_UNIT = r"(?:cm|mm|m|厘米|毫米|米)"
AREA = re.compile(
    rf"(?<![\d.])(\d+(?:\.\d+)?)\s*({_UNIT})?\s*[x×*]\s*(\d+(?:\.\d+)?)(?:\s*[x×*]\s*(\d+(?:\.\d+)?))?\s*({_UNIT})?(?![A-Za-z])",
    re.IGNORECASE,
)
MEASURE = re.compile(
    r"(?<![\d.x×*])(\d+(?:\.\d+)?)\s*(cm|mm|ml|毫升|厘米|毫米|米|升|m|l|寸|inch(?:es)?|kg)(?![A-Za-z0-9²])(?!\s*[x×*]\s*\d)",
    re.IGNORECASE,
)
OF_A_PART = re.compile(r"(?:高|宽|厚|围|重|径|跟|幅|深|距|净)\s*:?\s*$")
WORDS = {"特大": "extra large", "加大": "extra large", "大": "large", "中": "medium", "小": "small"}
WORD = re.compile(r"(特大|加大|大|中|小)号")
ENGLISH_WORDS = re.compile(
    r"\b(?:small|medium|large)(?:\s*(?:/|,|and|&)\s*(?:and\s+)?(?:small|medium|large|extra large))+\b", re.I
)
UNITS = {"厘米": "cm", "毫米": "mm", "米": "m", "毫升": "ml", "升": "L", "l": "L", "寸": " inch", "inch": " inch",
         "inches": " inch"}  # fmt: skip
MOST_STEPS = 30
Reader = Callable[[str], Iterator[tuple[str, int, int, float]]]


def sizes_in(description: Description) -> tuple[Found[str], ...]:
    """Of the text if it says any, else of the title; letters from the small to the large."""
    for reader in (_letters, _one_size, _numbers, _measures, _words):
        for source, text in description.passages():
            found = _read(reader, source, text)
            if found:
                return found
    return ()


def _read(reader: Reader, source: Source, text: str) -> tuple[Found[str], ...]:
    found = first_of_each(
        Found(size, source, passage(text, start, end), sure) for size, start, end, sure in reader(text)
    )
    return tuple(sorted(found, key=lambda one: LETTERS.index(one.value))) if reader is _letters else found


def _letters(text: str) -> Iterator[tuple[str, int, int, float]]:
    for match in LETTER_RANGE.finditer(text):
        low, high = (LETTERS.index(_letter(one)) for one in match.groups())
        yield from ((size, *match.span(), CLEAR) for size in LETTERS[min(low, high) : max(low, high) + 1])
    alone = list(LETTER.finditer(text))
    if len({match[0] for match in alone}) > 1:  # one letter may mean anything
        yield from ((_letter(match[0]), *match.span(), CLEAR) for match in alone)


def _letter(written: str) -> str:
    """XXL and 2X are 2XL."""
    many = written.count("X")
    if written.endswith("S"):
        return "XXS" if many > 1 else written
    if written[0].isdigit():
        return f"{written[0]}XL"
    return f"{min(many, 8)}XL" if many > 1 else written


def _one_size(text: str) -> Iterator[tuple[str, int, int, float]]:
    yield from ((ONE_SIZE, *match.span(), CLEAR) for match in ONE.finditer(text))


def _numbers(text: str) -> Iterator[tuple[str, int, int, float]]:
    ranges = [match for match in NUMBER_RANGE.finditer(text) if match["low"] != match["high"]]
    pairs = [match for match in ranges if int(match["high"]) == int(match["low"]) + 1]
    if len(pairs) > 1 and len(pairs) == len(ranges):  # slippers: 36-37, 38-39
        yield from ((f"{match['low']}-{match['high']}", *match.span(), CLEAR) for match in pairs)
        return
    for match in ranges:
        if match["key"] or match["unit"]:
            yield from ((str(size), *match.span(), CLEAR) for size in _steps(int(match["low"]), int(match["high"])))
    for match in NUMBER_LIST.finditer(text):
        if match["key"] or match["unit"]:
            yield from ((size, *match.span(), CLEAR) for size in re.findall(r"\d+", match["all"]))


def _steps(low: int, high: int) -> Iterator[int]:
    """Shoes and trousers go by one, children's heights by ten."""
    step = 10 if low >= 50 and low % 10 == high % 10 == 0 else 1
    if 0 <= (high - low) // step <= MOST_STEPS:
        yield from range(low, high + 1, step)


def _measures(text: str) -> Iterator[tuple[str, int, int, float]]:
    areas = list(AREA.finditer(text))
    for match in areas:
        first, other, *rest, last = match.groups()
        of_first, unit = (UNITS.get(one.casefold(), one.casefold()) for one in (other or "", last or ""))
        sides = "x".join([f"{first}{of_first}" if of_first != unit else first, *filter(None, rest)])
        yield f"{sides}{unit}", *match.span(), LIKELY
    if areas:
        return
    whole = [match for match in MEASURE.finditer(text) if not OF_A_PART.search(text[: match.start()])]
    for match in whole:
        unit = match[2].casefold()
        yield f"{match[1]}{UNITS.get(unit, unit)}", *match.span(), LIKELY if len(whole) > 1 else MAYBE


def _words(text: str) -> Iterator[tuple[str, int, int, float]]:
    yield from ((WORDS[match[1]], *match.span(), LIKELY) for match in WORD.finditer(text))
    for match in ENGLISH_WORDS.finditer(text):
        words = re.findall(r"extra large|small|medium|large", match[0].casefold())
        yield from ((word, *match.span(), LIKELY) for word in words)
