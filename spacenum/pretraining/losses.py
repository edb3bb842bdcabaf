"""Auxiliary losses: one class each, with its target and the head that is removed after training.

``IMAGE_LOSSES`` look at the vision tower's tokens, ``LANGUAGE_LOSSES`` at the language model's states. A loss returns
None where a batch has no target for it. An attention loss has no head: it is minus the log of how much a given
attention head attends to the right tokens.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from spacenum.pretraining.batches import Chunk, ImageBatch
from spacenum.pretraining.network import States
from spacenum.pretraining.settings import Architecture
from spacenum.pretraining.targets import CORNERS, Scenery, soft_targets
from spacenum.tuning.examples import IGNORED

MATCHING_CHANNELS = 128
TEMPERATURE = 0.07
ROLES = 4  # none, origin anchor, direction anchor, target
OTHER_WEIGHT = 0.1  # of tokens without a role, which are most
QUARTER_TURNS = 4


class AuxiliaryLoss(nn.Module):
    """weight: beside the loss of replies, which has 1."""

    name: ClassVar[str]
    weight: ClassVar[float] = 1.0


class ImageLoss(AuxiliaryLoss):
    def __init__(self, width: int, scenery: Scenery) -> None:
        super().__init__()

    @abstractmethod
    def forward(self, tokens: Tensor, images: ImageBatch) -> Tensor | None:
        """tokens: [images, tokens, channels]."""


class LanguageLoss(AuxiliaryLoss):
    """layer: whose output or attention it looks at; heads: first and last attention head that it supervises, if any."""

    layer: ClassVar[int]
    heads: ClassVar[range] = range(0)

    def __init__(self, model: Architecture) -> None:
        super().__init__()
        self.tokens = model.side**2

    @abstractmethod
    def forward(self, states: States, chunk: Chunk) -> Tensor | None: ...


# ---- losses of image tokens


class Category(ImageLoss):
    """What a token shows: its category, rare ones weighted up."""

    name = "category"

    def __init__(self, width: int, scenery: Scenery) -> None:
        super().__init__(width, scenery)
        self.head = nn.Linear(width, max(1, len(scenery.categories)))
        self.weights: Tensor
        self.register_buffer("weights", scenery.category_weights(), persistent=False)

    def forward(self, tokens: Tensor, images: ImageBatch) -> Tensor | None:
        target = images.targets.category
        if not (target != IGNORED).any():
            return None
        return F.cross_entropy(self.head(tokens).flatten(0, 1), target.flatten(), self.weights, ignore_index=IGNORED)


class Depth(ImageLoss):
    """How far away it is: absolute difference of logarithms."""

    name = "depth"

    def __init__(self, width: int, scenery: Scenery) -> None:
        super().__init__(width, scenery)
        self.head = nn.Linear(width, 1)

    def forward(self, tokens: Tensor, images: ImageBatch) -> Tensor | None:
        return _absolute(self.head(tokens)[..., 0], images.targets.depth)


class Position(ImageLoss):
    """Where the object and its box are in camera-aligned coordinates, layouts: absolute difference in map units."""

    name = "position"
    weight = 3.0

    def __init__(self, width: int, scenery: Scenery) -> None:
        super().__init__(width, scenery)
        self.head = nn.Linear(width, 3 + CORNERS)

    def forward(self, tokens: Tensor, images: ImageBatch) -> Tensor | None:
        return _absolute(self.head(tokens), images.targets.positions)


class Matching(ImageLoss):
    """Which token of another view of the room shows the same point, transitions: cross-entropy over cosines.

    Not of layouts, whose camera stands still: their tokens would be matched by place, not by content.
    """

    name = "matching"

    def __init__(self, width: int, scenery: Scenery) -> None:
        super().__init__(width, scenery)
        self.head = nn.Linear(width, MATCHING_CHANNELS, bias=False)

    def forward(self, tokens: Tensor, images: ImageBatch) -> Tensor | None:
        if not len(images.pairs):
            return None
        logp, targets, shared = self.compared(tokens, images)
        return -(targets * logp).sum(-1)[shared].mean()

    def compared(self, tokens: Tensor, images: ImageBatch) -> tuple[Tensor, Tensor, Tensor]:
        """Log probabilities and targets [pairs, tokens, tokens], and which tokens both views show [pairs, tokens]."""
        features = F.normalize(self.head(tokens), dim=-1)
        one, other = features[images.pairs[:, 0]], features[images.pairs[:, 1]]
        logp = F.log_softmax(one @ other.transpose(1, 2) / TEMPERATURE, -1)
        return logp, soft_targets(images.matches, round(tokens.shape[1] ** 0.5)), images.matches[..., 0].isfinite()


# ---- losses of the language model, in the order of its layers


class MatchAttention(LanguageLoss):
    """An image token of a transition attends to the same point in the prompt's first image."""

    name, layer, heads = "match_attention", 0, range(1)

    def forward(self, states: States, chunk: Chunk) -> Tensor | None:
        rows, queries = chunk.first_places[..., 0].isfinite().nonzero().unbind(1)
        if not len(rows):
            return None
        first = (chunk.image_tokens >= 0).long().argmax(1)[rows, None] + torch.arange(self.tokens, device=rows.device)
        weights = soft_targets(chunk.first_places[rows, queries], round(self.tokens**0.5))
        logp = _attention(states.scores[self.layer][:, 0], rows, queries)
        return -(weights * logp.gather(1, first)).sum(-1).mean()


class NameAttention(LanguageLoss):
    """An image token that shows an anchor or the target attends to the words that name it."""

    name, layer, heads = "name_attention", 1, range(1)

    def forward(self, states: States, chunk: Chunk) -> Tensor | None:
        rows, queries = ((chunk.roles > 0) & (chunk.image_tokens >= 0)).nonzero().unbind(1)
        right = (chunk.roles[rows] == chunk.roles[rows, queries][:, None]) & (chunk.image_tokens[rows] < 0)
        return _attending(states.scores[self.layer][:, 0], rows, queries, right)


class Role(LanguageLoss):
    """Whether an image token, or a word, shows or names the origin anchor, the direction anchor or the target."""

    name, layer, weight = "role", 1, 0.5

    def __init__(self, model: Architecture) -> None:
        super().__init__(model)
        self.head = _head(model.hidden, ROLES)
        self.weights: Tensor
        self.register_buffer("weights", torch.tensor([OTHER_WEIGHT, 1, 1, 1]), persistent=False)

    def forward(self, states: States, chunk: Chunk) -> Tensor | None:
        known = chunk.roles != IGNORED
        if not known.any():
            return None
        return F.cross_entropy(self.head(states.hidden[self.layer][known].float()), chunk.roles[known], self.weights)


class RoleAttention(LanguageLoss):
    """The token behind an image attends to those that show the origin anchor, the direction anchor and the target,
    by a head each."""

    name, layer, heads, weight = "role_attention", 2, range(ROLES - 1), 0.5

    def forward(self, states: States, chunk: Chunk) -> Tensor | None:
        images = chunk.image_tokens // self.tokens
        rows, options = _behind_images(chunk)
        if not len(rows):
            return None
        queries = chunk.summaries[rows, options]
        own = images[rows, queries - 1]
        found = []
        for role in range(1, ROLES):
            right = (chunk.roles[rows] == role) & (images[rows] == own[:, None]) & (chunk.image_tokens[rows] >= 0)
            found.append(_attending(states.scores[self.layer][:, role - 1], rows, queries, right))
        known = [loss for loss in found if loss is not None]
        return torch.stack(known).mean() if known else None


class Axis(LanguageLoss):
    """Behind an image of a layout: where the map's x axis points, to a quarter turn."""

    name, layer, weight = "axis", 2, 0.5

    def __init__(self, model: Architecture) -> None:
        super().__init__(model)
        self.head = _head(model.hidden, QUARTER_TURNS)

    def forward(self, states: States, chunk: Chunk) -> Tensor | None:
        rows, options = _behind_images(chunk)
        if not len(rows):
            return None
        state = states.hidden[self.layer][rows, chunk.summaries[rows, options]]
        return F.cross_entropy(self.head(state.float()), chunk.axes[rows])


class Numbers(LanguageLoss):
    """Behind an image or a number: the magnitude or the corners (``Example.numbers``); absolute difference."""

    name, layer, weight = "numbers", 3, 2.0

    def __init__(self, model: Architecture) -> None:
        super().__init__(model)
        self.head = _head(model.hidden, CORNERS)

    def forward(self, states: States, chunk: Chunk) -> Tensor | None:
        return self.errors(states, chunk).mean()

    def errors(self, states: States, chunk: Chunk) -> Tensor:
        """[summaries, 6]."""
        rows, places = (chunk.summaries >= 0).nonzero().unbind(1)
        said = self.head(states.hidden[self.layer][rows, chunk.summaries[rows, places]].float())
        return (said - chunk.numbers[rows, places]).abs()


class AnswerAttention(LanguageLoss):
    """The prompt's last token attends to the right option's image or number."""

    name, layer, heads = "answer_attention", 5, range(1)

    def forward(self, states: States, chunk: Chunk) -> Tensor | None:
        rows = torch.arange(len(chunk.ids), device=chunk.ids.device)
        queries = (chunk.labels != IGNORED).long().argmax(1)
        logp = _attention(states.scores[self.layer][:, 0], rows, queries)
        return -logp[rows, chunk.summaries[rows, chunk.answers]].mean()


IMAGE_LOSSES: tuple[type[ImageLoss], ...] = (Category, Depth, Position, Matching)
LANGUAGE_LOSSES: tuple[type[LanguageLoss], ...] = (
    MatchAttention, NameAttention, Role, RoleAttention, Axis, Numbers, AnswerAttention,
)  # fmt: skip
LOSSES: dict[str, type[AuxiliaryLoss]] = {kind.name: kind for kind in (*IMAGE_LOSSES, *LANGUAGE_LOSSES)}


class AuxiliaryLosses(nn.Module):
    """All losses of a training by name, with their weights."""

    def __init__(self, model: Architecture, scenery: Scenery, weights: dict[str, float]) -> None:
        """weights: those that differ from the classes' own; 0 leaves a loss out."""
        super().__init__()
        self.weights = {name: weights.get(name, kind.weight) for name, kind in LOSSES.items()}
        self.image = nn.ModuleDict({kind.name: kind(model.hidden, scenery) for kind in IMAGE_LOSSES})
        self.language = nn.ModuleDict({kind.name: kind(model) for kind in LANGUAGE_LOSSES})

    @property
    def supervised_heads(self) -> dict[int, int]:
        """How many attention heads of each layer these losses look at."""
        return {kind.layer: kind.heads.stop for kind in LANGUAGE_LOSSES if kind.heads}

    def of_images(self, tokens: Tensor, images: ImageBatch) -> dict[str, Tensor]:
        return dict(self._found(self.image, tokens, images))

    def of_language(self, states: States, chunk: Chunk) -> dict[str, Tensor]:
        return dict(self._found(self.language, states, chunk))

    def _found(self, losses: nn.ModuleDict, *arguments: object) -> Iterator[tuple[str, Tensor]]:
        for name, loss in losses.items():
            if self.weights[name] and (found := loss(*arguments)) is not None:
                yield name, found


def _head(width: int, out: int) -> nn.Module:
    return nn.Sequential(nn.LayerNorm(width), nn.Linear(width, out))


def _absolute(said: Tensor, target: Tensor) -> Tensor | None:
    """Mean absolute difference where there is a target; None if there is none."""
    known = target.isfinite()
    return (said - target)[known].abs().mean() if known.any() else None


def _behind_images(chunk: Chunk) -> tuple[Tensor, Tensor]:
    """Row and place among ``summaries`` of all that stand behind images of layouts."""
    places = chunk.summaries.clamp(min=2)
    image = chunk.image_tokens.gather(1, places - 1) >= 0
    return (image & (chunk.summaries >= 0) & (chunk.axes != IGNORED)[:, None]).nonzero().unbind(1)


def _attention(scores: Tensor, rows: Tensor, queries: Tensor) -> Tensor:
    """Log probabilities of what queries attend to, [queries, tokens]. scores: of one head, [rows, tokens, tokens]."""
    later = torch.arange(scores.shape[1], device=scores.device) > queries[:, None]
    return scores[rows, queries].float().masked_fill(later, -torch.inf).log_softmax(-1)


def _attending(scores: Tensor, rows: Tensor, queries: Tensor, right: Tensor) -> Tensor | None:
    """Mean of minus the log of how much queries attend to what is right [queries, tokens] and not after them; None if
    there is nothing."""
    right = right & (torch.arange(right.shape[1], device=right.device) <= queries[:, None])
    some = right.any(-1)
    if not some.any():
        return None
    logp = _attention(scores, rows[some], queries[some])
    return -logp.masked_fill(~right[some], -torch.inf).logsumexp(-1).mean()
