"""Draw a figure of the paper from this study's tables, from the published numbers, or from both, one below the other."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from paper_figures.base import OURS, FigureData
from paper_figures.catalogue import figure
from paper_figures.drawing import write
from paper_figures.notes import PUBLISHED_NOTE, demonstration_note, interval_note, run_note
from spacenum.core.errors import run_script
from spacenum.core.stage import leave_meta, params, parser
from spacenum.tables.settings import FigureParams


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--tables", type=Path, nargs="*", default=[], help="tables of this study, each named as its file")
    cli.add_argument("--published", action="store_true", help="show the paper's numbers too")
    cli.add_argument("--out", type=Path, required=True, help="the CSV; .pdf and .png go beside it")
    args = cli.parse_args()
    job = params(args, FigureParams)
    shown, tables = figure(job.figure), {path.stem: pd.read_csv(path) for path in args.tables}
    parts, note = [], []
    if job.study:
        ours = shown.ours(tables)
        parts.append(FigureData(OURS, ours))
        note += filter(None, [run_note(job.study), demonstration_note(job.study), interval_note(shown, ours, tables)])
    published = shown.published_part() if args.published else None
    if published:
        parts.append(published)
        note.append(PUBLISHED_NOTE)
    outputs = write(shown, parts, args.out.with_suffix(""), note)
    leave_meta("figure", args, FigureParams, args.tables, outputs)


if __name__ == "__main__":
    run_script(main)
