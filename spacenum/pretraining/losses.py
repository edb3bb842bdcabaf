"""Auxiliary losses: a function each, which finds its targets in a batch. Heads are removed after training.

``IMAGE_LOSSES`` look at the vision tower's tokens, ``HEAD_LOSSES`` at the output of one of the language model's layers,
``ATTENTION_LOSSES`` at one layer's attention. A loss is None where a batch has no target for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from spacenum.items.schema import Letter
from spacenum.pretraining.batches import Chunk, ImageBatch
from spacenum.pretraining.network import States
from spacenum.pretraining.settings import ANSWER_LAYER, Pretraining
from spacenum.pretraining.targets import CORNERS, Scenery, soft_targets
from spacenum.tuning.examples import IGNORED

MATCHING_CHANNELS = 128
TEMPERATURE = 0.07
ROLES = 4  # none, origin anchor, direction anchor, target
OTHER_WEIGHT = 0.1  # of tokens without a role, which are most
QUARTER_TURNS = 4
NUMERAL_HEADS = 3  # of the first and of the second layer, behind those of other losses
WAVELENGTHS = (20.0, 7.0, 3.0)  # in units of numbers


Loss = Tensor | None
Head = Callable[[Tensor], Tensor]


# ---- of image tokens [images, tokens, channels]


def category(head: Head, tokens: Tensor, images: ImageBatch) -> Loss:
    """What a token shows, categories weighted by one over the root of their frequency."""
    target, weights = images.targets.category, images.targets.category_weights
    if not (target != IGNORED).any():
        return None
    return F.cross_entropy(head(tokens).flatten(0, 1), target.flatten(), weights, ignore_index=IGNORED)


def depth(head: Head, tokens: Tensor, images: ImageBatch) -> Loss:
    """How far away it is: absolute difference of logarithms."""
    return _absolute(head(tokens)[..., 0], images.targets.depth)


def position(head: Head, tokens: Tensor, images: ImageBatch) -> Loss:
    """Its point and its object's box in camera-aligned coordinates, layouts: absolute difference, units of the map."""
    return _absolute(head(tokens), images.targets.positions)


def matching(head: Head, tokens: Tensor, images: ImageBatch) -> Loss:
    """Which token of another view shows the same point, transitions: cross-entropy over cosines.

    Not of layouts, whose camera stands still: their tokens would be matched by place, not by content.
    """
    if not len(images.pairs):
        return None
    features = F.normalize(head(tokens), dim=-1)
    one, other = features[images.pairs[:, 0]], features[images.pairs[:, 1]]
    logp = F.log_softmax(one @ other.transpose(1, 2) / TEMPERATURE, -1)
    shared = images.matches[..., 0].isfinite()
    return -(soft_targets(images.matches, _side(tokens.shape[1])) * logp).sum(-1)[shared].mean()


# ---- of states [rows, tokens, channels] after one of the language model's layers


def role(head: Head, states: Tensor, chunk: Chunk) -> Loss:
    """Which role an image token or a name has in a layout: origin anchor, direction anchor, target or none."""
    known = chunk.roles != IGNORED
    if not known.any():
        return None
    weights = torch.tensor([OTHER_WEIGHT, 1, 1, 1], device=states.device)
    return F.cross_entropy(head(states[known]), chunk.roles[known], weights)


def role_boxes(head: Head, states: Tensor, chunk: Chunk) -> Loss:
    """Behind an image of a layout: the boxes of both anchors and of the target in camera-aligned coordinates; absolute
    difference, units of the map."""
    rows, queries = behind_images(chunk)
    if not len(rows):
        return None
    own = own_image(chunk, rows, queries)
    tokens = torch.stack([(own & (chunk.roles[rows] == r)).float().argmax(-1) for r in range(1, ROLES)], 1)
    boxes = chunk.boxes[rows[:, None], tokens]
    shown = chunk.roles[rows[:, None], tokens] == torch.arange(1, ROLES, device=rows.device)
    target = boxes.masked_fill(~shown[..., None], torch.nan)
    return _absolute(head(states[rows, queries]).unflatten(-1, target.shape[1:]), target)


def axis(head: Head, states: Tensor, chunk: Chunk) -> Loss:
    """Behind an image of a layout: where the map's x axis points, to a quarter turn."""
    rows, queries = behind_images(chunk)
    return F.cross_entropy(head(states[rows, queries]), chunk.axes[rows]) if len(rows) else None


def numbers(head: Head, states: Tensor, chunk: Chunk) -> Loss:
    """Behind an image or a number: the magnitude or the corners, as ``number_vectors``; squared difference."""
    rows, places = (chunk.summaries >= 0).nonzero().unbind(1)
    said = head(states[rows, chunk.summaries[rows, places]])
    return F.mse_loss(said, number_vectors(chunk.numbers[rows, places], said.shape[-1]))


def letter(head: Head, states: Tensor, chunk: Chunk) -> Loss:
    """Behind each option's image or number: which of the letters it has."""
    rows, options = (chunk.letters >= 0).nonzero().unbind(1)
    return F.cross_entropy(head(states[rows, chunk.summaries[rows, options]]), options)


# ---- of attention scores [rows, heads, tokens, tokens]: minus the log of how much the right tokens are attended to


def match_attention(scores: Tensor, chunk: Chunk) -> Loss:
    """From an image token of a transition to the same point in the prompt's first image."""
    rows, queries = chunk.first_places[..., 0].isfinite().nonzero().unbind(1)
    if not len(rows):
        return None
    first = (chunk.image_tokens >= 0).long().argmax(1)[rows, None] + torch.arange(chunk.per_image, device=rows.device)
    weights = soft_targets(chunk.first_places[rows, queries], _side(chunk.per_image))
    return -(weights * _attention(scores[:, 0], rows, queries).gather(1, first)).sum(-1).mean()


def last_numerals(scores: Tensor, chunk: Chunk) -> Loss:
    """From the token behind a number, or behind the corners of a box, to its last three numerals, by a head each."""
    return _numerals_attended(scores, chunk, 0)


def first_numerals(scores: Tensor, chunk: Chunk) -> Loss:
    """To the three before."""
    return _numerals_attended(scores, chunk, NUMERAL_HEADS)


def name_attention(scores: Tensor, chunk: Chunk) -> Loss:
    """From an image token that shows an anchor or the target to the words that name it."""
    rows, queries = ((chunk.roles > 0) & (chunk.image_tokens >= 0)).nonzero().unbind(1)
    right = (chunk.roles[rows] == chunk.roles[rows, queries][:, None]) & (chunk.image_tokens[rows] < 0)
    return _attending(scores[:, 0], rows, queries, right)


def role_attention(scores: Tensor, chunk: Chunk) -> Loss:
    """From the token behind an image of a layout to its tokens of each role, by a head each."""
    rows, queries = behind_images(chunk)
    own = own_image(chunk, rows, queries)
    found = [_attending(scores[:, r - 1], rows, queries, own & (chunk.roles[rows] == r)) for r in range(1, ROLES)]
    known = [loss for loss in found if loss is not None]
    return torch.stack(known).mean() if known else None


def letter_attention(scores: Tensor, chunk: Chunk) -> Loss:
    """From the token behind each option's image or number to the option's letter."""
    rows, options = (chunk.letters >= 0).nonzero().unbind(1)
    logp = _attention(scores[:, 0], rows, chunk.summaries[rows, options])
    return -logp.gather(1, chunk.letters[rows, options, None]).mean()


def question_attention(scores: Tensor, chunk: Chunk) -> Loss:
    """From the token before an answer to the image or number that is asked about."""
    return _queries_attend(scores[:, 0], chunk, chunk.question_summaries)


def answer_vectors(states: States, chunk: Chunk) -> Loss:
    """Keys behind options, and queries before answers, of the head that finds the answer: one minus the cosine with
    ``number_vectors``. Not the keys behind what is asked about: a query would find the very number it asks about."""
    rows, options = (chunk.letters >= 0).nonzero().unbind(1)
    keys = _away(states.keys[rows, chunk.summaries[rows, options]], chunk.numbers[rows, options])
    rows, turns = (chunk.queries >= 0).nonzero().unbind(1)
    asked = (chunk.summaries[rows] == chunk.question_summaries[rows, turns][:, None]).float().argmax(1)
    return keys + _away(states.queries[rows, chunk.queries[rows, turns]], chunk.numbers[rows, asked])


def answer_attention(scores: Tensor, chunk: Chunk) -> Loss:
    """From the token before an answer to the right option's image or number."""
    return _queries_attend(scores[:, 0], chunk, chunk.answers)


IMAGE_LOSSES = {"category": category, "depth": depth, "position": position, "matching": matching}
HEAD_LOSSES = {
    "role": (role, 1),
    "role_boxes": (role_boxes, 2),
    "axis": (axis, 2),
    "numbers": (numbers, 3),
    "letter": (letter, 4),
}
"""With the layer whose output they look at."""
ATTENTION_LOSSES = {
    "last_numerals": (last_numerals, 0, 1 + NUMERAL_HEADS),
    "first_numerals": (first_numerals, 1, 1 + NUMERAL_HEADS),
    "match_attention": (match_attention, 0, 1),
    "name_attention": (name_attention, 1, 1),
    "role_attention": (role_attention, 2, ROLES - 1),
    "letter_attention": (letter_attention, 0, 1),
    "question_attention": (question_attention, 4, 1),
    "answer_attention": (answer_attention, ANSWER_LAYER, 1),
}
"""With the layer, and how many of its heads they look at: one layer finds what the next one needs."""
SUPERVISED_HEADS = {
    layer: max(heads for _, other, heads in ATTENTION_LOSSES.values() if other == layer)
    for _, layer, _ in ATTENTION_LOSSES.values()
}


class AuxiliaryLosses(nn.Module):
    """All losses that have a weight, with their heads."""

    def __init__(self, settings: Pretraining, scenery: Scenery) -> None:
        super().__init__()
        width, self.weights = settings.model.hidden, settings.loss_weights
        linear = {
            "category": len(scenery.categories) or 1, "depth": 1, "position": 3 + CORNERS,
            "matching": MATCHING_CHANNELS,
        }  # fmt: skip
        normed = {
            "role": ROLES,
            "role_boxes": (ROLES - 1) * CORNERS,
            "axis": QUARTER_TURNS,
            "numbers": 2 * len(WAVELENGTHS) * CORNERS,
            "letter": len(get_args(Letter)),
        }
        self.heads = nn.ModuleDict({name: nn.Linear(width, out) for name, out in linear.items()})
        self.heads.update({name: nn.Sequential(nn.LayerNorm(width), nn.Linear(width, out))
                           for name, out in normed.items()})  # fmt: skip

    def of_images(self, tokens: Tensor, images: ImageBatch) -> dict[str, Tensor]:
        """By name. tokens: [images, tokens, channels]."""
        return _present(
            {name: loss(self.heads[name], tokens, images) for name, loss in IMAGE_LOSSES.items() if self.weights[name]}
        )

    def of_language(self, states: States, chunk: Chunk) -> dict[str, Tensor]:
        """By name."""
        found: dict[str, Loss] = {}
        for name, (loss, layer) in HEAD_LOSSES.items():
            if self.weights[name]:
                found[name] = loss(self.heads[name], states.hidden[layer].float(), chunk)
        for name, (attention, layer, _) in ATTENTION_LOSSES.items():
            if self.weights[name]:
                found[name] = attention(states.scores[layer], chunk)
        if self.weights["answer_vectors"]:
            found["answer_vectors"] = answer_vectors(states, chunk)
        return _present(found)


def _present(losses: dict[str, Loss]) -> dict[str, Tensor]:
    """Those that had a target."""
    return {name: loss for name, loss in losses.items() if loss is not None}


def number_vectors(numbers: Tensor, channels: int) -> Tensor:
    """Numbers [..., 6] as queries and keys [..., channels] whose product is the larger the nearer two are. Rotary
    positions turn the channels i and i + channels / 2 together, by less the larger i is: the shortest wavelengths
    are last, and within each the first numbers. Heads of fewer than 36 channels have only the last of these."""
    angles = 2 * torch.pi * numbers.flip(-1)[..., None, :] / torch.tensor(WAVELENGTHS, device=numbers.device)[:, None]
    angles = angles.flatten(-2)[..., -(channels // 2) :]
    free = (channels // 2 - angles.shape[-1], 0)
    return torch.cat([F.pad(angles.cos(), free), F.pad(angles.sin(), free)], -1)


def behind_images(chunk: Chunk) -> tuple[Tensor, Tensor]:
    """Row and token of all summaries that stand behind images of layouts."""
    image = chunk.image_tokens.gather(1, (chunk.summaries - 1).clamp(min=0)) >= 0
    rows, places = (image & (chunk.summaries > 0) & (chunk.axes != IGNORED)[:, None]).nonzero().unbind(1)
    return rows, chunk.summaries[rows, places]


def own_image(chunk: Chunk, rows: Tensor, queries: Tensor) -> Tensor:
    """Which tokens belong to the image that a query stands behind, [queries, tokens]."""
    images = torch.where(chunk.image_tokens >= 0, chunk.image_tokens // chunk.per_image, -1)
    return images[rows] == images[rows, queries - 1][:, None]


def _away(vectors: Tensor, numbers: Tensor) -> Tensor:
    """Mean of one minus the cosine of vectors [n, channels] with those of numbers [n, 6]."""
    vectors = vectors.float()
    return (1 - F.cosine_similarity(vectors, number_vectors(numbers, vectors.shape[-1]), -1)).mean()


def _side(tokens: int) -> int:
    return round(tokens**0.5)


def _absolute(said: Tensor, target: Tensor) -> Loss:
    """Mean absolute difference where there is a target."""
    known = target.isfinite()
    return (said - target)[known].abs().mean() if known.any() else None


def _attention(scores: Tensor, rows: Tensor, queries: Tensor) -> Tensor:
    """Log probabilities of what queries attend to, [queries, tokens]. scores: of one head, [rows, tokens, tokens]."""
    return scores[rows, queries].float().log_softmax(-1)


def _attending(scores: Tensor, rows: Tensor, queries: Tensor, right: Tensor) -> Loss:
    """Mean over queries of minus the log of how much they attend to what is right [queries, tokens] and not after
    them."""
    right = right & (torch.arange(right.shape[1], device=right.device) <= queries[:, None])
    some = right.any(-1)
    if not some.any():
        return None
    logp = _attention(scores, rows[some], queries[some])
    return -logp.masked_fill(~right[some], -torch.inf).logsumexp(-1).mean()


def _numerals_attended(scores: Tensor, chunk: Chunk, first: int) -> Loss:
    """Mean over numerals from ``first`` on, the last one being 0, of minus the log of how much they are attended to."""
    wanted = chunk.numerals[:, :, first : first + NUMERAL_HEADS]
    rows, places, heads = (wanted >= 0).nonzero().unbind(1)
    if not len(rows):
        return None
    logp = scores[rows, 1 + heads, chunk.summaries[rows, places]].float().log_softmax(-1)
    return -logp.gather(1, wanted[rows, places, heads, None]).mean()


def _queries_attend(scores: Tensor, chunk: Chunk, right: Tensor) -> Tensor:
    """Mean of minus the log of how much the token before each answer attends to the token ``right`` [rows, turns]."""
    rows, turns = (chunk.queries >= 0).nonzero().unbind(1)
    logp = _attention(scores, rows, chunk.queries[rows, turns])
    return -logp.gather(1, right[rows, turns, None]).mean()
