"""Build the page that shows items with sampled reasoning traces, and beside each trace what rules, judge and people say."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from spacenum.asking.base import Answer
from spacenum.core.errors import run_script
from spacenum.core.provenance import read_jsonl
from spacenum.core.stage import leave_meta, params, parser
from spacenum.gallery.build import build_gallery
from spacenum.gallery.settings import TraceGalleryParams
from spacenum.items.schema import ITEM
from spacenum.tables.inputs import paths_by_model
from spacenum.traces.inputs import read_labels, read_sample


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--items", type=Path, nargs="+", required=True)
    cli.add_argument("--answers", nargs="+", required=True, metavar="MODEL=JSONL")
    cli.add_argument("--labels", type=Path, nargs="+", required=True)
    cli.add_argument("--out", type=Path, required=True, help="index.html")
    args = cli.parse_args()
    job = params(args, TraceGalleryParams)
    traces = read_sample(args.items, args.answers, job.sample, job.seed)
    ids, shown = {trace.item for trace in traces}, {(trace.model, trace.item) for trace in traces}
    paths = paths_by_model(args.answers)
    build_gallery(
        [item for path in args.items for item in read_jsonl(path, ITEM) if item.id in ids],
        [(info, [a for a in _answers(paths[info.name]) if (info.name, a.item) in shown]) for info in job.models],
        args.out.parent,
        root="../../..",
        title="SpaceNum reasoning traces",
        caption=f"Study '{job.study}': a sample of {job.sample} traces of each model and setting.",
        labels=read_labels(args.labels),
    )
    inputs = [*args.items, *args.labels, *(path for several in paths.values() for path in several)]
    leave_meta("trace_gallery", args, TraceGalleryParams, inputs, [args.out, args.out.with_name("items.js")])


def _answers(paths: Iterable[Path]) -> list[Answer]:
    """The first answers to items as they stand, whose traces are labelled."""
    return [a for path in paths for a in read_jsonl(path, Answer) if not a.repeat and not a.rotation]


if __name__ == "__main__":
    run_script(main)
