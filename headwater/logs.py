"""Logs, for people and programs: one JSON object a line on standard error, ours and the libraries' alike."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

log: structlog.stdlib.BoundLogger = structlog.get_logger("headwater")
SELDOM_S = 10.0
# Below these they tell every poll, heartbeat and rebalance; FastStream warns at each start that it makes no topics.
LEVELS = {
    "aiokafka": logging.WARNING, "faststream": logging.ERROR, "pymongo": logging.WARNING,
    "uvicorn.access": logging.WARNING, "grpc": logging.WARNING,
}  # fmt: skip


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


def configure_logging(level: str, service: str | None = None) -> None:
    """Write every log line of the process as JSON; each names the service, and what `contextvars` hold."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        *([_named(service)] if service else []),
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
    for name, least in LEVELS.items():
        library = logging.getLogger(name)
        library.setLevel(least)
        library.handlers.clear()  # FastStream brings one of its own, which writes no JSON
        library.propagate = True
    seldom = Seldom()
    handler.addFilter(lambda record: not record.name.startswith("aiokafka") or seldom.filter(record))


def _named(service: str) -> Any:
    def name(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
        event["service"] = service
        return event

    return name
