"""Logs: one JSON object a line on standard error, with the parcel that it is about."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

log: structlog.stdlib.BoundLogger = structlog.get_logger("headwater")
"""What is logged while a handler runs names its shipment, whichever library logs it."""


SELDOM_S = 10.0


class Seldom(logging.Filter):
    """Lets the same line through once in ten seconds: its client says 25 times a second that the broker is away."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this line has not been told just now."""
        if record.created - self._told.get(record.getMessage(), 0.0) < SELDOM_S:
            return False
        self._told = {line: at for line, at in self._told.items() if record.created - at < SELDOM_S}
        self._told[record.getMessage()] = record.created
        return True


def configure_logging(level: str) -> None:
    """Write every log line of the process as JSON, ours and the libraries'."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    as_json: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=as_json))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    logging.getLogger("aiokafka").setLevel(logging.WARNING)  # below that it tells every rebalance and heartbeat
    seldom = Seldom()
    handler.addFilter(lambda record: not record.name.startswith("aiokafka") or seldom.filter(record))
