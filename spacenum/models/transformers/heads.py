"""The last step of a language model, from a hidden state to logits, for a few tokens and in float32.

bfloat16 writes a logit of 20 in steps of an eighth, so that letters which differ by less would tie or swap. The hidden
state behind them is finer: multiplied in float32 with the rows of the head that belong to
the letters, it tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class LastTokens(nn.Module):
    """Takes the place of a model's head: logits after one place of each row, in float32,
    of ``tokens`` alone if it can be.

    ends: the place in each row. tokens: None for the whole vocabulary, which the head itself computes; so it does where
    its weights are not plain numbers in memory (quantised or offloaded).
    """

    def __init__(self, head: nn.Module, ends: Sequence[int], tokens: Sequence[int] | None) -> None:
        super().__init__()
        self._head, self._ends, self._tokens = head, ends, tokens

    def forward(self, hidden: Tensor) -> Tensor:
        """hidden: [rows, places, channels]; the result: [rows, 1, tokens]."""
        rows, ends = torch.arange(len(hidden)), torch.tensor(self._ends)
        last = hidden[rows.to(hidden.device), ends.to(hidden.device)][:, None]
        head = self._head
        if self._tokens is None:
            return head(last).float()
        if not (isinstance(head, nn.Linear) and head.weight.is_floating_point() and not head.weight.is_meta):
            every = head(last)
            return every[..., torch.tensor(self._tokens, device=every.device)].float()
        chosen = torch.tensor(self._tokens, device=head.weight.device)
        bias = None if head.bias is None else head.bias[chosen].float()
        return F.linear(last.to(chosen.device).float(), head.weight[chosen].float(), bias)


@contextmanager
def standing_in(model: Any, ends: Sequence[int], tokens: Sequence[int] | None) -> Iterator[None]:
    """``model`` with such a head; what its class does to logits after the head (a soft cap) is then done to these."""
    head = model.get_output_embeddings()
    model.set_output_embeddings(LastTokens(head, ends, tokens))
    try:
        yield
    finally:
        model.set_output_embeddings(head)
