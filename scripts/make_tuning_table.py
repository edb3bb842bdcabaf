"""Make the table of what tuning changes, from the scores of bases and tuned models."""

from __future__ import annotations

from pathlib import Path

from spacenum.core.errors import SpaceNumError, run_script
from spacenum.core.stage import leave_meta, params, parser
from spacenum.tables.base import write_csv
from spacenum.tables.inputs import paths_by_model, read_scores
from spacenum.tables.settings import TuningTableParams
from spacenum.tables.tuning import tuning_table


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--scores", nargs="*", default=[], metavar="MODEL=CSV")
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    job = params(args, TuningTableParams)
    if not job.pairs:
        raise SpaceNumError(
            f"config key 'tuning.{job.experiment}' names nothing to tune; give it 'bases' and 'recipes' (docs/tuning.md, "
            "and config/paper.yaml for the paper's)"
        )
    write_csv(
        args.out, tuning_table(job.experiment, job.pairs, read_scores(job.tables.models, args.scores), job.tables.seed)
    )
    inputs = [path for paths in paths_by_model(args.scores).values() for path in paths]
    leave_meta("tuning_table", args, TuningTableParams, inputs, [args.out])


if __name__ == "__main__":
    run_script(main)
