"""Build the page that shows items with sampled reasoning traces, and beside each trace what
rules, judge and people say."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from spacenum.asking.base import Answer
from spacenum.core.stage import Inputs, Made, NamedInputs, Output, OutputFolder, run_stage
from spacenum.gallery.build import build_gallery
from spacenum.gallery.inputs import read_items, shown_answers
from spacenum.gallery.settings import TraceGalleryParams
from spacenum.traces.inputs import read_labels, read_sample


def trace_gallery(
    params: TraceGalleryParams,
    *,
    items_file: Inputs,
    answers: NamedInputs,
    labels: Inputs,
    page: Output,
    index: Output,
    data: OutputFolder,
) -> Made:
    traces = read_sample(items_file, answers, params.sample, params.seed)
    ids, shown = {trace.item for trace in traces}, {(trace.model, trace.item) for trace in traces}
    build_gallery(
        [item for name, item in read_items(items_file).items() if name in ids],
        [(info, _of_traces(shown_answers(answers[info.name]), info.name, shown)) for info in params.models],
        page.parent,
        root="../../..",
        title="SpaceNum reasoning traces",
        caption=f"Study '{params.study}': a sample of {params.sample} traces of each model and setting.",
        labels=read_labels(labels),
    )
    return Made(outputs=sorted(data.glob("*.js")))


def _of_traces(answers: Mapping[str, Answer], model: str, shown: Collection[tuple[str, str]]) -> list[Answer]:
    return [answers[item] for item in answers if (model, item) in shown]


if __name__ == "__main__":
    run_stage(trace_gallery)
