"""Settings of the gateway."""

from __future__ import annotations

from pydantic import Field

from headwater.settings import ServiceSettings


class Settings(ServiceSettings):
    """How long the door waits and how much it takes in, besides what each service needs to know."""

    http_port: int = Field(default=8080, ge=0, le=65535)
    reply_within_s: float = Field(default=5.0, gt=0)
    """Seconds that a request waits for its command's reply; then it is answered 202 with where to look."""
    send_within_s: float = Field(default=3.0, gt=0)
    """Seconds that a command may take to reach Kafka, before those for its reply; then it is answered 503."""
    look_up_within_s: float = Field(default=2.0, gt=0)
    """Seconds that a look-up may take."""
    propose_within_s: float = Field(default=25.0, gt=0)
    """Seconds that a proposed draft may take: the catalog may ask a model for it (`HEADWATER_LISTING_WITHIN_S`)."""
    largest_body: int = Field(default=256 * 1024, ge=1024)
    """Bytes of a request's body."""
    body_within_s: float = Field(default=15.0, gt=0)
    """Seconds that a client may take to send its body."""
    heartbeat_s: float = Field(default=5.0, gt=0)
    """Seconds after which a stream without events says that it lives."""
