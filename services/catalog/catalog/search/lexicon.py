"""What is called by several names: goods in both languages, by `synonyms.tsv` and the names in the tree of categories.

It also knows the slips of the keyboard in those names: what is missing a letter, has one too many, or two swapped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
from pathlib import Path

from catalog.domain.categories import CATEGORIES
from catalog.search.words import is_han, normal, pinyin, runs, stem

Name = tuple[str, ...]
"""A name as the words that the index has of it: (充电宝,) or (power, bank)."""
LONGEST = 4
"""The most words in a name."""
MANY_LETTERS = 8
"""A word of so many letters may have two slips, and one of `FEW_LETTERS` one."""
FEW_LETTERS = 4


class Lexicon:
    """Names, by each of them what else it is called."""

    def __init__(self, rows: Iterable[Sequence[str]], more: Iterable[str] = ()) -> None:
        """A row holds names of one thing; `more` are further words that are spelt right."""
        self._called: defaultdict[Name, dict[Name, None]] = defaultdict(dict)
        self._right: defaultdict[str, set[str]] = defaultdict(set)
        """By what is left of it after a slip, a word."""
        self.chinese: set[str] = set()
        """All Chinese names: words in their own right, whatever a dictionary makes of them."""
        for row in rows:
            names = list(dict.fromkeys(name_of(written) for written in row))
            for name in names:
                self._called[name] |= dict.fromkeys(names)
            self._learn(row)
        self._learn(more)
        self.longest = max((len(word) for word in self.chinese), default=0)

    def others(self, name: Name) -> list[Name]:
        """What else it is called."""
        return [other for other in self._called.get(name, ()) if other != name]

    def has(self, name: Name) -> bool:
        """Whether it is called something else, too."""
        return name in self._called

    def meant(self, word: str) -> list[str]:
        """The words that this may be a slip of, in their stored form: a stem, or pinyin."""
        return sorted({right for left in _slips(word) for right in self._right.get(left, ())} - {word})

    def inside(self, run: str) -> Iterator[str]:
        """The Chinese names that a run holds, wherever they begin."""
        for start in range(len(run) - 1):
            for end in range(start + 2, min(len(run), start + self.longest) + 1):
                if run[start:end] in self.chinese:
                    yield run[start:end]

    def _learn(self, written: Iterable[str]) -> None:
        for word in chain.from_iterable(runs(normal(one)) for one in written):
            if not is_han(word):
                self._spell(word, stem(word))
            elif len(word) > 1:
                self.chinese.add(word)
                self._spell(pinyin(word), pinyin(word))

    def _spell(self, written: str, stored: str) -> None:
        for left in _slips(written):
            self._right[left].add(stored)


def name_of(written: str) -> Name:
    """The words of a name."""
    return tuple(run if is_han(run) else stem(run) for run in runs(normal(written)))


@cache
def read() -> Lexicon:
    """The committed one."""
    text = Path(__file__).with_name("synonyms.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    tree = [(one.zh, one.en) for one in CATEGORIES.values()]
    return Lexicon([*rows, *tree], chain.from_iterable(one.words for one in CATEGORIES.values()))


def _slips(word: str) -> set[str]:
    """What is left of a word without one letter, or two of a long one, and itself: words with a slip between them share
    one of these."""
    if len(word) < FEW_LETTERS:
        return {word}
    once = {word[:at] + word[at + 1 :] for at in range(len(word))}
    twice = {one[:at] + one[at + 1 :] for one in once for at in range(len(one))} if len(word) >= MANY_LETTERS else set()
    return {word} | once | twice
