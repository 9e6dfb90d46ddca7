"""Settings of the demo carrier, from the environment."""

from __future__ import annotations

from pydantic import Field

from headwater.contracts.topics import CARRIERS
from headwater.sdk import Names, PluginSettings


class Settings(PluginSettings):
    """What the demo carrier needs to know besides what every plug-in does."""

    carriers: Names = CARRIERS
    """The carriers that this process plays."""
    carrier_step_ms: float = Field(default=150, ge=0)
    """How long each step of a parcel's way takes here, in milliseconds; in life it is hours."""
    carrier_seed: int = 1
    """Which parcels the weather delays follows from this and the shipment's id."""
