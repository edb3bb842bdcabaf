"""Failure modes from words alone: quick, free, repeatable, and no judge of meaning (docs/traces.md
says how often they are right)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from spacenum.traces.collect import Trace
from spacenum.traces.labels import Evidence, Failure, TraceLabels
from spacenum.traces.signs import CHANGES, CUES, FINE, FOLLOWS, FRAME, LARGE, OTHERS, PICTURE_SIDES, Sign

SOURCE = "rules"
SHORTEST = 15
"""Words; of a shorter trace nothing can be said."""
MOST_SEARCHED = 600_000
"""Characters that all signs together may be sought in: enough for about 5,000 of a trace that shows none, and for far
more of one that shows some early. It bounds the time, and no label rests on a part of a trace."""
_GAPS, _SENTENCE_START = 8, 10
"""How often a character counts for signs with gaps, and for how many the start of a sentence does."""
_SENTENCE = re.compile(r"\S.*?(?:[.!?]+(?=\s|$)|\n(?=\s*(?:[-*•#\n]|\d+[.)]))|$)", re.DOTALL)
"""Up to a full stop, a blank line or the next entry of a list; a line's end alone may be a mere wrap."""
_DENIED = re.compile(r"\b(?:no|not|never|hardly|without|isn['’]t|n['’]t)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)


def label_by_rules(trace: Trace) -> TraceLabels:
    """The failures whose signs stand in the trace, with the words that they were found
    in; too short or cut: unclear."""
    if not trace.finished:
        return trace.labels(SOURCE, "unclear", reason="the reply was cut before its end")
    if len(trace.text.split()) < SHORTEST:
        return trace.labels(SOURCE, "unclear", reason=f"fewer than {SHORTEST} words")
    try:
        evidence = list(_evidence(trace, _TraceReader(trace.text)))
    except _TooLongError:
        return trace.labels(SOURCE, "unclear", reason="too long to be searched for all signs")
    return trace.labels(SOURCE, "labelled", list(dict.fromkeys(found.failure for found in evidence)), evidence)


def _evidence(trace: Trace, reader: _TraceReader) -> Iterator[Evidence]:
    transition = trace.setting == "transition"
    framed = not transition and reader.has(FRAME)
    in_picture = [] if framed else [*reader.find("image_space", FOLLOWS if transition else PICTURE_SIDES)]
    if not (framed or reader.has(FINE) or reader.has(OTHERS)):
        cues, jump = list(reader.find("coarse_cue", CUES)), _jump(trace, reader)
        yield from cues if cues or jump or in_picture else [reader.end("coarse_cue")]
        yield from jump
    yield from in_picture


def _jump(trace: Trace, reader: _TraceReader) -> list[Evidence]:
    """A change and, in the answer or else in words, a large number; empty unless there are both."""
    changes, larges = (list(reader.find("no_counterfactual", signs)) for signs in (CHANGES, LARGE))
    large = bool(larges) if trace.large is None else trace.large
    return [*changes, *larges] if trace.setting == "transition" and changes and large else []


class _TooLongError(Exception):
    """More would have to be searched than ``MOST_SEARCHED``."""


@dataclass
class _TraceReader:
    """A trace, read sentence by sentence. searched: characters so far."""

    text: str
    searched: int = 0

    @cached_property
    def sentences(self) -> list[tuple[int, str]]:
        """Each with its place."""
        return [(match.start(), match[0]) for match in _SENTENCE.finditer(self.text)]

    def has(self, signs: Sequence[Sign]) -> bool:
        return any(True for sign in signs for _ in self._matches(sign))

    def find(self, failure: Failure, signs: Sequence[Sign]) -> Iterator[Evidence]:
        """Each sign's first words in the trace."""
        for sign in signs:
            for start, end in self._matches(sign):
                yield Evidence(failure=failure, sign=sign.name, start=start, end=end, text=self.text[start:end])
                break

    def end(self, failure: Failure) -> Evidence:
        """The last sentence: where a trace stops that never looked closely."""
        start, last = self.sentences[-1]
        return Evidence(failure=failure, sign="stops", start=start, end=start + len(last), text=last)

    def _matches(self, sign: Sign) -> Iterator[tuple[int, int]]:
        """Where the sign stands, from and to."""
        for offset, sentence in [(0, self.text)] if sign.whole else self.sentences:
            self.searched += (len(sentence) + _SENTENCE_START) * (_GAPS if sign.gaps else 1)
            if self.searched > MOST_SEARCHED:
                raise _TooLongError
            for match in sign.regex.finditer(sentence):
                if not (sign.voided and _DENIED.search(sentence[: match.start()])):
                    yield offset + match.end() - len(match[0].lstrip()), offset + match.end()
