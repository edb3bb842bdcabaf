"""Failure modes from words alone: quick, free, repeatable, and no judge of meaning (docs/traces.md says how often they are right)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spacenum.traces.collect import Trace
from spacenum.traces.labels import Evidence, Failure, TraceLabels
from spacenum.traces.signs import CHANGES, CUES, FINE, FOLLOWS, FRAME, LARGE, OTHERS, PICTURE_SIDES, Sign

SOURCE = "rules"
SHORTEST = 15
"""Words; of a shorter trace nothing can be said."""
_SENTENCE = re.compile(r"\S.*?(?:[.!?]+(?=\s|$)|\n(?=\s*(?:[-*•#\n]|\d+[.)]))|$)", re.DOTALL)
"""Up to a full stop, a blank line or the next entry of a list; a line's end alone may be a mere wrap."""
_DENIED = re.compile(r"\b(?:no|not|never|hardly|without|isn['’]t|n['’]t)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)


def label_by_rules(trace: Trace) -> TraceLabels:
    """The failures whose signs stand in the trace, with the words that they were found in; too short or cut: unclear."""
    if not trace.finished:
        return trace.labels(SOURCE, "unclear", reason="the reply was cut before its end")
    if len(trace.text.split()) < SHORTEST:
        return trace.labels(SOURCE, "unclear", reason=f"fewer than {SHORTEST} words")
    evidence = list(_evidence(trace, _Reader(trace.text)))
    return trace.labels(SOURCE, "labelled", list(dict.fromkeys(found.failure for found in evidence)), evidence)


def _evidence(trace: Trace, reader: _Reader) -> Iterator[Evidence]:
    careful, framed = reader.has(FINE) or reader.has(OTHERS), reader.has(FRAME)
    if not careful and not (framed and trace.setting == "layout"):
        yield from reader.find("coarse_cue", CUES)
    changes = list(reader.find("no_counterfactual", CHANGES))
    larges = list(reader.find("no_counterfactual", LARGE))
    if changes and trace.large is not False and (larges or trace.large) and not careful:
        yield from sorted([*changes, *larges], key=lambda found: found.start)
    if trace.setting == "transition":
        yield from reader.find("image_space", FOLLOWS)
    elif not framed:
        yield from reader.find("image_space", PICTURE_SIDES)


@dataclass(frozen=True)
class _Reader:
    """A trace, read sentence by sentence."""

    text: str

    def has(self, signs: Sequence[Sign]) -> bool:
        return any(True for sign in signs for _ in self._matches(sign))

    def find(self, failure: Failure, signs: Sequence[Sign]) -> Iterator[Evidence]:
        """Each sign's first words in the trace."""
        for sign in signs:
            for start, end in self._matches(sign):
                yield Evidence(failure=failure, sign=sign.name, start=start, end=end, text=self.text[start:end])
                break

    def _matches(self, sign: Sign) -> Iterator[tuple[int, int]]:
        """Where the sign stands, from and to."""
        sentences = [(0, self.text)] if sign.whole else [(m.start(), m[0]) for m in _SENTENCE.finditer(self.text)]
        for offset, sentence in sentences:
            for match in sign.regex.finditer(sentence):
                if not (sign.voided and _DENIED.search(sentence[: match.start()])):
                    yield offset + match.start(), offset + match.end()
