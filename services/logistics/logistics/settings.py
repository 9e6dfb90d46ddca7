"""Settings of the logistics service."""

from __future__ import annotations

from pathlib import Path

from headwater.settings import ServiceSettings
from logistics.domain.network import DEFAULT


class Settings(ServiceSettings):
    """Which network it works on, besides what each service needs to know."""

    network: Path = DEFAULT
    """The file with origin warehouses, carriers and cities."""
