"""The model in training: images through the vision tower once, their tokens into every prompt that shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from spacenum.pretraining.batches import Chunk, ImageBatch
from spacenum.pretraining.images import Images
from spacenum.pretraining.settings import ANSWER_LAYER, Pretraining
from spacenum.tuning.examples import IGNORED

ATTENTION = "spacenum_pretraining"
RECOMPILED = 64  # layers of two kinds, learning and measured, short and long rows


@dataclass(frozen=True, kw_only=True)
class States:
    """Of the language model: ``hidden`` after each layer and, last, after the final norm, [rows, tokens, channels].
    scores: by layer, of its supervised heads, [rows, heads, tokens, tokens]; minus infinity for later tokens. queries,
    keys: of the first head of ``ANSWER_LAYER``, [rows, tokens, channels of a head]."""

    hidden: list[Tensor]
    scores: dict[int, Tensor]
    queries: Tensor
    keys: Tensor


class Network(nn.Module):
    """A Qwen3-VL whose layers' states and attention scores auxiliary losses can see."""

    def __init__(self, model: Any, settings: Pretraining, supervised_heads: Mapping[int, int]) -> None:
        """supervised_heads: of each layer whose scores are wanted, how many."""
        super().__init__()
        self.model, self._settings, self._supervised = model, settings, supervised_heads
        self._side = settings.model.image // settings.model.patch
        language, tower = model.model.language_model, model.model.visual
        language.config._attn_implementation = ATTENTION
        for layer, heads in supervised_heads.items():
            language.layers[layer].self_attn.supervised_heads = heads
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
        made = []
        for some in torch.arange(len(batch.rows)).split(self._settings.micro_batch):
            gains = batch.gains[some] * (not black)
            patches = images.patches(batch.rows[some], batch.mirrored[some], gains, self._settings.model.patch)
            grid = torch.tensor([[1, self._side, self._side]], device=patches.device).expand(len(some), -1)
            with self.precision():
                found = self.model.model.visual(patches, grid_thw=grid, return_dict=True)
            made.append(found.pooler_output.unflatten(0, (len(some), -1)))
        return torch.cat(made).float() if made else torch.empty(0)

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
                made = language(inputs_embeds=embedded, position_ids=chunk.positions.permute(2, 0, 1), use_cache=False)
        finally:
            for hook in hooks:
                hook.remove()
        scores = {layer: language.layers[layer].self_attn.scores for layer in self._supervised}
        answers = language.layers[ANSWER_LAYER].self_attn
        return States(
            hidden=[*hidden, made.last_hidden_state], scores=scores, queries=answers.first_query, keys=answers.first_key
        )  # fmt: skip

    def logits(self, states: States, labels: Tensor) -> Tensor:
        """Of the tokens of replies, [tokens, vocabulary], in float32."""
        with self.precision():
            said: Tensor = self.model.lm_head(states.hidden[-1][labels != IGNORED])
        return said.float()


def _attention(module: Any, query: Tensor, key: Tensor, value: Tensor, mask: Any, **more: Any) -> tuple[Tensor, None]:
    """Transformers' interface. Every row is causal and padded on the right, so that no mask is needed. Plain matrix
    products are faster than PyTorch's own attention on a CPU, for rows of some 400 tokens."""
    length = query.shape[2]
    scores = query.to(value.dtype) @ key.to(value.dtype).transpose(2, 3) * more["scaling"]
    scores = scores + torch.full((length, length), -torch.inf, dtype=scores.dtype, device=query.device).triu(1)
    if heads := getattr(module, "supervised_heads", 0):
        _keep(module, scores[:, :heads])
    if module.layer_idx == ANSWER_LAYER:
        _keep_first(module, query[:, 0], key[:, 0])
    return (scores.softmax(-1) @ value).transpose(1, 2).contiguous(), None


@torch.compiler.disable
def _keep(module: Any, scores: Tensor) -> None:
    module.scores = scores


@torch.compiler.disable
def _keep_first(module: Any, query: Tensor, key: Tensor) -> None:
    module.first_query, module.first_key = query, key


ALL_ATTENTION_FUNCTIONS.register(ATTENTION, _attention)
