"""Keywords: what a review says of size, colour, fabric, smell, quality, price and delivery, in Chinese and English.

A small trade dictionary, read as written: a keyword counts once per review, and a negation right before it (不偏小,
"not small") turns it off. What the words mean for a factory is for later; here they are counted.

    有点偏小，色差明显           runs_small, colour_differs
    不偏小，正好                 true_to_size
    runs small but good fabric   runs_small, good_fabric
    not too small                (none)
"""

from __future__ import annotations

import re

DICTIONARY: dict[str, tuple[str, ...]] = {
    "runs_small": ("偏小", "太小", "小了", "小一码", "runs small", "too small", "small fit", "tight"),
    "runs_large": ("偏大", "太大", "大了", "大一码的感觉", "runs large", "too big", "too large", "loose fit"),
    "true_to_size": ("正好", "合身", "尺码准", "true to size", "fits well", "perfect fit"),
    "colour_differs": (
        "色差",
        "颜色不对",
        "颜色不一样",
        "colour differs",
        "color differs",
        "wrong colour",
        "wrong color",
    ),
    "good_fabric": ("面料舒服", "面料好", "柔软", "good fabric", "soft fabric", "nice material"),
    "pilling": ("起球", "pilling", "pills after"),
    "smells": ("异味", "味道大", "有味道", "smells", "bad smell", "odour"),
    "good_quality": ("质量好", "质量很好", "质量不错", "做工好", "good quality", "well made", "great quality"),
    "poor_quality": ("质量差", "线头", "开线", "破洞", "poor quality", "bad quality", "fell apart"),
    "fast_delivery": ("物流快", "发货快", "到货快", "fast delivery", "fast shipping", "arrived early"),
    "slow_delivery": ("物流慢", "发货慢", "太慢", "slow delivery", "slow shipping", "arrived late"),
    "good_price": ("便宜", "性价比高", "划算", "good price", "cheap", "good value"),
    "buys_again": ("回购", "还会买", "再来", "will buy again", "buy again", "reorder"),
}

_NEGATION = re.compile(
    r"(不|没|没有|无|不会|不太|\bnot|\bnever|\bno|n't|\bisn't|\bnot too|\bnot very)\s*(too |very |a |at all )?$"
)
_LOOK_BACK = 12
_PRIVATE = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+|\+?\d(?:[\s-]?\d){6,}")


def keywords(text: str) -> frozenset[str]:
    """The keywords that a review says, each once, negated ones left out."""
    lower = text.casefold()
    return frozenset(
        keyword for keyword, phrases in DICTIONARY.items() if any(_says(lower, phrase) for phrase in phrases)
    )


def without_private(text: str) -> str:
    """The text with e-mail addresses, and runs of seven or more digits (phones, accounts), put out."""
    return _PRIVATE.sub("▇▇▇", text)


def _says(text: str, phrase: str) -> bool:
    """Whether the phrase stands there at least once without a negation right before it."""
    start = text.find(phrase)
    while start >= 0:
        if not _NEGATION.search(text[max(0, start - _LOOK_BACK) : start]):
            return True
        start = text.find(phrase, start + 1)
    return False
