"""Settings of the reviews service."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from headwater.settings import ServiceSettings


class Settings(ServiceSettings):
    """When a factory is told to restock, besides what each service needs to know."""

    restock_thresholds: tuple[Annotated[int, Field(ge=1)], ...] = (100, 1_000, 10_000)
    """Pieces sold of a SKU at which its factory is told; JSON in the environment: [100, 1000]."""
