"""Tags between which models think: in what a prompt opens, and in what a reply says."""

from __future__ import annotations

import re

TAGS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<seed:think>": "</seed:think>",
    "[THINK]": "[/THINK]",
    "◁think▷": "◁/think▷",
}
"""What opens a thought, and what closes it."""
_OPEN, _CLOSE = (re.compile("|".join(map(re.escape, tags))) for tags in (TAGS.keys(), TAGS.values()))
ANY_TAG = re.compile(f"{_OPEN.pattern}|{_CLOSE.pattern}")


def after_last(text: str) -> tuple[str, str | None]:
    """What follows the last thought that was closed, and the tag of one that was opened there and never closed."""
    closed = [match.end() for match in _CLOSE.finditer(text)]
    rest = text[closed[-1] :] if closed else text
    left_open = _OPEN.search(rest)
    return rest, left_open[0] if left_open else None


def opened_by(prompt: str) -> str:
    """The tag with which a rendered prompt ends, so that the reply begins as a thought; "" if it ends otherwise."""
    words = prompt.rstrip()
    return next((tag for tag in TAGS if words.endswith(tag)), "")
