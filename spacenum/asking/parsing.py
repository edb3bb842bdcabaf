"""What a reply says: a letter, or why none can be read. Nothing is ever guessed.

A reply is read from its most explicit statement to its least: answer tags, boxes and JSON; "final answer"; a last line
that is nothing but an answer; a first line that is nothing but an answer, and statements such as "the answer is B"; a
letter that the reply begins with; an option that is named. The first kind that occurs decides, and where it names two
letters none is read. Statements that are denied, supposed or asked ("if the answer is A",
"the answer is not A") are none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from spacenum.asking.thoughts import after_last
from spacenum.items.schema import Corners, Letter

_LETTER = "[A-H]"  # more than items offer: a letter that isn't offered must be seen, not passed over
_NOUN = r"(?i:option|choice|answer|letter|image|candidate|picture)"
_GOOD = r"(?i:final|correct|right|best|most likely|chosen|selected|matching)"
_BE = r"(?i:is|would be|should be|must be|will be)"
_OPEN = r"[\s*_`\"'“‘\[({<:\\$-]*"
_CLOSE = r"[\s*_`\"'”’\])}>.,:;!$\\-]*"
_NAMED = (  # a letter in any marks; an "A" only if it can't be the article
    rf"{_OPEN}(?:(?P<letter>[B-H])\b|(?P<a>A)\b(?=\s*$|\s*[^\w\s]|\s*\n|"
    r"\s+(?:because|since|as|due|based|given|which|is|was|for|and|or|but|where|so)\b))"
)
_EXPLICIT = (
    re.compile(r"<answer>(?P<inside>.*?)(?:</answer>|$)", re.IGNORECASE | re.DOTALL),
    re.compile(r"\\?boxed\s*\{(?P<inside>(?:[^{}]|\{[^{}]*\})*)\}"),
    re.compile(r"<\|begin_of_box\|>(?P<inside>.*?)<\|end_of_box\|>", re.DOTALL),
    re.compile(
        r"[\"'](?:final_)?(?:answer|option|choice|letter)[\"']\s*:\s*[\"'](?P<inside>[^\"']*)[\"']", re.IGNORECASE
    ),
)
_FINAL = re.compile(rf"(?i:final\s+(?:{_NOUN}|decision))(?i:\s+is)?(?:\s+{_NOUN})?{_NAMED}")
_STATEMENTS = tuple(
    re.compile(pattern + _NAMED)
    for pattern in (
        rf"\b{_NOUN}(?i:\s+to\s+(?:the|this)\s+question)?\s+{_BE}(?i:\s+therefore)?(?:(?i:\s+the)?\s+{_NOUN})?",
        r"(?i:\banswer)\s*[*_]*\s*[:=]\s*(?:(?i:the\s+)?(?i:option|choice|letter|image)\s*)?",
        rf"(?i:\b(?:correct|chosen|selected))\s+{_NOUN}\s*[*_]*\s*[:=]",
        rf"\bI(?i:'d|’d| would| will|'ll)?\s+(?i:choose|chose|pick|select|go with|say|answer)"
        rf"(?:(?i:\s+the)?\s+{_NOUN})?",
        rf"(?i:\bit|\bthat|\bthis)(?:'s|’s|\s+{_BE})(?:(?i:\s+the)?\s+{_NOUN})?",
    )
) + (
    re.compile(
        rf"(?:\b(?i:option|choice|image)|^){_NAMED}{_CLOSE}\s*{_BE}\s+"
        rf"(?i:clearly\s+)?(?i:(?:the|my)\s+)?(?:{_GOOD}|{_NOUN})\b",
        re.MULTILINE,
    ),
)
_ORDINAL = re.compile(r"\b(first|second|third|fourth)\s+(?:option|choice)\b", re.IGNORECASE)
_ORDINALS = {"first": "A", "second": "B", "third": "C", "fourth": "D"}
_ONLY = re.compile(
    rf"^(?:(?:so|thus|therefore|hence),?\s+)?(?:(?:(?:the|my)\s+)?(?:{_GOOD}\s+)?{_NOUN}\s*(?:is|:|=)?\s*)*"
    r"[:\s]*(?P<letter>[A-H])$",
    re.IGNORECASE,
)
_ANSWER_LINE = re.compile(rf"^(?i:(?:final\s+)?answer)\s*[:=]?\s*(?P<letter>{_LETTER})\s*[.):,-]\s*\S")
_LEADING = re.compile(
    rf"^(?:(?i:option|choice|answer|image)\s*:?\s*)?(?P<letter>{_LETTER})(?=[.):,;\n]|\s+-|\s*$|\s+(?:because|since)\b)"
)
_MENTION = re.compile(
    rf"\b{_NOUN}s?\s+{_OPEN}(?P<letter>{_LETTER})\b|[(\[*](?P<marked>{_LETTER})[)\]*]"
    rf"|(?:^|\s)(?P<listed>{_LETTER})[.):](?=\s|$)"
)
_OR = re.compile(rf"^[\s*_)\]]*(?:,?\s*(?:or|and|/|&|to)|,)\s*(?:{_NOUN}\s+)?{_OPEN}(?P<letter>{_LETTER})\b")
_DENIED_BEFORE = re.compile(
    r"\b(?:not|never|no|neither|nor|cannot|without|unlikely|doubt|if|whether|unless|"
    r"suppose|supposing|assume|assuming)\b"
    r"|n['’]t\b|\b(?:rather than|instead of)\b",
    re.IGNORECASE,
)
_DENIED_AFTER = re.compile(
    rf"^{_CLOSE}\s*(?:\?|(?:is|was|are|isn['’]t|wouldn['’]t)\s+(?:not|wrong|incorrect|be|too)\b)", re.IGNORECASE
)
_DENIED = re.compile(
    _DENIED_BEFORE.pattern
    + r"|\b(?:wrong|incorrect|false|none|eliminat\w*|exclud\w*|rul\w+ out|unclear|impossible|too|except)\b|\?",
    re.IGNORECASE,
)
_SHORT = 25  # words of a reply whose only named option is taken for its answer


@dataclass(frozen=True)
class Reading:
    """What was read: a letter, or a value in an open reply, if outcome is "parsed";
    else ``reason`` says why neither."""

    outcome: Literal["parsed", "unparsed", "truncated"]
    letter: Letter | None = None
    reason: str | None = None
    value: float | Corners | None = None


def read_letter(text: str | None, letters: Sequence[Letter], *, finished: bool = True) -> Reading:
    """The letter that a reply states, among ``letters``. A thought that the prompt opened begins the text with its tag.

    finished: False if the reply was cut at its length limit.
    """
    answer = after_thought(text, finished=finished)
    if isinstance(answer, Reading):
        return answer
    found = _stated(_plain(answer)) if finished else _before_the_cut(_plain(answer))
    if len(found) == 1:
        known = next((letter for letter in letters if letter in found), None)
        return (
            Reading("parsed", known)
            if known
            else Reading("unparsed", reason=f"names {min(found)}, which is not offered")
        )
    if finished:
        return Reading(
            "unparsed", reason=f"names several letters: {', '.join(sorted(found))}" if found else "names no letter"
        )
    return Reading("truncated", reason="was cut among several letters" if found else "was cut before it named a letter")


def after_thought(text: str | None, *, finished: bool) -> str | Reading:
    """What follows the last thought; a Reading if nothing does, or if the reply ended while thinking."""
    outcome: Literal["unparsed", "truncated"] = "unparsed" if finished else "truncated"
    if not text or not text.strip():
        return Reading(outcome, reason="the reply is empty")
    rest, left_open = after_last(text)
    if left_open:
        return Reading("truncated", reason=f"the last {left_open} was never closed")
    return rest if rest.strip() else Reading(outcome, reason="nothing follows the thought")


def _plain(text: str) -> str:
    """Letters in their plain form (not full-width, not circled), line ends alike."""
    return unicodedata.normalize("NFKC", text).replace("\r\n", "\n").strip()


def _bare(text: str) -> str:
    """Without the marks around it, and without bold."""
    inner = text.replace("**", "").replace("\\text", "")
    return re.sub(r"^[\s*_`#<>\"'“‘\[({$\\-]+|[\s*_`>\"'”’\])}.,:;!$\\]+$", "", inner)


def _start(text: str) -> str:
    """Without the marks and the article before it."""
    inner = re.sub(r"^[\s*_`#>\"'“‘\[({$\\-]+", "", text).replace("**", "")
    return re.sub(r"^(?i:the)\s+(?=(?i:answer|correct))", "", inner)


def _stated(text: str) -> set[str]:
    """The letters of the most explicit kind of statement that occurs; one if the reply is clear."""
    kinds: tuple[Callable[[str], set[str]], ...] = (_in_tags, _final, _last_line, _in_statements, _leading, _named)
    return next((found for kind in kinds if (found := kind(text))), set())


def _before_the_cut(text: str) -> set[str]:
    """Letters of a reply that was cut; none unless it began with an answer and went on, for "B" may become "Both"."""
    start = _start(text)
    found = _LEADING.match(start) or next((hit for pattern in _STATEMENTS if (hit := pattern.match(start))), None)
    if not found or found.end() >= len(start) or _DENIED_AFTER.match(start[found.end() :]):
        return set()
    return {_letter(found)} | _mentioned(text)


def _letter(match: re.Match[str]) -> str:
    return next(value for value in match.groupdict().values() if value).upper()


def _in_tags(text: str) -> set[str]:
    """Letters in answer tags, boxes and JSON: the last of each, for a reply may quote the form first."""
    found: set[str] = set()
    for pattern in _EXPLICIT:
        if inside := [match["inside"] for match in pattern.finditer(text)]:
            found |= _only(inside[-1]) or _leading(_bare(inside[-1])) or _in_statements(inside[-1])
    return found


def _final(text: str) -> set[str]:
    stated = [letters for match in _FINAL.finditer(text) if (letters := _asserted(match, text))]
    return stated[-1] if stated else set()


def _only(line: str) -> set[str]:
    """The letter of a line that is nothing but an answer: "B", "**Answer: B**", "(B)"."""
    match = _ONLY.match(_bare(line))
    return {match["letter"].upper()} if match else set()


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip(" \t*_`#-")]


def _last_line(text: str) -> set[str]:
    """The letter of the last line, if that is an answer; two letters if the line before it is another answer."""
    lines = _lines(text)
    last = [
        _only(line) or {match["letter"] for match in [_ANSWER_LINE.match(_bare(line))] if match} for line in lines[-2:]
    ]
    return set().union(*last) if last and last[-1] else set()


def _in_statements(text: str) -> set[str]:
    lines = _lines(text)
    found = _only(lines[0]) if lines else set()
    for pattern in _STATEMENTS:
        for match in pattern.finditer(text):
            found |= _asserted(match, text)
    if found:
        return found
    ordinals = {_ORDINALS[match[1].lower()] for match in _ORDINAL.finditer(text)}
    return set() if _DENIED.search(text) or _mentioned(text) else ordinals


def _asserted(match: re.Match[str], text: str) -> set[str]:
    """The letters of a statement ("B", or "A or B"); none if its sentence denies, supposes or asks it."""
    before = re.split(r"[.!?\n;,:]\s", text[: match.start()])[-1]
    if _DENIED_BEFORE.search(before) or _DENIED_AFTER.match(text[match.end() :]):
        return set()
    other = _OR.match(text[match.end() :])
    return {_letter(match), other["letter"]} if other else {_letter(match)}


def _leading(text: str) -> set[str]:
    match = _LEADING.match(_start(text))
    return _asserted(match, _start(text)) | _mentioned(text) if match else set()


def _named(text: str) -> set[str]:
    """The options that a short reply names, unless something in it is denied or supposed."""
    return set() if _DENIED.search(text) or len(text.split()) > _SHORT else _mentioned(text)


def _mentioned(text: str) -> set[str]:
    return {_letter(match) for match in _MENTION.finditer(text)}
