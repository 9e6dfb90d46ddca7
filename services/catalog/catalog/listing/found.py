"""What was found in a description: a value, the passage that says so, and how sure it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, TypeVar

T = TypeVar("T")
Source = Literal["title", "text", "picture", "rule", "similar", "endpoint"]
"""title, text, picture: what the supplier wrote; rule: a dictionary or a rule of ours; similar: offers that are listed;
endpoint: a configured model's answer that nothing above confirms."""
SHOWN = 80


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """A value and why. `sure` is the chance, 0 to 1, that whoever knows the goods leaves the value as it is. The
    figures were set by hand, with the development half of the labelled descriptions in sight; `headwater bench listing`
    prints how they hold on the other half."""

    value: T
    source: Source
    said: str
    """The passage that says so, shortened; of a rule what it went by."""
    sure: float
    offers: tuple[str, ...] = ()
    """The similar offers that it was taken from."""


class Note(NamedTuple):
    """Something that the supplier should look at. `code` is stable for programs."""

    code: str
    detail: str


def passage(text: str, start: int, end: int) -> str:
    """The words of a text from one place to another, on one line."""
    return " ".join(text[start:end].split())[:SHOWN]


def first_of_each(found: Iterable[Found[T]]) -> tuple[Found[T], ...]:
    """Each value once, where it was found first."""
    once: dict[T, Found[T]] = {}
    for one in found:
        once.setdefault(one.value, one)
    return tuple(once.values())
