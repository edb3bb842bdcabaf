"""The card of a release: a README.md that people read, whose head tells ``datasets`` which files there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from spacenum.release.croissant import ReleasedFile
from spacenum.release.licences import licence_of
from spacenum.release.settings import CANARY, SHOWN_SPLIT, ReleaseParams

TEMPLATES = Path(__file__).parent / "templates"
ALL = "all"


@dataclass(frozen=True, kw_only=True)
class CellSize:
    """Items of the base in a cell. chance: what guessing gets, in %."""

    cell: str
    items: int
    chance: float


def template_files() -> list[Path]:
    """What the card's words are in."""
    return sorted(TEMPLATES.glob("*.j2"))


def card(
    params: ReleaseParams, files: Sequence[ReleasedFile], cells: Sequence[CellSize], pictures: Sequence[str]
) -> str:
    """The text of README.md."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=False, trim_blocks=True
    )
    head = yaml.safe_dump(_head(params, files, cells), sort_keys=False, width=110)
    words = templates.get_template("card.md.j2").render(
        params=params,
        files=files,
        cells=cells,
        pictures=pictures,
        canary=CANARY,
        total=sum(file.bytes for file in files),
        mean_chance=sum(one.chance for one in cells) / len(cells),
    )
    return f"---\n{head}---\n\n{words.strip()}\n"


def _head(params: ReleaseParams, files: Sequence[ReleasedFile], cells: Sequence[CellSize]) -> dict[str, Any]:
    licence, _ = licence_of(params)
    rows = sum(file.rows for file in files)
    size = next((name for name, most in (("n<1K", 10**3), ("1K<n<10K", 10**4)) if rows < most), "10K<n<100K")
    return {
        "pretty_name": f"SpaceNum ({params.study})",
        "language": ["en"],
        "license": licence,
        "task_categories": ["visual-question-answering", "multiple-choice"],
        "tags": ["benchmark", "spatial-reasoning", "not-for-training"],
        "size_categories": [size],
        "configs": [*_configs(files, cells)],
    }


def _configs(files: Sequence[ReleasedFile], cells: Sequence[CellSize]) -> list[dict[str, Any]]:
    """All of the base, a cell of it each, and each variant."""
    named = {name: [file.name for file in files if file.variant == name] for name in {f.variant: 0 for f in files}}
    found = [_config(ALL, named["base"]) | {"default": True}]
    by_setting = {file.setting: file.name for file in files if file.variant == "base"}
    for one in cells:
        own = by_setting[one.cell.split(".")[0]]
        found.append(_config(one.cell, [own]) | {"filters": [["cell", "==", one.cell]]})
    return found + [_config(name, own) for name, own in named.items() if name != "base"]


def _config(name: str, files: Sequence[str]) -> dict[str, Any]:
    return {"config_name": name, "data_files": [{"split": SHOWN_SPLIT, "path": list(files)}]}
