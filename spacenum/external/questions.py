"""From published items to questions: checked, and their images as PNG files that are named by their content."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from pathlib import Path

import PIL.Image

from spacenum.core.errors import SpaceNumError
from spacenum.core.pictures import UnreadableImageError, open_picture
from spacenum.external.base import ExternalQuestion, OptionContent, Published
from spacenum.items.schema import LETTERS


class ImageFolder:
    """Writes images into ``folder``, which will stand at ``final``; equal images are written once.

    A file's name is the SHA-256 of its bytes, so that anybody can check it. What is an RGB PNG already keeps its bytes;
    everything else is decoded, converted to RGB and encoded anew.
    """

    def __init__(self, folder: Path, final: Path) -> None:
        self._folder, self._final = folder, final

    def add(self, data: bytes, place: str) -> str:
        """The image's path; SpaceNumError names its ``place`` if it is no image."""
        try:
            image = open_picture(io.BytesIO(data))
            if (image.format, image.mode) != ("PNG", "RGB"):
                data = _png(image)
        except UnreadableImageError as error:
            raise SpaceNumError(f"{place}: its image can't be read ({error}); download the file again") from None
        name = f"{hashlib.sha256(data).hexdigest()}.png"
        if not (self._folder / name).exists():
            (self._folder / name).write_bytes(data)
        return str(self._final / name)


def _png(image: PIL.Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, format="PNG", optimize=False, compress_level=6)
    return buffer.getvalue()


def read_questions(benchmark: str, items: Iterable[Published], images: ImageFolder) -> list[ExternalQuestion]:
    """Each item as a question, in the published order; SpaceNumError names the first that can't be one."""
    made: dict[str, ExternalQuestion] = {}
    for item in items:
        if item.source in made:
            raise SpaceNumError(f"{item.place}: '{item.source}' stands twice in the file")
        check_options(item.options, item.answer, item.place)
        paths = [images.add(data, item.place) for data in item.images]
        made[item.source] = ExternalQuestion(
            source=item.source,
            cell=benchmark,
            group=item.group,
            scene=Path(paths[0]).stem[:16],
            question=item.question.strip(),
            images=paths,
            options=[OptionContent(text=one_line(option)) for option in item.options],
            answer=item.answer,
        )
    return list(made.values())


def one_line(text: str) -> str:
    """An option's text without line breaks: a line is what is moved when the order is rotated."""
    return " ".join(text.split())


def check_options(options: list[str], answer: int, place: str) -> None:
    """SpaceNumError unless there are two to four different options, and the answer is one of them."""
    if not 2 <= len(options) <= len(LETTERS):
        raise SpaceNumError(f"{place}: has {len(options)} options; items have 2 to {len(LETTERS)}")
    plain = [one_line(option) for option in options]
    if not all(plain) or len(set(plain)) < len(plain):
        raise SpaceNumError(f"{place}: its options are {plain}; they must not be empty, nor twice the same")
    if not 0 <= answer < len(options):
        raise SpaceNumError(
            f"{place}, key 'answer': {answer} is none of its {len(options)} options, which count from 0"
        )
