"""The engine for a language model in a GGUF file: the same batches and prefixes, a word where an image stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from spacenum.asking.chat import Question
from spacenum.asking.settings import ModelConfig
from spacenum.asking.thoughts import opened_by
from spacenum.core.provenance import sha256_of
from spacenum.items.schema import Image
from spacenum.models import checkpoints
from spacenum.models.transformers.engine import TransformersEngine
from spacenum.models.transformers.families import Architecture
from spacenum.models.transformers.fitting import check_report
from spacenum.models.transformers.loading import Loaded, device_of
from spacenum.models.transformers.prompts import Prompt, PromptMaker, VisionInput
from spacenum.models.transformers.settings import LocalMachine, TransformersOptions

IMAGE = "[image]"


class TextPrompts(PromptMaker):
    """Questions as text alone; no image file is opened."""

    def pixels(self, paths: Sequence[str]) -> dict[str, VisionInput]:
        return {}

    def text(self, question: Question, generation: bool = True) -> str:
        words = "\n".join(IMAGE if isinstance(part, Image) else part.text.strip() for part in question.parts)
        system = [{"role": "system", "content": question.system}] if question.system else []
        return self._loaded.processor.tokenizer.apply_chat_template(
            [*system, {"role": "user", "content": words}], tokenize=False, add_generation_prompt=generation
        )

    def prompt(self, question: Question, pixels: dict[str, VisionInput]) -> Prompt:
        text = self.text(question)
        ids = self._loaded.processor.tokenizer(text, add_special_tokens=False)["input_ids"]
        positions = torch.arange(len(ids)).expand(1, -1)
        return Prompt(tuple(ids), (0,) * len(ids), (), positions, opened=opened_by(text))


class TextEngine(TransformersEngine):
    """weights: the GGUF file."""

    def __init__(
        self, config: ModelConfig, options: TransformersOptions, machine: LocalMachine, root: Path, weights: Path
    ) -> None:
        super().__init__(config, options, machine, root)
        self._weights = weights
        self.capabilities |= {"blind"}

    @cached_property
    def identity(self) -> Mapping[str, str]:
        return self._settings | {"checkpoint": self._weights.name, "revision": sha256_of(self._weights)[:16]}

    @cached_property
    def versions(self) -> Mapping[str, str]:
        return checkpoints.reply_versions("gguf")

    def _load(self) -> Loaded:
        where = {"gguf_file": self._weights.name, "local_files_only": True, "trust_remote_code": False}
        tokenizer = AutoTokenizer.from_pretrained(self._weights.parent, padding_side="left", **where)
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            self._weights.parent, dtype=getattr(torch, self._config.dtype), output_loading_info=True, **where
        )
        model, report = loaded
        check_report(report, self._weights.name, self._options.unread_weights)
        device = device_of(self._machine)
        family = Architecture("", None)
        return Loaded(model.to(device).eval(), SimpleNamespace(tokenizer=tokenizer), family, {}, device)

    def _prompts(self) -> PromptMaker:
        return TextPrompts(self._loaded, self._root, think_flag=False)
