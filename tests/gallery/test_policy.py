"""The project's pages, opened in a browser, run nothing that data bring along and ask no other machine for anything."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser

from spacenum.annotate.server import page as annotation_page
from spacenum.claims.check import Checked
from spacenum.claims.page import page as claims_page
from spacenum.claims.settings import ClaimsParams
from spacenum.gallery.build import build_gallery
from spacenum.site.build import page as site_page
from tests.gallery.test_gallery import item_of
from tests.site.conftest import inputs_of, params_of

CELL = "transition.num2space.rotate_left_right"


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """The address of another machine, and what it was asked for."""
    seen: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
        server.shutdown()
        thread.join()


def gallery(folder: Path) -> str:
    build_gallery([item_of(CELL, 0)], [], folder)
    return (folder / "index.html").read_text()


def annotation(folder: Path) -> str:
    return annotation_page("ada", CELL)


def claims(folder: Path) -> str:
    nothing = pd.DataFrame({"scope": [], "claim": [], "verdict": []})
    return claims_page(
        Checked(nothing, nothing), ClaimsParams.model_construct(models=[], simulators={}, mode="m", note="")
    )


def attacked(html: str, other: str) -> str:
    """The page as it were if something of this had been written into it by mistake."""
    attempts = (
        f"<script>window.hit = 'inline'; fetch('{other}/fetch')</script>",
        f"<img src='{other}/image.png' onerror=\"window.hit = 'handler'\">",
        f"<script src='{other}/script.js'></script>",
        f"<link rel='stylesheet' href='{other}/style.css'>",
        f"<style>body {{ background: url({other}/inside.png) }}</style>",
        f"<iframe src='{other}/frame'></iframe><object data='{other}/object'></object>",
        f"<form id='f' method='post' action='{other}/form'></form><img src='x' onerror='f.submit()'>",
    )
    assert "</body>" in html
    return html.replace("</body>", "".join(attempts) + "</body>")


def site(folder: Path) -> str:
    """The project page's template and policy, of a study without anything."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return site_page(
            params_of(figures=[]), replace(inputs_of(folder, [item_of(CELL, 0), item_of(CELL, 1)]), figures={})
        )


@pytest.mark.parametrize("make", [gallery, annotation, claims, site])
def test_what_is_written_into_a_page_by_mistake_is_not_run_and_asks_for_nothing(
    browser: Browser, tmp_path, asked, make
):
    other, seen = asked
    (tmp_path / "page.html").write_text(attacked(make(tmp_path), other))
    opened = browser.new_page()
    opened.goto((tmp_path / "page.html").as_uri())
    opened.wait_for_timeout(300)
    assert opened.evaluate("window.hit") is None and seen == []
    opened.close()


def test_the_attempts_succeed_where_no_policy_stands(browser: Browser, tmp_path, asked):
    other, seen = asked
    (tmp_path / "page.html").write_text(attacked("<!doctype html><html><body></body></html>", other))
    opened = browser.new_page()
    opened.goto((tmp_path / "page.html").as_uri())
    opened.wait_for_timeout(300)
    assert len(seen) > 3
    opened.close()
