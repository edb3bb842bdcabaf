"""The ``spacenum`` command: what users do with a study besides building it."""

from __future__ import annotations

import argparse
from pathlib import Path

import yaml

from spacenum.answers_cli import add_commands
from spacenum.config import parse_study
from spacenum.errors import SpaceNumError, run_script
from spacenum.provenance import PROJECT
from spacenum.study import Study
from spacenum.verify import Problem, verify

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
    add_commands(commands)
    args = parser.parse_args()
    run_script(lambda: args.run(args))


if __name__ == "__main__":
    main()
