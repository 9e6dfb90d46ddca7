"""What the names of pictures say: `black_front.jpg` and 黑色正面.png show black goods. The pictures are not opened."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from catalog.listing.colours import colour_called
from catalog.listing.found import Found, first_of_each

SURE = 0.6
VIEWS = re.compile(r"正面|背面|侧面|细节|主图|副图|详情|[款图]$")
PARTS = re.compile(r"[\u3400-\u9fff]+|[A-Za-z]+")


def colours_of(pictures: Iterable[str]) -> tuple[Found[str], ...]:
    """The colours that are named, in the order of the pictures."""
    return first_of_each(found for name in pictures for found in _colour_of(name))


def _colour_of(name: str) -> Iterator[Found[str]]:
    stem = name.rpartition("/")[2].rpartition(".")[0]
    parts = [VIEWS.sub("", part) for part in PARTS.findall(stem)]
    for count in (3, 2, 1):
        for at in range(len(parts) - count + 1):
            colour = colour_called(" ".join(parts[at : at + count]))
            if colour:
                yield Found(colour, "picture", name, SURE)
                return
