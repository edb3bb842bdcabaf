"""A release as the items of a study, so that they are asked and scored where nothing is rendered."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import (
    atomic_folder,
    atomic_path,
    hashes_of,
    meta_path,
    read_meta,
    sha256_of,
    write_jsonl,
    write_meta,
    write_text,
)
from spacenum.core.reading import read_text
from spacenum.external.questions import ImageFolder
from spacenum.external.sources import Source
from spacenum.items.checks import report
from spacenum.items.schema import Item
from spacenum.release.build import DATA, SUMS
from spacenum.release.rows import item_of
from spacenum.release.settings import RELEASED
from spacenum.variants.catalogue import names as variant_names

RULE = "import --release"
"""What meta files of imported items name as their rule."""
_FILE = re.compile(rf"{DATA}/(?P<variant>[^/]+)/(?P<setting>transition|layout)\.parquet")


def import_release(folder: Path, told: Mapping[str, Any]) -> dict[str, int]:
    """Write the items of a release into the study in the current folder, with their images; all of it appears, or
    nothing. told: where the release is from. Returns the number of items by set, 'base/layout'.

    SpaceNumError names the file and what is wrong: of another checksum, without answers, or of a study that has items
    of its own.
    """
    source = Source(folder, only=f"{DATA}/*/*.parquet")
    check_sums(folder)
    counts = {}
    with ExitStack() as finished:  # what was read well appears when all has been
        metas = []
        for name in source.data:
            variant, setting = _set_of(folder, name)
            out = Path(RELEASED.format(variant=variant, setting=setting))
            check_free(out)
            items_path, checks_path = (finished.enter_context(atomic_path(p)) for p in (out, _checks(out)))
            final = out.with_suffix(".images")
            images = _Images(finished.enter_context(atomic_folder(final)), final)
            items = [*_items(source, name, variant, setting, images)]
            write_jsonl(items_path, items)
            write_text(checks_path, json.dumps(report(items, images.count), indent=1) + "\n")
            counts[f"{variant}/{setting}"] = len(items)
            metas.append((out, folder / name, sorted({item.simulator for item in items})))
    for out, file, simulators in metas:
        params = {**told, "simulators": simulators}
        write_meta(RULE, params, "", hashes_of([file]), [out, _checks(out)])
    return counts


def _checks(items: Path) -> Path:
    return items.with_suffix(".checks.json")


def _set_of(folder: Path, name: str) -> tuple[str, str]:
    """(variant, setting) of a file of the release."""
    found = _FILE.fullmatch(name)
    if found is None or found["variant"] not in ("base", *variant_names()):
        raise SpaceNumError(
            f"{folder / name}: is no file of a release; these are called {DATA}/<base or a variant>/<setting>.parquet"
        )
    return found["variant"], found["setting"]


def check_sums(folder: Path) -> None:
    """SpaceNumError if a file isn't what the release's checksums say; a release without any is taken as it is."""
    if not (folder / SUMS).is_file():
        return
    for line in read_text(folder / SUMS).splitlines():
        digest, _, name = line.partition("  ")
        path = folder / name
        if _FILE.fullmatch(name) and path.is_file() and sha256_of(path) != digest:
            raise SpaceNumError(f"{path}: isn't the file that {SUMS} is about; download the release again")


def check_free(items: Path) -> None:
    """SpaceNumError if a study made items of its own there."""
    try:
        rule = read_meta(meta_path(items)).rule
    except FileNotFoundError:
        rule = "" if items.exists() else RULE
    except SpaceNumError:
        rule = ""
    if rule != RULE:
        raise SpaceNumError(
            f"{items}: this study has items that it made itself; take a release into a folder of its own: "
            "--directory studies/released"
        )


def _items(source: Source, name: str, variant: str, setting: str, images: _Images) -> Iterator[Item]:
    seen: set[str] = set()
    for place, row in source.rows(name):
        item = item_of(row, images.of_row(place), place)
        if (item.split, item.variant, item.setting) != ("benchmark", variant, setting):
            raise SpaceNumError(
                f"{place}: is of {item.split}, {item.variant} and {item.setting}, which belongs into another file"
            )
        if item.id in seen:
            raise SpaceNumError(f"{place}: item {item.id} stands there twice; download the release again")
        seen.add(item.id)
        yield item


class _Images:
    """Images by their bytes: each is decoded and written once, however many items show it. An item that shows equal
    images, as a blind one does, has copies of them, so that its options can be told apart by their paths."""

    def __init__(self, folder: Path, final: Path) -> None:
        self._folder, self._final = folder, final
        self._writer, self._names = ImageFolder(folder, final), dict[bytes, str]()

    @property
    def count(self) -> int:
        return len(self._names)

    def of_row(self, place: str) -> Callable[[Mapping[str, Any]], str]:
        """What writes the images of one row, in their order, and gives their paths."""
        shown: Counter[str] = Counter()

        def add(image: Mapping[str, Any]) -> str:
            name = self._name(image["bytes"], place)
            shown[name] += 1
            return str(self._final / (name if shown[name] == 1 else self._copy(name, shown[name])))

        return add

    def _name(self, data: bytes, place: str) -> str:
        key = hashlib.sha256(data).digest()
        if key not in self._names:
            self._names[key] = Path(self._writer.add(data, place)).name
        return self._names[key]

    def _copy(self, name: str, number: int) -> str:
        copied = f"{Path(name).stem}-{number}.png"
        if not (self._folder / copied).exists():
            shutil.copyfile(self._folder / name, self._folder / copied)
        return copied
