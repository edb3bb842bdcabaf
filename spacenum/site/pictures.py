"""Copies of images that are small enough for a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from spacenum.core.errors import SpaceNumError
from spacenum.core.pictures import open_picture
from spacenum.items.schema import Image, Item

LONGEST = 768
"""Pixels of a copy's longer side."""
QUALITY = 80


def shown_images(items: Iterable[Item]) -> list[str]:
    """The images of items, each once."""
    parts = [part for item in items for part in (*item.prompt, *item.options)]
    return [*dict.fromkeys(part.image for part in parts if not hasattr(part, "text") and part.image)]


def copy_name(image: str) -> str:
    """Where an image's copy lies in the folder of copies: at its own path, without the folder of all data."""
    path = PurePosixPath(image)
    if path.is_absolute() or ".." in path.parts:
        raise SpaceNumError(f"an item shows '{image[:200]}', which does not lie in the study's folder")
    return str(PurePosixPath(*(path.parts[1:] if path.parts[0] == "data" else path.parts))) + ".webp"


def copy_images(images: Sequence[str], folder: Path) -> None:
    """Write WebP copies, of at most LONGEST pixels, into ``folder``."""
    for image in images:
        copy_picture(Path(image), folder / copy_name(image), LONGEST)


def copy_picture(source: Path, copy: Path, longest: int) -> None:
    """Write a WebP copy of one picture. longest: pixels of its longer side."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    picture = open_picture(source).convert("RGB")
    picture.thumbnail((longest, longest))
    picture.save(copy, "WEBP", quality=QUALITY, method=4)


def with_copies(items: Iterable[Item]) -> list[Item]:
    """The items, with the names of the copies in place of their images'."""
    return [
        item.model_copy(
            update={
                "prompt": [_renamed(part) if isinstance(part, Image) else part for part in item.prompt],
                "options": [_renamed(option) if option.image else option for option in item.options],
            }
        )
        for item in items
    ]


def _renamed(part: object) -> object:
    return part.model_copy(update={"image": copy_name(part.image)})  # type: ignore[attr-defined]
