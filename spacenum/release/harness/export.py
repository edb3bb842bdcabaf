"""A release as a folder that a harness runs: items with their images, and the harness's own code beside them.

Every folder has ``items/<cell>.jsonl`` and ``images/``, whose files are named by the hash of their bytes; the code is a
module of this package, copied. It reads replies with ``spacenum.asking.parsing``, so spacenum must be installed where
the harness is.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from spacenum.asking.shown import asked_hash
from spacenum.core.blocks import Block
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import atomic_folder, write_jsonl, write_text
from spacenum.external.sources import Source
from spacenum.items.schema import CELLS, SETTINGS, Image, Text
from spacenum.release.build import DATA
from spacenum.release.read import check_sums

CODE = Path(__file__).parent


class MessagePart(Block):
    """A text, or the path of an image in the folder."""

    text: str | None
    image: str | None


class HarnessItem(Block):
    """A line of ``items/<cell>.jsonl``. chance: what guessing gets, 0 to 1. asked: hash of what is asked
    (``asked_hash``). answer: None if the release withholds it."""

    id: str
    cell: str
    setting: str
    task: str
    variant: str
    scene: str
    letters: list[str]
    chance: float
    answer: str | None
    asked: str
    parts: list[MessagePart]


def export(release: Path, harness: str, variant: str, out: Path) -> int:
    """Write the folder ``out`` for a harness of ``HARNESSES``; returns the number of items.

    SpaceNumError if ``out`` holds anything already, or the release is damaged or lacks the variant.
    """
    if out.exists():
        raise SpaceNumError(f"{out}: is there already; name a new folder, or remove that one first")
    check_sums(release)
    out.parent.mkdir(parents=True, exist_ok=True)
    with atomic_folder(out) as folder:
        cells = _write_items(_rows(release, variant), folder)
        HARNESSES[harness](folder, out.resolve(), cells)
    return sum(cells.values())


def _rows(release: Path, variant: str) -> Iterator[Mapping[str, Any]]:
    """Rows of a variant, transitions first."""
    source = Source(release, only=f"{DATA}/*/*.parquet")
    names = [name for s in SETTINGS if (name := f"{DATA}/{variant}/{s}.parquet") in source.data]
    if not names:
        there = sorted({name.split("/")[1] for name in source.data})
        raise SpaceNumError(f"{release}: has no variant '{variant}'; it has {', '.join(there)}")
    return (row for name in names for _, row in source.rows(name))


def _write_items(rows: Iterator[Mapping[str, Any]], folder: Path) -> dict[str, int]:
    """Write items and images; returns the number of items by cell, in the cells' order."""
    by_cell: dict[str, list[HarnessItem]] = {}
    (folder / "images").mkdir()
    for row in rows:
        for image in row["images"]:
            path = folder / "images" / image_name(image["bytes"])
            if not path.exists():
                path.write_bytes(image["bytes"])
        by_cell.setdefault(row["cell"], []).append(_item(row))
    (folder / "items").mkdir()
    for cell, items in by_cell.items():
        write_jsonl(folder / "items" / f"{cell}.jsonl", items)
    return {cell: len(by_cell[cell]) for cell in CELLS if cell in by_cell}


def image_name(data: bytes) -> str:
    """The name of an image's file in an export."""
    return f"{hashlib.sha256(data).hexdigest()}.png"


def _item(row: Mapping[str, Any]) -> HarnessItem:
    names = [f"images/{image_name(image['bytes'])}" for image in row["images"]]
    parts = [
        MessagePart(text=part["text"], image=None if part["image"] is None else names[part["image"]])
        for part in row["prompt"]
    ]
    shown = [Text(text=part.text or "") if part.image is None else Image(image=part.image) for part in parts]
    asked = asked_hash(shown, row["letters"], lambda name: Path(name).stem)
    told = {name: row[name] for name in HarnessItem.model_fields if name in row}
    return HarnessItem(**told, asked=asked, parts=parts)


def _code(folder: Path, module: str, name: str) -> None:
    shutil.copyfile(CODE / f"{module}.py", folder / name)


def _inspect(folder: Path, _: Path, __: Mapping[str, int]) -> None:
    _code(folder, "inspect_task", "spacenum_task.py")


def _lmms_eval(folder: Path, out: Path, cells: Mapping[str, int]) -> None:
    """A file for each cell and one for their group, in a folder of their own, which ``--include_path`` names."""
    tasks = folder / "tasks"
    tasks.mkdir()
    _code(tasks, "lmms_task", "utils.py")
    names = {cell: f"spacenum_{cell.replace('.', '_')}" for cell in cells}
    for cell, name in names.items():
        write_text(tasks / f"{name}.yaml", _lmms_task(name, out / "items" / f"{cell}.jsonl"))
    group = {
        "group": "spacenum",
        "task": [*names.values()],
        "aggregate_metric_list": [{"metric": "accuracy", "aggregation": "mean", "weight_by_size": False}],
        "metadata": {"version": 1.0},
    }
    write_text(tasks / "_spacenum.yaml", yaml.safe_dump(group, sort_keys=False))


def _lmms_task(name: str, items: Path) -> str:
    """What a cell's file says. Functions have a tag of lmms-eval's own, which no YAML library writes."""
    told = {
        "task": name,
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(items)}},
        "test_split": "test",
        "output_type": "generate_until",
        "cluster_key": "scene",
        "generation_kwargs": {"max_new_tokens": 32, "temperature": 0, "do_sample": False},
    }
    functions = "".join(
        f"{key}: !function utils.{key}\n"
        for key in ("doc_to_messages", "doc_to_visual", "doc_to_text", "doc_to_target", "process_results")
    )
    metric = "metric_list:\n- metric: accuracy\n  aggregation: !function utils.accuracy\n  higher_is_better: true\n"
    return f"{yaml.safe_dump(told, sort_keys=False)}{functions}{metric}metadata: {{version: 1.0}}\n"


def _vlmevalkit(folder: Path, _: Path, __: Mapping[str, int]) -> None:
    _code(folder, "vlmevalkit_run", "run_spacenum.py")


HARNESSES: Mapping[str, Callable[[Path, Path, Mapping[str, int]], None]] = {
    "inspect": _inspect,
    "lmms-eval": _lmms_eval,
    "vlmevalkit": _vlmevalkit,
}
"""What writes the code of each harness into a folder that will lie at the second path; and the items by cell."""
