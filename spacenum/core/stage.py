"""What all scripts share: parsing ``--params``, and leaving a meta file."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from spacenum.core.errors import run_script
from spacenum.core.provenance import write_meta

P = TypeVar("P", bound=BaseModel)


def parser(description: str | None) -> argparse.ArgumentParser:
    """A parser with the two arguments that every job gets: its parameters as JSON, and the hash of its code."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--params", required=True, help="the job's parameters as JSON (spacenum.study.study)")
    made.add_argument("--code", default="", help="hash of the code, kept in the meta file")
    return made


def params(args: argparse.Namespace, kind: type[P]) -> P:
    """The job's parameters, typed."""
    return kind.model_validate_json(args.params)


def leave_meta(
    rule: str,
    args: argparse.Namespace,
    kind: type[P],
    inputs: Iterable[Path],
    outputs: Iterable[Path],
    engine: str = "",
    notes: Mapping[str, Any] | None = None,
) -> None:
    """Write the meta file beside the first output. engine: what rendered frames (``simulators.base.engine_of``). notes: for
    people."""
    write_meta(rule, params(args, kind).model_dump(mode="json"), args.code, inputs, outputs, engine, notes)


def run_engine_script(main: Callable[[], None]) -> None:
    """As ``run_script``, and then ends the process at once: Blender's own exit complains about its memory on the terminal."""
    status = 0
    try:
        run_script(main)
    except SystemExit as ended:
        print(ended.code, file=sys.stderr)
        status = 1
    sys.stderr.flush()
    os._exit(status)
