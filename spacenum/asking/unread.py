"""Replies from which no answer is read: counted, shown, and, where they are most of a model's, a reason to stop.
And letters that say nothing, since nearly all replies say the same."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import Field

from spacenum.asking.base import Answer
from spacenum.asking.modes import Mode
from spacenum.core.blocks import Block
from spacenum.core.errors import SpaceNumError
from spacenum.core.machine import from_environment
from spacenum.items.schema import AnyItem, Item, Letter

SHOWN, CHARACTERS = 3, 80
"""How many replies a sentence shows, and how much of the end of each."""
FEWEST_LETTERS, MOST_OF_ONE, MOST_OF_KEY = 40, 0.9, 0.6
"""From how many letters on, and above which share of one letter, a model seems to say only that; and up to which share
of the items' right letters that is no skill."""


class UnreadMachine(Block):
    """Variable SPACENUM_UNREAD_SHARE: which share of the replies to base items may be unread before a job stops."""

    unread_share: float = Field(0.5, ge=0, le=1)


def _limit() -> float:
    return from_environment(UnreadMachine, "SPACENUM_", os.environ).unread_share


@dataclass
class UnreadReplies:
    """What was read of a job's replies so far.

    Items of variants may be beyond reading by design (black images), and those of other benchmarks are few: there
    unread replies are only counted. Questions that a filter refused have a limit of their own (see ``ask``).
    """

    model: str
    mode: Mode
    share: float = field(default_factory=_limit)
    _asked: int = field(default=0, init=False)
    _unread: list[Answer] = field(default_factory=list, init=False)

    def add(self, items: Sequence[AnyItem], answers: Sequence[Answer]) -> None:
        """The answers to one batch of items, whose replies are kept. SpaceNumError if too many of all so far are
        unread."""
        self._asked += len(answers)
        unread = (answer for answer in answers if answer.outcome in ("unparsed", "truncated"))
        self._unread += [answer for answer in unread if answer.refused is None]
        base = all(isinstance(item, Item) and item.variant == "base" for item in items)
        if base and len(self._unread) > self.share * self._asked:
            raise SpaceNumError(
                f"{self._counted()}, and SPACENUM_UNREAD_SHARE={self.share:g} lets no more be; {self._said()}; see how "
                f"its prompt ends, raise max_new_tokens.{self.mode.format} in the model's file if replies are cut, or "
                "mend the parser (spacenum/asking/parsing.py) if one plainly states its answer, and run the same "
                "command again; kept replies stay kept, and with `export SPACENUM_UNREAD_SHARE=1` they count as they "
                "are"
            )

    def tell(self) -> None:
        """Say in the log how many replies were unread, if any were."""
        if self._unread:
            print(f"spacenum: warning: {self._counted()}; {self._said()}", file=sys.stderr)

    def _counted(self) -> str:
        cut = sum(answer.outcome == "truncated" for answer in self._unread)
        return (
            f"{self.model}, {self.mode.name}: {len(self._unread)} of {self._asked} replies are unread ({cut} of them "
            "cut before an answer), and count as not right"
        )

    def _said(self) -> str:
        """A few of the replies, different ones first."""
        shown = list(dict.fromkeys(_shown(answer) for answer in self._unread))[:SHOWN]
        return f"such replies are: {', '.join(shown)}"


def one_letter(said: Sequence[Letter], right: Sequence[Letter]) -> tuple[Letter, int] | None:
    """The letter that nearly all of ``said`` are, and how many, though it is far fewer of the ``right`` ones; None if
    there is no such letter, or if there are too few to tell."""
    if len(said) < FEWEST_LETTERS:
        return None
    letter, count = Counter(said).most_common(1)[0]
    by_skill = right.count(letter) > MOST_OF_KEY * len(right)
    return (letter, count) if count > MOST_OF_ONE * len(said) and not by_skill else None


def _shown(answer: Answer) -> str:
    text = (answer.reply or "").strip()
    end = text if len(text) <= CHARACTERS else f"…{text[-CHARACTERS:]}"
    return f"{end!r} ({answer.reason})"
