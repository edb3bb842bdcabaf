"""The stock way: the checkpoint's own processor and ``model(**inputs)``, for any class of image-text-to-text models.

Nothing here knows a family. A batch of questions goes through the processor as transformers' ``apply_chat_template``
would send it, padded on the left, and its images through the vision tower as often as they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES
from transformers.models.auto.processing_auto import PROCESSOR_MAPPING_NAMES  # type: ignore[attr-defined]

from spacenum.asking.chat import Decoding, Question, Reply
from spacenum.asking.settings import ModelConfig
from spacenum.asking.thoughts import opened_by
from spacenum.core.errors import SpaceNumError
from spacenum.models.checkpoints import checkpoint_of, model_type, settings_file
from spacenum.models.transformers.engine import (
    TransformersEngine,
    Window,
    letter_replies,
    out_of_memory,
    written_replies,
)
from spacenum.models.transformers.families import Architecture
from spacenum.models.transformers.heads import standing_in
from spacenum.models.transformers.letters import LetterReader, Letters
from spacenum.models.transformers.loading import Loaded, load
from spacenum.models.transformers.prompts import Prompt, PromptMaker, image_paths, read_image
from spacenum.models.transformers.sharing import PrefixGroup
from spacenum.models.transformers.writing import write

KEPT = ("processor_config.json", "preprocessor_config.json", "tokenizer_config.json")
"""Where a checkpoint may name the class of its processor, in transformers' order."""


@dataclass(frozen=True)
class StockBatch:
    """Questions that go through the processor together. members: their places in the window. inputs: what the processor
    made of them, on the CPU. opened: the tag of thought with which each prompt ends, or ""."""

    members: tuple[int, ...]
    inputs: dict[str, Any]

    opened: tuple[str, ...]

    def prompts(self) -> list[Prompt]:
        """The tokens of each, padding apart."""
        mask = self.inputs["attention_mask"].bool()
        rows = [ids[seen].tolist() for ids, seen in zip(self.inputs["input_ids"], mask, strict=True)]
        return [
            Prompt(tuple(ids), (0,) * len(ids), (), torch.arange(len(ids)).expand(1, -1), None, opened)
            for ids, opened in zip(rows, self.opened, strict=True)
        ]


@dataclass(frozen=True)
class StockWindow(Window):
    """A window whose batches went through the processor."""

    batches: Sequence[StockBatch] = ()


class StockPrompts(PromptMaker):
    """Questions as the processor's inputs, a batch at once."""

    def batch(self, questions: Sequence[Question], span: range) -> StockBatch:
        """The questions at the places of ``span``, through the processor together."""
        some = [questions[k] for k in span]
        return StockBatch(tuple(span), self.inputs(some), tuple(opened_by(self.text(each)) for each in some))

    def inputs(self, questions: Sequence[Question]) -> dict[str, Any]:
        """What the model takes. SpaceNumError if an image is missing, or the processor refuses a question."""
        processor = self._loaded.processor
        texts = [self.text(question) for question in questions]
        images = [[read_image(self._root / path) for path in image_paths(question)] for question in questions]
        # As apply_chat_template does: a template that writes the start token has written the only one.
        bos = processor.tokenizer.bos_token
        given = {"images": images} if any(images) else {}
        try:
            made = processor(
                text=texts,
                **given,
                padding=True,
                padding_side="left",
                return_tensors="pt",
                add_special_tokens=not (bos and texts[0].startswith(bos)),
                images_kwargs=self._loaded.image_arguments,
            )
        except ValueError as error:
            raise SpaceNumError(
                f"{questions[0].item} and {len(questions) - 1} more: the checkpoint's processor "
                f"({type(processor).__name__}) can't take these images and words ({str(error).splitlines()[0]})"
            ) from error
        return dict(made)


class StockReader(LetterReader):
    """Letters after prompts that the processor has made. images: all its inputs of the batch, not encoded images."""

    @torch.inference_mode()
    def _whole(self, rows: Sequence[Prompt], images: Any, tokens: Sequence[int]) -> Tensor:
        model = self._loaded.model
        inputs = on_device(images, self._loaded)
        if isinstance(model.get_output_embeddings(), torch.nn.Module):
            with standing_in(model, [-1] * len(rows), tokens):
                found: Tensor = model(**inputs).logits[:, 0]
            return found.float()
        every = model(**inputs).logits[:, -1].float()
        return torch.cat([every[:, torch.tensor(tokens, dtype=torch.long, device=every.device)], every], -1)


class StockEngine(TransformersEngine):
    """A checkpoint of any class that transformers has for images and text. One prompt shares nothing with another."""

    name = "transformers, stock 1"

    def _load(self) -> Loaded:
        check_class(self._config, model_type(self._config))
        return load(self._config, self._options, self._machine, Architecture(_processor_name(self._config), None))

    def _prompts(self) -> StockPrompts:
        return StockPrompts(self._loaded, self._root, think_flag=self._config.reasoning == "template")

    @cached_property
    def _reader(self) -> LetterReader:
        return StockReader(self._loaded)

    def first_logits(self, questions: Sequence[Question]) -> list[NDArray[np.float32]]:
        """Logits of the first token of each reply, over the whole vocabulary; all questions in one batch."""
        with out_of_memory(self._options):
            assert isinstance(self._maker, StockPrompts)
            batch = self._maker.batch(questions, range(len(questions)))
            return list(self._reader.first_logits(batch.prompts(), batch.inputs).cpu().numpy())

    def _prepare(self, maker: PromptMaker, questions: Sequence[Question]) -> StockWindow:
        assert isinstance(maker, StockPrompts)
        size = self._options.batch_size
        spans = [range(start, min(start + size, len(questions))) for start in range(0, len(questions), size)]
        batches = [maker.batch(questions, span) for span in spans]
        return StockWindow(questions, [prompt for batch in batches for prompt in batch.prompts()], {}, batches)

    def _letters(self, window: Window, decoding: Decoding) -> list[Reply]:
        assert isinstance(window, StockWindow)
        letters = [question.letters for question in window.questions]
        found: dict[int, Letters] = {}
        for batch in window.batches:
            groups = [PrefixGroup((k,), 0) for k in batch.members]
            found |= self._reader.logprobs(window.prompts, letters, groups, batch.inputs)
        return letter_replies(window, found)

    def _write(self, window: Window, decoding: Decoding) -> list[Reply]:
        assert isinstance(window, StockWindow)
        found: dict[int, Reply] = {}
        for batch in window.batches:
            inputs = on_device(batch.inputs, self._loaded)
            seeds = [window.questions[k].seed for k in batch.members]
            lengths = [len(window.prompts[k].ids) for k in batch.members]
            replies = write(self._loaded.model, self._loaded.processor.tokenizer, inputs, lengths, decoding, seeds)
            found |= dict(zip(batch.members, replies, strict=True))
        return written_replies(window, found)


def on_device(inputs: Mapping[str, Any], loaded: Loaded) -> dict[str, Any]:
    """The processor's tensors where the model is, pixels in its precision."""
    return {name: _moved(value, loaded) for name, value in inputs.items()}


def _moved(value: Any, loaded: Loaded) -> Any:
    if isinstance(value, list):
        return [_moved(each, loaded) for each in value]
    if not isinstance(value, Tensor):
        return value
    return value.to(loaded.device, loaded.model.dtype if value.is_floating_point() else value.dtype)


def check_class(config: ModelConfig, kind: str) -> None:
    """SpaceNumError unless transformers has a class of image-text-to-text models for this model_type."""
    if kind in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES:
        return
    from transformers import __version__

    raise SpaceNumError(
        f"checkpoint '{checkpoint_of(config)}' has model_type '{kind}' in its config.json, which is not an "
        f"image-text-to-text model of transformers {__version__}; use backend vllm if vLLM knows it"
    )


def _processor_name(config: ModelConfig) -> str:
    """The class of the processor: as a file of the checkpoint names it, else as transformers has it for the model."""
    for name in KEPT:
        if found := (settings_file(config, name) or {}).get("processor_class"):
            return str(found)
    return str(PROCESSOR_MAPPING_NAMES.get(model_type(config), ""))
