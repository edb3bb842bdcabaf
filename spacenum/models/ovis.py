"""Ovis2.5 by the code that the checkpoint brings along, with its own calls: for its thinking budget, or without vLLM.

``preprocess_inputs`` and ``generate`` with ``enable_thinking`` and ``thinking_budget``. That code was written for
transformers 4.51; it runs up to 4.57 and not under 5, where classes lack what it asks of them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from spacenum.asking.base import Context
from spacenum.asking.chat import Capability, ChatModel, Decoding, Question, Reply
from spacenum.asking.settings import ModelConfig
from spacenum.asking.thoughts import opened_by
from spacenum.core.blocks import Block
from spacenum.core.errors import SpaceNumError
from spacenum.core.machine import from_environment
from spacenum.core.provenance import first_problem
from spacenum.items.schema import Image
from spacenum.models import checkpoints
from spacenum.models.image_tokens import PLACEHOLDER, check_words, of_images
from spacenum.models.pixels import OVIS, image_arguments
from spacenum.models.transformers.settings import LocalMachine

ROOM_FOR_ANSWER = 25
"""The model card asks that max_new_tokens exceed thinking_budget by more than this."""


class OvisOptions(Block):
    """``options`` of a model's file."""

    trust_remote_code: bool = Field(False, description="agree to run the Python code that the checkpoint brings along")
    thinking_budget: int | None = Field(None, ge=1, description="tokens after which thinking is cut off; null: never")


class Ovis:
    """One question at a time: the checkpoint's own calls take no batches."""

    capabilities: frozenset[Capability] = frozenset(["generate", "independent"])

    def __init__(self, config: ModelConfig, options: OvisOptions, machine: LocalMachine, root: Path) -> None:
        self._config, self._options, self._machine, self._root = config, options, machine, root

    @cached_property
    def identity(self) -> Mapping[str, str]:
        """Weights, precision, pixels and the thinking budget."""
        more = {
            "engine": "ovis",
            "dtype": self._config.dtype,
            "pixel_budget": str(self._config.pixel_budget),
            "thinking_budget": str(self._options.thinking_budget),
        }
        return checkpoints.identity(self._config) | more

    @cached_property
    def versions(self) -> Mapping[str, str]:
        """Of the packages that read images, words and weights."""
        return checkpoints.reply_versions()

    @cached_property
    def _model(self) -> Any:
        import torch
        from transformers import AutoModelForCausalLM

        from spacenum.models.transformers.fitting import check_report, check_values
        from spacenum.models.transformers.loading import device_of

        checkpoints.check_files(self._config)
        checkpoint = checkpoints.checkpoint_of(self._config)
        with checkpoints.plain_words(self._config):
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                checkpoint,
                revision=checkpoints.pinned(self._config).revision,
                torch_dtype=getattr(torch, self._config.dtype),
                trust_remote_code=True,
                output_loading_info=True,
            )
        model, report = loaded
        check_report(report, checkpoint)
        check_values(model, checkpoint)
        return model.to(device_of(self._machine)).eval()

    @cached_property
    def _image_tokens(self) -> frozenset[str]:
        """The checkpoint's code looks for PLACEHOLDER in the words."""
        return of_images(self._model.text_tokenizer.added_tokens_decoder.values()) | {PLACEHOLDER}

    def reply(self, questions: Sequence[Question], decoding: Decoding) -> list[Reply]:
        """One reply per question, in order. SpaceNumError if log-probabilities are asked
        for, an image is missing, or a question's words hold a token that stands for one."""
        check_words(questions, self._image_tokens)
        if decoding.name == "letter_logprobs":
            raise SpaceNumError("backend 'ovis' gives no letter log-probabilities; use a greedy mode, or backend vllm")
        return [self._reply(question, decoding) for question in questions]

    def rendered(self, question: Question, generation: bool) -> str:
        """The question as the checkpoint's chat template writes it, an image as its placeholder."""
        return str(
            self._model.text_tokenizer.apply_chat_template(
                self._messages(question),
                tokenize=False,
                add_generation_prompt=generation,
                enable_thinking=question.reasoning,
            )
        )

    def close(self) -> None:
        """Forget the weights."""
        self.__dict__.pop("_model", None)
        self.__dict__.pop("_image_tokens", None)

    def _reply(self, question: Question, decoding: Decoding) -> Reply:
        import torch
        from transformers import GenerationConfig

        from spacenum.models.transformers.writing import only, reply_ends

        model, budget = self._model, self._config.pixel_budget
        ids, pixels, grids = model.preprocess_inputs(
            messages=self._messages(question),
            add_generation_prompt=True,
            enable_thinking=question.reasoning,
            **image_arguments({"image_processor_type": OVIS}, budget),
        )
        tokenizer = model.text_tokenizer
        opened = opened_by(
            tokenizer.decode([token for token in ids[0].tolist() if token >= 0], skip_special_tokens=False)
        )
        ends = GenerationConfig(eos_token_id=reply_ends(model.llm, tokenizer), pad_token_id=tokenizer.pad_token_id)
        with only(ends, model.llm), torch.inference_mode(), torch.random.fork_rng():
            torch.manual_seed(question.seed)
            written = model.generate(
                inputs=ids.to(model.device),
                pixel_values=None if pixels is None else pixels.to(model.device, model.dtype),
                grid_thws=None if grids is None else grids.to(model.device),
                max_new_tokens=decoding.max_new_tokens,
                **self._thinking(question, decoding),
                **_drawing(decoding),
                **_penalties(decoding, ids),
            )[0].tolist()
        return Reply(
            text=opened + tokenizer.decode(written, skip_special_tokens=True),
            finished=tokenizer.eos_token_id in written or len(written) < decoding.max_new_tokens,
            prompt_tokens=int(ids.shape[-1]),
            reply_tokens=len(written),
        )

    def _messages(self, question: Question) -> list[dict[str, Any]]:
        system = [{"role": "system", "content": question.system}] if question.system else []
        return [*system, {"role": "user", "content": self._content(question)}]

    def _content(self, question: Question) -> list[dict[str, Any]]:
        from spacenum.models.transformers.prompts import read_image

        return [
            {"type": "image", "image": read_image(self._root / part.image)}
            if isinstance(part, Image)
            else {"type": "text", "text": part.text}
            for part in question.parts
        ]

    def _thinking(self, question: Question, decoding: Decoding) -> dict[str, Any]:
        budget = self._options.thinking_budget
        if not (question.reasoning and budget):
            return {"enable_thinking": question.reasoning, "enable_thinking_budget": False}
        if budget + ROOM_FOR_ANSWER >= decoding.max_new_tokens:
            raise SpaceNumError(
                f"model file, key 'options.thinking_budget': {budget} leaves no room for an answer within "
                f"max_new_tokens.reasoning = {decoding.max_new_tokens}; it must be smaller "
                f"by more than {ROOM_FOR_ANSWER}"
            )
        return {"enable_thinking": True, "enable_thinking_budget": True, "thinking_budget": budget}


def _drawing(decoding: Decoding) -> dict[str, Any]:
    if not decoding.temperature:
        return {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
    return {
        "do_sample": True,
        "temperature": decoding.temperature,
        "top_p": decoding.top_p,
        "top_k": decoding.top_k,
    }


def _penalties(decoding: Decoding, ids: Any) -> dict[str, Any]:
    """As in every engine, of the prompt's tokens too: the checkpoint's code hands over embeddings, so that the penalty
    of transformers would see the reply alone. ids: [1, tokens], below 0 where an image is."""
    from spacenum.models.transformers.writing import drawing

    steps = drawing(decoding.model_copy(update={"temperature": 0.0}), ids.tolist(), [])
    return {"logits_processor": steps} if steps else {}


def check(config: ModelConfig) -> None:
    """SpaceNumError if the options of the model's file aren't this backend's."""
    options_of(config)


def options_of(config: ModelConfig) -> OvisOptions:
    """``options`` of the model's file, checked."""
    try:
        return OvisOptions.model_validate(config.options)
    except ValidationError as error:
        raise SpaceNumError(f"model file, key 'options': {first_problem(error)}") from None


def load(config: ModelConfig, context: Context) -> ChatModel:
    """The model of a file with ``backend: ovis``. SpaceNumError unless the file agrees to the checkpoint's own code."""
    checkpoints.require(config)
    installed = version("transformers")
    if int(installed.partition(".")[0]) >= 5:
        raise SpaceNumError(
            f"the code of '{config.checkpoint}' doesn't run under transformers {installed}: say `backend: vllm` in the "
            "model's file, or run its jobs with transformers 4.57 (envs/ovis.yaml)"
        )
    options = options_of(config)
    if not options.trust_remote_code:
        raise SpaceNumError(
            f"checkpoint '{config.checkpoint}' runs Python code of its own on this machine: read it, pin 'revision', "
            "and set options.trust_remote_code: true in the model's file if you agree"
        )
    return Ovis(config, options, from_environment(LocalMachine, "SPACENUM_", os.environ), context.root)
