"""Vision towers of the Qwen families: attention over all images of a batch in few calls, with the stock results.

The stock code (transformers 5.24, without FlashAttention) makes one attention call per image or window, and layer; and
it cuts patches, which come cut, by a convolution, which on a CPU takes as long as two layers.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class Segments:
    """A packed sequence cut into segments that attend to themselves alone, gathered by length.

    groups: for each length, the positions of its segments' tokens, shaped [segments, length].
    """

    groups: tuple[Tensor, ...]

    @classmethod
    def of(cls, bounds: Tensor) -> Segments:
        """From cumulative lengths (0 first), as the vision towers hand them on."""
        starts, lengths = bounds[:-1].long(), bounds.diff().long()
        sizes = sorted(set(lengths.tolist()) - {0})
        inside = [torch.arange(size, device=bounds.device) for size in sizes]
        return cls(tuple(starts[lengths == size, None] + each for size, each in zip(sizes, inside, strict=True)))

    def attend(self, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Attention within segments. All tensors are [tokens, heads, channels]."""
        out = torch.empty_like(value)
        for tokens in self.groups:
            q, k, v = (tensor[tokens].transpose(1, 2) for tensor in (query, key, value))
            out[tokens] = F.scaled_dot_product_attention(q, k, v, scale=scale).transpose(1, 2)
        return out


class _Cut:
    """Remembers the last two cuts (whole images and windows), which all layers share."""

    def __init__(self) -> None:
        self._known: list[tuple[Tensor, Segments]] = []

    def __call__(self, bounds: Tensor) -> Segments:
        for seen, segments in self._known:
            if seen is bounds:
                return segments
        self._known = [*self._known[-1:], (bounds, Segments.of(bounds))]
        return self._known[-1][1]


def speed_up(tower: nn.Module) -> None:
    """Replace, in place, what is slow in a Qwen2.5-VL or Qwen3-VL vision tower."""
    _batch_attention(tower)
    _multiply_patches(tower)


def _batch_attention(tower: nn.Module) -> None:
    """The attention of every block: over all images at once."""
    cut = _Cut()
    for block in tower.blocks:  # type: ignore[union-attr]
        block.attn.forward = _forward(block.attn, cut)


def _multiply_patches(tower: nn.Module) -> None:
    """The convolution over single patches: by the matrix product that it is."""
    embed: Any = tower.patch_embed
    weight = embed.proj.weight

    def forward(patches: Tensor) -> Tensor:
        return F.linear(patches.view(-1, weight[0].numel()).to(weight.dtype), weight.flatten(1), embed.proj.bias)

    embed.forward = forward


def _forward(attention: Any, cut: _Cut) -> Any:
    rotate = sys.modules[type(attention).__module__].apply_rotary_pos_emb_vision

    def forward(hidden_states: Tensor, cu_seqlens: Tensor, position_embeddings: Any = None, **_: Any) -> Tensor:
        tokens = hidden_states.shape[0]
        query, key, value = attention.qkv(hidden_states).reshape(tokens, 3, attention.num_heads, -1).unbind(1)
        query, key = rotate(query, key, *position_embeddings)
        seen = cut(cu_seqlens).attend(query.to(value.dtype), key.to(value.dtype), value, attention.scaling)
        return attention.proj(seen.reshape(tokens, -1))

    return forward
