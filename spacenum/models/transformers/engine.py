"""The transformers backend as a ChatModel: windows of questions prepared while the device computes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from spacenum.asking.chat import Capability, Decoding, Question, Reply
from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.models import checkpoints
from spacenum.models.transformers.images import encode
from spacenum.models.transformers.letters import LetterReader, Letters
from spacenum.models.transformers.loading import Loaded, load
from spacenum.models.transformers.prompts import Prompt, PromptMaker, VisionInput, image_paths
from spacenum.models.transformers.settings import LocalMachine, TransformersOptions
from spacenum.models.transformers.sharing import PrefixGroup, batches, groups, keeps_keys_alone, windows
from spacenum.models.transformers.writing import write


@dataclass(frozen=True)
class Window:
    """Questions of whole families, read and tokenised."""

    questions: Sequence[Question]
    prompts: list[Prompt]
    pixels: dict[str, VisionInput]


class TransformersEngine:
    """A checkpoint of one of FAMILIES. Read on first use: a run that has all its replies loads nothing."""

    name = "transformers 3"
    """Which way replies are made; part of every kept one's key. The number goes up when a change here changes them."""

    def __init__(self, config: ModelConfig, options: TransformersOptions, machine: LocalMachine, root: Path) -> None:
        self._config, self._options, self._machine, self._root = config, options, machine, root
        thinks = config.reasoning == "checkpoint"
        self.capabilities: frozenset[Capability] = frozenset(
            ["generate"] if thinks else ["generate", "letter_logprobs"]
        )

    @cached_property
    def identity(self) -> Mapping[str, str]:
        """Weights, precision, pixels, and the options, each of which moves a reply at least within rounding."""
        return checkpoints.identity(self._config) | self._settings

    @cached_property
    def versions(self) -> Mapping[str, str]:
        """Of the packages that read images, words, weights and adapters."""
        return checkpoints.reply_versions(*(["peft"] if self._config.adapter else []))

    @property
    def _settings(self) -> dict[str, str]:
        return {
            "engine": self.name,
            "reasoning": self._config.reasoning,
            "dtype": self._config.dtype,
            "pixel_budget": str(self._config.pixel_budget),
            "options": self._options.model_dump_json(exclude={"path", "unread_weights"}),
            **checkpoints.thought_identity(self._config),
        }

    @cached_property
    def _loaded(self) -> Loaded:
        with out_of_memory(self._options):
            return self._load()

    def _load(self) -> Loaded:
        return load(self._config, self._options, self._machine)

    @cached_property
    def _maker(self) -> PromptMaker:
        return self._prompts()

    def _prompts(self) -> PromptMaker:
        return PromptMaker(self._loaded, self._root, think_flag=self._config.reasoning == "template")

    @cached_property
    def _reader(self) -> LetterReader:
        return LetterReader(self._loaded)

    def reply(self, questions: Sequence[Question], decoding: Decoding) -> list[Reply]:
        """One reply per question, in order. SpaceNumError if an image is missing or memory runs out."""
        answer = self._letters if decoding.name == "letter_logprobs" else self._write
        with out_of_memory(self._options):
            return [reply for window in self._windows(questions) for reply in answer(window, decoding)]

    def rendered(self, question: Question, generation: bool) -> str:
        """The question as the chat template writes it, each image still one token."""
        return self._maker.text(question, generation)

    def first_logits(self, questions: Sequence[Question]) -> list[NDArray[np.float32]]:
        """Logits of the first token of each reply, over the whole vocabulary; all questions in one batch."""
        with out_of_memory(self._options):
            window = self._prepare(self._maker, questions)
            logits = self._reader.first_logits(window.prompts, encode(self._loaded, window.pixels))
            return list(logits.cpu().numpy())

    def close(self) -> None:
        """Free the device."""
        for name in ("_reader", "_maker", "_loaded"):
            self.__dict__.pop(name, None)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _windows(self, questions: Sequence[Question]) -> Iterator[Window]:
        """Windows in order; the next one is read while the caller works on this one."""
        spans = list(windows([question.family for question in questions], self._options.batch_size))
        maker = self._maker
        with ThreadPoolExecutor(1) as ahead:
            waiting = [ahead.submit(self._prepare, maker, [questions[k] for k in span]) for span in spans[:2]]
            for k in range(len(spans)):
                yield waiting.pop(0).result()
                waiting += [
                    ahead.submit(self._prepare, maker, [questions[j] for j in span]) for span in spans[k + 2 : k + 3]
                ]

    def _prepare(self, maker: PromptMaker, questions: Sequence[Question]) -> Window:
        pixels = maker.pixels([path for question in questions for path in image_paths(question)])
        return Window(questions, [maker.prompt(question, pixels) for question in questions], pixels)

    def _plan(self, window: Window) -> list[list[PrefixGroup]]:
        families = [question.family for question in window.questions]
        causal = self._loaded.family.causal_images
        share = self._options.share_prefixes and keeps_keys_alone(self._loaded.model.config)
        found = groups(window.prompts, families, causal) if share else []
        return batches(found or _alone(window), _lengths(window), self._options.batch_size)

    def _letters(self, window: Window, decoding: Decoding) -> list[Reply]:
        images = encode(self._loaded, window.pixels)
        letters = [question.letters for question in window.questions]
        found: dict[int, Letters] = {}
        for batch in self._plan(window):
            found |= self._reader.logprobs(window.prompts, letters, batch, images)
        return letter_replies(window, found)

    def _write(self, window: Window, decoding: Decoding) -> list[Reply]:
        images = encode(self._loaded, window.pixels)
        found: dict[int, Reply] = {}
        for batch in batches(_alone(window), _lengths(window), self._options.batch_size):
            members = [k for group in batch for k in group.members]
            rows = [window.prompts[k] for k in members]
            inputs = self._reader.inputs(rows, images)
            seeds = [window.questions[k].seed for k in members]
            lengths = [len(prompt.ids) for prompt in rows]
            replies = write(self._loaded.model, self._loaded.processor.tokenizer, inputs, lengths, decoding, seeds)
            found |= dict(zip(members, replies, strict=True))
        return written_replies(window, found)


def letter_replies(window: Window, found: Mapping[int, Letters]) -> list[Reply]:
    """The letters found for each question of a window, as replies."""
    return [
        Reply(
            text=None,
            finished=True,
            letter_logprobs=found[k].logprobs,
            prompt_tokens=length,
            reply_tokens=0,
            letter_mass=found[k].mass,
        )
        for k, length in enumerate(_lengths(window))
    ]


def written_replies(window: Window, found: Mapping[int, Reply]) -> list[Reply]:
    """What was written to each question of a window, behind the tag of thought that its prompt opened."""
    return [replace(found[k], text=prompt.opened + (found[k].text or "")) for k, prompt in enumerate(window.prompts)]


def _alone(window: Window) -> list[PrefixGroup]:
    return [PrefixGroup((k,), 0) for k in range(len(window.questions))]


def _lengths(window: Window) -> list[int]:
    return [len(prompt.ids) for prompt in window.prompts]


class out_of_memory:
    """Says in one sentence what to lower when the device's memory runs out."""

    def __init__(self, options: TransformersOptions) -> None:
        self._options = options

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, torch.OutOfMemoryError):
            raise SpaceNumError(
                f"out of GPU memory: lower options.batch_size (now {self._options.batch_size}) or 'pixel_budget' in "
                "the model's file, or spread the weights over more GPUs (key 'gpus')"
            ) from error
