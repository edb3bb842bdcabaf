"""Options that several commands share."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_study_options(command: argparse.ArgumentParser) -> None:
    """``--configfile`` and ``--directory``, as for snakemake."""
    command.add_argument("--configfile", type=Path, nargs="*", default=[], help="as for snakemake")
    command.add_argument("--directory", default=".", help="the study's folder, as for snakemake")


def as_given(args: argparse.Namespace) -> list[str]:
    """The same options for a snakemake command."""
    configfiles = ["--configfile", *map(str, args.configfile)] if args.configfile else []
    return configfiles + (["--directory", args.directory] if args.directory != "." else [])
