"""What is wrong with a value, as a sentence for people: the forms of the published language are for machines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headwater.contracts.base import KEY_FORM
from headwater.contracts.catalog import CATEGORY_FORM, PICTURE_FORM
from headwater.contracts.companies import UTC_OFFSET_FORM

SHOWN = 60
FORMS = {
    KEY_FORM: "write letters, digits and . _ : - only, a letter or a digit first",
    CATEGORY_FORM: "a category is a path such as apparel/men/shirts; GET /v1/categories has them all",
    UTC_OFFSET_FORM: "an offset from UTC is +08:00 or -03:30",
    PICTURE_FORM: "a picture is front.jpg or https://host/front.jpg, and ends in jpg, jpeg, png or webp",
}
"""How a value of this form is written."""


def why(error: Mapping[str, Any]) -> str:
    """What one of pydantic's `errors()` says, with what was given where that helps."""
    given, said, more = _short(repr(error.get("input"))), str(error["msg"]), error.get("ctx", {})
    match error["type"]:
        case "missing":
            return "it is missing"
        case "string_pattern_mismatch":
            return f"{given} does not fit: {FORMS.get(more['pattern'], said)}"
        case "literal_error":
            return f"there is no {given} here: write {more['expected']}"
    return said.removeprefix("Value error, ")


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
