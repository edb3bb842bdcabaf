"""What every page that this project writes has in common: how it is filled, and what the browser may do on it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from pathlib import Path

import jinja2

NOTHING = "'none'"


def page_templates(folder: Path) -> jinja2.Environment:
    """The templates of a folder; all text that enters a page is escaped, and a name that isn't given is an error."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def content_policy(scripts: Iterable[str] = (), styles: Iterable[str] = (), **sources: str) -> str:
    """A Content-Security-Policy under which a page loads nothing but what it holds and what ``sources`` says.

    scripts, styles: the texts of the page's own, exactly as they stand between their tags. They must be known before
    data enter the page: what these bring along is not run then, even if it is written into the page by mistake.
    sources: of other things, as ``img_src="data:"``; those of script_src are beside the page's own.
    """
    own = {"script_src": scripts, "style_src": styles}
    allowed = {kind: [*map(_hash, own.get(kind, ())), sources.get(kind, "")] for kind in {**own, **sources}}
    lines = [f"{kind.replace('_', '-')} {' '.join(filter(None, what)) or NOTHING}" for kind, what in allowed.items()]
    return "; ".join(["default-src 'none'", *lines, "base-uri 'none'", "form-action 'none'"])


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
