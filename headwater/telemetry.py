"""The counts that an operator watches."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # they double the page and no one reads them


class Meter:
    """What a process has done, for `/metrics`. Every consumed message is counted once in exactly one outcome."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._messages = Counter(
            "headwater_messages_total",
            "Messages consumed, by what came of them.",
            ["processor", "outcome"],
            registry=registry,
        )
        self._conflicts = Counter(
            "headwater_mark_conflicts_total", "Batches dropped because another member took the partition.",
            ["processor"], registry=registry,
        )  # fmt: skip
        self._batch = Histogram(
            "headwater_batch_messages", "Messages in one batch.", ["processor"], registry=registry,
            buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
        )  # fmt: skip
        self._commit = Histogram(
            "headwater_commit_seconds", "Time that the transaction of a batch took.", ["processor"], registry=registry,
            buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5),
        )  # fmt: skip
        self._lag = Gauge(
            "headwater_lag_seconds", "Age of the newest message processed, when its batch was committed.",
            ["processor"], registry=registry,
        )  # fmt: skip

    def counted(self, processor: str, *, applied: int, deduplicated: int, dead_lettered: int) -> None:
        """A batch is committed: what came of its messages."""
        self._messages.labels(processor, "applied").inc(applied)
        self._messages.labels(processor, "deduplicated").inc(deduplicated)
        self._messages.labels(processor, "dead_lettered").inc(dead_lettered)
        self._batch.labels(processor).observe(applied + deduplicated + dead_lettered)

    def committed(self, processor: str, seconds: float, lag_seconds: float) -> None:
        """A transaction took so long, and its newest message was so old by then."""
        self._commit.labels(processor).observe(seconds)
        self._lag.labels(processor).set(lag_seconds)

    def conflict(self, processor: str) -> None:
        """A batch was dropped because another member took the partition."""
        self._conflicts.labels(processor).inc()
