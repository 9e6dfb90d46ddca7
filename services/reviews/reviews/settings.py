"""Settings of the reviews service."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from headwater.settings import ServiceSettings


def _ascending(thresholds: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(thresholds)))


Thresholds = Annotated[tuple[Annotated[int, Field(ge=1, le=10**9)], ...], AfterValidator(_ascending)]


class Settings(ServiceSettings):
    """When a factory is told to restock, besides what each service needs to know."""

    restock_thresholds: Thresholds = (100, 1_000, 10_000)
    """Pieces sold of a SKU at which its factory is told; JSON in the environment: [100, 1000]."""
