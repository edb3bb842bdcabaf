"""Options that several commands share."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT
from spacenum.core.reading import parse_yaml

if TYPE_CHECKING:
    from spacenum.study.study import Study


def add_study_options(command: argparse.ArgumentParser) -> None:
    """``--configfile``, ``--config`` and ``--directory``, as for snakemake."""
    command.add_argument("--configfile", type=Path, nargs="*", default=[], help="as for snakemake")
    command.add_argument("--config", nargs="*", default=[], metavar="KEY=VALUE", help="as for snakemake")
    command.add_argument("--directory", default=".", help="the study's folder, as for snakemake")


@contextlib.contextmanager
def in_folder(directory: str, make: bool = False) -> Iterator[None]:
    """Work in the study's folder; SpaceNumError if there is none, unless it is to be made."""
    folder = Path(directory)
    if make:
        folder.mkdir(parents=True, exist_ok=True)
    if not folder.is_dir():
        raise SpaceNumError(f"--directory {directory}: there is no such folder; name that of a study")
    with contextlib.chdir(folder):
        yield


def as_given(args: argparse.Namespace) -> list[str]:
    """The same options for a snakemake command."""
    configfiles = ["--configfile", *map(str, args.configfile)] if args.configfile else []
    configfiles += ["--config", *args.config] if args.config else []
    return configfiles + (["--directory", args.directory] if args.directory != "." else [])


def study_of(args: argparse.Namespace) -> Study:
    """The study that the options name; SpaceNumError where the package is installed without the workflow."""
    need_workflow()
    from spacenum.study.loading import load_study  # a plan of the workflow: the installed wheel has none

    return load_study(args.configfile, config_options(args))


def need_workflow() -> None:
    """SpaceNumError unless this is a clone of the project, with Snakefile, rules and scripts."""
    if not (PROJECT / "Snakefile").is_file():
        raise SpaceNumError(
            "this command reads or builds a study, which takes the project's own folder: clone the project, run 'pip "
            "install -e .[workflow]' there, and then this command again, with --directory for the study's folder"
        )


def config_options(args: argparse.Namespace) -> dict[str, Any]:
    """What ``--config`` says."""
    return dict(map(_option, args.config))


def _option(text: str) -> tuple[str, Any]:
    """A ``--config`` entry, whose value is YAML, as Snakemake reads it."""
    key, equals, value = text.partition("=")
    if equals:
        return key, parse_yaml(value, f"--config {text}")
    raise SpaceNumError(f"--config {text}: should be KEY=VALUE, with a value in YAML")
