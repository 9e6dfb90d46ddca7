"""Logs: a line that repeats is told seldom."""

from __future__ import annotations

import logging

from headwater.logs import Seldom


def line(text: str, at: float) -> logging.LogRecord:
    record = logging.LogRecord("aiokafka", logging.ERROR, "", 0, text, None, None)
    record.created = at
    return record


def test_the_same_line_is_told_once_in_ten_seconds() -> None:
    seldom = Seldom()
    told = [seldom.filter(line("no connection", at)) for at in (100.0, 100.1, 109.9, 110.1)]
    assert told == [True, False, False, True]


def test_another_line_is_told_at_once() -> None:
    seldom = Seldom()
    assert seldom.filter(line("no connection", 100.0))
    assert seldom.filter(line("no coordinator", 100.0))
