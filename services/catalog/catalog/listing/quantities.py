"""Counts of goods in words: 100件以上, ≥200条, 10-49 pcs, MOQ 50, 一箱12双. In pieces."""

from __future__ import annotations

import re
from dataclasses import dataclass

from catalog.listing.found import passage

MOST = 10**8
"""Pieces. A larger number is none of goods; rounded up to whole packs it still is one that an offer can hold."""
UNIT = (
    r"(?:件|条|双|个|只|套|台|把|张|片|支|盒|包|箱|打|顶|口|米|卷|瓶|对|袋|本|副|组|手|枚|根|捆|份|块|床|"
    r"(?:pcs|pc|pieces?|units?|sets?|pairs?|boxes|box|packs?|dozens?|lots?|cartons?|ctns?|ea|meters?|rolls?|bags?)\b)"
)
NUMBER = (
    r"(?:(?<!\d)(?:\d{1,5}(?:\.\d)?\s*万|\d{1,6}k\b|\d{1,9}(?!\d))|"
    r"(?<![一两二三四五六七八九十百千万])[一两二三四五六七八九十百千万]{1,8})"
)
"""Bounded, so that a text of nothing but digits takes no longer than any other."""
DOZEN = re.compile(r"打|dozens?", re.IGNORECASE)
PACKED = re.compile(r"箱|手|包|捆|盒|组|cartons?|ctns?|boxes|box|lots?|packs?|bags?", re.IGNORECASE)
DIGITS = {"一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
POWERS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_OF = r"件条双个只套台把张片支盒包顶口卷瓶对袋本副枚根"
PACKS = (
    re.compile(rf"整(?P<pack>箱|包|捆|手)\s*(?P<count>{NUMBER})\s*[{_OF}]"),
    re.compile(rf"(?:一|每|1)\s*(?P<pack>手|箱|包|捆|组)\s*(?:装|有|共)?\s*(?P<count>{NUMBER})\s*[{_OF}]"),
    re.compile(rf"(?P<count>{NUMBER})\s*[{_OF}]\s*(?:/|一|每|为一|起?装一)\s*(?P<pack>手|箱|包|捆|组|盒)(?!\s*起)"),
    re.compile(
        r"(?<!\d)(?P<count>\d{1,9})\s*(?:pcs|pc|pieces?|pairs?|sets?)?\s*(?:/|per|in a|a)\s*"
        r"(?P<pack>box|carton|ctn|lot|pack|bag)\b",
        re.IGNORECASE,
    ),
)
WHOLE = re.compile(
    r"按[箱包捆手盒组]|整[箱包捆手盒组](?:起|批|拿|出|卖|发)|不可?拆|起拿|一[箱包捆手盒组]起|起售|"
    r"(?:by|per|in) (?:the )?(?:full |whole )?(?:box|carton|ctn|lot)\b|(?:full|whole) cartons?",
    re.IGNORECASE,
)
ALWAYS_WHOLE = re.compile(r"手|组|捆|lot", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pack:
    """So many pieces come together."""

    name: str
    """手, 箱, carton."""
    pieces: int
    said: str
    start: int
    end: int
    whole: bool
    """Whether it is sold only as a whole."""


def number_of(written: str) -> int:
    """一, 两百, 1万, 5k, 100; 0 for what is none or has a fraction."""
    plain = "".join(written.split())
    if match := re.fullmatch(r"(\d+)(?:\.(\d))?万", plain):
        return int(match[1]) * 10_000 + int(match[2] or 0) * 1000
    if plain.casefold().endswith("k"):
        return int(plain[:-1]) * 1000
    return int(plain) if plain.isdigit() and len(plain) < 10 else _chinese(plain)


def packs_in(text: str) -> list[Pack]:
    """Which packs are defined in a text."""
    found: list[Pack] = []
    sold_whole = WHOLE.search(text) is not None
    for pattern in PACKS:
        for match in pattern.finditer(text):
            pieces = number_of(match["count"])
            taken = any(one.start < match.end() and match.start() < one.end for one in found)
            if 1 < pieces <= MOST and not taken:
                whole = sold_whole or ALWAYS_WHOLE.fullmatch(match["pack"]) is not None
                found.append(Pack(match["pack"], pieces, passage(text, *match.span()), *match.span(), whole))
    return found


def pieces(count: int, unit: str, packs: list[Pack]) -> int:
    """So many of a unit in pieces: a dozen is 12, a hand as many as the text says of one."""
    if DOZEN.fullmatch(unit):
        return 12 * count
    if PACKED.fullmatch(unit):
        same = next((one for one in packs if one.whole and _alike(one.name, unit)), None)
        return count * same.pieces if same else count
    return count


def _alike(one: str, other: str) -> bool:
    return one.casefold()[:3] == other.casefold()[:3]


def _chinese(written: str) -> int:
    total = digit = 0
    for one in written:
        if one in DIGITS:
            digit = DIGITS[one]
        elif one in POWERS:
            total = max(total + digit, 1) * POWERS[one] if one == "万" else total + max(digit, 1) * POWERS[one]
            digit = 0
        else:
            return 0
    return total + digit
