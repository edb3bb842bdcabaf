"""``spacenum frames``: frames that another machine's engine takes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from spacenum.cli.options import add_study_options, in_folder, need_workflow, study_of


def add_commands(commands: Any) -> None:
    """Add ``frames export`` and ``frames import`` to the ``spacenum`` command."""
    frames = commands.add_parser("frames", help="take frames with another machine's engine")
    kinds = frames.add_subparsers(required=True, metavar="COMMAND")
    out = kinds.add_parser("export", help="write layouts as stages that Isaac Sim renders on another machine")
    out.add_argument("--setting", choices=["layout"], required=True, help="what to export")
    out.add_argument("--shard", nargs="*", default=[], help="shards such as benchmark-000 (default: all)")
    out.add_argument("--cameras", type=_positive, default=4, help="cameras of each layout, of which one is kept")
    out.add_argument("--out", type=Path, required=True, help="the folder to write, or an earlier export to add to")
    out.set_defaults(run=_export)
    back = kinds.add_parser("import", help="bring rendered views, or shards of frames, into the study")
    back.add_argument("folder", type=Path, help="a rendered export, or a folder with shards that a frames job wrote")
    back.add_argument("--allow-other-code", action="store_true", help="take shards that another version made")
    back.set_defaults(run=_import)
    for command in (out, back):
        add_study_options(command)


def _export(args: argparse.Namespace) -> None:
    from spacenum.simulators.isaacsim import need_usd

    need_workflow()
    need_usd()
    from spacenum.remote_frames.views import export_layouts

    study, folder = study_of(args), args.out.resolve()
    with in_folder(args.directory):
        views = export_layouts(study, args.shard, args.cameras, folder)
    print(f"{args.out} holds {views} views to render; its README.md says how")


def _import(args: argparse.Namespace) -> None:
    need_workflow()
    from spacenum.remote_frames import forget_earlier_jobs, import_frames

    study, folder = study_of(args), args.folder.resolve()
    configfiles = [path.resolve() for path in args.configfile]
    with in_folder(args.directory):
        shards = import_frames(study, folder, args.allow_other_code, lambda shard: print(f"imported {shard}"))
        forget_earlier_jobs(shards, configfiles, args.config)
    print(f"{len(shards)} shards of frames are in place; run snakemake to go on from there")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number
