"""The ``spacenum`` command: what users do with a study besides building it."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path
from typing import Any

import yaml

from spacenum.cli import answers, items
from spacenum.cli.annotate import add_command as add_annotate
from spacenum.core.errors import SpaceNumError, run_script
from spacenum.core.provenance import PROJECT
from spacenum.study.config import parse_study
from spacenum.study.study import Study
from spacenum.study.verify import Problem, verify

DEFAULT_CONFIG = PROJECT / "config" / "config.yaml"


def load_study(configfiles: list[Path]) -> Study:
    """The default config with ``configfiles`` laid over it, key by key, as Snakemake's --configfile does."""
    merged: dict = {}
    for path in [DEFAULT_CONFIG, *configfiles]:
        try:
            _lay_over(merged, yaml.safe_load(path.read_text()) or {})
        except FileNotFoundError:
            raise SpaceNumError(f"{path}: no such config file") from None
        except yaml.YAMLError as error:
            raise SpaceNumError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    return Study(parse_study(merged, str(([DEFAULT_CONFIG, *configfiles])[-1])))


def _lay_over(below: dict, above: dict) -> None:
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(key), dict):
            _lay_over(below[key], value)
        else:
            below[key] = value


def _verify(args: argparse.Namespace) -> None:
    study = load_study(args.configfile)
    checked, problems = 0, list[Problem]()
    for output, found in verify(study, Path(args.directory)):
        checked += 1
        problems += found
        for problem in found:
            print(f"{output}: {problem}")
    print(f"{checked} outputs checked, {len({p.output for p in problems})} of them stale or damaged")
    if problems:
        raise SpaceNumError(
            "some outputs don't follow from this config and code; 'snakemake' with --forcerun and the rules above makes them anew"
        )


def _export(args: argparse.Namespace) -> None:
    from spacenum.simulators.isaacsim import need_usd

    need_usd()
    from spacenum.remote_frames.views import export_layouts

    study, folder = load_study(args.configfile), args.out.resolve()
    with contextlib.chdir(args.directory):
        views = export_layouts(study, args.shard, args.cameras, folder)
    print(f"{args.out} holds {views} views to render; its README.md says how")


def _import(args: argparse.Namespace) -> None:
    from spacenum.remote_frames import forget_earlier_jobs, import_frames

    study, folder = load_study(args.configfile), args.folder.resolve()
    configfiles = [path.resolve() for path in args.configfile]
    with contextlib.chdir(args.directory):
        shards = import_frames(study, folder, args.allow_other_code, lambda shard: print(f"imported {shard}"))
        forget_earlier_jobs(shards, configfiles)
    print(f"{len(shards)} shards of frames are in place; run snakemake to go on from there")


def _add_frames(commands: Any) -> None:
    """``spacenum frames export`` and ``spacenum frames import``."""
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
        command.add_argument("--configfile", type=Path, nargs="*", default=[], help="as for snakemake")
        command.add_argument("--directory", default=".", help="the study's folder, as for snakemake")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


def main() -> None:
    """Entry point of the ``spacenum`` command."""
    parser = argparse.ArgumentParser(prog="spacenum", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser(
        "verify", help="find outputs whose meta no longer matches the config, the code or the files"
    )
    check.add_argument("--configfile", type=Path, nargs="*", default=[], help="as for snakemake")
    check.add_argument("--directory", default=".", help="the study's folder, as for snakemake")
    check.set_defaults(run=_verify)
    _add_frames(commands)
    answers.add_commands(commands)
    items.add_commands(commands)
    add_annotate(commands)
    args = parser.parse_args()
    run_script(lambda: args.run(args))


if __name__ == "__main__":
    main()
