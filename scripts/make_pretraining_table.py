"""Make the table of learning curves of the models that are trained from random weights."""

from __future__ import annotations

import pandas as pd

from spacenum.core.blocks import NoParams
from spacenum.core.errors import SpaceNumError
from spacenum.core.stage import Inputs, Output, run_stage
from spacenum.tables.base import write_csv


def make_pretraining_table(params: NoParams, *, curves: Inputs, table: Output) -> None:
    if not curves:
        raise SpaceNumError("config key 'pretraining' names nothing to train (docs/pretraining.md)")
    tables = [pd.read_csv(path).assign(model=path.parent.name) for path in curves]
    write_csv(table, pd.concat(tables, ignore_index=True)[["model", *tables[0].columns.drop("model")]])


if __name__ == "__main__":
    run_stage(make_pretraining_table)
