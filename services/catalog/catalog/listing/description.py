"""What a supplier says of goods: cleaned, and with bounds on all of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from catalog.listing.found import SHOWN, Note, Source
from headwater.contracts.catalog import PICTURE_FORM

MOST_TITLE, MOST_TEXT, MOST_PICTURES, MOST_NAME = 200, 5000, 20, 200
"""As much as an offer can hold."""
_PICTURE = re.compile(PICTURE_FORM)


class Unreadable(Exception):
    """The description cannot be taken; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Description:
    """A description that can be read: in one width, without control characters."""

    title: str
    text: str
    pictures: tuple[str, ...] = ()

    def passages(self) -> Iterator[tuple[Source, str]]:
        """What is said in words, the text first: there a supplier means it."""
        yield "text", self.text
        yield "title", self.title


def read(title: str, text: str, pictures: Sequence[str] = ()) -> tuple[Description, tuple[Note, ...]]:
    """A description, and what was left out of it. Raises `Unreadable`."""
    if len(title) > MOST_TITLE:
        raise Unreadable(
            f"The title has {len(title):,} characters; an offer's has {MOST_TITLE}: put the rest in the text."
        )
    if len(text) > MOST_TEXT:
        raise Unreadable(f"The text has {len(text):,} characters; an offer's has {MOST_TEXT:,}: keep what buyers need.")
    if len(pictures) > MOST_PICTURES:
        raise Unreadable(f"{len(pictures):,} pictures are named; an offer shows {MOST_PICTURES}: choose some.")
    cleaned = Description(clean(title).replace("\n", " ").strip(), clean(text).strip())
    if not (cleaned.title or cleaned.text):
        raise Unreadable("Nothing is said: give a title or some lines of text about the goods.")
    kept = tuple(dict.fromkeys(filter(_is_picture, pictures)))
    dropped = (Note("picture_left_out", _no_picture(name)) for name in pictures if name not in kept)
    return Description(cleaned.title or cleaned.text.splitlines()[0][:MOST_TITLE], cleaned.text, kept), tuple(dropped)


def _is_picture(name: str) -> bool:
    return len(name) <= MOST_NAME and clean(name) == name and _PICTURE.fullmatch(name) is not None


def clean(text: str) -> str:
    """In one width (NFKC); characters that are not seen, such as controls and marks of direction, are spaces."""
    seen = "".join(one if one == "\n" or unicodedata.category(one)[0] != "C" else " " for one in text)
    return unicodedata.normalize("NFKC", seen)


def _no_picture(name: str) -> str:
    shown = clean(name)[:SHOWN]
    return f"{shown!r} is left out: a picture is front.jpg or https://host/front.jpg, in jpg, jpeg, png or webp."
