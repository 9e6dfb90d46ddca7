"""Settings of the demo warehouse, from the environment."""

from __future__ import annotations

from pydantic import Field

from headwater.contracts.topics import WAREHOUSES
from headwater.sdk import Names, PluginSettings


class Settings(PluginSettings):
    """What the demo warehouse needs to know besides what every plug-in does."""

    warehouses: Names = WAREHOUSES
    """The origin warehouses that this process plays."""
    warehouse_pack_ms: float = Field(default=100, ge=0)
    """How long packing takes here, in milliseconds: from half to twice of it, by parcel; in life it is an hour."""
    warehouse_seed: int = 1
    """How long each parcel takes follows from this and the shipment's id."""
