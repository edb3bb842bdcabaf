"""The hub, played by a server on this machine: the pinned file arrives whole, and what it hasn't got is said."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from spacenum.core.errors import SpaceNumError
from spacenum.external.hub import fetch, fetch_set

DATA, COMMIT = b"published" * 1000, "0123456789" * 4


FILES = {"items.json": b"[]", "images/0.png": b"image", "run.py": b"code"}
LISTED = f"/api/datasets/some/items/revision/{COMMIT}"


class Hub(BaseHTTPRequestHandler):
    def do_HEAD(self):
        if self.path.startswith(("/api/", "/datasets/some/items/")):
            self.of_a_set()
            return
        known = self.path == f"/datasets/some/set/resolve/{COMMIT}/file.bin"
        self.send_response(200 if known else 404)
        self.send_header("X-Error-Code", "" if known else "EntryNotFound")
        self.send_header("Content-Length", str(len(DATA) if known else 0))
        self.send_header("ETag", hashlib.sha256(DATA).hexdigest())
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if known and self.command == "GET":
            self.wfile.write(DATA)

    def of_a_set(self):
        """What the hub lists of a repository, and its files."""
        name = self.path.removeprefix(f"/datasets/some/items/resolve/{COMMIT}/")
        tree = [{"type": "file", "path": name, "oid": "0" * 40, "size": len(data)} for name, data in FILES.items()]
        about = {"id": "some/items", "sha": COMMIT, "siblings": [{"rfilename": name} for name in FILES]}
        listings = {LISTED: about, LISTED.replace("revision", "tree"): tree}
        listing = listings.get(self.path.split("?")[0])
        data = json.dumps(listing).encode() if listing else FILES.get(name)
        self.send_response(404 if data is None else 200)
        if data is None:
            self.send_header("X-Error-Code", "RevisionNotFound")
        self.send_header("Content-Length", str(len(data or b"")))
        self.send_header("Content-Type", "application/json")
        self.send_header("ETag", hashlib.sha256(data or b"").hexdigest())
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if data and self.command == "GET":
            self.wfile.write(data)

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


def test_a_pinned_set_is_fetched_whole_without_its_code_and_once(hub, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = fetch_set("some/items", COMMIT, hub)
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert files == {name: data for name, data in FILES.items() if name != "run.py"}
    assert not any(path.is_symlink() for path in folder.rglob("*")), "an import reads no link that leads outside"
    assert fetch_set("some/items", COMMIT, "http://127.0.0.1:9") == folder
    for commit, where in (("f" * 40, hub), (COMMIT.replace("0", "1"), "http://127.0.0.1:9")):
        with pytest.raises(SpaceNumError, match=rf"the hub did not give some/items at {commit} \(.*import the folder"):
            fetch_set("some/items", commit, where)
    left = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(left) == ["0.png", "items.json"], "nothing half fetched"
