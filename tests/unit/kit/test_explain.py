"""What is wrong with a value is told in words, whatever the form of the published language."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from headwater.contracts.catalog import ListOffer
from headwater.explain import FORMS, why

OFFER: dict[str, Any] = {
    "offer_id": "off-1", "supplier_id": "sup-1", "subject": "Shirt", "subject_zh": "衬衫", "min_order_quantity": 2,
    "price_ranges": [{"start_quantity": 2, "price_fen": 1000}], "currency": "CNY",
    "skus": [{"sku_id": "s-1", "colour": "white", "size": "M"}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"offer_id": "off 1"}, "'off 1' does not fit: write letters, digits"),
        ({"category": "Shirts & more"}, "'Shirts & more' does not fit: a category is a path"),
        ({"pictures": ["../x.jpg"]}, "'../x.jpg' does not fit: a picture is front.jpg"),
        ({"pictures": ["x" * 199 + "é"]}, "…"),
        ({"currency": "EUR"}, "there is no 'EUR' here: write 'CNY'"),
        ({"min_order_quantity": 0}, "Input should be greater than or equal to 1"),
    ],
)
def test_a_fault_is_a_sentence(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as found:
        ListOffer.model_validate({**OFFER, **change})
    (error,) = found.value.errors()
    told = why(error)
    assert said in told
    assert not any(form in told for form in FORMS)


def test_what_is_missing_is_missing() -> None:
    with pytest.raises(ValidationError) as found:
        ListOffer.model_validate({name: value for name, value in OFFER.items() if name != "subject_zh"})
    assert [why(error) for error in found.value.errors()] == ["it is missing"]
