"""A question as a chat message: texts and base64 images, in the order in which they are to be seen."""

from __future__ import annotations

import base64
import io
import math
from pathlib import Path
from typing import Any

from PIL import Image as Picture

from spacenum.asking.chat import Question
from spacenum.core.errors import SpaceNumError
from spacenum.core.pictures import UnreadableImageError, open_picture
from spacenum.core.provenance import images_anew
from spacenum.items.schema import Image


class Messages:
    """Writes questions as messages; an image that several questions of a batch share is read once.

    root: the study's folder, to which image paths are relative. pixel_budget: larger images are made smaller, keeping
    their shape, until they have no more pixels than this; None keeps the file's bytes.
    """

    def __init__(self, root: Path, pixel_budget: int | None = None, detail: str | None = None) -> None:
        self._root, self._budget, self._detail = root, pixel_budget, detail
        self._urls: dict[str, str] = {}

    def shrink_to(self, pixel_budget: int | None) -> None:
        """Have another budget from now on."""
        self._budget = pixel_budget

    def forget(self) -> None:
        """Free the images of the last batch."""
        self._urls.clear()

    def of(self, question: Question) -> list[dict[str, Any]]:
        """The messages of one question: one of the user, behind the system prompt if the question has one."""
        system = [{"role": "system", "content": question.system}] if question.system else []
        return [*system, {"role": "user", "content": [self._part(part) for part in question.parts]}]

    def _part(self, part: Any) -> dict[str, Any]:
        if not isinstance(part, Image):
            return {"type": "text", "text": part.text}
        if part.image not in self._urls:
            self._urls[part.image] = self._url(self._root / part.image)
        image = {"url": self._urls[part.image]} | ({"detail": self._detail} if self._detail else {})
        return {"type": "image_url", "image_url": image}

    def _url(self, path: Path) -> str:
        try:
            data = path.read_bytes()
            picture = open_picture(io.BytesIO(data))
            kind = Picture.MIME.get(picture.format or "", "")
            if self._budget and picture.width * picture.height > self._budget:
                data, kind = shrunk(picture, self._budget), "image/png"
        except FileNotFoundError:
            raise SpaceNumError(f"{path}: no such image; {images_anew(path)}") from None
        except (UnreadableImageError, OSError) as error:
            raise SpaceNumError(f"{path}: not a readable image ({error}); {images_anew(path)}") from None
        return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def shrunk(picture: Picture.Image, pixels: int) -> bytes:
    """PNG bytes of ``picture`` with at most ``pixels`` pixels and the same shape, as nearly as whole pixels allow."""
    scale = math.sqrt(pixels / (picture.width * picture.height))
    size = (max(1, math.floor(picture.width * scale)), max(1, math.floor(picture.height * scale)))
    file = io.BytesIO()
    picture.convert("RGB").resize(size, Picture.Resampling.LANCZOS).save(file, format="PNG")
    return file.getvalue()
