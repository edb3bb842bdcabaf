"""Replies token by token: greedy, or drawn with a seed of each question's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from transformers import (
    GenerationConfig,
    LogitsProcessor,
    LogitsProcessorList,
    TemperatureLogitsWarper,
    TopPLogitsWarper,
)

from spacenum.asking.chat import Decoding, Reply


class Penalties(LogitsProcessor):
    """Lowers the logits of tokens that were there before, as vLLM does: repetition_penalty of the prompt's and the
    reply's, then presence_penalty of the reply's. Padding is no part of a prompt."""

    def __init__(self, decoding: Decoding, prompts: Sequence[Sequence[int]]) -> None:
        """prompts: the tokens of each row's prompt; those below 0 stand for images, and are none."""
        self._repetition, self._presence = decoding.repetition_penalty, decoding.presence_penalty
        self._prompts = [torch.tensor([token for token in row if token >= 0], dtype=torch.long) for row in prompts]
        self._start: int | None = None
        self._written: Tensor | None = None

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """input_ids: [rows, tokens] so far, of which those of the first call are no reply; scores: [rows,
        vocabulary], as is the result."""
        self._start = input_ids.shape[1] if self._start is None else self._start
        kept = torch.zeros_like(scores, dtype=torch.bool) if self._written is None else self._written
        self._written = written = kept.scatter(1, input_ids[:, self._start :], True)
        seen = written.clone()
        for row, prompt in enumerate(self._prompts):
            seen[row, prompt[prompt < scores.shape[1]].to(seen.device)] = True
        lowered = torch.where(scores > 0, scores / self._repetition, scores * self._repetition)
        return torch.where(seen, lowered, scores) - self._presence * written


class SeededDraw(LogitsProcessor):
    """Draws the next token of each row with the row's own generator, on the CPU: so a draw depends neither on the rest
    of the batch nor on the device's own random numbers. Only the tokens that top_k leaves come there.

    The largest of logits plus Gumbel noise is a draw from their softmax; everything but the token drawn is masked, so
    that greedy search takes it.
    """

    def __init__(self, decoding: Decoding, seeds: Sequence[int]) -> None:
        self._top_k = decoding.top_k
        self._cuts: list[Any] = [TemperatureLogitsWarper(decoding.temperature)]
        if decoding.top_p < 1:
            self._cuts.append(TopPLogitsWarper(decoding.top_p))
        self._generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """input_ids: [rows, tokens] so far; scores: [rows, vocabulary], as is the result."""
        most = min(self._top_k or scores.shape[1], scores.shape[1])
        least = scores.topk(most).values[:, -1:]
        # By what they reach, in the order of the vocabulary: of ties, devices may list some and in any order.
        places = (scores >= least).nonzero()
        logits = scores[places[:, 0], places[:, 1]].float().cpu()
        rows, tokens = places.cpu().unbind(1)
        drawn = [
            self._draw(logits[rows == row], tokens[rows == row], generator)
            for row, generator in enumerate(self._generators)
        ]
        chosen = torch.stack(drawn)[:, None].to(scores.device)
        return torch.full_like(scores, float("-inf")).scatter(1, chosen, 0.0)

    def _draw(self, logits: Tensor, tokens: Tensor, generator: torch.Generator) -> Tensor:
        """One of ``tokens``, which have these logits."""
        cut = logits[None]
        for warp in self._cuts:
            cut = warp(None, cut)
        uniform = torch.rand(cut.shape[1], generator=generator, dtype=torch.float64)
        return tokens[(cut[0].double() - torch.log(-torch.log(uniform))).argmax()]


def write(
    model: Any, tokenizer: Any, inputs: dict[str, Any], lengths: Sequence[int], decoding: Decoding, seeds: Sequence[int]
) -> list[Reply]:
    """A reply to each row of ``inputs`` (left-padded). lengths: tokens of each row's prompt, padding apart."""
    rows = write_tokens(model, tokenizer, inputs, decoding, seeds)
    ends = reply_ends(model, tokenizer)
    return [_reply(tokenizer, row, ends, length) for row, length in zip(rows, lengths, strict=True)]


def write_tokens(
    model: Any, tokenizer: Any, inputs: dict[str, Any], decoding: Decoding, seeds: Sequence[int]
) -> list[list[int]]:
    """The tokens of each reply, up to the one that ends it, if it did end."""
    ends = reply_ends(model, tokenizer)
    settings = GenerationConfig(
        max_new_tokens=decoding.max_new_tokens, do_sample=False, eos_token_id=ends, pad_token_id=tokenizer.pad_token_id
    )
    prompts = [
        row[kept.bool()].tolist() for row, kept in zip(inputs["input_ids"], inputs["attention_mask"], strict=True)
    ]
    steps = drawing(decoding, prompts, seeds)
    with only(settings, model), torch.inference_mode():
        written = model.generate(**inputs, generation_config=settings, logits_processor=steps)
    rows = written[:, inputs["input_ids"].shape[1] :].tolist()
    lasts = [next((k for k, token in enumerate(row) if token in ends), len(row) - 1) for row in rows]
    return [row[: last + 1] for row, last in zip(rows, lasts, strict=True)]


@contextmanager
def only(settings: GenerationConfig, model: Any) -> Iterator[None]:
    """``model`` without its checkpoint's own generation settings (temperatures, penalties, forced tokens, beams), from
    which ``generate`` fills what ``settings`` leave at a default: decoding says all."""
    kept, model.generation_config = model.generation_config, settings
    try:
        yield
    finally:
        model.generation_config = kept


def drawing(decoding: Decoding, prompts: Sequence[Sequence[int]], seeds: Sequence[int]) -> LogitsProcessorList:
    """What ``generate`` does to logits before it takes the likeliest token. prompts: tokens of each row's prompt."""
    penalised = decoding.repetition_penalty != 1 or decoding.presence_penalty != 0
    steps: list[LogitsProcessor] = [Penalties(decoding, prompts)] if penalised else []
    return LogitsProcessorList(steps + ([SeededDraw(decoding, seeds)] if decoding.temperature > 0 else []))


def reply_ends(model: Any, tokenizer: Any) -> list[int]:
    """The tokens that end a reply: the checkpoint's and the tokenizer's."""
    own = model.generation_config.eos_token_id
    every = own if isinstance(own, list) else [own]
    return sorted({token for token in [*every, tokenizer.eos_token_id] if token is not None})


def _reply(tokenizer: Any, row: list[int], ends: list[int], prompt_tokens: int) -> Reply:
    end = next((k for k, token in enumerate(row) if token in ends), None)
    written = row if end is None else row[:end]
    return Reply(
        text=tokenizer.decode(written, skip_special_tokens=True),
        finished=end is not None,
        prompt_tokens=prompt_tokens,
        reply_tokens=len(written) + (end is not None),
    )
