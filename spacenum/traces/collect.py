"""Traces from answers, and the sample of them that a judge and people are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from spacenum.asking.base import Answer
from spacenum.asking.thoughts import ANY_TAG
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import anew, stable_hash
from spacenum.items.schema import Item, LayoutItem, Setting, Text
from spacenum.traces.labels import Evidence, Failure, LabelOutcome, RightOrWrong, TraceLabels


@dataclass(frozen=True)
class Trace:
    """What a model wrote in answer to an item: thoughts and answer, without think tags.

    question: the item's texts, an image as "[image]". finished: False if the reply was cut. large: whether the option
    that it chose is one of the two greatest magnitudes; None for layouts, and if none was chosen.
    """

    item: str
    model: str
    setting: Setting
    cell: str
    scene: str
    question: str
    text: str
    answer: RightOrWrong
    finished: bool
    large: bool | None

    def labels(
        self,
        source: str,
        outcome: LabelOutcome,
        failures: Sequence[Failure] = (),
        evidence: Sequence[Evidence] = (),
        reason: str | None = None,
    ) -> TraceLabels:
        """What ``source`` says of this trace."""
        return TraceLabels(
            item=self.item,
            model=self.model,
            cell=self.cell,
            scene=self.scene,
            answer=self.answer,
            source=source,
            outcome=outcome,
            failures=tuple(failures),
            evidence=tuple(evidence),
            reason=reason,
        )


def traces_of(model: str, items: Iterable[Item], answers: Iterable[Answer]) -> list[Trace]:
    """A model's traces in the answers' order: of items asked several times, the first reply to the item as it stands.

    Answers without a reply have none. SpaceNumError if an answer is to none of the items.
    """
    by_id = {item.id: item for item in items}
    found = []
    for answer in answers:
        if answer.item not in by_id:
            raise SpaceNumError(f"{model} answered item {answer.item}, which is not among the items; {anew('answers')}")
        if answer.reply and not answer.repeat and not answer.rotation:
            found.append(_trace(model, by_id[answer.item], answer, answer.reply))
    return found


def _trace(model: str, item: Item, answer: Answer, reply: str) -> Trace:
    read: RightOrWrong = "right" if answer.letter == item.answer else "wrong"
    return Trace(
        item=item.id,
        model=model,
        setting=item.setting,
        cell=item.cell,
        scene=item.scene,
        question="\n".join(part.text if isinstance(part, Text) else "[image]" for part in item.prompt),
        text=ANY_TAG.sub("", reply).strip(),
        answer=read if answer.letter else "unread",
        finished=answer.outcome != "truncated",
        large=_large(item, answer),
    )


def _large(item: Item, answer: Answer) -> bool | None:
    if isinstance(item, LayoutItem) or answer.letter is None:
        return None
    greatest = sorted(item.options, key=lambda option: option.value)[-2:]
    return answer.letter in {option.letter for option in greatest}


def sample(traces: Iterable[Trace], size: int, seed: int) -> list[Trace]:
    """``size`` of the traces (all if there are fewer) in their order, those with the lowest hash of seed, model and
    item: a larger sample holds every smaller one, so that labels that were paid for stay of use."""
    traces = list(traces)
    chosen = set(sorted(traces, key=lambda trace: stable_hash(f"{seed}/{trace.model}/{trace.item}"))[:size])
    return [trace for trace in traces if trace in chosen]
