"""Settings of every process, read from the environment: `HEADWATER_KAFKA`, `HEADWATER_STORE`, ..."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from headwater.contracts.quotes import secrets_from


def _readable(setting: SecretStr) -> SecretStr:
    secrets_from(setting.get_secret_value())
    return setting


QuoteSecrets = Annotated[SecretStr, AfterValidator(_readable)]
"""What quotes are sealed with (`headwater/contracts/quotes.py`). It has no default: a known secret is none."""


class ServiceSettings(BaseSettings):
    """What each service needs to know. A service adds its own fields in a subclass; the prefix stays."""

    model_config = SettingsConfigDict(env_prefix="HEADWATER_", extra="ignore", frozen=True)

    kafka: str = "127.0.0.1:19092"
    """Bootstrap servers, `host:port` with commas between."""
    store: str = "mongodb://127.0.0.1:27117/?directConnection=true"
    """Address of the store, a MongoDB connection string. Each service uses the database of its own name."""
    host: str = "127.0.0.1"
    """The address that the HTTP and gRPC servers listen on; in a container 0.0.0.0."""
    http_port: int = Field(default=8100, ge=0, le=65535)
    """Health, metrics and, for the gateway, the API."""
    grpc_port: int = Field(default=9100, ge=0, le=65535)
    """Look-ups."""
    catalog_grpc: str = "127.0.0.1:9101"
    orders_grpc: str = "127.0.0.1:9102"
    logistics_grpc: str = "127.0.0.1:9103"
    reviews_grpc: str = "127.0.0.1:9104"

    batch_size: int = Field(default=500, ge=1, le=10_000)
    """The most messages in one batch, which is one transaction."""
    hot_states: int = Field(default=20_000, ge=0)
    """How many aggregates the owner of a partition keeps in memory, over all its partitions; least recently used go."""
    lookup_states: int = Field(default=50_000, ge=1)
    """How many states of each cached aggregate look-ups keep in memory; the least recently asked for go."""
    projections: Path = Path(".headwater/projections")
    """The folder of the read models that a process keeps on its own disk; each process takes one of its own in it."""
    session_timeout_ms: int = Field(default=10_000, ge=1000)
    """After this silence the group gives a member's partitions to others."""
    stop_within_s: float = Field(default=8.0, gt=0)
    """How long a stopping process waits for the batch in hand, its publishing and the open look-ups, in seconds."""
    sweep_ms: int = Field(default=200, ge=10)
    """How often timers are looked for, in milliseconds."""
    log_level: str = "INFO"
