"""The catalog's tree of categories (类目): what goods are called, in both languages, and how they are packed as a rule.

The tree is `categories.tsv` beside this file, a line for each leaf: its path, its names, the packaging that suits the
goods (`headwater.contracts.catalog.Packaging`), and words that people use for them.
"""

from __future__ import annotations

import csv
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple, cast

from headwater.contracts.catalog import Packaging


class Category(NamedTuple):
    """A leaf of the tree."""

    path: str
    zh: str
    en: str
    packaging: Packaging
    words: tuple[str, ...]
    """What people call such goods beside its names, in Chinese and in English."""


def _read() -> dict[str, Category]:
    with Path(__file__).with_name("categories.tsv").open(encoding="utf-8", newline="") as file:
        return {
            row["path"]: Category(
                row["path"], row["zh"], row["en"], cast(Packaging, row["packaging"]), tuple(row["words"].split())
            )
            for row in csv.DictReader(file, delimiter="\t")
        }


CATEGORIES = _read()
"""By path, in the order of the file."""


def nearest(path: str) -> str | None:
    """The category whose path is most like this one; None if none is."""
    return next(iter(get_close_matches(path, CATEGORIES, n=1, cutoff=0.6)), None)
