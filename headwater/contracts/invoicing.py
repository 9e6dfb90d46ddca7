"""Invoice data (开票资料) of a company: who it is made out to, and the check of its tax number.

The tax number of a Chinese company is its unified social credit code (统一社会信用代码), GB 32100-2015: 18 characters
of an alphabet of 31, digits and capitals without I, O, S, V, Z. The last one checks the others. With the value c of
each character (its place in the alphabet) and the weights w = 3^i mod 31 for i = 0 ... 16, it is that of
(31 - sum(c * w) mod 31) mod 31.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from headwater.contracts.base import ShortText, Value

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
LENGTH = 18


def check_character(first: str) -> str:
    """The last character of the credit code that begins with these 17. Raises `ValueError` for one not in it."""
    total = sum(ALPHABET.index(one) * weight for one, weight in zip(first, WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def valid_credit_code(code: str) -> str:
    """The code itself, when its check character fits. Raises `ValueError` that says what is wrong."""
    unknown = sorted(set(code) - set(ALPHABET))
    if unknown:
        raise ValueError(
            f"a credit code (GB 32100-2015) has digits and capitals without I, O, S, V, Z, not {unknown[0]!r}"
        )
    if check_character(code[:-1]) != code[-1]:
        raise ValueError(f"the check character of {code} does not fit: one of its {LENGTH} characters is mistyped")
    return code


CreditCode = Annotated[str, Field(min_length=LENGTH, max_length=LENGTH), AfterValidator(valid_credit_code)]


class Invoice(Value):
    """What stands on an invoice (发票): title (抬头), tax number (税号), address."""

    title: Annotated[str, Field(min_length=1, max_length=100)]
    tax_number: CreditCode
    address: ShortText
    phone: Annotated[str, Field(max_length=40)] = ""
    bank: ShortText = ""
    """Bank and account number (开户行及账号), which a special VAT invoice asks for."""
