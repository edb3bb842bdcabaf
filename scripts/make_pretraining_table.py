"""Lay the learning curves of all trainings in one table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from spacenum.core.blocks import NoParams
from spacenum.core.errors import SpaceNumError, run_script
from spacenum.core.stage import leave_meta, params, parser
from spacenum.tables.base import write_csv


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--curves", type=Path, nargs="*", default=[], help="results/pretraining/<name>/training.csv")
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    params(args, NoParams)
    if not args.curves:
        raise SpaceNumError("config key 'pretraining' names nothing to train (docs/pretraining.md)")
    curves = [pd.read_csv(path).assign(model=path.parent.name) for path in args.curves]
    table = pd.concat(curves, ignore_index=True)
    write_csv(args.out, table[["model", *curves[0].columns.drop("model")]])
    leave_meta("pretraining_table", args, NoParams, args.curves, [args.out])


if __name__ == "__main__":
    run_script(main)
