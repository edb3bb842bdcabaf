"""vLLM inside the job's own process."""

from __future__ import annotations

import gc
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from spacenum.asking.chat import Capability, Decoding, Question, Reply, as_mass
from spacenum.asking.thoughts import opened_by
from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import Letter
from spacenum.models.endpoint.completions import log_sum, normalised
from spacenum.models.endpoint.messages import Messages
from spacenum.models.finish_reasons import ending_of
from spacenum.models.image_tokens import check_words
from spacenum.models.pixels import ImagePlan
from spacenum.models.vllm_engine.settings import template_variables, with_images

TAIL = 32
"""Tokens at the end of a prompt that hold the words which open the model's turn."""
TRIES = 3
"""How often a batch is asked of which a reply broke off."""
MEMORY = ("out of memory", "no available memory for the cache", "free memory on device")


@dataclass
class InProcessVllm:
    """Implements ``ChatModel``. Weights are read at the first question.

    arguments: of the engine. images: how images are kept within their budget, asked for when the engine starts.
    adapter: the LoRA's folder. thinking: the template's variable for it, if it has one. template: its other variables.
    budget: tokens after which a thought is ended. fits: throws if the adapter can't fit, before weights are read.
    image_tokens: what no question's words may hold. versions: of packages that replies may change with.
    """

    checkpoint: str
    arguments: Mapping[str, JsonValue]
    images: Callable[[], ImagePlan]
    adapter: Path | None
    thinking: str | None
    identity: Mapping[str, str]
    messages: Messages
    template: Mapping[str, JsonValue] = field(default_factory=dict)
    budget: int | None = None
    fits: Callable[[], None] = lambda: None
    image_tokens: Callable[[], frozenset[str]] = frozenset
    versions: Mapping[str, str] = field(default_factory=dict)
    capabilities: frozenset[Capability] = frozenset({"generate", "letter_logprobs"})
    _engine: Any = field(default=None, init=False)

    def reply(self, questions: Sequence[Question], decoding: Decoding) -> list[Reply]:
        """Replies in order. Families stand together in a batch, so that prefix caching reads what they share once.

        ValueError if some questions may think and others may not: a batch is of one mode.
        """
        self._engine = self._engine or self._load()
        tokens = self._letter_tokens(questions) if decoding.name == "letter_logprobs" else {}
        asked = [sampling(question, decoding, tokens, self.budget) for question in questions]
        outputs = self._whole(questions, asked)
        decode = self._engine.get_tokenizer().decode
        return [
            reply_of(output, question, tokens, opened_by(decode(output.prompt_token_ids[-TAIL:])))
            for output, question in zip(outputs, questions, strict=True)
        ]

    def _whole(self, questions: Sequence[Question], asked: Sequence[dict[str, Any]]) -> list[Any]:
        """As ``_chat``. A batch with a reply that broke off is asked again, whole, since its replies depend on it."""
        for _ in range(TRIES):
            outputs = self._chat(questions, asked)
            reasons = [output.outputs[0].finish_reason for output in outputs]
            failed = [k for k, reason in enumerate(reasons) if ending_of(reason) == "failed"]
            if not failed:
                return outputs
            broken = f"reply to {questions[failed[0]].item} (finish_reason '{reasons[failed[0]]}')"
            print(f"vllm: the engine broke off its {broken}", file=sys.stderr, flush=True)
        raise SpaceNumError(
            f"vLLM broke off its {broken} of '{self.checkpoint}', {TRIES} times; kept replies aren't asked again: look "
            "for what the engine says of it above, and run the same command again"
        )

    def rendered(self, question: Question, generation: bool) -> str:
        """The question as the engine is given it; images are their placeholders."""
        self._engine = self._engine or self._load()
        [output] = self._chat([question], [{"temperature": 0.0, "max_tokens": 1}], add_generation_prompt=generation)
        return str(self._engine.get_tokenizer().decode(output.prompt_token_ids))

    def _chat(self, questions: Sequence[Question], asked: Sequence[dict[str, Any]], **more: Any) -> list[Any]:
        """vllm.RequestOutput of each question, drawn as ``asked``. SpaceNumError if its words hold an image's token."""
        from vllm import SamplingParams
        from vllm.lora.request import LoRARequest

        check_words(questions, self.image_tokens())
        (thinks,) = {question.reasoning for question in questions}
        outputs: list[Any] = self._engine.chat(
            [self.messages.of(question) for question in questions],
            sampling_params=[SamplingParams(**each) for each in asked],
            use_tqdm=False,
            lora_request=LoRARequest("adapter", 1, str(self.adapter.resolve())) if self.adapter else None,
            chat_template_kwargs=template_variables(self.template, self.thinking, thinks) or None,
            **more,
        )
        self.messages.forget()
        return outputs

    def close(self) -> None:
        """Free the device."""
        self._engine = None
        gc.collect()

    def _load(self) -> Any:
        if self.arguments["tensor_parallel_size"] == 1:  # one process, so that a killed job leaves none behind
            os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
        from vllm import LLM

        self.fits()
        plan = self.images()
        self.messages.shrink_to(plan.shrink)
        arguments = with_images(self.arguments, plan.arguments)
        try:
            return LLM(model=self.checkpoint, **arguments)
        except (RuntimeError, ValueError) as error:
            if not any(word in str(error).lower() for word in MEMORY):
                raise
            raise SpaceNumError(
                f"'{self.checkpoint}' doesn't fit into the GPU's memory; give it more GPUs "
                "(SPACENUM_VLLM_TENSOR_PARALLEL), a larger share (SPACENUM_VLLM_GPU_MEMORY), or a lower "
                f"options.max_model_len ({' '.join(str(error).split())[:200]})"
            ) from error

    def _letter_tokens(self, questions: Sequence[Question]) -> dict[Letter, list[int]]:
        """The tokens that are a letter alone, with and without a space before it."""
        tokenizer = self._engine.get_tokenizer()
        letters = {letter for question in questions for letter in question.letters}
        found: dict[Letter, list[int]] = {}
        for letter in sorted(letters):
            spellings = [tokenizer.encode(text, add_special_tokens=False) for text in (letter, f" {letter}")]
            found[letter] = sorted({tokens[0] for tokens in spellings if len(tokens) == 1})
        return found


def sampling(
    question: Question, decoding: Decoding, tokens: Mapping[Letter, Sequence[int]], budget: int | None = None
) -> dict[str, Any]:
    """Arguments of vLLM's SamplingParams; ``tokens`` of each letter if their log-probabilities are asked for. budget:
    tokens after which a thought is ended.

    Those are exact, of the unchanged distribution (logprobs_mode "raw_logprobs"), however unlikely a letter is.
    """
    if decoding.name == "letter_logprobs":
        wanted = [token for letter in question.letters for token in tokens[letter]]
        return {"temperature": 0.0, "max_tokens": 1, "logprob_token_ids": wanted}
    return {
        "temperature": decoding.temperature,
        "top_p": decoding.top_p,
        "top_k": decoding.top_k,
        "repetition_penalty": decoding.repetition_penalty,
        "presence_penalty": decoding.presence_penalty,
        "max_tokens": decoding.max_new_tokens,
        "seed": question.seed,
        **({"thinking_token_budget": budget} if budget and question.reasoning else {}),
    }


def reply_of(output: Any, question: Question, tokens: Mapping[Letter, Sequence[int]], opened: str = "") -> Reply:
    """The reply in a vllm.RequestOutput; with ``tokens``, the letters' log-probabilities of its first position.
    opened: the tag of thought with which its prompt ends."""
    (drawn,) = output.outputs
    logprobs = mass = None
    if tokens:
        listed = drawn.logprobs[0]
        logs = {letter: log_sum(listed[token].logprob for token in tokens[letter]) for letter in question.letters}
        logprobs, mass = normalised(logs), as_mass(math.exp(log_sum(logs.values())))
    return Reply(
        text=None if tokens else opened + drawn.text,
        finished=bool(tokens) or ending_of(drawn.finish_reason) != "cut",
        letter_logprobs=logprobs,
        prompt_tokens=len(output.prompt_token_ids),
        reply_tokens=len(drawn.token_ids),
        letter_mass=mass,
    )
