"""Lists of options of which a reply affirms one and denies the others: "A: no. B: yes. C: no".

Whatever else a list says ("A: 20°, B: 40°", two that are affirmed, one that is left open) is no verdict, nor is what
answers another question ("Is the chair visible? A: no, B: yes").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

_Judged = tuple[int, int, bool | None]
"""Where a letter starts and ends, and whether it is affirmed."""
MOST = 60
"""Characters of an option's content and its verdict, and of what stands before a list."""
_CONTENT = re.compile(r"[-+−]?\d[\d.,]*\s?(?:°|degrees?\b|deg\b|m\b|cm\b|met(?:er|re)s?\b)?", re.IGNORECASE)
_IT = r"(?:(?:it|this|that|this one) )?(?:is |'s |looks |seems )?(?:also |the )?"
_AFFIRMED = re.compile(
    rf"{_IT}(?:correct|right|true|best|✓|match)(?: (?:one|answer|option|choice|match))?|yes|✓|this (?:one|is it)|"
    r"(?:yes\W{1,3})?(?:(?:it|this|that) )?(?:matches|fits|works)|是|对|正确|符合|yes\W{1,3}(?:this|that) is it",
    re.IGNORECASE,
)
_DENIED = re.compile(
    rf"✗|{_IT}(?:no\b|not\b|too\b|wrong\b|incorrect\b|false\b|mismatch|impossible\b|ruled out\b|excluded\b)|"
    r"(?:(?:it|this|that) )?(?:doesn't|does not|isn't|cannot|can't)\b|[不错否太]",
    re.IGNORECASE,
)
_OTHER_QUESTION = re.compile(
    r"(?<!fits)(?<!match)(?<!matches)(?<!correct)(?<!right)\?|[✓✗] ?$|"
    r"\b(?:not|wrong|incorrect|exclud\w+|eliminat\w+|visible|shows?|contains?)\b",
    re.IGNORECASE,
)


def verdicts(text: str, places: Sequence[tuple[int, int]]) -> list[dict[int, bool | None]]:
    """Lists in a plain text with one option affirmed and all others denied: where each option's letter starts, and
    whether it is affirmed; None for all in a list that answers another question. places: where letters, or groups of
    them, start and end."""
    behind = [start for start, _ in places[1:]] + [len(text)]
    judged = [
        (start, end, _verdict(text[end : min(after, end + MOST)]))
        for (start, end), after in zip(places, behind, strict=True)
    ]
    runs = [[*run] for known, run in groupby(judged, key=lambda one: one[2] is not None) if known]
    return [_of_list(text, run) for run in runs if _is_list(text, run)]


def _is_list(text: str, run: Sequence[_Judged]) -> bool:
    """Whether it names several options, each once, and affirms one."""
    letters = {text[start:end].strip("«»").upper() for start, end, _ in run}
    return 1 < len(run) == len(letters) and sum(verdict is True for _, _, verdict in run) == 1


def _of_list(text: str, run: Sequence[_Judged]) -> dict[int, bool | None]:
    first = run[0][0]
    other = _OTHER_QUESTION.search(text[max(0, first - MOST) : first])
    return {start: None if other else verdict for start, _, verdict in run}


def _verdict(behind: str) -> bool | None:
    """What stands behind a letter says of it; None if that is no verdict."""
    line = behind.partition("\n")[0]
    if ("✓" in line) != ("✗" in line):
        return "✓" in line
    words = _CONTENT.sub("", line).strip(" .,;:()/|–—-→=>")
    words = re.sub(r"[\s,;/|–—-]+(?:(?:and|while|but) )?(?:option|image|choice)?$", "", words)
    first = re.split(r"[.;] ", words)[0]
    if _DENIED.match(first):
        return False
    return True if _AFFIRMED.fullmatch(first) else None
