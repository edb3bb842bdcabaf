"""A headless Chromium, for pages that must be seen to be believed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--disable-component-update",
    "--no-first-run",
)


def chromium() -> str:
    """The browser's executable: SPACENUM_CHROMIUM, or the first of NAMES on PATH."""
    named = os.environ.get("SPACENUM_CHROMIUM")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        sought = f"SPACENUM_CHROMIUM is '{named}'" if named else f"none of {', '.join(NAMES)} is on PATH"
        pytest.fail(
            f"the gallery's tests need Chromium, but {sought}; install it (Debian: apt-get install chromium) or set "
            "SPACENUM_CHROMIUM to its executable",
            pytrace=False,
        )
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a module's tests; patient, for busy machines. Not for the session: while it lives, an event loop
    runs in this thread, and tests of other modules could start none."""
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGS))
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page; the test fails if anything on it reports an error or asks for more than files."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "request",
        lambda request: None if request.url.startswith(("file:", "data:")) else problems.append(request.url),
    )
    yield page
    page.close()
    assert problems == []
