"""Attention in training: rows of one length, and scores that losses look at."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS
from transformers.models.qwen3_vl.modeling_qwen3_vl import apply_rotary_pos_emb_vision

LONGEST = 400  # tokens of a row that plain matrix products attend to faster
LANGUAGE_ATTENTION = "spacenum_pretraining"
"""Its name in transformers. A layer's attention whose ``supervised_heads`` is n keeps the scores of its first n heads,
[rows, n, tokens, tokens], before any mask, as ``scores``."""


def tower_attention(attention: Any, patches: int) -> Any:
    """The tower's attention where every image has as many patches: no lengths to look up,
    nothing that stops a compiler."""

    def forward(hidden_states: Tensor, cu_seqlens: Tensor, position_embeddings: Any = None, **_: Any) -> Tensor:
        query, key, value = attention.qkv(hidden_states).unflatten(-1, (3, attention.num_heads, -1)).unbind(1)
        query, key = apply_rotary_pos_emb_vision(query, key, *position_embeddings)
        parts = (part.to(value.dtype).unflatten(0, (-1, patches)).transpose(1, 2) for part in (query, key, value))
        seen = attend(*parts, scale=attention.scaling, causal=False)
        return attention.proj(seen.transpose(1, 2).flatten(2).flatten(0, 1))

    return forward


@torch.compiler.disable
def attend(query: Tensor, key: Tensor, value: Tensor, scale: float, causal: bool) -> Tensor:
    """Attention among the tokens of each row; all tensors are [rows, heads, tokens, channels].

    Short rows by plain matrix products: on a CPU two to three times as fast as PyTorch's own
    attention, the other way for long ones.
    """
    rows, heads, tokens, channels = query.shape
    if tokens > LONGEST or query.device.type != "cpu":
        return F.scaled_dot_product_attention(query, key, value, scale=scale, is_causal=causal)
    query, key, value = (part.reshape(rows * heads, tokens, channels) for part in (query, key, value))
    hidden = torch.full((tokens, tokens), -torch.inf if causal else 0.0, dtype=query.dtype, device=query.device).triu(1)
    weights = torch.baddbmm(hidden.expand(rows * heads, -1, -1), query, key.transpose(1, 2), alpha=scale)
    return torch.bmm(weights.softmax(-1), value).unflatten(0, (rows, heads))


@torch.compiler.disable
def _keep(module: Any, scores: Tensor) -> None:
    module.scores = scores


def _language_attention(module: Any, query: Tensor, key: Tensor, value: Tensor, mask: Any, **more: Any) -> Any:
    """Transformers' interface; every row is causal and padded on the right, so that no mask is needed."""
    if heads := getattr(module, "supervised_heads", 0):
        _keep(module, query[:, :heads] @ key[:, :heads].transpose(2, 3) * more["scaling"])
    parts = (part.to(value.dtype) for part in (query, key, value))
    return attend(*parts, scale=more["scaling"], causal=True).transpose(1, 2).contiguous(), None


ALL_ATTENTION_FUNCTIONS.register(LANGUAGE_ATTENTION, _language_attention)
