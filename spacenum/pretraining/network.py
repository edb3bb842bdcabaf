"""The model in training: images through the vision tower once, their tokens into every prompt that shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from spacenum.pretraining.attention import LANGUAGE_ATTENTION, tower_attention
from spacenum.pretraining.batches import Chunk, ImageBatch
from spacenum.pretraining.images import Images
from spacenum.pretraining.settings import Pretraining
from spacenum.tuning.examples import IGNORED

RECOMPILED = 64  # layers of two kinds, learning and measured, short and long rows


@dataclass(frozen=True, kw_only=True)
class States:
    """Of the language model: ``hidden`` after each layer and, last, after the final norm, [rows, tokens, channels].
    scores: by layer, of its first heads, before any mask, [rows, heads, tokens, tokens]."""

    hidden: list[Tensor]
    scores: dict[int, Tensor]


class Network(nn.Module):
    """A Qwen3-VL whose layers' states and attention scores auxiliary losses can see."""

    def __init__(self, model: Any, settings: Pretraining, supervised_heads: dict[int, int]) -> None:
        """supervised_heads: of each layer whose scores are wanted, how many."""
        super().__init__()
        self.model, self._settings, self._supervised = model, settings, supervised_heads
        self._side = settings.model.image // settings.model.patch
        language, tower = model.model.language_model, model.model.visual
        language.config._attn_implementation = LANGUAGE_ATTENTION
        for layer, heads in supervised_heads.items():
            language.layers[layer].self_attn.supervised_heads = heads
        for block in tower.blocks:
            block.attn.forward = tower_attention(block.attn, self._side**2)
        if settings.compile:
            torch._dynamo.config.recompile_limit = RECOMPILED
            for layer in [*tower.blocks, *language.layers]:
                layer.forward = torch.compile(layer.forward, dynamic=True)

    def precision(self) -> Any:
        """The context in which matrix products are as precise as the settings say."""
        device = next(self.parameters()).device.type
        return torch.autocast(device, torch.bfloat16, enabled=self._settings.precision == "bfloat16")

    def encode(self, batch: ImageBatch, images: Images, black: bool = False) -> Tensor:
        """The language model's tokens of a step's images, [images, tokens, channels]."""
        size, made = self._settings.micro_batch, []
        for start in range(0, len(batch.rows), size):
            some = slice(start, start + size)
            gains = batch.gains[some] * (not black)
            patches = images.patches(batch.rows[some], batch.mirrored[some], gains, self._settings.model.patch)
            grid = torch.tensor([[1, self._side, self._side]]).expand(len(batch.rows[some]), -1)
            with self.precision():
                found = self.model.model.visual(patches, grid_thw=grid.to(patches.device), return_dict=True)
            made.append(found.pooler_output.unflatten(0, (len(grid), -1)))
        return torch.cat(made).float()

    def states(self, chunk: Chunk, image_tokens: Tensor) -> States:
        """image_tokens: of all images of the step."""
        language = self.model.model.language_model
        embedded = language.embed_tokens(chunk.ids)
        shown = chunk.image_tokens >= 0
        if shown.any():
            tokens = image_tokens.flatten(0, 1)[chunk.image_tokens.clamp(min=0)].to(embedded.dtype)
            embedded = torch.where(shown[..., None], tokens, embedded)
        hidden: list[Tensor] = []
        hooks = [layer.register_forward_hook(lambda _, __, made: hidden.append(made)) for layer in language.layers]
        try:
            with self.precision():
                made = language(inputs_embeds=embedded, position_ids=chunk.positions, use_cache=False)
        finally:
            for hook in hooks:
                hook.remove()
        scores = {layer: language.layers[layer].self_attn.scores for layer in self._supervised}
        return States(hidden=[*hidden, made.last_hidden_state], scores=scores)

    def logits(self, states: States, labels: Tensor) -> Tensor:
        """Of the tokens of replies, [tokens, vocabulary], in float32."""
        with self.precision():
            said: Tensor = self.model.lm_head(states.hidden[-1][labels != IGNORED])
        return said.float()

    def reply_loss(self, states: States, labels: Tensor) -> Tensor:
        """Mean cross-entropy of the tokens of replies."""
        return F.cross_entropy(self.logits(states, labels), labels[labels != IGNORED])
