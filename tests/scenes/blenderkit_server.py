"""A stand-in for the BlenderKit service: its search, download links and files,
on this machine, with all that goes wrong."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "k3y-that-nobody-must-see"


@dataclass
class Shelf:
    """What the service offers and how it behaves.

    models: base id -> (entry of a search's results, bytes of its file). signed: links given so far, of which only the
    newest of a model works. trouble: statuses to answer with, one a request, before a path's true answer; ``cut`` in
    place of a status sends half of the file. asked: paths of all requests, with the file's key if they carried it.
    """

    models: dict[str, tuple[dict[str, Any], bytes]] = field(default_factory=dict)
    trouble: dict[str, list[Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    with_key: Counter[str] = field(default_factory=Counter)
    signed: Counter[str] = field(default_factory=Counter)
    address: str = ""

    def add(self, base_id: str, name: str, content: bytes, **changes: Any) -> None:
        """Offer a model; ``changes`` are keys of the search's entry that differ."""
        entry = {
            "assetBaseId": base_id, "name": name, "versionNumber": 2, "license": "cc_zero", "isFree": True,
            "canDownload": True, "assetType": "model", "sourceAppVersion": "4.2.1", "author": {"fullName": "Ada Maker"},
            "dictParameters": {"faceCount": 500}, "score": 3.5,
            "files": [
                {"fileType": "thumbnail", "downloadUrl": f"{self.address}/nothing"},
                {"fileType": "resolution_1K", "downloadUrl": f"{self.address}/api/v1/downloads/{base_id}/"},
            ],
        }  # fmt: skip
        self.models[base_id] = (entry | changes, content)


def _handler(shelf: Shelf) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            kind = url.path.strip("/").split("/")[-2 if "downloads" in url.path else 0 if "files" in url.path else -1]
            shelf.asked.append(kind)
            shelf.with_key[kind] += self.headers["Authorization"] == f"Bearer {KEY}"
            waiting = shelf.trouble.get(kind, [])
            trouble = waiting.pop(0) if waiting else None
            if isinstance(trouble, int):
                self._send(trouble, b"no", {"Retry-After": "0"} if trouble == 429 else {})
            elif kind == "search":
                words = parse_qs(url.query)["query"][0].split()
                self._send_json({"results": [e for b, (e, _) in shelf.models.items() if self._wanted(words, b, e)]})
            elif kind == "downloads":
                base_id = url.path.strip("/").split("/")[-1]
                shelf.signed[base_id] += 1
                self._send_json(
                    {"filePath": f"{shelf.address}/files/{base_id}.blend?Signature={shelf.signed[base_id]}"}
                )
            else:
                self._send_file(url.path.split("/")[-1].removesuffix(".blend"), url.query, trouble == "cut")

        def _wanted(self, words: list[str], base_id: str, entry: dict[str, Any]) -> bool:
            pairs = dict(word.split(":", 1) for word in words if ":" in word)
            free = [word for word in words if ":" not in word]
            licence = pairs.get("license", entry["license"])
            by_id = pairs.get("asset_base_id", base_id) == base_id
            return by_id and licence == entry["license"] and all(w in entry["name"].lower() for w in free)

        def _send_file(self, base_id: str, query: str, cut: bool) -> None:
            content = shelf.models[base_id][1]
            if query != f"Signature={shelf.signed[base_id]}":
                self._send(403, b"expired")
            else:
                self._send(200, content[: len(content) // 2] if cut else content, {"Content-Length": str(len(content))})

        def _send_json(self, data: Any) -> None:
            self._send(200, json.dumps({"count": 1, **data}).encode())

        def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


@contextmanager
def serving() -> Iterator[Shelf]:
    """The service, on a free port of the loopback interface."""
    shelf = Shelf()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(shelf))
    shelf.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield shelf
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
