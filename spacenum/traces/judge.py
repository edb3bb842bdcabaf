"""A language model behind an endpoint as judge of traces: asked once for each,
believed only if it keeps to the form."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, ValidationError

from spacenum.asking.base import REFUSED
from spacenum.asking.chat import ChatModel, Decoding, Question, Reply, ask_each
from spacenum.asking.parsing import Reading, after_thought
from spacenum.asking.questions import as_shown
from spacenum.asking.settings import ModelConfig
from spacenum.asking.store import AnswerStore, Contents, Keys, Label, QuestionBatch
from spacenum.core.errors import SpaceNumError
from spacenum.core.progress import Progress
from spacenum.core.provenance import first_problem
from spacenum.items.schema import Text
from spacenum.traces.collect import Trace
from spacenum.traces.labels import FAILURES, MEANINGS, Evidence, Failure, TraceLabels

SOURCE = "judge"
STORED_AS = "trace-judge"
"""What the store calls the mode of a judge's replies."""
TEMPLATES = Path(__file__).parent / "templates"
AT_ONCE = 32
"""Traces of one call to the endpoint; each reply is kept as soon as it is there."""
_FENCE = re.compile(r"^```(?:json)?\s*\n(.*)\n\s*```$", re.DOTALL)


class JudgeReply(BaseModel):
    """The form of a judge's reply. Strict: "yes" is no ``true``, and a key too many or too few makes it unreadable."""

    model_config = ConfigDict(extra="forbid", strict=True)

    coarse_cue: bool
    no_counterfactual: bool
    image_space: bool
    unclear: bool
    quotes: dict[Failure, str]

    @property
    def failures(self) -> list[Failure]:
        return [failure for failure in FAILURES if getattr(self, failure)]


@dataclass(frozen=True)
class Judge:
    """name: of the judge's file, which is ``config``. root: the study's folder."""

    name: str
    config: ModelConfig
    model: ChatModel
    tokens: int
    store: AnswerStore
    root: Path

    def label(self, traces: Sequence[Trace]) -> list[TraceLabels]:
        """One for each trace, in order; replies are kept in the answer store, and none is asked twice.

        SpaceNumError if the model isn't one that is asked one by one, as endpoints are.
        """
        if not {"generate", "independent"} <= self.model.capabilities:
            raise SpaceNumError(
                f"config key 'traces.judge' names {self.name}, whose backend replies in batches; a judge must be "
                "behind an endpoint (backend: openai, docs/endpoints.md)"
            )
        decoding = Decoding(name="greedy", max_new_tokens=self.tokens)
        keys = Keys(self.model.identity, decoding, Contents(self.root))
        units = [keys.unit([as_shown(_question(trace), self.config)]) for trace in traces]
        missing = {unit.key: unit for unit in units if self.store.get(unit) is None}
        progress = Progress(f"judge {self.name}, traces", len(missing))
        waiting = list(missing.values())
        for start in range(0, len(waiting), AT_ONCE):
            batch = waiting[start : start + AT_ONCE]
            ask_each(self.model, [unit.questions[0] for unit in batch], decoding, partial(self._keep, batch, decoding))
            progress.step(len(batch))
        print(
            f"judge {self.name}: {len(units) - len(missing)} replies were kept, {len(missing)} asked", file=sys.stderr
        )
        kept = [self.store.get(unit) for unit in units]
        return [self.read(trace, reply[0]) for trace, reply in zip(traces, kept, strict=True) if reply]

    def _keep(self, batch: Sequence[QuestionBatch], decoding: Decoding, place: int, reply: Reply) -> None:
        self.store.put(batch[place], [reply], Label(self.name, STORED_AS), self.model.identity, decoding)

    def read(self, trace: Trace, reply: Reply) -> TraceLabels:
        """What a reply says of a trace; "unlabelled" with the reason if it isn't exactly what was asked for."""
        verdict = self._verdict(reply)
        if isinstance(verdict, str):
            return trace.labels(SOURCE, "unlabelled", reason=verdict)
        if verdict.unclear:
            return trace.labels(SOURCE, "unclear")
        quotes = ((failure, verdict.quotes.get(failure, "")) for failure in verdict.failures)
        evidence = [found for failure, quote in quotes for found in [_found(trace.text, failure, quote)] if found]
        return trace.labels(SOURCE, "labelled", verdict.failures, evidence)

    def _verdict(self, reply: Reply) -> JudgeReply | str:
        if reply.refused is not None:
            return f"{REFUSED}{reply.refused}"
        answer = after_thought(reply.text, finished=reply.finished)
        if isinstance(answer, Reading):
            return answer.reason or "nothing could be read"
        if not reply.finished:
            return "the reply was cut; a higher traces.judge_tokens would leave it room"
        fenced = _FENCE.match(answer.strip())
        try:
            verdict = JudgeReply.model_validate_json(fenced[1] if fenced else answer.strip())
        except ValidationError as error:
            return first_problem(error)
        if verdict.unclear and verdict.failures:
            return f"unclear and {verdict.failures[0]} are both true"
        return verdict


def template_files() -> list[Path]:
    """The judge's prompt."""
    return sorted(TEMPLATES.glob("*.txt"))


def _question(trace: Trace) -> Question:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    prompt = environment.get_template("judge.txt").render(meanings=MEANINGS, question=trace.question, text=trace.text)
    return Question(item=trace.item, family=trace.item, parts=(Text(text=prompt),), letters=())


def _found(text: str, failure: Failure, quote: str) -> Evidence | None:
    """A quote as evidence, if its words stand in the trace; how they are wrapped does not matter."""
    match = re.search(r"\s+".join(map(re.escape, quote.split())), text)
    if not match or not match[0]:
        return None
    return Evidence(failure=failure, sign="quote", start=match.start(), end=match.end(), text=match[0])
