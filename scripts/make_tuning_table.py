"""Make the table of one tuning experiment: tuned models against their bases."""

from __future__ import annotations

from spacenum.core.errors import SpaceNumError
from spacenum.core.stage import NamedInputs, Output, run_stage
from spacenum.tables.base import write_csv
from spacenum.tables.inputs import read_scores
from spacenum.tables.settings import TuningTableParams
from spacenum.tables.tuning import tuning_table


def make_tuning_table(params: TuningTableParams, *, scores: NamedInputs, table: Output) -> None:
    if not params.pairs:
        raise SpaceNumError(
            f"config key 'tuning.experiments.{params.experiment}' names nothing to tune; give it 'bases' and 'recipes' "
            "(docs/tuning.md, and config/paper.yaml for the paper's)"
        )
    rows = read_scores(params.tables.models, scores)
    write_csv(table, tuning_table(params.experiment, params.pairs, rows))


if __name__ == "__main__":
    run_stage(make_tuning_table)
