"""Make the table of one tuning experiment: tuned models against their bases."""

from __future__ import annotations

import yaml

from spacenum.core.errors import SpaceNumError
from spacenum.core.stage import Inputs, NamedInputs, Output, run_stage
from spacenum.tables.base import write_csv
from spacenum.tables.inputs import read_scores
from spacenum.tables.settings import TuningTableParams
from spacenum.tables.tuning import tuning_table
from spacenum.tuning.recipes import Summary


def make_tuning_table(params: TuningTableParams, *, scores: NamedInputs, recipes: Inputs, table: Output) -> None:
    if not params.pairs:
        raise SpaceNumError(
            f"config key 'tuning.experiments.{params.experiment}' names nothing to tune; give it 'bases' and 'recipes' "
            "(docs/tuning.md, and config/paper.yaml for the paper's)"
        )
    rows = read_scores(params.tables.models, scores)
    summaries = [Summary.model_validate(yaml.safe_load(path.read_text("utf-8"))) for path in recipes]
    known = {one.recipe: (one.benchmark_layouts, one.known_objects) for one in summaries}
    write_csv(table, tuning_table(params.experiment, params.pairs, rows, known))


if __name__ == "__main__":
    run_stage(make_tuning_table)
