"""What a reply says: a letter, or why none can be read. Nothing is ever guessed.

A letter is read if exactly one is asserted (``spacenum.asking.assertions``): two different letters that are asserted
are none, unless the reply takes the earlier back. A reply that asserts none, but is short and speaks of one option
alone in a way that answers ("which corresponds to option C"), is read as that option.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from spacenum.asking import cues
from spacenum.asking.assertions import Said, said
from spacenum.asking.plain import plain
from spacenum.asking.thoughts import after_last
from spacenum.items.schema import Corners, Letter

SHORT = 25
"""Words of a reply whose only named option is taken for its answer."""
_ORDINALS = {"first": "A", "second": "B", "third": "C", "fourth": "D"}
_ORDINAL = re.compile(
    r"^(?:(?:so|therefore|thus|hence),? )?(?:(?:it|that|the answer) (?:is|'s|must be|would be) )?(?:the )?"
    r"(?P<word>first|second|third|fourth) (?:option|choice)"
    r"(?: is (?:the )?(?:correct|right|best)(?: one| answer| option)?)?[.!]?$",
    re.IGNORECASE,
)


_NOTHING_ELSE = re.compile(
    rf"(?:(?:the|maybe|perhaps|labell?ed|{cues.NOUN}|{cues.GOOD}|«?[A-H]»?|[.,:()=\-\n])[ ]?){{1,40}}", re.IGNORECASE
)
"""Of a reply that repeats one option: "Image C (option C)"."""

_ANY_OPTION = re.compile(
    r"\W*(?:the )?(?:(?:option|image|choice|candidate|picture|view|photo|frame)\W*)?", re.IGNORECASE
)
_LINE_ENDS = re.compile(r"[\s.,:;)»]*?\n|[.,:)»]* (?:because|since|as) ", re.IGNORECASE)
_GOES_ON = re.compile(r"[\s.,:;)»]*(?:(?:or|and|but|vs|though|although|unless|if)\b|[(/&]|$)", re.IGNORECASE)
"""Before and behind a letter in a reply that was cut."""


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
    words = plain(answer)
    found = _stated(words) if finished else _before_the_cut(words)
    if len(found) == 1:
        known = next((letter for letter in letters if letter in found), None)
        return (
            Reading("parsed", known)
            if known
            else Reading("unparsed", reason=f"names {min(found)}, which is not offered")
        )
    if finished:
        return Reading(
            "unparsed", reason=f"states several letters: {', '.join(sorted(found))}" if found else "states no letter"
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


def _stated(words: str) -> frozenset[str]:
    """The letters that are asserted and not taken back; of a short reply that asserts none, the one that it names."""
    found, withdrawn = said(words)
    back = _last_withdrawal(found, withdrawn)
    kept = _not_denied_later([one for one in found if one.start >= back])
    asserted = frozenset(letter for one in kept for letter in one.letters)
    if asserted and not _doubts_another(found, kept):
        return asserted
    taken_back = any(one.role == "asserted" for one in found)
    return frozenset() if taken_back else _named(words, found)


def _not_denied_later(found: Sequence[Said]) -> list[Said]:
    """What is asserted, without what the reply denies behind it: "The answer is D. … So D is wrong. It is A"."""
    kept: list[Said] = []
    for one in found:
        if one.role == "asserted":
            kept.append(one)
        elif one.role == "denied":
            kept = [before for before in kept if not before.letters & one.letters]
    return kept


def _doubts_another(found: Sequence[Said], kept: Sequence[Said]) -> bool:
    """Whether another letter is left open behind the one that is stated: "A, but it could also be D"."""
    return any(
        one.role in ("doubted", "named")
        and any(one.start > stated.start and one.letters - stated.letters for stated in kept)
        for one in found
    )


def _last_withdrawal(found: Sequence[Said], withdrawn: Sequence[int]) -> int:
    """From where on assertions count: the last place that takes back what was asserted before it."""
    asserted = [one.start for one in found if one.role == "asserted"]
    return max((place for place in withdrawn if any(start < place for start in asserted)), default=0)


def _named(words: str, found: Sequence[Said]) -> frozenset[str]:
    """The only letter of a short reply that is named as an answer is, or of any reply that ends by naming it."""
    open_ones = [one for one in found if one.role != "denied"]
    letters = {letter for one in open_ones for letter in one.letters}
    short = len(words.split()) <= SHORT
    if short and not found and (ordinal := _ORDINAL.match(words)):
        return frozenset(_ORDINALS[ordinal["word"].lower()])
    if len(letters) != 1 or not (short or open_ones[-1].start > words.rfind("\n")):
        return frozenset()
    if _NOTHING_ELSE.fullmatch(words):
        return frozenset(letters)
    return frozenset(letters) if all(one.role == "named" for one in open_ones) else frozenset()


def _before_the_cut(words: str) -> frozenset[str]:
    """Letters of a reply that was cut; none unless it began with an answer and went on, for "B" may become "Both"."""
    found, withdrawn = said(words)
    first = found[0] if found else None
    if not first or first.role != "asserted" or withdrawn or first.end >= len(words.rstrip(" .,:;)»")):
        return frozenset()
    if re.search(r"\n|,|[.!?]\s", words[: first.start]) or _GOES_ON.match(words, first.end):
        return frozenset()
    if _ANY_OPTION.fullmatch(words[: first.start]) and not _LINE_ENDS.match(words, first.end):
        return frozenset()  # "Option A: the chair" may be the first of all options
    return frozenset(letter for one in found if one.role in ("asserted", "leading") for letter in one.letters)
