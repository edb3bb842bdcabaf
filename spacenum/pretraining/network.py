"""The model in training: images through the tower once, their tokens into every prompt that shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from spacenum.pretraining.attention import LANGUAGE_ATTENTION, tower_attention
from spacenum.pretraining.batches import Batch, Chunk
from spacenum.pretraining.inner import (
    ALIGNED_HEADS,
    ASKED_HEADS,
    CHOOSING_HEADS,
    NAMED_HEADS,
    Inner,
    Scores,
    States,
    choosing_loss,
)
from spacenum.pretraining.settings import Learns, Pretraining
from spacenum.pretraining.standing import CORNERS
from spacenum.pretraining.views import Views
from spacenum.tuning.examples import IGNORED

CHANNELS = 128  # in which tokens are matched
RECOMPILED = 64  # layers of two kinds, learning and tested, short and long rows


class Network(nn.Module):
    """A Qwen3-VL with heads that are thrown away after training.

    Of what the language model gets of a token: matching, what is compared; depth, its log depth; names, its category;
    sights, where what it shows is. inner: of the language model's own states.
    """

    def __init__(self, model: Any, settings: Pretraining, categories: int, decimals: Mapping[float, int]) -> None:
        """decimals: the tokens of numbers with one decimal place."""
        super().__init__()
        self.model, self._settings = model, settings
        self._side = settings.model.image // settings.model.patch
        width = settings.model.hidden
        model.model.language_model.config._attn_implementation = LANGUAGE_ATTENTION
        self._asking = (settings.model.layers - 1) // 2
        language = model.model.language_model.layers
        self._watched = (0, self._asking - 1, self._asking, self._asking + 2)
        for place, heads in zip(self._watched, (ALIGNED_HEADS, NAMED_HEADS, ASKED_HEADS, CHOOSING_HEADS), strict=True):
            language[place].self_attn.watched = heads
        layers = [*model.model.visual.blocks, *language]
        for block in model.model.visual.blocks:
            block.attn.forward = tower_attention(block.attn, self._side**2)
        if settings.compile:
            torch._dynamo.config.recompile_limit = RECOMPILED
            for layer in layers:
                layer.forward = torch.compile(layer.forward, dynamic=True)
        self.matching = nn.Linear(width, CHANNELS, bias=False)
        self.depth = nn.Linear(width, 1)
        self.names = nn.Linear(width, max(1, categories))
        self.sights = nn.Linear(width, 3 + CORNERS)
        self.inner = Inner(width, settings.model.side, decimals)

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
        passed: list[Tensor] = []
        watched = language.layers[self._asking - 2 : self._asking + 3]
        hooks = [layer.register_forward_hook(lambda _layer, _given, made: passed.append(made)) for layer in watched]
        try:
            with self.precision():
                made = language(inputs_embeds=embedded, position_ids=chunk.positions, use_cache=False)
        finally:
            for hook in hooks:
                hook.remove()
        scores = [language.layers[place].self_attn.scores for place in self._watched]
        read, early, middle, late, chosen = passed
        return States(Scores(*scores), read, early, middle, late, chosen, made.last_hidden_state)

    def learn(self, what: Learns) -> None:
        """Let only this learn; last_layers: those behind all that ``inner`` looks at."""
        self.requires_grad_(what == "everything")
        language = self.model.model.language_model
        parts = [language, self.inner] if what == "language" else [*language.layers[self._asking + 2 :], language.norm]
        for part in parts:
            part.requires_grad_(True)

    @property
    def words(self) -> Tensor:
        """What each word of the vocabulary is to the language model, [vocabulary, channels]."""
        embeddings: Tensor = self.model.model.language_model.embed_tokens.weight
        return embeddings

    def logits(self, states: Tensor, labels: Tensor) -> Tensor:
        """Of the words that should be said, [words, vocabulary], in float32."""
        with self.precision():
            said: Tensor = self.model.lm_head(states[labels != IGNORED])
        return said.float()

    def choosing_loss(self, states: States, chunk: Chunk) -> Tensor:
        """Sum over all letters to choose: attention to the nearest option, and the letter as it would be
        said right behind that layer."""
        rows, asked = (chunk.asking >= 0).nonzero().unbind(1)
        asking = chunk.asking[rows, asked] - 1
        with self.precision():
            said = self.model.lm_head(self.model.model.language_model.norm(states.chosen[rows, asking]))
        told = F.cross_entropy(said.float(), chunk.labels[rows, asking], reduction="sum")
        return told + choosing_loss(states.scores.choosing[:, 0], chunk)

    def reply_loss(self, states: Tensor, chunk: Chunk, weights: Tensor | None = None, blur: bool = False) -> Tensor:
        """Sum over a chunk's words of minus the log probability of the right one. weights: of words, [vocabulary].
        blur: of a number that is ``seen``, numbers about the right one are right too."""
        logits, words = self.logits(states, chunk.labels), chunk.labels[chunk.labels != IGNORED]
        seen = chunk.seen[chunk.labels != IGNORED] & torch.isin(words, self.inner.words)
        if not (blur and seen.any()):
            return F.cross_entropy(logits, words, weights, reduction="sum")
        wanted = torch.zeros(int(seen.sum()), logits.shape[1], device=logits.device)
        wanted[:, self.inner.words] = self.inner.blurred(self.inner.value_of(words[seen]))
        plain = F.cross_entropy(logits[~seen], words[~seen], weights, reduction="sum")
        return plain + F.cross_entropy(logits[seen], wanted, reduction="sum")
