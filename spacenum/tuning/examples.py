"""Training items as tokens: the very prompt that a model is asked with, and the right reply."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image as Picture
from torch import Tensor

from spacenum.asking.chat import Question
from spacenum.asking.modes import Mode
from spacenum.asking.questions import Questioner, as_shown, letters_of
from spacenum.asking.settings import ModelConfig
from spacenum.asking.worked import worked
from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import AnyItem, ExternalItem
from spacenum.models.transformers.letters import PaddedBatch
from spacenum.models.transformers.loading import Loaded
from spacenum.models.transformers.prompts import Prompt, PromptMaker, VisionInput, image_paths, messages, read_image
from spacenum.models.transformers.writing import reply_ends
from spacenum.tuning.settings import WORKED_TOKENS, ReplyForm

IGNORED = -100
"""The label of a token that no loss is taken of."""


class AnsweredMaker(PromptMaker):
    """Renders questions with their answer: what the chat template makes of it, up to the token that ends the reply."""

    def __init__(self, loaded: Loaded, root: Path, think_flag: bool, answer: str) -> None:
        super().__init__(loaded, root, think_flag)
        self._answer = answer

    def text(self, question: Question, generation: bool = True) -> str:
        """SpaceNumError if the template doesn't write the answer right behind the prompt."""
        asked, processor = super().text(question), self._loaded.processor
        reply = {"role": "assistant", "content": [{"type": "text", "text": self._answer}]}
        flag = {"enable_thinking": False} if self._think_flag else {}
        whole = processor.apply_chat_template([*messages(question), reply], tokenize=False, **flag)
        said = whole.removeprefix(asked)
        if said == whole or not said.startswith(self._answer):
            raise SpaceNumError(
                f"item {question.item}: the chat template of this checkpoint doesn't put the reply '{self._answer}' "
                "right behind the prompt that asks for it, so that it can't be trained on"
            )
        ends = processor.tokenizer.convert_ids_to_tokens(reply_ends(self._loaded.model, processor.tokenizer))
        end = min((token for token in ends if token in said), key=said.index, default="")
        return asked + self._answer + end


@dataclass(frozen=True)
class Example:
    """Prompt and answer as one sequence. answer: how many of its last tokens are the answer.
    pixels: in order of images."""

    whole: Prompt
    answer: int
    pixels: tuple[VisionInput, ...]


def example(maker: PromptMaker, answered: AnsweredMaker, question: Question, pixels: dict[str, VisionInput]) -> Example:
    """A question with its answer. SpaceNumError if the prompt's tokens are not the first of both."""
    asked, whole = maker.prompt(question, pixels), answered.prompt(question, pixels)
    if whole.ids[: len(asked.ids)] != asked.ids:
        raise SpaceNumError(
            f"item {question.item}: this checkpoint's tokenizer joins the answer with the end of the prompt, so that "
            "the two can't be told apart; tune another checkpoint"
        )
    return Example(whole, len(whole.ids) - len(asked.ids), tuple(pixels[path] for path in whole.images))


class Examples(torch.utils.data.Dataset[Example]):
    """Items as examples, made when they are asked for.

    root: what image paths are relative to. base: the model's file, as whose questions items are shown; a switch of the
    chat template for thinking is off.
    """

    def __init__(
        self,
        items: Sequence[AnyItem],
        loaded: Loaded,
        root: Path,
        max_length: int,
        base: ModelConfig,
        reply: ReplyForm = "letter",
    ) -> None:
        self._items, self._loaded, self._root, self._max_length = items, loaded, root, max_length
        self._think_flag, self._reply, self._base = base.reasoning == "template", reply, base
        self._questioner = Questioner(Mode.of("letter-greedy"), "none")
        self.maker = PromptMaker(loaded, root, self._think_flag)

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: int) -> Example:
        question = self.question(index)
        return self._example(index, self.maker.pixels(image_paths(question)))

    def question(self, index: int) -> Question:
        """The item as a question, in the words of mode letter-greedy."""
        item = self._items[index]
        question = Question(item.id, item.family, self._questioner.parts(item, 0), letters_of(item))
        return as_shown(question, self._base)

    @cached_property
    def lengths(self) -> list[int]:
        """Tokens of each example, found without reading a pixel. SpaceNumError if one is longer than allowed."""
        blank: dict[tuple[int, int], VisionInput] = {}
        lengths = []
        for index, item in enumerate(self._items):
            paths = image_paths(self.question(index))
            example = self._example(index, {path: self._blank(path, blank) for path in paths})
            lengths.append(len(example.whole.ids))
            if lengths[-1] > self._max_length:
                raise SpaceNumError(
                    f"item {item.id} has {lengths[-1]} tokens, more than max_length ({self._max_length}); raise it in "
                    "the config, or lower 'pixel_budget' in the model's file"
                )
        return lengths

    def _example(self, index: int, pixels: dict[str, VisionInput]) -> Example:
        item = self._items[index]
        reply: str = item.answer
        if self._reply == "worked":
            if isinstance(item, ExternalItem):
                raise SpaceNumError(
                    f"item {item.id}: the numbers of imported items aren't known; use 'sft.reply: letter'"
                )
            reply = worked(item)
        answered = AnsweredMaker(self._loaded, self._root, self._think_flag, reply)
        made = example(self.maker, answered, self.question(index), pixels)
        if self._reply == "worked" and made.answer > WORKED_TOKENS:
            raise SpaceNumError(
                f"item {item.id}: its reply of form 'worked' has {made.answer} tokens, and a tuned model is given "
                f"{WORKED_TOKENS}; use 'sft.reply: letter' for this base"
            )
        return made

    def _blank(self, path: str, known: dict[tuple[int, int], VisionInput]) -> VisionInput:
        """An image of the same size; only its size tells how many tokens it is."""
        try:
            with Picture.open(self._root / path) as picture:
                size = picture.size
        except OSError:
            size = read_image(self._root / path).size  # says what is wrong with it
        if size not in known:
            processor = self._loaded.processor
            found = processor.image_processor(
                [Picture.new("RGB", size)], return_tensors="pt", **self._loaded.image_arguments
            )
            known[size] = VisionInput(
                found["pixel_values"], found.get("image_grid_thw"), processor.replace_image_token(found, 0)
            )
        return known[size]


@dataclass(frozen=True)
class Collator:
    """Examples as a model's arguments, padded on the left as in asking: so answers end all rows, and logits are needed
    there only. labels: [rows, logits_to_keep], where no loss is taken of the first column."""

    loaded: Loaded

    def __call__(self, examples: Sequence[Example]) -> dict[str, Any]:
        wholes = [example.whole for example in examples]
        block = PaddedBatch.of(
            wholes,
            [slice(None)] * len(wholes),
            left=True,
            pad=self.loaded.processor.tokenizer.pad_token_id,
            device=torch.device("cpu"),
        )
        kept = 1 + max(example.answer for example in examples)
        labels = torch.full((len(wholes), kept), IGNORED)
        for row, example in enumerate(examples):
            labels[row, kept - example.answer :] = torch.tensor(example.whole.ids[-example.answer :])
        return {
            "input_ids": block.ids,
            "attention_mask": block.mask,
            "position_ids": block.positions,
            "labels": labels,
            "logits_to_keep": kept,
            "use_cache": False,
            **self._images(block, [image for example in examples for image in example.pixels]),
        }

    def _images(self, block: PaddedBatch, images: Sequence[VisionInput]) -> dict[str, Tensor]:
        key = self.loaded.family.types_key
        given: dict[str, Tensor] = {key: block.types} if key else {}
        if images:
            given["pixel_values"] = torch.cat([image.values for image in images]).to(self.loaded.model.dtype)
        grids = [image.grid for image in images if image.grid is not None]
        return given | ({"image_grid_thw": torch.cat(grids)} if grids else {})


class LikeLengths(torch.utils.data.Sampler[int]):
    """The order of an epoch: batches of like length, in random order; the longest first,
    so that memory runs out at once.

    Only batches of ``size`` are alike; a step of the optimiser takes several, and so still sees everything. The order
    is a function of seed and epoch alone: a resumed run finds it again.
    """

    POOL = 50
    """Batches that are sorted by length together."""

    def __init__(self, lengths: Sequence[int], size: int, seed: int) -> None:
        self._lengths, self._size, self._seed, self._epoch = np.array(lengths), size, seed, 0

    def __len__(self) -> int:
        return len(self._lengths)

    def set_epoch(self, epoch: int) -> None:
        """The Trainer calls this at the start of each epoch."""
        self._epoch = epoch

    def __iter__(self) -> Iterator[int]:
        rng = np.random.default_rng([self._seed, self._epoch])
        order = rng.permutation(len(self._lengths))
        pool = self.POOL * self._size
        pools = [order[start : start + pool] for start in range(0, len(order), pool)]
        order = np.concatenate([some[np.argsort(-self._lengths[some], kind="stable")] for some in pools])
        whole = len(order) // self._size * self._size
        batches = rng.permutation(order[:whole].reshape(-1, self._size))
        first = np.argsort([-self._lengths[batch].max() for batch in batches], kind="stable")[:1]
        batches = np.concatenate([batches[first], np.delete(batches, first, axis=0)])
        yield from [*batches.ravel().tolist(), *order[whole:].tolist()]
