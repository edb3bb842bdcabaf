"""Draw the main table: PDF, PNG and the CSV of what is plotted."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from paper_figures.main_table import write_figure
from spacenum.blocks import NoParams
from spacenum.errors import run_script
from spacenum.scripting import leave_meta, parser


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--cells", type=Path, required=True)
    cli.add_argument("--averages", type=Path, required=True)
    cli.add_argument("--out", type=Path, required=True, help="the CSV; .pdf and .png go beside it")
    args = cli.parse_args()
    write_figure(args.out.with_suffix(""), pd.read_csv(args.cells), pd.read_csv(args.averages))
    outputs = [args.out, args.out.with_suffix(".pdf"), args.out.with_suffix(".png")]
    leave_meta("main_figure", args, NoParams, [args.cells, args.averages], outputs)


if __name__ == "__main__":
    run_script(main)
