"""The hub, played by a server on this machine: the pinned file arrives whole, and what it hasn't got is said."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from spacenum.core.errors import SpaceNumError
from spacenum.external.hub import fetch

DATA, COMMIT = b"published" * 1000, "0123456789" * 4


class Hub(BaseHTTPRequestHandler):
    def do_HEAD(self):
        known = self.path == f"/datasets/some/set/resolve/{COMMIT}/file.bin"
        self.send_response(200 if known else 404)
        self.send_header("X-Error-Code", "" if known else "EntryNotFound")
        self.send_header("Content-Length", str(len(DATA) if known else 0))
        self.send_header("ETag", hashlib.sha256(DATA).hexdigest())
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if known and self.command == "GET":
            self.wfile.write(DATA)

    do_GET = do_HEAD

    def log_message(self, *said):
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = HTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_pinned_file(hub, tmp_path: Path):
    fetch("some/set", COMMIT, "file.bin", tmp_path / "there/file.bin", hub)
    assert (tmp_path / "there/file.bin").read_bytes() == DATA
    with pytest.raises(SpaceNumError, match=rf"other.bin of some/set at {COMMIT} \(404 .*'path' in the config"):
        fetch("some/set", COMMIT, "other.bin", tmp_path / "there/other.bin", hub)
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["file.bin"]
