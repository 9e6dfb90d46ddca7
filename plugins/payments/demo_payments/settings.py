"""Settings of the demo payment provider, from the environment."""

from __future__ import annotations

from pydantic import Field

from headwater.contracts.topics import PROVIDERS
from headwater.sdk import Names, PluginSettings


class Settings(PluginSettings):
    """What the demo payment provider needs to know besides what every plug-in does."""

    providers: Names = PROVIDERS
    """The providers that this process plays."""
    payment_step_ms: float = Field(default=400, ge=0)
    """How long a bank usually takes here, in milliseconds; some take four times as long. In life it is hours."""
    payment_seed: int = 1
    """Which payouts fail, and how they are told of, follows from this and the withdrawal's id."""
