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
    "<unused94>": "<unused95>",  # MedGemma's
    "<|START_THINKING|>": "<|END_THINKING|>",
    "<scratchpad>": "</scratchpad>",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|channel|>analysis": "<|channel|>final",
    "<SUMMARY>": "</SUMMARY>",  # LLaVA-CoT thinks in three parts, then concludes
    "<CAPTION>": "</CAPTION>",
    "<REASONING>": "</REASONING>",
}
"""What opens a thought, and what closes it; in capitals or not."""
_CLOSE = re.compile("|".join(map(re.escape, TAGS.values())), re.IGNORECASE)
_ANY_OPEN = "|".join(map(re.escape, TAGS))
_OPEN = re.compile(
    rf"(?<![`\"'“‘])(?:{_ANY_OPEN})(?![`\"'”’]|\s+(?:tags?|blocks?|sections?|marks?|markers?|and|or|part|token)\b)",
    re.IGNORECASE,
)
"""A sentence about "<think> tags" opens none."""
ANY_TAG = re.compile(f"{_ANY_OPEN}|{_CLOSE.pattern}", re.IGNORECASE)
_BARE_ANALYSIS = re.compile(r"\s*analysis(?=[A-Z])")
_BARE_FINAL = "assistantfinal"
"""The same channels where the tokens that mark them were dropped."""
_MARKS = {opening[0] for opening in TAGS}
_AFTER_CHANNEL = re.compile(r"^\s*<\|message\|>")


def after_last(text: str) -> tuple[str, str | None]:
    """What follows the last thought that was closed, and the tag of one that was opened there and never closed."""
    if _BARE_FINAL in text:
        return text.rpartition(_BARE_FINAL)[2], None
    if _BARE_ANALYSIS.match(text):
        return "", "analysis"
    if not any(mark in text for mark in _MARKS):  # most replies: a look at single characters is fast
        return text, None
    ends = [match.end() for match in _CLOSE.finditer(text)]
    rest = _AFTER_CHANNEL.sub("", text[ends[-1] :]) if ends else text
    left_open = _OPEN.search(rest)
    return rest, left_open[0] if left_open else None


def opened_by(prompt: str) -> str:
    """The tag with which a rendered prompt ends, so that the reply begins as a thought; "" if it ends otherwise."""
    words = prompt.rstrip()
    return next((tag for tag in TAGS if words.endswith(tag)), "")
