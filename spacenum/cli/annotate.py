"""``spacenum annotate``: a cell's items for one person, in the browser (docs/annotate.md)."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spacenum.annotate.server import AnnotationServer, page
from spacenum.annotate.session import Session, example_of
from spacenum.cli.options import in_folder
from spacenum.core.blocks import NAME_PATTERN, NAME_RULE
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT, read_jsonl
from spacenum.items.schema import ITEM, SETTINGS, Cell
from spacenum.models.person import PersonOptions, assigned, options_of, share, sheet_path
from spacenum.study import paths
from spacenum.study.config import load_model

MODELS = PROJECT / "config" / "models"


def add_commands(commands: Any) -> None:
    """Add ``annotate`` to the ``spacenum`` command."""
    command = commands.add_parser("annotate", help="answer a cell's items yourself, in the browser")
    command.add_argument("--person", required=True, help="a file in config/models with 'backend: person'")
    command.add_argument("--as", dest="name", help="which of the file's 'people' you are, if it names some")
    command.add_argument("--cell", help="such as transition.num2space.rotate_left_right")
    command.add_argument("--plan", action="store_true", help="say who answers how many items of each cell, and end")
    command.add_argument("--items", type=Path, help="the items (default: the base items of the cell's setting)")
    command.add_argument("--port", type=int, default=8484, help="of the local server; 0 for any free one")
    command.add_argument("--directory", default=".", help="the study's folder, as for snakemake")
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    with in_folder(args.directory):
        if args.plan:
            print(plan(args.person, args.items))
        elif args.cell:
            serve(args.person, args.cell, args.items, args.port, args.name)
        else:
            raise SpaceNumError("say which cell with --cell, or --plan for who answers what")


def serve(model: str, cell: str, items: Path | None, port: int, name: str | None = None) -> None:
    """Serve a cell of the study in the working directory until the user ends it;
    SpaceNumError before anything is served. model: the person's file; name: of several people."""
    options = _options(model)
    _check_name(model, options, name)
    base = Path(paths.ITEMS.of(split="benchmark", setting=Cell.of(cell).setting))
    source = items or base
    all_items = [item for item in read_jsonl(source, ITEM) if item.cell == cell]
    shared = share(all_items, options)
    if not shared:
        raise SpaceNumError(f"{source} has no items of cell {cell}")
    asked = assigned(shared, options, name)
    sheet = sheet_path(model, asked[0].variant, cell, name)
    person = name or model
    with _alone(sheet.parent):
        session = Session(person, asked, sheet, Path(), example_of(all_items, shared))
        if session.outdated:
            print(f"{session.outdated} answers are to items that have changed since; these are asked again")
        with AnnotationServer(session, page(person, cell), port) as server:
            print(f"{person}, {cell}: open {server.url} in a browser; Ctrl-C here ends it", flush=True)
            with contextlib.suppress(KeyboardInterrupt):
                server.serve_forever()
        progress = session.progress()
        print(f"{progress.answered} of {progress.total} items are answered, in {sheet}")


def plan(model: str, items: Path | None) -> str:
    """Who answers how many items of each cell, as lines of a table."""
    options = _options(model)
    sources = [items] if items else [Path(paths.ITEMS.of(split="benchmark", setting=setting)) for setting in SETTINGS]
    found = [item for source in sources for item in read_jsonl(source, ITEM)]
    people: list[str | None] = [*options.people] or [None]
    lines = [["cell", *(name or model for name in people)]]
    for cell in dict.fromkeys(item.cell for item in found):
        shared = share([item for item in found if item.cell == cell], options)
        lines.append([cell, *(str(len(assigned(shared, options, name))) for name in people)])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def _check_name(model: str, options: PersonOptions, name: str | None) -> None:
    file = f"config/models/{model}.yaml"
    if options.people and name not in options.people:
        raise SpaceNumError(f"{file} is about several people; say which you are with --as: {', '.join(options.people)}")
    if name and not options.people:
        raise SpaceNumError(
            f"{file} names no 'people' under 'options', so --as {name[:80]!r} has no meaning; leave it out"
        )


def _options(person: str) -> PersonOptions:
    file = f"config/models/{person}.yaml"
    if not re.fullmatch(NAME_PATTERN, person):
        raise SpaceNumError(f"--person {person[:80]!r} is no name; {NAME_RULE}")
    if not (MODELS / f"{person}.yaml").is_file():
        raise SpaceNumError(f"there is no {file}; copy config/models/human.yaml to it and add '{person}' to 'models'")
    config = load_model(person, MODELS)
    if config.backend != "person":
        raise SpaceNumError(f"{file} is no person's: its key 'backend' is '{config.backend}', not 'person'")
    return options_of(config, file)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a person's folder; SpaceNumError if another server does, for each would write over the other's answers."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise SpaceNumError(f"{folder} is open in another 'spacenum annotate'; end that one first") from None
    finally:
        os.close(handle)
