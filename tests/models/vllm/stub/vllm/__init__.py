"""As much of vLLM 0.32's Python API as ``in_process`` uses, with the same names and arguments; it answers nonsense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CALLS: list[dict[str, Any]] = []
"""What each ``chat`` was given."""
REASONS: list[str] = []
"""Finish reasons of the next replies; of those after them, whatever the question asks for."""


@dataclass(kw_only=True)
class SamplingParams:
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    repetition_penalty: float = 1.0
    presence_penalty: float = 0.0
    thinking_token_budget: int | None = None
    seed: int | None = None
    max_tokens: int | None = 16
    logprob_token_ids: list[int] | None = None


@dataclass
class Logprob:
    logprob: float
    rank: int | None = None
    decoded_token: str | None = None


@dataclass
class CompletionOutput:
    text: str
    token_ids: list[int]
    logprobs: list[dict[int, Logprob]] | None
    finish_reason: str | None


@dataclass
class RequestOutput:
    prompt_token_ids: list[int]
    outputs: list[CompletionOutput]


class Tokenizer:
    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        """A letter is one token; with a space before it another, but " D" is two."""
        special = [1] if add_special_tokens else []
        return special + ([32, 68] if text == " D" else [sum(text.encode())])

    def decode(self, ids: list[int]) -> str:
        """Words of prompts, whose tokens are numbers of their characters."""
        return "".join(map(chr, ids))


class LLM:
    def __init__(
        self,
        model: str,
        *,
        dtype: str = "auto",
        seed: int = 0,
        revision: str | None = None,
        tensor_parallel_size: int = 1,
        gpu_memory_utilization: float = 0.92,
        trust_remote_code: bool = False,
        **engine: Any,
    ) -> None:
        if model == "too/large":
            raise ValueError("No available memory for the cache blocks. Try increasing `gpu_memory_utilization`")
        self.arguments = {"model": model, "dtype": dtype, "revision": revision} | engine

    def get_tokenizer(self) -> Tokenizer:
        return Tokenizer()

    def chat(
        self,
        messages: list[Any],
        sampling_params: Any = None,
        use_tqdm: bool = True,
        lora_request: Any = None,
        chat_template_kwargs: dict[str, Any] | None = None,
        add_generation_prompt: bool = True,
    ) -> list[RequestOutput]:
        call = {"lora": lora_request, "template": chat_template_kwargs, "engine": self.arguments}
        CALLS.append(call | {"sampling": sampling_params})
        turn = "|model|" + "<think>\n" * bool((chat_template_kwargs or {}).get("enable_thinking"))
        return [
            self._answer(m, p, turn * add_generation_prompt) for m, p in zip(messages, sampling_params, strict=True)
        ]

    def _answer(self, messages: list[dict[str, Any]], params: SamplingParams, turn: str) -> RequestOutput:
        system = "".join(message["content"] for message in messages[:-1])
        text = " ".join(part.get("text", "[image]") for part in messages[-1]["content"])
        prompt = [ord(character) for character in f"{system}|{text}{turn}"]
        ids = params.logprob_token_ids
        logprobs = [{token: Logprob(-float(token)) for token in ids}] if ids else None
        text = f"{text} T={params.temperature} k={params.top_k} seed={params.seed}"
        reason = "length" if params.max_tokens == 1 or "long" in text else "stop"
        reason = REASONS.pop(0) if REASONS else reason
        return RequestOutput(prompt, [CompletionOutput(text, [0, 0], logprobs, reason)])
