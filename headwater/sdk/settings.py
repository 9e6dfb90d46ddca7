"""Settings of a plug-in, read from the environment: `HEADWATER_KAFKA`, `HEADWATER_HTTP_PORT`, ..."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _split(names: Any) -> Any:
    return tuple(name.strip() for name in names.split(",") if name.strip()) if isinstance(names, str) else names


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""A setting that holds names with commas between: `HEADWATER_WAREHOUSES=yiwu,keqiao`."""


class PluginSettings(BaseSettings):
    """What each plug-in needs to know. A plug-in adds its own fields in a subclass; the prefix stays."""

    model_config = SettingsConfigDict(env_prefix="HEADWATER_", extra="ignore", frozen=True)

    kafka: str = "127.0.0.1:19092"
    """Bootstrap servers, `host:port` with commas between."""
    host: str = "127.0.0.1"
    """The address that health and metrics listen on; in a container 0.0.0.0."""
    http_port: int | None = Field(default=None, ge=0, le=65535)
    """Where `/livez`, `/readyz` and `/metrics` answer; without it, nowhere."""
    in_flight: int = Field(default=500, ge=1)
    """The most parcels that one partner handles at a time in this process."""
    attempts: int = Field(default=6, ge=1)
    """How often a dispatch is tried in all, before it goes to the dead letters."""
    retry_first_s: float = Field(default=0.5, gt=0)
    """The pause before the second attempt, in seconds; each further one is twice as long, up to `retry_most_s`."""
    retry_most_s: float = Field(default=30.0, gt=0)
    """The longest pause between two attempts, in seconds."""
    session_timeout_ms: int = Field(default=10_000, ge=1000)
    """After this silence the group gives a process's parcels to others."""
    stop_within_s: float = Field(default=8.0, ge=3)
    """How long a stopping process may take, in seconds; all but the last three are for the parcels in hand."""
    log_level: str = "INFO"
