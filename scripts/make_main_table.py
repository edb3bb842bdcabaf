"""Make the main table from all models' scores: CSV, Markdown and LaTeX."""

from __future__ import annotations

from pathlib import Path

from spacenum.core.errors import run_script
from spacenum.core.stage import leave_meta, params, parser
from spacenum.tables.inputs import paths_by_model, read_scores
from spacenum.tables.main_table import write_main_table
from spacenum.tables.settings import TablesParams


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--scores", nargs="*", default=[], metavar="MODEL=CSV")
    cli.add_argument("--out", type=Path, required=True, help="the CSV; .md and .tex go beside it")
    cli.add_argument("--with-published", action="store_true", help="add the paper's rows, marked as published")
    args = cli.parse_args()
    job = params(args, TablesParams)
    scores = read_scores(job.models, args.scores)
    outputs = [args.out, args.out.with_suffix(".md"), args.out.with_suffix(".tex")]
    write_main_table(*outputs, scores, job.seed, job.simulators, job.mode, with_published=args.with_published)
    inputs = [path for paths in paths_by_model(args.scores).values() for path in paths]
    leave_meta("main_table", args, TablesParams, inputs, outputs)


if __name__ == "__main__":
    run_script(main)
