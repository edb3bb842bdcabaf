"""Options that several commands share."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from spacenum.core.errors import SpaceNumError
from spacenum.core.reading import parse_yaml
from spacenum.study.loading import load_study
from spacenum.study.study import Study


def add_study_options(command: argparse.ArgumentParser) -> None:
    """``--configfile``, ``--config`` and ``--directory``, as for snakemake."""
    command.add_argument("--configfile", type=Path, nargs="*", default=[], help="as for snakemake")
    command.add_argument("--config", nargs="*", default=[], metavar="KEY=VALUE", help="as for snakemake")
    command.add_argument("--directory", default=".", help="the study's folder, as for snakemake")


def as_given(args: argparse.Namespace) -> list[str]:
    """The same options for a snakemake command."""
    configfiles = ["--configfile", *map(str, args.configfile)] if args.configfile else []
    configfiles += ["--config", *args.config] if args.config else []
    return configfiles + (["--directory", args.directory] if args.directory != "." else [])


def study_of(args: argparse.Namespace) -> Study:
    """The study that the options name."""
    return load_study(args.configfile, config_options(args))


def config_options(args: argparse.Namespace) -> dict[str, Any]:
    """What ``--config`` says."""
    return dict(map(_option, args.config))


def _option(text: str) -> tuple[str, Any]:
    """A ``--config`` entry, whose value is YAML, as Snakemake reads it."""
    key, equals, value = text.partition("=")
    if equals:
        return key, parse_yaml(value, f"--config {text}")
    raise SpaceNumError(f"--config {text}: should be KEY=VALUE, with a value in YAML")
