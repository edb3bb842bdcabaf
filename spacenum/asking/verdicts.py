"""Lists of options of which a reply affirms one and denies the others: "A: no. B: yes. C: no".

Whatever else a list says ("A: 20°, B: 40°", two that are affirmed, one that is left open) is no verdict, nor is what
answers another question ("Is the chair visible? A: no, B: yes").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

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
    r"\?|\b(?:not|wrong|incorrect|exclud\w+|eliminat\w+|visible|shows?|contains?)\b", re.IGNORECASE
)


def verdicts(text: str, places: Sequence[tuple[int, int]]) -> list[dict[int, bool]]:
    """Lists in a plain text with one option affirmed and all others denied: where each option's letter starts, and
    whether it is affirmed. places: where letters, or groups of them, start and end."""
    behind = [*places[1:], (len(text), 0)]
    judged = [
        (start, end, _verdict(text[end : min(after, end + MOST)])) for (start, end), (after, _) in zip(places, behind)
    ]
    found = []
    for known, run in groupby(judged, key=lambda one: one[2] is not None):
        options = [*run] if known else []
        affirmed = [one for one in options if one[2]]
        letters = {text[start:end].strip("«»").upper() for start, end, _ in options}
        head = text[max(0, options[0][0] - MOST) : options[0][0]] if options else ""
        if len(affirmed) == 1 < len(options) == len(letters) and not _OTHER_QUESTION.search(head):
            found.append({start: bool(verdict) for start, _, verdict in options})
    return found


def _verdict(behind: str) -> bool | None:
    """What stands behind a letter says of it; None if that is no verdict."""
    words = _CONTENT.sub("", re.split(r"\n", behind)[0]).strip(" .,;:()/|–—-")
    words = re.sub(r"[\s,;/|–—-]+(?:(?:and|while|but) )?(?:option|image|choice)?$", "", words)
    first = re.split(r"[.;] ", words)[0]
    if _DENIED.match(first):
        return False
    return True if _AFFIRMED.fullmatch(first) else None
