"""Materials, patterns, seasons, sleeves, necklines, features: by `attributes.tsv`; and whom the goods are for."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from catalog.listing.description import Description
from catalog.listing.found import Found, Source, first_of_each, passage

IN_TEXT, IN_TITLE, AUDIENCE = 0.8, 0.85, 0.9
Property = tuple[str, str]
"""Its name and value: ("material", "65% cotton")."""
FOR_WHOM = (
    ("unisex", r"男女|情侣|中性|\bunisex\b|\bmen (?:and|&) women\b"),
    ("girls", r"女童|\bgirls?\b"),
    ("boys", r"男童|\bboys?\b"),
    ("baby", r"婴儿|婴幼儿|新生儿|\bbab(?:y|ies)\b|\bnewborns?\b|\binfants?\b"),
    ("kids", r"儿童|童装|童鞋|小孩|\bkids?\b|\bchildren'?s?\b"),
    ("women", r"女|\bwom[ae]n'?s?\b|\blad(?:y|ies)\b"),
    ("men", r"男|\bm[ae]n'?s?\b|\bgents?\b"),
)
"""The first that fits: a girl's dress is not a woman's."""
SEASONS = {"夏": "(?<!华)夏(?!威)", "冬": "冬(?!瓜|虫|菇)"}
SHARE = r"(?:(?P<before>\d{1,3})\s*%\s*)?"
SHARE_AFTER = r"(?(before)|(?:\s*(?P<after>\d{1,3})\s*%(?!\s*[A-Za-z\u3400-\u9fff]))?)"
"""65%棉, or 棉65%; not the share of what comes next."""


@cache
def _terms() -> dict[str, list[Property]]:
    lines = Path(__file__).with_name("attributes.tsv").read_text(encoding="utf-8").splitlines()
    terms: dict[str, list[Property]] = {}
    for name, value, *words in csv.reader((line for line in lines if not line.startswith("#")), delimiter="\t"):
        for word in dict.fromkeys(words):
            terms.setdefault(word, []).append((name, value))
    return terms


@cache
def _pattern() -> re.Pattern[str]:
    """Any of the terms, the longest first; a Chinese one wherever it stands, but one character only in a list."""
    ordered = sorted(_terms(), key=len, reverse=True)
    return re.compile(f"{SHARE}(?P<term>{'|'.join(map(_written, ordered))}){SHARE_AFTER}", re.IGNORECASE)


def _written(term: str) -> str:
    if term[0].isascii() and term[-1].isascii():
        return rf"(?<![A-Za-z0-9]){re.escape(term)}(?![A-Za-z0-9])"
    if term in SEASONS:
        return SEASONS[term]
    if len(term) == 1:  # 棉 in 棉拖鞋 says little: it counts with a share beside it, or by itself
        return rf"(?:(?<=%){term}|{term}(?=\s*\d{{1,3}}\s*%)|(?<![\u3400-\u9fff]){term}(?![\u3400-\u9fff]))"
    return re.escape(term)


def attributes_in(description: Description) -> tuple[Found[Property], ...]:
    """All that is said, the title first."""
    passages = sorted(description.passages(), key=lambda one: one[0] != "title")
    found = [one for source, text in passages for one in _said(source, text)]
    whom = next((one for source, text in passages for one in _for_whom(source, text)), None)
    return _without_repeats([*found, *([whom] if whom else [])])


def audience_of(description: Description) -> str:
    """Whom the goods are for by the title, else by the text; empty when neither says it."""
    passages = sorted(description.passages(), key=lambda one: one[0] != "title")
    return next((one.value[1] for source, text in passages for one in _for_whom(source, text)), "")


def _said(source: Source, text: str) -> Iterator[Found[Property]]:
    for match in _pattern().finditer(text):
        share = match["before"] or match["after"]
        for name, value in _terms()[_key(match["term"])]:
            full = f"{share}% {value}" if share and name == "material" else value
            yield Found((name, full), source, passage(text, *match.span()), IN_TITLE if source == "title" else IN_TEXT)


def _key(written: str) -> str:
    return written if written in _terms() else written.casefold()


def _for_whom(source: Source, text: str) -> Iterator[Found[Property]]:
    for whom, pattern in FOR_WHOM:
        match = re.search(pattern, text, re.IGNORECASE)
        if match:
            yield Found(("audience", whom), source, passage(text, *match.span()), AUDIENCE)
            return


def _without_repeats(found: list[Found[Property]]) -> tuple[Found[Property], ...]:
    """Each once; of a material with and without its share the one with it."""
    shares = {value.partition("% ")[2] for one in found for name, value in [one.value] if name == "material"}
    return first_of_each(one for one in found if one.value[0] != "material" or one.value[1] not in shares)
