"""Files of traces and of labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from spacenum.asking.base import Answer
from spacenum.core.provenance import read_jsonl
from spacenum.items.schema import ITEM
from spacenum.traces.collect import Trace, sample, traces_of
from spacenum.traces.labels import TraceLabels


def read_traces(items: Iterable[Path], answers: Mapping[str, Sequence[Path]]) -> list[list[Trace]]:
    """The traces of each file of answers, a list a file. items: files with the items of both
    settings. answers: by model."""
    known = [item for path in items for item in read_jsonl(path, ITEM)]
    return [traces_of(model, known, read_jsonl(path, Answer)) for model, paths in answers.items() for path in paths]


def read_sample(items: Iterable[Path], answers: Mapping[str, Sequence[Path]], size: int, seed: int) -> list[Trace]:
    """``size`` traces of each file of answers: what a judge and people are shown."""
    return [trace for traces in read_traces(items, answers) for trace in sample(traces, size, seed)]


def read_labels(paths: Iterable[Path]) -> list[TraceLabels]:
    """All labels of several files, in their order."""
    return [labels for path in paths for labels in read_jsonl(path, TraceLabels)]
