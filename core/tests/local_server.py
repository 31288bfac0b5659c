"""A server on this machine for tests of outgoing HTTP: says what it is told to."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Said:
    """What the server answers: `pace` seconds between bytes, `wait` before the first."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    pace: float = 0.0
    wait: float = 0.0


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class LocalServer:
    """Answers every request with `answer(asked)`; keeps what it was asked."""

    def __init__(self, answer: Callable[[Asked], Said] | None = None) -> None:
        server = self
        self.answer = answer or (lambda asked: Said())
        self.seen: list[Asked] = []

        class Handler(BaseHTTPRequestHandler):
            def handle_one(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, self.rfile.read(length))
                server.seen.append(asked)
                said = server.answer(asked)
                try:
                    time.sleep(said.wait)
                    self.send_response(said.status)
                    for name, value in said.headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self._write(said)
                except OSError:
                    pass  # the other side has had enough, which is what is tested

            def _write(self, said: Said) -> None:
                if not said.pace:
                    self.wfile.write(said.body)
                    return
                for start in range(len(said.body)):
                    self.wfile.write(said.body[start : start + 1])
                    self.wfile.flush()
                    time.sleep(said.pace)

            do_GET = do_POST = handle_one  # noqa: N815

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        serve = partial(self.server.serve_forever, poll_interval=0.01)
        threading.Thread(target=serve, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
