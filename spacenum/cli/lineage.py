"""``spacenum lineage``: from a number back to items, frames, scenes, replies, code and versions."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from spacenum.cli.options import add_study_options, as_given, in_folder, need_workflow
from spacenum.lineage.told import LineageQuery, lineage
from spacenum.study.folder import owner_of_folder


def add_commands(commands: Any) -> None:
    """Add ``lineage`` to the ``spacenum`` command."""
    command = commands.add_parser("lineage", help="say what an output was made from, back to the scenes' seeds")
    command.add_argument("output", help="an output, as seen from the study's folder, such as results/main_table.csv")
    command.add_argument("--model", help="only what stands behind this model's row")
    command.add_argument("--cell", help="only this cell, such as transition.num2space.rotate_left_right")
    command.add_argument("--item", help="only this item, with its prompt as asked and the raw replies")
    command.add_argument("--crate", type=Path, metavar="FOLDER", help="write a Workflow Run RO-Crate there instead")
    add_study_options(command)
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    crate = args.crate and args.crate.resolve()
    start, configfiles = Path.cwd(), [path.resolve() for path in args.configfile]
    with in_folder(args.directory):
        owner = owner_of_folder()
        if owner and not configfiles:
            configfiles = [Path(file).resolve() for file in owner.configfiles]
            args.configfile = [Path(os.path.relpath(file, start)) for file in configfiles]
        output = os.path.relpath(args.output)
        if crate:
            need_workflow()
            from spacenum.lineage.crate import write_crate  # loads rocrate, which only this needs

            write_crate(output, configfiles, crate)
            print(f"{args.crate} describes the run that made {output}")
            return
        asked = LineageQuery(path=output, model=args.model, cell=args.cell, item=args.item, options=as_given(args))
        for line in lineage(asked):
            print("".join(mark if mark.isprintable() else " " for mark in line))
