"""Amounts of money in a text: in yuan, which are taken as fen, and in other currencies, which are not taken at all."""

from __future__ import annotations

import re
from decimal import Decimal

MOST_FEN = 10**15
AMOUNT = r"\d{1,9}(?:\.\d{1,4})?"
_END = r"(?![\d.]*\d)"
_YUAN = r"(?:元|块钱?|圆|yuan|rmb|cny)(?![A-Za-z])"
_OTHER = (
    r"(?:usd|us\s?\$|us dollars?|dollars?|eur(?:os?)?|gbp|pounds?|hkd|hk\$|jpy|yen|krw|inr|rub|aud|cad|sgd|thb|vnd|aed|"
    r"[$€£₩₹₽฿]|美元|美金|美刀|欧元|英镑|港币|港元|日元|日圆|円|韩元|卢布)"
)
YUAN = re.compile(
    rf"(?:[¥￥]|(?<![A-Za-z])(?:rmb|cny)|人民币)\s*:?\s*(?P<before>{AMOUNT}){_END}(?:\s*{_YUAN})?|"
    rf"(?<![\d.])(?P<after>{AMOUNT})\s*{_YUAN}",
    re.IGNORECASE,
)
OTHER = re.compile(
    rf"(?<![A-Za-z])(?P<before>{_OTHER})\s*:?\s*{AMOUNT}{_END}|"
    rf"(?<![\d.])(?:[¥￥]\s*)?{AMOUNT}\s*(?P<after>{_OTHER})(?![A-Za-z])",
    re.IGNORECASE,
)
"""An amount of which the currency is not the yuan; ¥ 500 円 is one, too."""


def fen(written: str) -> int | None:
    """Yuan as fen, exactly; None for nothing, for fractions of a fen, and for more than a message carries."""
    amount = Decimal(written) * 100
    return int(amount) if 1 <= amount <= MOST_FEN and amount == int(amount) else None
