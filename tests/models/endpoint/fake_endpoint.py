"""A small endpoint on the loopback interface that answers as a test tells it, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """A response. delay_s: before it. cut: bytes of the body that are sent before the connection is closed.
    drips: pieces that are sent in chunks, one each 20 ms (large ones at once), while anybody listens: a list before the
    body, anything else in its place."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    cut: int | None = None
    drips: Iterable[bytes] = ()

    def data(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


def completion(text: str | None = "A", finish: str = "stop", tokens: tuple[int, int] = (100, 1), **more: Any) -> Answer:
    """A usual chat completion; ``more``: fields of the message, or ``logprobs``."""
    logprobs = more.pop("logprobs", None)
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **more}}
    if logprobs is not None:
        listed = [{"token": token, "logprob": value, "bytes": None} for token, value in logprobs.items()]
        choice["logprobs"] = {"content": [{"token": text, "logprob": -0.1, "top_logprobs": listed}]}
    usage = {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)}
    return Answer(
        {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice], "usage": usage}
    )


def error(status: int, message: str = "no", code: str = "", **headers: str) -> Answer:
    return Answer(
        {"error": {"message": message, "code": code}}, status, {k.replace("_", "-"): v for k, v in headers.items()}
    )


@dataclass
class Endpoint:
    """``answer``: what to say to the n-th request (from 0) with this body."""

    url: str
    answer: Callable[[int, dict[str, Any]], Answer] = lambda n, body: completion()
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def says(self, *answers: Answer) -> None:
        """Give these answers in turn, the last one for ever."""
        self.answer = lambda n, body: answers[min(n, len(answers) - 1)]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else head and body are 40 ms apart
    endpoint: Endpoint

    def handle(self) -> None:
        with suppress(ConnectionError):  # whoever asked didn't wait
            super().handle()

    def do_POST(self) -> None:
        seen = self.endpoint
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with seen.lock:
            number = len(seen.bodies)
            seen.bodies.append(body)
            seen.headers.append(dict(self.headers))
            seen.times.append(time.monotonic())
            seen.at_once += 1
            seen.most_at_once = max(seen.most_at_once, seen.at_once)
        answer = seen.answer(number, body) if self.path == "/v1/chat/completions" else error(404, "no such route")
        time.sleep(answer.delay_s)
        with seen.lock:
            seen.at_once -= 1
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        if answer.drips:
            self._drip(answer)
            return
        data = answer.data()
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(data)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data[: answer.cut])
        if answer.cut is not None:
            self.close_connection = True

    def _drip(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for piece in (*answer.drips, answer.data()) if isinstance(answer.drips, list) else answer.drips:
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                self.wfile.flush()
                time.sleep(0.02 if len(piece) < 1000 else 0)
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def running() -> Iterator[Endpoint]:
    """An endpoint that lives as long as the block."""
    endpoint = Endpoint("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"endpoint": endpoint}))
    endpoint.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.005,), daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
