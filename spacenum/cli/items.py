"""``spacenum items``: item sets that others published, brought into a study."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

from spacenum.cli.options import in_folder
from spacenum.core.blocks import NAME_PATTERN, NAME_RULE
from spacenum.core.errors import SpaceNumError
from spacenum.external.cells import read_cell_names
from spacenum.external.hub import fetch_set
from spacenum.external.imported import check_name, import_items
from spacenum.external.recognised import Recognition, recognise
from spacenum.external.settings import PUBLISHED
from spacenum.external.sources import Source
from spacenum.release.harness.export import HARNESSES, export
from spacenum.release.read import import_release
from spacenum.scenes.spec import Split

_ON_HUB = re.compile(r"(?P<repo>\w[\w.-]*/\w[\w.-]*)@(?P<revision>.*)")


def add_commands(commands: Any) -> None:
    """Add ``items`` with its own command to the ``spacenum`` command."""
    items = commands.add_parser("items", help="bring a published item set into a study, or a release into a harness")
    actions = items.add_subparsers(required=True, metavar="ACTION")
    command = actions.add_parser("import", help="a published set: docs/external.md")
    command.add_argument("source", help="owner/name@commit on the hub, or a folder, .zip, .json, .jsonl or .parquet")
    command.add_argument("--release", action="store_true", help="a release of this project: docs/release.md")
    command.add_argument("--name", help="what the set is called here (default: official for the authors' own)")
    command.add_argument("--split", choices=["benchmark", "train"], help="where they belong (default: benchmark)")
    command.add_argument("--images", type=Path, help="the folder that image paths start from (default: the file's)")
    command.add_argument("--only", help="pattern of the names of files of rows, such as 'data/test*.json'")
    command.add_argument("--cells", type=Path, help="a YAML that says what the set calls the 20 cells")
    command.add_argument("--own-cells", action="store_true", help="take rows of none of the 20 cells too")
    command.add_argument("--ignore", action="append", default=[], metavar="KEY", help="a key of rows to leave out")
    command.add_argument("--show", type=int, default=0, metavar="N", help="print N items to look at")
    command.add_argument("--dry-run", action="store_true", help="only say what is there, and print 20 items")
    command.add_argument("--mapping", type=Path, help="a YAML that says which key of a JSON file means what")
    command.add_argument("--directory", default=".", help="the study's folder, as for snakemake")
    command.set_defaults(run=_import)
    _add_export(actions)


def _add_export(actions: Any) -> None:
    command = actions.add_parser("export", help="a release as a folder that a harness runs: docs/release.md")
    command.add_argument("source", help="a release: a folder, or owner/name@commit on the hub")
    command.add_argument("out", type=Path, help="the new folder")
    command.add_argument("--to", required=True, choices=sorted(HARNESSES), help="the harness")
    command.add_argument("--variant", default="base", help="of the items (default: base)")
    command.set_defaults(run=_export)


def _export(args: argparse.Namespace) -> None:
    count = export(_release_of(args.source)[0], args.to, args.variant, args.out)
    print(f"{count} items for {args.to} are in {args.out}")


def _import(args: argparse.Namespace) -> None:
    if args.release:
        _released(args)
        return
    images = args.images and args.images.resolve()
    if args.mapping:
        _mapped(args, Path(args.source).resolve(), images)
        return
    on_hub = _on_hub(args.source)
    path = None if on_hub else Path(args.source).resolve()
    known = PUBLISHED.get(on_hub["repo"]) if on_hub else None
    name = _checked(args.name or (known.name if known else None))
    split: Split = args.split or (known.split if known else "benchmark")
    cells = read_cell_names(args.cells) if args.cells else None
    with in_folder(args.directory, make=True):
        found = path or _fetched(on_hub["repo"], on_hub["revision"])  # type: ignore[index]
        how = Recognition(
            name=name,
            source=on_hub["repo"] if on_hub else found.name,
            revision=on_hub["revision"] if on_hub else None,
            only=args.only,
            ignored=args.ignore,
            cells=cells,
            own_cells=args.own_cells,
        )
        show = max(args.show or (20 if args.dry_run else 0), 0)
        recognise(Source(found, images, args.only), how, split, print, write=not args.dry_run, show=show)


def _released(args: argparse.Namespace) -> None:
    source = str(Path(args.source).resolve()) if Path(args.source).exists() else args.source
    with in_folder(args.directory, make=True):
        take_release(source)


def take_release(source: str) -> None:
    """Import a release into the study in the current folder, and say how many items it has. source: an absolute path,
    or owner/name@commit on the hub."""
    counts = import_release(*_release_of(source))
    print(f"{sum(counts.values())} items: {', '.join(f'{n} of {name}' for name, n in counts.items())}")


def _release_of(source: str) -> tuple[Path, dict[str, str]]:
    """A release's folder, fetched if it is on the hub, and where it is from."""
    on_hub = _on_hub(source)
    if not on_hub:
        return Path(source), {"source": Path(source).name}
    repo, revision = on_hub["repo"], on_hub["revision"]
    return _fetched(repo, revision), {"source": repo, "revision": revision}


def _on_hub(source: str) -> re.Match[str] | None:
    return None if Path(source).exists() else _ON_HUB.fullmatch(source)


def _mapped(args: argparse.Namespace, file: Path, images: Path | None) -> None:
    split: Split = args.split or "benchmark"
    mapping = args.mapping.resolve()
    with in_folder(args.directory, make=True):
        items = import_items(file, mapping, images or file.parent, split)
    name = items[0].variant
    print(f"{len(items)} items are in data/items/{split}/{name}; name '{name}' under 'imported' in the config")


def _checked(name: str | None) -> str:
    if not name or not re.fullmatch(NAME_PATTERN, name):
        raise SpaceNumError(f"--name is {name or 'missing'}: say what the set is called here; {NAME_RULE}")
    check_name(name, "--name")
    return name


def _fetched(repo: str, revision: str) -> Path:
    if not re.fullmatch("[0-9a-f]{40}", revision):
        raise SpaceNumError(f"'{repo}@{revision[:80]}' pins no commit: behind the @ goes the hub's, 40 hex digits")
    return fetch_set(repo, revision)
