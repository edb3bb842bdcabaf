"""Log-probabilities of the letters: one forward pass a question, or one for all that a
family shares and a short one each.

Rows of a batch are laid out as

    padding | shared tokens | own tokens | padding

so that own tokens directly follow the shared ones: sliding windows, which count places, see what they would have seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from spacenum.asking.chat import as_mass
from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import Letter
from spacenum.models.transformers.heads import standing_in
from spacenum.models.transformers.images import Encoded
from spacenum.models.transformers.loading import Loaded
from spacenum.models.transformers.prompts import Prompt
from spacenum.models.transformers.sharing import PrefixGroup


@dataclass(frozen=True)
class PaddedBatch:
    """Padded rows. ids, mask, types: [rows, tokens]; positions: [rows, tokens], or [3, rows, tokens]."""

    ids: Tensor
    mask: Tensor
    types: Tensor
    positions: Tensor

    @classmethod
    def of(
        cls, prompts: Sequence[Prompt], spans: Sequence[slice], left: bool, pad: int, device: torch.device
    ) -> PaddedBatch:
        """The given spans of the prompts' tokens, padded on the left or on the right."""
        rows = [(p.ids[s], p.types[s], p.positions[:, s]) for p, s in zip(prompts, spans, strict=True)]
        width = max(len(ids) for ids, _, _ in rows)
        made = cls(
            torch.full((len(rows), width), pad),
            torch.zeros(len(rows), width, dtype=torch.long),
            torch.zeros(len(rows), width, dtype=torch.long),
            torch.zeros(rows[0][2].shape[0], len(rows), width, dtype=torch.long),
        )
        for row, (ids, types, positions) in enumerate(rows):
            place = slice(width - len(ids), width) if left else slice(0, len(ids))
            made.ids[row, place], made.types[row, place] = torch.tensor(ids), torch.tensor(types)
            made.mask[row, place] = 1
            made.positions[:, row, place] = positions
        positions = made.positions if made.positions.shape[0] == 3 else made.positions[0]
        return cls(made.ids.to(device), made.mask.to(device), made.types.to(device), positions.to(device))


@dataclass(frozen=True)
class Letters:
    """Of one prompt: natural logarithms, normalised over its letters; and the share of the next token's probability
    that all of them have together, three digits of it."""

    logprobs: dict[Letter, float]
    mass: float


class LetterReader:
    """Asks a loaded checkpoint for the next token after each prompt, and keeps the letters of it, exact to float32."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._tokens: dict[Letter, list[int]] = {}

    def logprobs(
        self,
        prompts: Sequence[Prompt],
        letters: Sequence[tuple[Letter, ...]],
        batch: list[PrefixGroup],
        images: Any,
    ) -> dict[int, Letters]:
        """By index of the prompt. batch: as ``sharing.batches`` makes it."""
        members = [k for group in batch for k in group.members]
        tokens = sorted({token for k in members for letter in letters[k] for token in self._ids(letter)})
        if batch[0].shared:
            logits = self._after_shared(prompts, batch, images, tokens)
        else:
            logits = self._whole([prompts[k] for k in members], images, tokens)
        rows = logits.double().cpu()
        return {k: self._letters(row, tokens, letters[k]) for row, k in zip(rows, members, strict=True)}

    def first_logits(self, prompts: Sequence[Prompt], images: Any) -> Tensor:
        """Logits of the token after each prompt as the model computes them, [rows, vocabulary], in float32."""
        return self._whole(prompts, images, [])

    def _whole(self, rows: Sequence[Prompt], images: Any, tokens: Sequence[int]) -> Tensor:
        block = self._block(rows, [slice(None)] * len(rows), left=True)
        return self._forward(block, block.mask, _paths(rows), images, [-1] * len(rows), tokens)

    def _after_shared(
        self, prompts: Sequence[Prompt], batch: list[PrefixGroup], images: Encoded, tokens: Sequence[int]
    ) -> Tensor:
        firsts = [prompts[group.members[0]] for group in batch]
        block = self._block(firsts, [slice(0, group.shared) for group in batch], left=True)
        cache: Any = DynamicCache(config=self._loaded.model.config.get_text_config())
        seen = [path for prompt, group in zip(firsts, batch, strict=True) for path in prompt.images[: group.images]]
        self._forward(block, block.mask, seen, images, [-1] * len(firsts), tokens, cache)
        owner = [row for row, group in enumerate(batch) for _ in group.members]
        for layer in cache.layers:  # which may lie on several devices
            layer.batch_select_indices(torch.tensor(owner, device=layer.keys.device))
        own = [prompts[k] for group in batch for k in group.members]
        spans = [slice(group.shared, None) for group in batch for _ in group.members]
        rest = self._block(own, spans, left=False)
        ends = [len(prompt.ids[span]) - 1 for prompt, span in zip(own, spans, strict=True)]
        mask = torch.cat([block.mask[torch.tensor(owner, device=block.mask.device)], rest.mask], 1)
        later = [path for group in batch for k in group.members for path in prompts[k].images[group.images :]]
        return self._forward(rest, mask, later, images, ends, tokens, cache)

    def inputs(self, prompts: Sequence[Prompt], images: Encoded) -> dict[str, Any]:
        """Arguments of the model's ``generate``: the prompts as left-padded rows."""
        block = self._block(prompts, [slice(None)] * len(prompts), left=True)
        grids = [prompt.grids for prompt in prompts if prompt.grids is not None]
        # Without them ``generate`` counts positions in one dimension, and the reply is another.
        more = (
            {"image_grid_thw": torch.cat(grids).to(self._loaded.device)} if self._loaded.family.mrope and grids else {}
        )
        return {
            "input_ids": block.ids,
            "attention_mask": block.mask,
            **self._images(block, _paths(prompts), images),
            **more,
        }

    def _images(self, block: PaddedBatch, paths: Sequence[str], images: Encoded) -> dict[str, Any]:
        key = self._loaded.family.types_key
        return ({key: block.types} if key and paths else {}) | images.argument(paths)

    def _block(self, prompts: Sequence[Prompt], spans: Sequence[slice], left: bool) -> PaddedBatch:
        pad = self._loaded.processor.tokenizer.pad_token_id
        return PaddedBatch.of(prompts, spans, left, pad, self._loaded.device)

    @torch.inference_mode()
    def _forward(
        self,
        block: PaddedBatch,
        mask: Tensor,
        seen: Sequence[str],
        images: Encoded,
        ends: Sequence[int],
        tokens: Sequence[int],
        cache: Any = None,
    ) -> Tensor:
        """Logits, [rows, tokens + vocabulary], after each row's place in ``ends``, counted from the block's start, or
        its end if below 0: of ``tokens`` exactly, then of the whole vocabulary as the model computes them.

        seen: paths of the images in the block, in order.
        """
        with standing_in(self._loaded.model, ends, tokens):
            made = self._loaded.model(
                input_ids=block.ids,
                attention_mask=mask,
                position_ids=block.positions,
                use_cache=cache is not None,
                **self._images(block, seen, images),
                **({} if cache is None else {"cache": cache}),
            )
        logits: Tensor = made.logits[:, 0]
        return logits.float()

    def _letters(self, logits: Tensor, tokens: Sequence[int], letters: Sequence[Letter]) -> Letters:
        """logits: of one prompt, one for each of ``tokens``, then the whole vocabulary's."""
        places = [[tokens.index(token) for token in self._ids(letter)] for letter in letters]
        found = torch.stack([logits[place].logsumexp(-1) for place in places]).log_softmax(-1)
        whole = logits[len(tokens) :]
        every = [token for letter in letters for token in self._ids(letter)]
        mass = whole[every].logsumexp(-1) - whole.logsumexp(-1)
        return Letters(dict(zip(letters, found.tolist(), strict=True)), as_mass(mass.exp().item()))

    def _ids(self, letter: Letter) -> list[int]:
        """The tokens that are the letter, with or without a space before it."""
        if letter not in self._tokens:
            self._tokens[letter] = letter_tokens(self._loaded.processor.tokenizer, letter)
        return self._tokens[letter]


def _paths(prompts: Sequence[Prompt]) -> list[str]:
    return [path for prompt in prompts for path in prompt.images]


def letter_tokens(tokenizer: Any, letter: str) -> list[int]:
    """Tokens "A" and " A", those that are one token. SpaceNumError if neither is."""
    encoded = [tokenizer.encode(text, add_special_tokens=False) for text in (letter, f" {letter}")]
    found = sorted({ids[0] for ids in encoded if len(ids) == 1})
    if not found:
        raise SpaceNumError(f"the checkpoint's tokenizer has no token '{letter}': letter_logprobs can't be asked of it")
    return found
