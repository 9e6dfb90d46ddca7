"""A gateway that plays a script: the real files of the page, under the real policy, and a stream that a test writes."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PAGE = Path(__file__).parents[2] / "services/gateway/gateway/page"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
TOPIC = {"Order": "orders.order.events.v1", "Restock": "reviews.alert.events.v1"}
SHIPMENTS = "logistics.shipment.events.v1"


@dataclass
class Script:
    """What the gateway says, and when."""

    answers: dict[str, Any] = field(default_factory=dict)
    """JSON by path, for look-ups."""
    frames: list[str] = field(default_factory=list)
    cut: bool = False
    """End open streams and refuse new ones."""
    asked: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def tell(self, type_: str, key: str, **data: Any) -> None:
        """One event on the stream."""
        topic = next((topic for start, topic in TOPIC.items() if type_.startswith(start)), SHIPMENTS)
        body = {"type": type_, "topic": topic, "key": key, "at": now(), "trace": None, "data": data}
        self._say(f"id: {topic}/0/{len(self.frames)}\ndata: {json.dumps(body)}\n\n")

    def beat(self) -> None:
        """One heartbeat."""
        self._say(f'event: heartbeat\ndata: {{"at": "{now()}"}}\n\n')

    def cut_off(self, cut: bool = True) -> None:
        """Break the stream, or let it be joined again."""
        with self.changed:
            self.cut = cut
            self.changed.notify_all()

    def after(self, told: int) -> list[str] | None:
        """What is to be said after so many frames, as soon as there is any; None when the stream is cut."""
        with self.changed:
            self.changed.wait_for(lambda: self.cut or len(self.frames) > told, timeout=30)
            return None if self.cut else self.frames[told:]

    def _say(self, frame: str) -> None:
        with self.changed:
            self.frames.append(frame)
            self.changed.notify_all()


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class FakeGateway(ThreadingHTTPServer):
    """Serves a script at `address`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.script = Script()
        self.address = f"http://127.0.0.1:{self.server_address[1]}"


class _Answer(BaseHTTPRequestHandler):
    server: FakeGateway

    def log_message(self, *_: Any) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        script = self.server.script
        script.asked.append(path)
        if path == "/v1/streams":
            self._stream(script)
        elif path.startswith("/v1/"):
            found = script.answers.get(path)
            self._send(404 if found is None else 200, json.dumps(found).encode(), "application/json")
        else:
            file = PAGE / ("index.html" if path == "/" else path.removeprefix("/page/"))
            self._send(*((200, file.read_bytes(), TYPES[file.suffix]) if file.is_file() else (404, b"", "text/plain")))

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, script: Script) -> None:
        if script.cut:
            self._send(503, b"", "text/plain")
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b"retry: 200\n\n")
        told = 0
        while (frames := script.after(told)) is not None:
            told += len(frames)
            try:
                self.wfile.write("".join(frames).encode())
            except OSError:
                return
