"""What a person typed, as groups of words: each group is one thing that was said, and what else it is called.

    红色 连衣群  ->  红色 | 红 | red      lianyiqun      (a slip: 连衣群 is no word, and sounds like 连衣裙)

What is not in the index is looked at again: it may be pinyin, a slip of the ear (homophones) or of the keyboard.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, groupby

import tantivy

from catalog.search.index import SearchIndex
from catalog.search.lexicon import LONGEST, Name
from catalog.search.words import SILENT, is_han, normal, pinyin, runs, segments, sound, stem

MOST_CHARACTERS, MOST_GROUPS = 200, 12
"""Of a text so much counts: nobody means more."""
ITSELF, SYNONYM, SOUND, SLIP, NEAR = 1.0, 0.7, 0.8, 0.6, 0.3
"""What a match is worth by how it came about."""
SYLLABLES = 5
"""The longest word in characters that a slip of the ear is looked for in, or in typed syllables."""
Query, Occur = tantivy.Query, tantivy.Occur


@dataclass(frozen=True, slots=True)
class Alternative:
    """Words that must stand together in an offer, in one field of the index."""

    words: Name
    worth: float
    field: str = "words"


@dataclass(frozen=True, slots=True)
class Group:
    """One thing that was said; no alternatives: nothing in the index is called so."""

    text: str
    alternatives: tuple[Alternative, ...]
    near: str = ""
    """A word that is in no dictionary: what is spelt nearly so matches as well."""

    @property
    def means_something(self) -> bool:
        """Whether anything can match it."""
        return bool(self.alternatives or self.near)


class Understanding:
    """Reads texts against what an index holds at one moment."""

    def __init__(self, index: SearchIndex, searcher: tantivy.Searcher) -> None:
        self._index = index
        self._lexicon = index.lexicon
        self._searcher = searcher

    def groups(self, text: str) -> list[Group]:
        """What was said, in its order."""
        found: list[Group] = []
        for han, together in groupby(runs(normal(text[:MOST_CHARACTERS])), is_han):
            if han:
                found += chain.from_iterable(map(self._han, together))
            else:
                found += self._latin([run for run in together if run not in SILENT])
        said_once = {group.text: group for group in found}
        return list(said_once.values())[:MOST_GROUPS]

    # --- Chinese ---------------------------------------------------------------------------------------------------

    def _han(self, run: str) -> Iterator[Group]:
        cut = list(self._cut(run))
        begins = dict(zip(accumulate(map(len, cut), initial=0), cut, strict=False))
        at = 0
        while at < len(run):
            word = begins.get(at, run[at])
            slip = None if self._lexicon.has((word,)) else self._slip_at(run, at, word)
            if slip is not None:
                yield Group(slip, (Alternative((pinyin(slip),), SOUND, "pinyin"),))
            elif word not in SILENT:
                yield self._named((word,), word)
            at += len(slip or word)

    def _cut(self, run: str) -> Iterator[str]:
        """By the lexicon where it has a name, by the dictionary between."""
        start = at = 0
        while at < len(run):
            name = self._longest_name(run, at)
            if name:
                yield from segments(run[start:at]) if start < at else ()
                yield name
                at += len(name)
                start = at
            else:
                at += 1
        if start < at:
            yield from segments(run[start:at])

    def _longest_name(self, run: str, at: int) -> str:
        for length in range(min(self._lexicon.longest, len(run) - at), 1, -1):
            if run[at : at + length] in self._lexicon.chinese:
                return run[at : at + length]
        return ""

    def _slip_at(self, run: str, start: int, word: str) -> str | None:
        """The longest stretch from here on that is no word and sounds like one, if it explains more than the word."""
        least = len(word) + 1 if self._has(word) else 2
        for length in range(min(SYLLABLES, len(run) - start), least - 1, -1):
            stretch = run[start : start + length]
            if not self._has(stretch) and self._has(pinyin(stretch), "pinyin"):
                return stretch
        return None

    # --- English and pinyin ----------------------------------------------------------------------------------------

    def _latin(self, run: Sequence[str]) -> Iterator[Group]:
        at = 0
        while at < len(run):
            length, group = self._name_at(run, at) or self._syllables_at(run, at) or (1, None)
            if group is not None:
                yield group
            else:
                yield from self._single(run[at])
            at += length

    def _name_at(self, run: Sequence[str], at: int) -> tuple[int, Group] | None:
        """A name of several words."""
        for length in range(min(LONGEST, len(run) - at), 1, -1):
            written = run[at : at + length]
            name = tuple(stem(word) for word in written)
            if self._lexicon.has(name):
                return length, self._named(name, " ".join(written))
        return None

    def _syllables_at(self, run: Sequence[str], at: int) -> tuple[int, Group] | None:
        """Pinyin with a space after each syllable."""
        for length in range(min(SYLLABLES, len(run) - at), 1, -1):
            written = run[at : at + length]
            if self._has(heard := sound("".join(written)), "pinyin"):
                return length, Group(" ".join(written), (Alternative((heard,), SOUND, "pinyin"),))
        return None

    def _single(self, word: str) -> Iterator[Group]:
        group = self._named((stem(word),), word)
        if group.alternatives:
            yield group
        elif parts := self._parts(word):
            yield self._named(parts, word)
        elif sounds := self._split(sound(word)):
            for part in sounds:
                yield Group(part, (Alternative((part,), SOUND, "pinyin"),))
        else:
            yield Group(word, tuple(self._meant(word)), near=stem(word) if len(word) > 3 else "")

    def _parts(self, word: str) -> Name | None:
        """Two English words without the space between them: phonecase."""
        cuts = ((stem(word[:at]), stem(word[at:])) for at in range(3, len(word) - 2))
        return next((cut for cut in cuts if self._lexicon.has(cut) and self._has_all(cut)), None)

    def _split(self, letters: str) -> list[str] | None:
        """Pinyin of one word, or of several without a space between them: nvshilianyiqun."""
        best: list[list[str] | None] = [[]] + [None] * len(letters)
        for end in range(1, len(letters) + 1):
            for start in range(max(0, end - 6 * SYLLABLES), end - 3):
                before = best[start]
                if before is not None and self._has(letters[start:end], "pinyin"):
                    shorter = best[end]
                    if shorter is None or len(before) + 1 < len(shorter):
                        best[end] = [*before, letters[start:end]]
        return best[-1]

    def _meant(self, word: str) -> Iterator[Alternative]:
        for right in self._lexicon.meant(word):
            for field in ("words", "pinyin"):
                if self._has(right, field):
                    yield Alternative((right,), SLIP, field)
            for other in self._lexicon.others((right,)):
                if self._has_all(other):
                    yield Alternative(other, SLIP * SYNONYM)

    # --- both ------------------------------------------------------------------------------------------------------

    def _named(self, name: Name, written: str) -> Group:
        """A name and what else it is called, as far as it is in the index."""
        called = [(name, ITSELF), *((other, SYNONYM) for other in self._lexicon.others(name))]
        return Group(written, tuple(Alternative(one, worth) for one, worth in called if self._has_all(one)))

    def _has_all(self, name: Name) -> bool:
        return all(self._has(word) for word in name)

    def _has(self, word: str, field: str = "words") -> bool:
        return self._searcher.doc_freq(field, word) > 0


def query_of(index: SearchIndex, group: Group) -> tantivy.Query:
    """What a group matches, scored by its best alternative."""
    queries = [_matching(index, alternative) for alternative in group.alternatives]
    if group.near:
        slips = 2 if len(group.near) > 7 else 1
        near = Query.fuzzy_term_query(index.schema, "words", group.near, distance=slips)
        queries.append(Query.boost_query(near, NEAR))
    return queries[0] if len(queries) == 1 else Query.disjunction_max_query(queries, 0.1)


def _matching(index: SearchIndex, alternative: Alternative) -> tantivy.Query:
    words = [index.word(word, alternative.field) for word in alternative.words]
    query = words[0] if len(words) == 1 else Query.boolean_query([(Occur.Must, word) for word in words])
    return query if alternative.worth == ITSELF else Query.boost_query(query, alternative.worth)
