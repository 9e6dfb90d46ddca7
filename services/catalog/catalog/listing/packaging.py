"""How goods are packed (`headwater.contracts.catalog.Packaging`): as the text says, else as their category wants it."""

from __future__ import annotations

import re

from catalog.domain.categories import CATEGORIES
from catalog.listing.description import Description
from catalog.listing.found import Found, passage
from headwater.contracts.catalog import Packaging

SAID, BY_CATEGORY = 0.9, 0.8
CUES: tuple[tuple[Packaging, str], ...] = (
    (
        "industry",
        r"木架|木箱|护角|泡沫|气泡|珍珠棉|防震包装|bubble|\bfoam\b|corner (?:guard|protector)s?|wooden (?:crate|case)",
    ),
    (
        "logistics",
        r"[五5七7]层\w{0,4}纸箱|物流包装|外箱加固|出口纸箱|\b[57][- ](?:ply|layers?)\b|export carton|master carton",
    ),
    ("generic", r"opp袋|自封袋包装|彩盒|吸塑|普通包装|通用包装|\bopp bags?|poly ?bags?\b|\bblister|colou?r box"),
)
"""The first that fits: what needs protection needs it in a carton, too."""


def packaging_of(description: Description, category: str | None) -> Found[Packaging] | None:
    """The packaging; None when the text says none and the category is not known."""
    if not (category or "").startswith("packaging/"):  # there such words are the goods
        for kind, pattern in CUES:
            match = re.search(pattern, description.text, re.IGNORECASE)
            if match:
                return Found(kind, "text", passage(description.text, *match.span()), SAID)
    known = CATEGORIES.get(category or "")
    return Found(known.packaging, "rule", f"goods of {known.path} are packed so", BY_CATEGORY) if known else None
