"""``spacenum items``: item sets that others published, brought into a study."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path
from typing import Any

from spacenum.external.imported import import_items


def add_commands(commands: Any) -> None:
    """Add ``items`` with its own command to the ``spacenum`` command."""
    items = commands.add_parser("items", help="bring a published item set into a study")
    actions = items.add_subparsers(required=True, metavar="ACTION")
    command = actions.add_parser("import", help="a published JSON file, whose keys a small YAML maps to ours")
    command.add_argument("file", type=Path, help="the published list of items: .json, or .jsonl with one a line")
    command.add_argument("--mapping", type=Path, required=True, help="which key means what: docs/external.md")
    command.add_argument("--images", type=Path, help="the folder that image paths start from (default: the file's)")
    command.add_argument("--split", choices=["benchmark", "train"], default="benchmark", help="where they belong")
    command.add_argument("--directory", default=".", help="the study's folder, as for snakemake")
    command.set_defaults(run=_import)


def _import(args: argparse.Namespace) -> None:
    file, mapping, images = args.file.resolve(), args.mapping.resolve(), (args.images or args.file.parent).resolve()
    with contextlib.chdir(args.directory):
        items = import_items(file, mapping, images, args.split)
    name = items[0].variant
    print(f"{len(items)} items are in data/items/{args.split}/{name}; name '{name}' under 'imported' in the config")
