"""A text as words: Chinese by a dictionary, English by its stems. The same for what is stored and what is asked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, product

import rjieba
import tantivy
from pypinyin import Style, lazy_pinyin
from pypinyin import pinyin as pinyin_of

HAN = re.compile(r"[\u3400-\u9fff]+")
RUNS = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+")
ACCENTED = re.compile(r"[\u00c0-\u024f\u0300-\u036f]")
SPELLINGS = (
    (re.compile(r"\bt[- ]?shirt"), "tshirt"),
    (re.compile(r"t[- ]?恤衫?"), "体恤"),
    (re.compile(r"['’]s\b"), ""),
)
"""What is written in several ways and would fall apart: a T恤 is a 体恤 in older shops."""
SILENT = frozenset(
    {"的", "和", "与", "及", "或", "了", "a", "an", "and", "for", "from", "in", "of", "on", "or", "the", "to", "with"}
)
"""Words that say nothing of the goods."""
MOST_READINGS = 8
_STEM = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw()).filter(tantivy.Filter.stemmer("english")).build().analyze


def normal(text: str) -> str:
    """In one width and letter case, without accents."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    if ACCENTED.search(plain):
        plain = "".join(one for one in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(one))
    for pattern, spelling in SPELLINGS:
        plain = pattern.sub(spelling, plain)
    return plain


def runs(text: str) -> list[str]:
    """The stretches of a normal text in one script, in their order; all else between them says nothing."""
    return RUNS.findall(text)


def is_han(run: str) -> bool:
    """Whether a run is Chinese."""
    return HAN.match(run) is not None


@lru_cache(maxsize=20_000)
def words(text: str) -> tuple[str, ...]:
    """The words of a text that is stored; of a long Chinese word also the shorter ones in it."""
    return tuple(_words(text))


def _words(text: str) -> Iterator[str]:
    for run in runs(normal(text)):
        if is_han(run):
            yield from (word for word in rjieba.cut_for_search(run) if word not in SILENT)
        elif run not in SILENT:
            yield stem(run)


def segments(run: str) -> list[str]:
    """The words of a Chinese run that is asked for, one after the other."""
    found: list[str] = rjieba.cut(run)
    return found


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """An English word without its ending: dresses, dress."""
    return _STEM(word)[0]


@lru_cache(maxsize=100_000)
def pinyin(word: str) -> str:
    """How a Chinese word sounds, as `sound` writes it: 连衣裙, lianyiqun."""
    return sound("".join(lazy_pinyin(word)))


@lru_cache(maxsize=100_000)
def readings(word: str) -> frozenset[str]:
    """All ways in which a Chinese word may be read, the usual one among them: 不粘锅 with zhan and with nian."""
    by_character = (pinyin_of(one, style=Style.NORMAL, heteronym=True)[0] for one in word)
    every = islice(product(*by_character), MOST_READINGS)
    return frozenset(sound("".join(syllables)) for syllables in every) | {pinyin(word)}


def sound(letters: str) -> str:
    """Pinyin as it is compared: what many do not tell apart is one (yin and ying, si and shi)."""
    for told_apart, one in (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n")):
        letters = letters.replace(told_apart, one)
    return letters
