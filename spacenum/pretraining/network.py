"""The model in training: images through the tower once, their tokens into every prompt that shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS
from transformers.models.qwen3_vl.modeling_qwen3_vl import apply_rotary_pos_emb_vision

from spacenum.pretraining.batches import NUMBERS, NUMBERS_A_LINE, Batch, Chunk
from spacenum.pretraining.matching import soft_targets
from spacenum.pretraining.settings import Pretraining
from spacenum.pretraining.views import Views
from spacenum.tuning.examples import IGNORED

CHANNELS = 128  # in which tokens are matched
RECOMPILED = 64  # layers of two kinds, learning and tested, short and long rows
ROLES = 4  # none, origin anchor, direction anchor, target
LONGEST = 400  # tokens of a row that plain matrix products attend to faster
ATTENTION = "spacenum_pretraining"
INNER = ("numbers", "aligned", "moved", "roles", "recall")
"""Losses inside the language model."""


@dataclass(frozen=True)
class States:
    """Of the language model. attended: scores of the first layer's first head, [rows, tokens, tokens], before any mask. middle, end: hidden
    states in its middle and at its end, [rows, tokens, channels]."""

    attended: Tensor
    middle: Tensor
    end: Tensor


class Network(nn.Module):
    """A Qwen3-VL with heads that are thrown away after training.

    matching: what the language model gets of a token, as what is compared. depth: its log depth. names: its category. moved:
    in the middle of the language model, how far what a token shows has moved since the prompt's first image; so that the layers
    above it can read it. numbers: there too, after each image, what it shows. roles: there too, of each token of a layout.
    """

    def __init__(self, model: Any, settings: Pretraining, categories: int) -> None:
        super().__init__()
        self.model, self._settings = model, settings
        self._side = settings.model.image // settings.model.patch
        width = settings.model.hidden
        model.model.language_model.config._attn_implementation = ATTENTION
        layers = [*model.model.visual.blocks, *model.model.language_model.layers]
        for block in model.model.visual.blocks:
            block.attn.forward = _attention(block.attn, self._side**2)
        if settings.compile:
            torch._dynamo.config.recompile_limit = RECOMPILED
            for layer in layers:
                layer.forward = torch.compile(layer.forward, dynamic=True)
        self.matching = nn.Linear(width, CHANNELS, bias=False)
        self.depth = nn.Linear(width, 1)
        self.names = nn.Linear(width, max(1, categories))
        self.moved = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, settings.model.side**2))
        self.numbers = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, NUMBERS))
        self.roles = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, ROLES))
        self.recall = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, NUMBERS_A_LINE * width, bias=False))
        self._tokens = settings.model.side
        self._middle = settings.model.layers // 2

    def precision(self) -> Any:
        """The context in which matrix products are as precise as the settings say."""
        device = next(self.parameters()).device.type
        return torch.autocast(device, torch.bfloat16, enabled=self._settings.precision == "bfloat16")

    def tokens(self, batch: Batch, views: Views, black: bool = False) -> Tensor:
        """What the language model gets of the step's images, [images, tokens, channels]."""
        size = self._settings.micro_batch
        made = []
        for start in range(0, len(batch.rows), size):
            some = slice(start, start + size)
            gains = batch.gains[some] * (not black)
            patches = views.patches(batch.rows[some], batch.mirrored[some], gains, self._settings.model.patch)
            grid = torch.tensor([[1, self._side, self._side]]).expand(len(batch.rows[some]), -1)
            with self.precision():
                found = self.model.model.visual(patches, grid_thw=grid.to(patches.device), return_dict=True)
            made.append(found.pooler_output.unflatten(0, (len(grid), -1)))
        return torch.cat(made).float()

    def states(self, chunk: Chunk, tokens: Tensor) -> States:
        """What the language model makes of a chunk. tokens: of all images."""
        language = self.model.model.language_model
        embedded = language.embed_tokens(chunk.ids)
        seen = chunk.slots >= 0
        if seen.any():
            shown = tokens.flatten(0, 1)[chunk.slots.clamp(min=0)].to(embedded.dtype)
            embedded = torch.where(seen[..., None], shown, embedded)
        middle: list[Tensor] = []
        hook = language.layers[self._middle - 1].register_forward_hook(lambda _layer, _given, made: middle.append(made))
        first = language.layers[0].self_attn
        try:
            with self.precision():
                made = language(inputs_embeds=embedded, position_ids=chunk.positions, use_cache=False)
        finally:
            hook.remove()
        return States(first.attended, middle[0], made.last_hidden_state)

    def logits(self, states: Tensor, labels: Tensor) -> Tensor:
        """Of the words that should be said, [words, vocabulary], in float32."""
        with self.precision():
            said: Tensor = self.model.lm_head(states[labels != IGNORED])
        return said.float()

    def inner_losses(self, states: States, chunk: Chunk) -> dict[str, Tensor]:
        """Sums over a chunk, of what of ``INNER`` it can tell: absolute errors of numbers, else minus the log probability of what is right."""
        middle, found = states.middle, {}
        known = chunk.numbers.isfinite()
        some = known.any(-1)
        if some.any():
            found["numbers"] = (self.numbers(middle[some].float()) - chunk.numbers[some])[known[some]].abs().sum()
        known, _, origins = self._origins(chunk)
        if known.any():
            targets = soft_targets(origins, self._tokens)
            found["aligned"] = -(targets * self._aligned(states.attended, chunk, known)).sum()
            found["moved"] = -(targets * F.log_softmax(self.moved(middle[known].float()), -1)).sum()
        told = chunk.roles != IGNORED
        if told.any():
            found["roles"] = F.cross_entropy(self.roles(middle[told].float()), chunk.roles[told], reduction="sum")
        if (chunk.lines != IGNORED).any():
            found["recall"] = self._recall_loss(middle, chunk)
        return found

    def _aligned(self, attended: Tensor, chunk: Chunk, known: Tensor) -> Tensor:
        """Log probabilities that the first head attends to each token of the prompt's first image, [known, tokens of an image]."""
        rows, tokens = known.nonzero().unbind(1)
        first = (chunk.slots >= 0).long().argmax(1)[:, None] + torch.arange(self._tokens**2, device=known.device)
        later = torch.arange(attended.shape[2], device=known.device) > tokens[:, None]
        return attended[rows, tokens].float().masked_fill(later, -torch.inf).log_softmax(-1).gather(1, first[rows])

    def moved_error(self, states: Tensor, chunk: Chunk) -> tuple[float, float]:
        """How far the expected places in the first image are from the true ones, as shares of the image, and how far tokens moved."""
        known, own, origins = self._origins(chunk)
        steps = torch.arange(self._tokens, device=states.device)
        places = torch.stack([steps.repeat(self._tokens), steps.repeat_interleave(self._tokens)], -1)
        said = self.moved(states[known].float()).softmax(-1) @ places.float()
        error, still = (float((found - origins).abs().mean()) / self._tokens for found in (said, own))
        return error, still

    def _origins(self, chunk: Chunk) -> tuple[Tensor, Tensor, Tensor]:
        """Visual tokens that the prompt's first image shows too: which [rows, tokens], their places in their own image [known, 2] and in
        the first one."""
        known = chunk.moved[..., 0].isfinite()
        place = chunk.slots[known] % self._tokens**2
        own = torch.stack([place % self._tokens, place // self._tokens], -1)
        return known, own, own + self._tokens * chunk.moved[known]

    def _recall_loss(self, states: Tensor, chunk: Chunk) -> Tensor:
        """Sum over the numbers of lines of minus the log probability of the right one, in the middle of the language model, told
        from the letter behind it and from what asks for that letter (a half each)."""
        rows = torch.arange(len(chunk.letters), device=states.device)[:, None]
        known, words = chunk.lines != IGNORED, self.model.model.language_model.embed_tokens.weight
        said = torch.stack([self.recall(states[rows, (chunk.letters - back).clamp(min=0)].float()) for back in (0, 1)])
        logits = said.unflatten(-1, (NUMBERS_A_LINE, -1))[:, known] @ words.T
        return F.cross_entropy(logits.flatten(0, 1), chunk.lines[known].repeat(2), reduction="sum") / 2

    def reply_loss(self, states: Tensor, labels: Tensor) -> Tensor:
        """Sum over a chunk's words of minus the log probability of the right one."""
        return F.cross_entropy(self.logits(states, labels), labels[labels != IGNORED], reduction="sum")


def _attention(attention: Any, patches: int) -> Any:
    """The tower's attention where every image has as many patches: no lengths to look up, nothing that stops a compiler."""

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

    Short rows by plain matrix products: on a CPU two to three times as fast as PyTorch's own attention, the other way for long ones.
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
    module.attended = scores


def _language_attention(module: Any, query: Tensor, key: Tensor, value: Tensor, mask: Any, **more: Any) -> Any:
    """Transformers' interface; every row is causal and padded on the right, so that no mask is needed."""
    if module.layer_idx == 0:
        _keep(module, query[:, 0] @ key[:, 0].transpose(1, 2) * more["scaling"])
    parts = (part.to(value.dtype) for part in (query, key, value))
    return attend(*parts, scale=more["scaling"], causal=True).transpose(1, 2).contiguous(), None


ALL_ATTENTION_FUNCTIONS.register(ATTENTION, _language_attention)
