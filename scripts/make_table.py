"""Make one of the tables of scores."""

from __future__ import annotations

from spacenum.core.stage import NamedInputs, Output, run_stage
from spacenum.tables.base import write_csv
from spacenum.tables.catalogue import score_table
from spacenum.tables.inputs import read_open_scores, read_scores
from spacenum.tables.settings import ScoreTableParams


def make_table(params: ScoreTableParams, *, scores: NamedInputs, table: Output) -> None:
    """Filled in when the catalogue is there."""


if __name__ == "__main__":
    run_stage(make_table)
