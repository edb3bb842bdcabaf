"""SpaceNum for inspect_ai: ``inspect eval spacenum_task.py --model …`` (docs/release.md of spacenum).

Written by ``spacenum items export``. Accuracy by cell, its mean over the cells, and that mean's standard error,
clustered by scene. A request that failed has no score and counts in none of them.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from pathlib import Path
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageUser, ContentImage, ContentText, GenerateConfig
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, accuracy, grouped, metric, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

from spacenum.asking.parsing import read_letter

FOLDER = Path(__file__).resolve().parent


@task
def spacenum(cell: str = "*", detail: str = "high") -> Task:
    """cell: one of the cells, or a pattern such as 'layout.*'. detail: of images, where a provider has it."""
    items = [json.loads(line) for path in sorted(FOLDER.glob(f"items/{cell}.jsonl")) for line in path.open()]
    return Task(
        dataset=MemoryDataset([sample(item, detail) for item in items], name="spacenum", location=str(FOLDER)),
        solver=ask(),
        scorer=letter(),
        config=GenerateConfig(temperature=0, max_tokens=32),
        fail_on_error=False,
        version=1,
    )


def sample(item: dict[str, Any], detail: Any) -> Sample:
    """An item: its texts and images in their order."""
    content = [
        ContentText(text=part["text"])
        if part["image"] is None
        else ContentImage(image=str(FOLDER / part["image"]), detail=detail)
        for part in item["parts"]
    ]
    return Sample(
        id=item["id"],
        input=[ChatMessageUser(content=[*content])],
        target=item["answer"] or "",
        metadata={key: value for key, value in item.items() if key not in ("id", "parts", "answer")},
    )


@solver
def ask() -> Solver:
    """One request an item; what comes back as an error is one."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        state = await generate(state)
        if state.output.error or not state.output.choices:
            raise RuntimeError(f"{state.sample_id}: no reply ({state.output.error or 'no choice'})")
        return state

    return solve


@metric
def average() -> Metric:
    """The mean over the cells of their accuracies, and its standard error."""

    def calculate(scores: list[SampleScore]) -> dict[str, float]:
        cells, by_scene = _cells(scores), defaultdict[str, float](float)
        for values in cells.values():
            mean = math.fsum(value for _, value in values) / len(values)
            for scene, value in values:
                by_scene[scene] += (value - mean) / (len(values) * len(cells))
        n = len(by_scene)
        variance = math.fsum(value**2 for value in by_scene.values()) * n / (n - 1) if n > 1 else math.nan
        means = [math.fsum(value for _, value in values) / len(values) for values in cells.values()]
        return {"average": math.fsum(means) / len(means) if means else math.nan, "average_stderr": math.sqrt(variance)}

    return calculate


def _cells(scores: list[SampleScore]) -> dict[str, list[tuple[str, float]]]:
    """(scene, score) of every sample with a score, by cell. A scene is one of its setting."""
    cells: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for one in scores:
        told = one.sample_metadata or {}
        cells[told["cell"]].append((f"{told['setting']}/{told['scene']}", one.score.as_float()))
    return cells


@scorer(metrics=[grouped(accuracy(), "cell", all=False), average()])
def letter() -> Scorer:
    """1 if the letter that the reply states is the right one; none is read from a reply that was cut before it."""

    async def score(state: TaskState, target: Target) -> Score:
        text, finished = state.output.completion, state.output.stop_reason != "max_tokens"
        read = read_letter(text, state.metadata["letters"], finished=finished)
        if not target.text:
            return Score.unscored(reason="the release withholds answers", answer=read.letter)
        return Score(value=float(read.letter == target.text), answer=read.letter, explanation=read.reason)

    return score
