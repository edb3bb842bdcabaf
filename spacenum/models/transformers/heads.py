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
    """Takes the place of a model's head: logits after one place of each row, of ``tokens`` in float32, and behind them
    those of the whole vocabulary, which the head itself computes.

    ends: the place in each row. Where the head's weights are not plain numbers in memory (quantised or offloaded), the
    logits of ``tokens`` are its own too.
    """

    def __init__(self, head: nn.Module, ends: Sequence[int], tokens: Sequence[int]) -> None:
        super().__init__()
        self._head, self._ends, self._tokens = head, ends, tokens

    def forward(self, hidden: Tensor) -> Tensor:
        """hidden: [rows, places, channels]; the result: [rows, 1, tokens + vocabulary]."""
        rows, ends = torch.arange(len(hidden)), torch.tensor(self._ends)
        last = hidden[rows.to(hidden.device), ends.to(hidden.device)][:, None]
        head = self._head
        every = head(last).float()
        chosen = torch.tensor(self._tokens, dtype=torch.long, device=every.device)
        if not (isinstance(head, nn.Linear) and head.weight.is_floating_point() and not head.weight.is_meta):
            return torch.cat([every[..., chosen], every], -1)
        weight = head.weight[chosen.to(head.weight.device)].float()
        bias = None if head.bias is None else head.bias[chosen.to(head.bias.device)].float()
        exact = F.linear(last.to(weight.device).float(), weight, bias)
        return torch.cat([exact.to(every.device), every], -1)


@contextmanager
def standing_in(model: Any, ends: Sequence[int], tokens: Sequence[int]) -> Iterator[None]:
    """``model`` with such a head; what its class does to logits after the head (a soft cap) is then done to these."""
    head = model.get_output_embeddings()
    model.set_output_embeddings(LastTokens(head, ends, tokens))
    try:
        yield
    finally:
        model.set_output_embeddings(head)
