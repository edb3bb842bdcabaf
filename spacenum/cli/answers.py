"""``spacenum answers``: what the answer store holds, as text for other tools, and how to be rid of it."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from spacenum.asking.store import VARIABLE, AnswerStore, Header, read_file, read_header, store_folder
from spacenum.cli.easi import add_easi
from spacenum.cli.imported import add_import
from spacenum.core.errors import SpaceNumError

LEFT_ALONE_S = 24 * 3600
"""Half-written files younger than this may belong to a job that still runs."""


@dataclass(frozen=True)
class AnswerFilter:
    """Which files are meant. model, mode: names, * for any. older_than: days since they were saved."""

    model: str
    mode: str
    older_than: float

    def takes(self, header: Header) -> bool:
        old = header.saved <= datetime.now(UTC) - timedelta(days=self.older_than)
        return old and fnmatchcase(header.model, self.model) and fnmatchcase(header.mode, self.mode)


def add_commands(commands: Any) -> None:
    """Add ``answers`` with its own commands to the ``spacenum`` command."""
    answers = commands.add_parser("answers", help="list, export or drop kept replies, or import some")
    actions = answers.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="count what is kept, by model and mode")
    export = actions.add_parser("export", help="print every reply as a JSON line")
    drop = actions.add_parser("drop", help="remove replies, so that they are asked again")
    for command, run in ((listing, _list), (export, _export), (drop, _drop)):
        command.add_argument("--directory", default=".", help="the study's folder, as for snakemake")
        command.add_argument("--store", type=Path, help=f"the folder; else {VARIABLE}, else the study's answer_store")
        command.add_argument("--model", default="*", help="only this model's (a pattern)")
        command.add_argument("--mode", default="*", help="only this mode's (a pattern)")
        command.add_argument("--refused", action="store_true", help="only files with a question that was refused")
        command.add_argument("--older-than", type=float, default=0.0, metavar="DAYS", help="only what is older")
        command.set_defaults(run=run)
    add_import(actions)
    add_easi(actions)
    drop.add_argument("--damaged", action="store_true", help="only damaged and half-written files, whoever's they are")
    drop.add_argument("--yes", action="store_true", help="really remove; without it, only say what would be removed")


def _store(args: argparse.Namespace) -> AnswerStore:
    root = args.store or Path(args.directory) / store_folder(os.environ)
    if not root.is_dir():
        raise SpaceNumError(
            f"there is no answer store at {root}; name a study with --directory, or a store with --store or {VARIABLE}"
        )
    return AnswerStore(root)


def _chosen(args: argparse.Namespace, store: AnswerStore) -> Iterator[tuple[Path, Header]]:
    """The files that are meant; damaged ones are told of and left out."""
    choice = AnswerFilter(args.model, args.mode, args.older_than)
    for path in store.files():
        try:
            header = read_header(path)
            if choice.takes(header) and (not args.refused or _has_refused(path)):
                yield path, header
        except SpaceNumError as error:
            print(f"spacenum: warning: {error}")


def _has_refused(path: Path) -> bool:
    return any(line.reply.refused is not None for line in read_file(path)[1])


def _list(args: argparse.Namespace) -> None:
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for _, header in _chosen(args, _store(args)):
        count = counts[header.model, header.mode]
        count[0] += header.replies
        count[1] += 1
    for (model, mode), (replies, files) in sorted(counts.items()):
        print(f"{model}\t{mode}\t{replies} replies\t{files} files")
    print(f"{sum(count[0] for count in counts.values())} replies in all")


def _export(args: argparse.Namespace) -> None:
    for path, _ in _chosen(args, _store(args)):
        header, lines = read_file(path)
        about = header.model_dump(mode="json", include={"model", "mode", "saved", "identity", "versions", "decoding"})
        for line in lines:
            print(json.dumps(line.model_dump(mode="json") | about))


def _drop(args: argparse.Namespace) -> None:
    store = _store(args)
    paths = list(_damaged(store)) if args.damaged else [path for path, _ in _chosen(args, store)]
    for path in paths if args.yes else []:
        path.unlink(missing_ok=True)
    print(f"{len(paths)} files {'removed' if args.yes else 'would be removed; add --yes to remove them'}")


def _damaged(store: AnswerStore) -> Iterator[Path]:
    for path in store.files():
        try:
            read_file(path)
        except SpaceNumError:
            yield path
    yield from (path for path in store.leftovers() if time.time() - path.stat().st_mtime > LEFT_ALONE_S)
