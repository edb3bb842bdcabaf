"""From questions to tokens and pixels: each distinct image read once, each question rendered by the chat template."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from jinja2 import TemplateError
from PIL import Image as Picture
from torch import Tensor

from spacenum.asking.chat import Question
from spacenum.asking.thoughts import opened_by
from spacenum.core.errors import SpaceNumError
from spacenum.core.pictures import UnreadableImageError, open_picture
from spacenum.core.provenance import images_anew
from spacenum.items.schema import Image
from spacenum.models.image_tokens import check_words, of_processor
from spacenum.models.transformers.loading import Loaded

READERS = 4
"""Threads that read images: decoding and resizing release Python's lock."""


@dataclass(frozen=True)
class VisionInput:
    """An image as the vision tower takes it. words: what stands for it in the prompt, placeholders counted out.

    values: [patches, channels] and grid: [1, 3] where the tower takes packed patches, else [tiles, 3, height, width]
    and no grid.
    """

    values: Tensor
    grid: Tensor | None
    words: str


@dataclass(frozen=True)
class Prompt:
    """A question as tokens. ids: the token sequence. types: 1 where a token is part of an image, else 0. images: paths
    in the order in which they are seen. positions: [3, tokens] if the family has three-dimensional ones, else
    [1, tokens]. grids: [images, 3] patches of each image where the tower takes packed ones, from which ``generate``
    makes such positions itself. opened: the tag of thought with which the prompt ends, or ""."""

    ids: tuple[int, ...]
    types: tuple[int, ...]
    images: tuple[str, ...]
    positions: Tensor
    grids: Tensor | None = None
    opened: str = ""


def messages(question: Question) -> list[dict[str, Any]]:
    """The question as a chat: one user message, texts and image slots in order, behind the system prompt if it has
    one."""
    slots = [{"type": "image"} if isinstance(p, Image) else {"type": "text", "text": p.text} for p in question.parts]
    return [*system_message(question), {"role": "user", "content": slots}]


def system_message(question: Question) -> list[dict[str, Any]]:
    """The message before the user's, if the question has a system prompt."""
    return [{"role": "system", "content": [{"type": "text", "text": question.system}]}] if question.system else []


@contextmanager
def plain_refusal(question: Question) -> Iterator[None]:
    """Says in one sentence that a chat template refuses a question, as some refuse system prompts."""
    try:
        yield
    except TemplateError as error:
        system = "; its template may know no system prompt: leave 'system_prompt' out" if question.system else ""
        raise SpaceNumError(
            f"item {question.item}: the checkpoint's chat template refuses the question ({error}){system}"
        ) from error


def image_paths(question: Question) -> tuple[str, ...]:
    """Paths of the question's images, in order; a repeated one is repeated."""
    return tuple(part.image for part in question.parts if isinstance(part, Image))


class PromptMaker:
    """Renders questions with a checkpoint's own processor. think_flag: whether its chat
    template has a switch for it."""

    def __init__(self, loaded: Loaded, root: Path, think_flag: bool) -> None:
        self._loaded, self._root, self._think_flag = loaded, root, think_flag

    @cached_property
    def _image_tokens(self) -> frozenset[str]:
        return of_processor(self._loaded.processor)

    def pixels(self, paths: Sequence[str]) -> dict[str, VisionInput]:
        """Each distinct image, read and resized once. SpaceNumError if one is missing or broken."""
        distinct = list(dict.fromkeys(paths))
        with ThreadPoolExecutor(READERS) as readers:
            return dict(zip(distinct, readers.map(self._pixels, distinct), strict=True))

    def _pixels(self, path: str) -> VisionInput:
        processor = self._loaded.processor
        found = processor.image_processor(
            [read_image(self._root / path)], return_tensors="pt", **self._loaded.image_arguments
        )
        return VisionInput(found["pixel_values"], found.get("image_grid_thw"), processor.replace_image_token(found, 0))

    def text(self, question: Question, generation: bool = True) -> str:
        """The question as the chat template writes it; each image is still one token. generation: whether the words
        that open the model's turn follow. SpaceNumError if its words hold a token that stands for an image."""
        check_words([question], self._image_tokens)
        flag = {"enable_thinking": question.reasoning} if self._think_flag else {}
        with plain_refusal(question):
            return self._loaded.processor.apply_chat_template(
                messages(question), tokenize=False, add_generation_prompt=generation, **flag
            )

    def prompt(self, question: Question, pixels: dict[str, VisionInput]) -> Prompt:
        """The question's tokens. ValueError if the template lost an image."""
        processor, paths = self._loaded.processor, image_paths(question)
        text = self.text(question)
        if text.count(processor.image_token) != len(paths):
            raise ValueError(
                f"{question.item}: the chat template has not one image token for each of {len(paths)} images"
            )
        [whole], _ = processor.get_text_with_replacements([text], [pixels[path].words for path in paths])
        # The template has written the start token, if there is one.
        ids = processor.tokenizer(whole, add_special_tokens=False)["input_ids"]
        [types] = processor.create_mm_token_type_ids([ids])
        found = [grid for path in paths if (grid := pixels[path].grid) is not None]
        grids = torch.cat(found) if found else None
        return Prompt(tuple(ids), tuple(types), paths, self._positions(ids, types, grids), grids, opened_by(text))

    def _positions(self, ids: list[int], types: list[int], grids: Tensor | None) -> Tensor:
        if not self._loaded.family.mrope or grids is None:
            return torch.arange(len(ids)).expand(3 if self._loaded.family.mrope else 1, -1)
        model = self._loaded.model.model
        positions, _ = model.get_rope_index(torch.tensor([ids]), torch.tensor([types]), image_grid_thw=grids)
        return positions[:, 0]


def read_image(path: Path) -> Picture.Image:
    """The image, RGB. SpaceNumError if it is missing or no image."""
    try:
        return open_picture(path).convert("RGB")
    except FileNotFoundError:
        raise SpaceNumError(f"{path}: no such image; {images_anew(path)}") from None
    except UnreadableImageError as error:
        raise SpaceNumError(f"{path}: not a readable image ({error}); {images_anew(path)}") from None
