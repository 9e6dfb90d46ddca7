"""What else a text says of how goods are sold: samples (样品), free shipping (包邮), mixed batches (混批)."""

from __future__ import annotations

import re

from catalog.listing.description import Description
from catalog.listing.found import Found, passage
from catalog.listing.money import AMOUNT, OTHER, fen

SAID = 0.9
SAMPLE = re.compile(
    rf"(?:样品费?|拿样|打样|样衣|\bsamples?)\s*(?:价格?|费|price|fee|cost)?\s*:?\s*(?:[¥￥]|rmb|cny)?\s*(?P<amount>{AMOUNT})"
    r"(?![\d.%]|\s*(?:pcs|pieces|days|天|件|个))",
    re.IGNORECASE,
)
FREE = re.compile(r"(?<!不)包邮|免运费|\bfree shipping\b|\bfreight included\b", re.IGNORECASE)
NOT_FREE = re.compile(r"不包邮|\bno(?:t)? free shipping\b", re.IGNORECASE)
MIXED = re.compile(r"(?:支持|可以?)?混批|\bmixed (?:batch|order)s?\b", re.IGNORECASE)
NOT_MIXED = re.compile(r"不(?:支持|可以?|能)?混批|\bno mixed\b", re.IGNORECASE)


def sample_price(description: Description) -> Found[int] | None:
    """What one piece costs as a sample, in fen; None if nothing is said, or it is said in other money than yuan."""
    match = SAMPLE.search(description.text)
    if match is None or OTHER.match(description.text, match.start("amount")):
        return None
    amount = fen(match["amount"])
    return Found(amount, "text", passage(description.text, *match.span()), SAID) if amount else None


def free_shipping(description: Description) -> Found[bool] | None:
    """Whether it says that the supplier pays the freight."""
    return _says(description, FREE, NOT_FREE)


def mixed_batch(description: Description) -> Found[bool] | None:
    """Whether it says that the goods count towards a mixed batch."""
    return _says(description, MIXED, NOT_MIXED)


def _says(description: Description, yes: re.Pattern[str], no: re.Pattern[str]) -> Found[bool] | None:
    for source, text in description.passages():
        match = yes.search(text)
        if match and not no.search(text):
            return Found(True, source, passage(text, *match.span()), SAID)
    return None
