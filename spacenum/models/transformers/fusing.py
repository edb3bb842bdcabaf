"""What lies between matrix products, fused by PyTorch's compiler: norms and gated activations, which otherwise read and
write the device's memory several times over.

Only these: a whole language model would be compiled anew for every kind of batch and cache. Here rows are laid flat, so
that a few graphs serve all layers and all shapes of a batch. The products stay the library's,
so that results move within rounding.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

KINDS = ("RMSNorm", "MLP")
"""Ends of the names by which transformers calls such modules, in language models and vision towers."""


def fuse(model: nn.Module) -> None:
    """Compile, in place, the norms and feed-forward blocks of ``model``: at their first use, not here."""
    for module in model.modules():
        if type(module).__name__.endswith(KINDS):
            module.forward = _flat(torch.compile(module.forward, dynamic=True))


def _flat(compiled: Any) -> Any:
    """Call with [rows, channels], whatever leading dimensions there are."""

    def forward(hidden: Tensor) -> Tensor:
        found: Tensor = compiled(hidden.reshape(-1, hidden.shape[-1]))
        return found.reshape(*hidden.shape[:-1], found.shape[-1])

    return forward
