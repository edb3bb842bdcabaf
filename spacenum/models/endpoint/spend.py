"""What questions cost, counted over all jobs of a study, and the cap that they must not pass."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, ValidationError

from spacenum.asking.chat import Decoding, Question, Reply
from spacenum.core.blocks import Block
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import write_text
from spacenum.items.schema import Text
from spacenum.models.endpoint.completions import Usage
from spacenum.models.endpoint.settings import Prices

CHARACTERS_PER_TOKEN = 3.0
"""Few on purpose, for an estimate that is rather too high (English text has about four)."""
TEMPLATE_TOKENS = 50
"""What a chat template adds to any question, generously."""


class SpendMachine(Block):
    """SPACENUM_SPEND_CAP: what all endpoints of a study may cost together, in US dollars."""

    spend_cap: float | None = Field(None, gt=0)


class Spent(Block):
    """What one job has spent so far: a file in ``logs/spend``."""

    checkpoint: str
    replies: int = 0
    prompt_tokens: int = 0
    reply_tokens: int = 0
    dollars: float = 0.0


@dataclass
class Estimate:
    """Tokens of a question before it is asked. Learns from what endpoints count:
    never lower than their worst so far."""

    image_tokens: int
    scale: float = 1.0

    def prompt_tokens(self, question: Question) -> float:
        texts = [part.text for part in question.parts if isinstance(part, Text)]
        images = len(question.parts) - len(texts)
        content = (
            sum(map(len, texts)) + len(question.system or "")
        ) / CHARACTERS_PER_TOKEN + images * self.image_tokens
        return self.scale * (TEMPLATE_TOKENS + content)

    def learn(self, question: Question, prompt_tokens: int | None) -> None:
        expected = self.prompt_tokens(question)
        if prompt_tokens and prompt_tokens > expected:
            self.scale *= prompt_tokens / expected


class Ledger:
    """Counts the money of one job in a file of its own, so that jobs side by side never write the same file.

    folder: holds the files of all jobs; deleting them starts a new count. caps: what may not be passed, by the key or
    variable that says so, each with the checkpoint whose money it limits (None: all).
    """

    def __init__(
        self, folder: Path, checkpoint: str, prices: Prices | None, caps: Sequence[tuple[str, float, str | None]]
    ) -> None:
        if caps and prices is None:
            raise SpaceNumError(
                f"{caps[0][0]} limits what '{checkpoint}' may cost, but its file has no prices; give options.prices "
                "(prompt and reply, US dollars per million tokens)"
            )
        self._folder, self._prices, self._caps = folder, prices, tuple(caps)
        self._file = folder / f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}.json"
        self.spent = Spent(checkpoint=checkpoint)

    def cost(self, prompt_tokens: float, reply_tokens: float) -> float:
        """US dollars."""
        if self._prices is None:
            return 0.0
        return (prompt_tokens * self._prices.prompt + reply_tokens * self._prices.reply) / 1e6

    def admit(self, questions: Sequence[Question], decoding: Decoding, estimate: Estimate) -> None:
        """SpaceNumError if a batch could pass a cap: prompts as estimated, replies as long as they may get."""
        if not self._caps:
            return
        longest = 1 if decoding.name == "letter_logprobs" else decoding.max_new_tokens
        batch = self.cost(sum(map(estimate.prompt_tokens, questions)), len(questions) * longest)
        for name, cap, checkpoint in self._caps:
            spent = sum(job.dollars for job in self._jobs() if checkpoint in (None, job.checkpoint))
            if spent + batch > cap:
                raise SpaceNumError(
                    f"{name} is {cap:g} US dollars, of which {spent:.4f} are spent, and the next {len(questions)} "
                    f"questions to '{self.spent.checkpoint}' may cost {batch:.4f}: nothing more was asked, all replies "
                    f"so far are kept; raise {name}, or delete {self._folder} to count from zero, "
                    "and run the same command again"
                )

    def count(self, question: Question, reply: Reply, decoding: Decoding, estimate: Estimate) -> None:
        """Add a reply; an endpoint that doesn't count tokens is charged as estimated. Of a refused question, whose
        prompt some charge for, nothing was written."""
        estimate.learn(question, reply.prompt_tokens)
        prompt = estimate.prompt_tokens(question) if reply.prompt_tokens is None else reply.prompt_tokens
        unknown = 0 if reply.refused else decoding.max_new_tokens
        written = unknown if reply.reply_tokens is None else reply.reply_tokens
        self.spent = Spent(
            checkpoint=self.spent.checkpoint,
            replies=self.spent.replies + 1,
            prompt_tokens=self.spent.prompt_tokens + round(prompt),
            reply_tokens=self.spent.reply_tokens + written,
            dollars=self.spent.dollars + self.cost(prompt, written),
        )

    def count_lost(self, usage: Usage) -> None:
        """Add what a reply cost that broke off and is asked for again."""
        prompt, written = usage.prompt_tokens or 0, usage.completion_tokens or 0
        self.spent = self.spent.model_copy(
            update={
                "replies": self.spent.replies + 1,
                "prompt_tokens": self.spent.prompt_tokens + prompt,
                "reply_tokens": self.spent.reply_tokens + written,
                "dollars": self.spent.dollars + self.cost(prompt, written),
            }
        )
        self.save()

    def save(self) -> None:
        """Write the file, if there is money to count."""
        if self._prices is not None and self.spent.replies:
            write_text(self._file, self.spent.model_dump_json() + "\n")

    def summary(self) -> str:
        """One line for the log."""
        spent = self.spent
        money = f", {spent.dollars:.4f} US dollars" if self._prices else ""
        return f"{spent.replies} replies, {spent.prompt_tokens} prompt and {spent.reply_tokens} reply tokens{money}"

    def _jobs(self) -> list[Spent]:
        """All jobs of the study, this one as it stands now."""
        others = [path for path in sorted(self._folder.glob("*.json")) if path != self._file]
        return [*map(_read, others), self.spent]


def _read(path: Path) -> Spent:
    try:
        return Spent.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError):
        raise SpaceNumError(
            f"{path}: not a record of money spent, which a spend cap needs; delete it, or mend it if you know the sum"
        ) from None
