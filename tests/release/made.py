"""A study's folder with items and images, and its release."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image

from scripts.make_release import make_release
from spacenum.core.provenance import PROJECT, read_jsonl, write_jsonl
from spacenum.items.schema import ITEM, Image, Item
from spacenum.release.settings import ReleaseParams

CONTRACT = PROJECT / "tests/workflow/contract"
SETS = [("base", "transition"), ("base", "layout"), ("blind", "layout")]


def items_path(variant: str, setting: str) -> Path:
    return Path(f"data/items/benchmark/{variant}/{setting}.jsonl")


def draw(path: Path, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    PIL.Image.fromarray(pixels).save(path, format="PNG")


def renamed(item: Item, variant: str) -> Item:
    """The same item, which shows images of the variant's folder."""

    def moved(image: str | None) -> str | None:
        return image and f"data/items/benchmark/{variant}/images/{Path(image).name}"

    prompt = [Image(image=str(moved(p.image))) if isinstance(p, Image) else p for p in item.prompt]
    options = [option.model_copy(update={"image": moved(option.image)}) for option in item.options]
    return item.model_copy(update={"variant": variant, "prompt": prompt, "options": options})


def make_study() -> None:
    """Fill the current folder with items whose images all differ, and a variant whose images are all the same."""
    for variant, setting in SETS:
        items = read_jsonl(CONTRACT / f"{setting}.jsonl", ITEM)
        items = items if variant == "base" else [renamed(item, variant) for item in items]
        path = items_path(variant, setting)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_jsonl(path, items)
        for number, image in enumerate(sorted({image for item in items for image in images_of(item)})):
            draw(Path(image), number + 1000 * (setting == "layout") if variant == "base" else 0)


def images_of(item: Item) -> list[str]:
    return [part.image for part in item.prompt if isinstance(part, Image)]


def release(where: Path, answers: bool = True) -> Path:
    """Made in the current folder."""
    where.mkdir(parents=True, exist_ok=True)
    params = ReleaseParams(
        study="tiny", version="0.1.0", answers=answers, pack="procedural",
        simulators={"transition": "blender", "layout": "blender"}, pictures={"transition": "pack", "layout": "pack"},
        variants={"blind": "no picture is shown"},
    )  # fmt: skip
    items: dict[str, list[Path]] = {}
    for variant, setting in SETS:
        items.setdefault(variant, []).append(items_path(variant, setting))
    make_release(
        params, items_file=items, checks=[], pack=[], sums=where / "SHA256SUMS", card=where / "README.md",
        metadata=where / "croissant.json", data=where / "data",
    )  # fmt: skip
    return where
