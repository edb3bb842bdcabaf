"""Options and the right one out of published words. By rules that are said here, and an error for all else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from spacenum.core.errors import SpaceNumError
from spacenum.external.questions import one_line

_WORD = r"(?i:option|choice|candidate|image)"
_LETTER = r"(?:\*\*)?(?:[(\[](?P<closed>[A-H])[)\]][.:]?|(?P<bare>[A-H])(?:\*\*)?[.):：、])(?:\*\*)?"
_NAMED = rf"(?:\*\*)?{_WORD}[ ]+[(\[]?(?P<named>[A-H])(?:[)\]])?(?:\*\*)?(?:[.:：](?:\*\*)?|(?=\s*(?:\n|<image>)))"
_ONE = rf"(?:{_NAMED}|{_LETTER})"
_OF_LINE = re.compile(rf"^[ \t]*(?:[-*•][ \t]+)?{_ONE}[ \t]*", re.MULTILINE)
_IN_LINE = re.compile(rf"(?:^|(?<=[\s,;>])){_ONE}[ \t]*(?=\S)", re.MULTILINE)
_ANSWER = re.compile(
    r"(?:(?:the )?(?:correct |right )?(?:answer|option|choice|image)(?: is|:)?\s*)?(?:option |image )?"
    r"[(\[]?(?P<letter>[A-H])[)\]]?(?:[.:)]\s*(?P<text>.*)|\.?)",
    re.IGNORECASE | re.DOTALL,
)
_WRAPPED = (
    re.compile(r"(?:<think>.*?</think>\s*)?<answer>(?P<inner>.*?)</answer>", re.DOTALL),
    re.compile(r"\$?\\boxed\{(?:\\text\{)?(?P<inner>[^{}]*)\}?\}\$?", re.DOTALL),
)


@dataclass(frozen=True)
class Options:
    """Options within a text. start: where the first one is marked."""

    contents: list[str]
    start: int


def options_in(text: str, place: str) -> Options | None:
    """What stands behind A, B, … in a question: ``A. …``, ``(A) …``, ``A) …``, ``Option A: …``, a line each, or all in
    one line. Null if there is no such list; SpaceNumError if there are several, or its ends can't be told."""
    for pattern in (_OF_LINE, _IN_LINE):
        runs = _runs(list(pattern.finditer(text)))
        if len(runs) > 1:
            raise SpaceNumError(f"{place}: its text has {len(runs)} lists of options, and which is asked isn't known")
        if runs:
            _check_alone(text, runs[0], place)
            return Options(_contents(text, runs[0], place), runs[0][0].start())
    return None


def _letter(match: re.Match[str]) -> str:
    return str(match["named"] or match["closed"] or match["bare"])


def _runs(found: Sequence[re.Match[str]]) -> list[list[re.Match[str]]]:
    """Every A, B, … of at least two that follow each other."""
    runs: list[list[re.Match[str]]] = []
    for match in found:
        if _letter(match) == "A":
            runs.append([match])
        elif runs and ord(_letter(match)) == ord(_letter(runs[-1][-1])) + 1:
            runs[-1].append(match)
    return [run for run in runs if len(run) > 1]


def _check_alone(text: str, run: Sequence[re.Match[str]], place: str) -> None:
    """SpaceNumError if another letter is marked on a line of the options."""
    end = text.find("\n", run[-1].end())
    span = text[: len(text) if end < 0 else end]
    marked = [match for match in _IN_LINE.finditer(span) if match.start() >= run[0].start()]
    if len(marked) > len(run):
        letters = ", ".join(map(_letter, marked))
        raise SpaceNumError(f"{place}: the options in its text are marked {letters}, not A, B, … once each")


def _contents(text: str, run: Sequence[re.Match[str]], place: str) -> list[str]:
    """What follows each mark. The last option has as many lines as each other one."""
    found = [text[one.end() : two.start()].strip() for one, two in pairwise(run)]
    sizes = {len(content.split("\n")) for content in found}
    rest = text[run[-1].end() :].lstrip().split("\n")
    if len(sizes) > 1 or len(rest) < max(sizes):
        raise SpaceNumError(f"{place}: its options are of unlike numbers of lines, and where the last ends isn't known")
    return [*found, "\n".join(rest[: max(sizes)]).strip()]


def right_option(answer: str, options: Sequence[str], place: str) -> int:
    """The place of the right option, from 0: of a letter, alone or with its option's text behind it, or of an option's
    text. SpaceNumError for every other answer."""
    inner = answer.strip()
    for pattern in _WRAPPED:
        if match := pattern.fullmatch(inner):
            inner = match["inner"].strip()
    plain = [_plain(option) for option in options]
    match = _ANSWER.fullmatch(inner)
    if plain.count(_plain(inner)) == 1 and not (match and len(inner) == 1):
        return plain.index(_plain(inner))
    if match is None or not match["letter"].isupper():
        raise SpaceNumError(f"{place}: its answer {answer[:80]!r} is neither a letter nor one of its options")
    number = ord(match["letter"]) - ord("A")
    if number >= len(options):
        raise SpaceNumError(f"{place}: its answer {answer[:80]!r} is none of its {len(options)} options")
    text = _plain(match["text"] or "")
    if text and text != plain[number]:
        raise SpaceNumError(f"{place}: its answer {answer[:80]!r} is not what its option {match['letter']} says")
    return number


def _plain(text: str) -> str:
    return one_line(text).strip(".;, ").casefold()
