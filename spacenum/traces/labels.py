"""Failure modes of reasoning (arXiv 2605.23898), and what somebody or something said of a trace."""

from __future__ import annotations

from typing import Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

Failure = Literal["coarse_cue", "no_counterfactual", "image_space"]
LabelOutcome = Literal["labelled", "unclear", "unlabelled"]
RightOrWrong = Literal["right", "wrong", "unread"]
FAILURES: tuple[Failure, ...] = get_args(Failure)
MEANINGS: dict[Failure, str] = {
    "coarse_cue": "It stops at a coarse cue (something came into view or left it, looks nearer, larger, beside "
    "something) and never compares finely: it neither measures or estimates how much, "
    "nor weighs one option against another.",
    "no_counterfactual": "It goes from a visible change straight to a large number, and never asks whether another "
    "number would look different.",
    "image_space": "It takes left, right, up or down in the picture for the directions of the task's frame (the axes "
    "of the map, or the agent's own motion), without ever converting the one into the other.",
}
"""The instructions of people and of the judge; the rules look for the same in words."""


class Evidence(BaseModel):
    """Words of a trace that speak for a failure: ``text`` stands there from ``start`` to ``end`` (characters).

    sign: the rule's name for what it looked for, or "quote" for words that a judge gave.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    failure: Failure
    sign: str
    start: int = Field(ge=0)
    end: int
    text: str


class TraceLabels(BaseModel):
    """One line of ``results/traces/…``: what one source says of one trace.

    source: "rules", "judge", or a person's name. outcome: "labelled" (``failures`` are those that it has; none: sound
    reasoning), "unclear" (too short, or cut, to tell), "unlabelled" (the judge's reply could not be read; ``reason``
    says why). Nothing is ever guessed. answer: whether the model's answer was right; "unread" if it had none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: str
    model: str
    cell: str
    scene: str
    answer: RightOrWrong
    source: str
    outcome: LabelOutcome
    failures: tuple[Failure, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    reason: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.outcome != "labelled" and self.failures:
            raise ValueError(f"outcome '{self.outcome}' can't have failures")
        if self.outcome == "unlabelled" and not self.reason:
            raise ValueError("outcome 'unlabelled' needs a reason")
        return self
