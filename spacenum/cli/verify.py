"""``spacenum verify``: outputs that don't follow from config, code and inputs, and the command that mends them."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spacenum.cli.options import add_study_options, as_given, config_options, study_of
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import write_text

if TYPE_CHECKING:
    from spacenum.study.verify import CheckedOutput, Remedy

FOLDER = Path(".spacenum/verify")
"""Where lists of outputs lie that are too long for a command line, in the study's folder."""
MOST = 20
"""Outputs that the command itself names."""


def add_commands(commands: Any) -> None:
    """Add ``verify`` to the ``spacenum`` command."""
    check = commands.add_parser(
        "verify", help="find outputs whose meta no longer matches the config, the code or the files"
    )
    add_study_options(check)
    check.set_defaults(run=_verify)


def _verify(args: argparse.Namespace) -> None:
    root = Path(args.directory)
    if not root.is_dir():
        raise SpaceNumError(f"--directory {root}: there is no such folder")
    study = study_of(args)
    from spacenum.study.rules import inputs_now  # these two load Snakemake, which the installed wheel hasn't
    from spacenum.study.verify import existing, remedy, verify

    outputs = existing(study, root)
    if not outputs:
        raise SpaceNumError(
            f"--directory {root}: holds no output of the study '{study.plan.config.study}'; name the folder that "
            "snakemake made it in"
        )
    checked = verify(outputs, root, inputs_now(outputs, root, args.configfile, config_options(args)))
    stale = [one for one in checked if one.reasons]
    mend = remedy(checked)
    for one in stale:
        for reason in one.reasons:
            print(f"{one.output.path}: {reason} (rule {one.output.rule})")
    for path in mend.following:
        print(f"{path} follows from these")
    for note, made in _notes(checked).items():
        print(f"note: {note}: {', '.join(made)}")
    print(f"{len(checked)} outputs checked, {len(stale)} of them stale or damaged")
    for one in stale:
        if one.output.job is None:
            raise SpaceNumError(f"{one.output.path} isn't what was imported; run '{one.output.rule}' again first")
    if stale:
        raise SpaceNumError(
            "some outputs don't follow from this config and code; make them anew: "
            f"{_command(mend, root, as_given(args))}"
        )


def _notes(checked: Sequence[CheckedOutput]) -> dict[str, list[str]]:
    """Outputs by what is to be noted of them."""
    found: dict[str, list[str]] = {}
    for one in checked:
        for note in one.notes:
            found.setdefault(note, []).append(str(one.output.path))
    return found


def _command(mend: Remedy, root: Path, options: list[str]) -> str:
    start = shlex.join(["snakemake", "--cores", "all", *options])
    return f"{start} --forcerun {_named(mend.forced, root, 'stale')} -- {_named(mend.targets, root, 'targets')}"


def _named(outputs: list[str], root: Path, name: str) -> str:
    """The outputs as arguments; many by way of a file that lists them."""
    if len(outputs) <= MOST:
        return shlex.join(outputs)
    path = root / FOLDER / name
    write_text(path, "\n".join(outputs) + "\n")
    return f"$(cat {shlex.quote(str(path))})"
