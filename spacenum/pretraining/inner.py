"""Losses inside the language model: what its layers should know before it replies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from spacenum.pretraining.batches import Chunk
from spacenum.pretraining.matching import soft_targets
from spacenum.pretraining.standing import CORNERS
from spacenum.pretraining.writing import NUMBERS_A_LINE
from spacenum.tuning.examples import IGNORED

QUARTERS = 4  # in which a map's x axis may point
ROLES = 4  # none, origin anchor, direction anchor, target
ROLELESS = 0.1  # what a token counts that plays no role, or these would be all that is learnt
CHOOSING_HEADS = 1
SPREAD = 0.3  # of a coordinate as a distribution over numbers, standard deviation
ALIGNED_HEADS, NAMED_HEADS, ASKED_HEADS = 1, 1, ROLES - 1
INNER = ("numbers", "aligned", "moved", "read", "named", "roles", "asked", "ahead", "corners", "recall", "values")


@dataclass(frozen=True)
class Scores:
    """Of the first heads of some layers, [rows, heads, tokens, tokens], before any mask. aligned: of the first layer.
    named: of the one before the asking layer. asked: of that, a head for each role. choosing: of the first layer behind
    all that ``Inner`` looks at."""

    aligned: Tensor
    named: Tensor
    asked: Tensor
    choosing: Tensor


@dataclass(frozen=True)
class States:
    """Of the language model: hidden states two layers before its middle, one layer before it, there, one layer behind
    it, two (chosen) and at the end, [rows, tokens, channels]. What lies in the middle was made by the asking layer."""

    scores: Scores
    read: Tensor
    early: Tensor
    middle: Tensor
    late: Tensor
    chosen: Tensor
    end: Tensor


class Inner(nn.Module):
    """Heads on the hidden states of the language model.

    roles: before its middle layer, of each token of a layout. Behind it: moved, where the prompt's first image shows
    what a token shows; numbers, after each image, the magnitude; ahead, where a map's x axis points; recall and line,
    the numbers of an option's line, as words and as values. A layer later: corners,
    in the map. So the layers above can read it.
    """

    def __init__(self, width: int, tokens: int, decimals: Mapping[float, int]) -> None:
        """tokens: along a side of an image. decimals: the tokens of numbers with one decimal place."""
        super().__init__()
        self._tokens = tokens
        self.weights: Tensor
        self.values: Tensor
        self.words: Tensor
        self.register_buffer("weights", torch.tensor([ROLELESS, 1, 1, 1]), persistent=False)
        self.register_buffer("values", torch.tensor(list(decimals)), persistent=False)
        self.register_buffer("words", torch.tensor(list(decimals.values())), persistent=False)
        self.moved = _head(width, tokens**2)
        self.numbers = _head(width, 1)
        self.read = _head(width, ROLES)
        self.roles = _head(width, ROLES)
        self.ahead = _head(width, QUARTERS)
        self.corners = _head(width, CORNERS * width, bias=False)
        self.recall = _head(width, NUMBERS_A_LINE * width, bias=False)
        self.line = _head(width, NUMBERS_A_LINE)

    def losses(self, states: States, chunk: Chunk, embeddings: Tensor) -> dict[str, Tensor]:
        """Sums over a chunk, of what of ``INNER`` it can tell: absolute errors of numbers, else minus the log
        probability of what is right. embeddings: of the words, [vocabulary, channels]."""
        middle, found = states.middle, {}
        known = chunk.magnitudes.isfinite()
        if known.any():
            found["numbers"] = (self.numbers(middle[known].float())[:, 0] - chunk.magnitudes[known]).abs().sum()
        known = chunk.corners[..., 0].isfinite()
        if known.any():
            logp = self._corner_logp(states.late[known], embeddings)
            found["corners"] = -(self.blurred(chunk.corners[known]) * logp).sum()
            told = chunk.ahead[:, None].expand_as(known)[known]
            found["ahead"] = F.cross_entropy(self.ahead(middle[known].float()), told, reduction="sum")
            found["asked"] = self._asked_loss(states.scores.asked, chunk, known)
        known, origins = self._origins(chunk)
        if known.any():
            targets = soft_targets(origins, self._tokens)
            found["aligned"] = -(targets * self._aligned(states.scores.aligned[:, 0], chunk, known)).sum()
            found["moved"] = -(targets * F.log_softmax(self.moved(middle[known].float()), -1)).sum()
        shown = chunk.slots >= 0
        words, tokens = ((chunk.roles != IGNORED) & some for some in (~shown, shown))
        if words.any():
            found["read"] = F.cross_entropy(self.read(states.read[words].float()), chunk.roles[words], reduction="sum")
        if (chunk.roles[tokens] > 0).any():
            said = self.roles(states.early[tokens].float())
            found["roles"] = F.cross_entropy(said, chunk.roles[tokens], self.weights, reduction="sum")
            found["named"] = self._named_loss(states.scores.named[:, 0], chunk)
        if (chunk.lines != IGNORED).any():
            told = self._at_letters(middle, chunk)
            found["recall"] = self._recall_loss(told, chunk, embeddings)
            if (known := torch.isin(chunk.lines, self.words)).any():
                away = self.line(told)[:, known] - self.value_of(chunk.lines[known])
                found["values"] = F.smooth_l1_loss(away, torch.zeros_like(away), reduction="sum", beta=SPREAD) / 2
        return found

    def blurred(self, values: Tensor) -> Tensor:
        """Values [...] as distributions over ``words``, [..., numbers]."""
        return (-(((self.values - values[..., None]) / SPREAD) ** 2) / 2).softmax(-1)

    def value_of(self, words: Tensor) -> Tensor:
        """The numbers that some of ``words`` are."""
        return self.values[(words[:, None] == self.words).long().argmax(1)]

    def _aligned(self, attended: Tensor, chunk: Chunk, known: Tensor) -> Tensor:
        """Log probabilities that the first head attends to each token of the prompt's first image,
        [known, tokens of an image]."""
        rows, tokens = known.nonzero().unbind(1)
        first = (chunk.slots >= 0).long().argmax(1)[:, None] + torch.arange(self._tokens**2, device=known.device)
        later = torch.arange(attended.shape[2], device=known.device) > tokens[:, None]
        return attended[rows, tokens].float().masked_fill(later, -torch.inf).log_softmax(-1).gather(1, first[rows])

    def _asked_loss(self, scores: Tensor, chunk: Chunk, known: Tensor) -> Tensor:
        """Sum over tokens that should tell corners, and over roles, of minus the log of how much they attend to what
        plays that role; words to the target of the latest image. scores: [rows, roles, tokens, tokens]."""
        image = ((chunk.slots >= 0) & (chunk.slots % self._tokens**2 == 0)).cumsum(1)
        lost = torch.zeros((), device=scores.device)
        for role in range(1, ROLES):
            target = role == ROLES - 1
            rows, asking = (known & (chunk.slots < 0) if target else known).nonzero().unbind(1)
            right = (chunk.roles[rows] == role) & (chunk.slots[rows] >= 0)
            if target:
                right &= image[rows] == image[rows, asking][:, None]
            lost = lost + _attending(scores[rows, role - 1, asking], asking, right)
        return lost / (ROLES - 1)

    def _named_loss(self, scores: Tensor, chunk: Chunk) -> Tensor:
        """Sum over visual tokens that play a role of minus the log of how much they attend to words that name it.
        scores: [rows, tokens, tokens]."""
        rows, tokens = ((chunk.roles > 0) & (chunk.slots >= 0)).nonzero().unbind(1)
        right = (chunk.roles[rows] == chunk.roles[rows, tokens][:, None]) & (chunk.slots[rows] < 0)
        return _attending(scores[rows, tokens], tokens, right)

    def _corner_logp(self, states: Tensor, embeddings: Tensor) -> Tensor:
        """Log probabilities of the numbers that corners may be, [known, 6, numbers]."""
        words = embeddings[self.words]
        return (self.corners(states.float()).unflatten(-1, (CORNERS, -1)) @ words.T).log_softmax(-1)

    def corner_error(self, states: Tensor, chunk: Chunk, embeddings: Tensor) -> float:
        """How far the expected corners of what is asked about are from the true ones, in the map's units."""
        known = chunk.corners[..., 0].isfinite() & (chunk.slots < 0)
        said = (self._corner_logp(states[known], embeddings).exp() * self.values).sum(-1)
        return float((said - chunk.corners[known]).abs().mean())

    def moved_error(self, states: Tensor, chunk: Chunk) -> float:
        """How far the expected places in the first image are from the true ones, as a share of the image."""
        known, origins = self._origins(chunk)
        steps = torch.arange(self._tokens, device=states.device)
        places = torch.stack([steps.repeat(self._tokens), steps.repeat_interleave(self._tokens)], -1)
        said = self.moved(states[known].float()).softmax(-1) @ places.float()
        return float((said - origins).abs().mean()) / self._tokens

    def _origins(self, chunk: Chunk) -> tuple[Tensor, Tensor]:
        """Visual tokens that the prompt's first image shows too: which [rows, tokens],
        and their places in the first one [known, 2]."""
        known = chunk.moved[..., 0].isfinite()
        place = chunk.slots[known] % self._tokens**2
        own = torch.stack([place % self._tokens, place // self._tokens], -1)
        return known, own + self._tokens * chunk.moved[known]

    def _at_letters(self, states: Tensor, chunk: Chunk) -> Tensor:
        """States at letters behind numbers and at what asks for them, [2, rows, letters, channels]."""
        rows = torch.arange(len(chunk.letters), device=states.device)[:, None]
        return torch.stack([states[rows, (chunk.letters - back).clamp(min=0)].float() for back in (0, 1)])

    def _recall_loss(self, told: Tensor, chunk: Chunk, embeddings: Tensor) -> Tensor:
        """Sum over the numbers of lines of minus the log probability of the right one, in the middle of the language
        model, told from the letter behind it and from what asks for that letter (a half each). told: states there."""
        known, said = chunk.lines != IGNORED, self.recall(told)
        logits = said.unflatten(-1, (NUMBERS_A_LINE, -1))[:, known] @ embeddings.T
        return F.cross_entropy(logits.flatten(0, 1), chunk.lines[known].repeat(2), reduction="sum") / 2


def choosing_loss(scores: Tensor, chunk: Chunk) -> Tensor:
    """Sum over all letters to choose of minus the mean log of how much what asks for it attends to those behind the
    options, each as likely as it is near. scores: [rows, tokens, tokens], before any mask."""
    rows, asked = (chunk.asking >= 0).nonzero().unbind(1)
    asking, apart = chunk.asking[rows, asked] - 1, chunk.apart[rows, asked]
    past = torch.arange(scores.shape[1], device=scores.device) <= asking[:, None]
    logp = scores[rows, asking].float().masked_fill(~past, -torch.inf).log_softmax(-1)
    found = logp.gather(1, chunk.options[rows].clamp(min=0)).masked_fill(~apart.isfinite(), 0)
    return -((-apart).softmax(-1) * found).sum()


def _head(width: int, out: int, bias: bool = True) -> nn.Module:
    return nn.Sequential(nn.LayerNorm(width), nn.Linear(width, out, bias=bias))


def _attending(scores: Tensor, asking: Tensor, right: Tensor) -> Tensor:
    """Sum of minus the log of how much tokens attend to what is right before them, where there is any. scores:
    [asking, tokens], before any mask; asking: places of those that attend; right: [asking, tokens]."""
    past = torch.arange(scores.shape[1], device=scores.device) <= asking[:, None]
    right = right & past
    some = right.any(-1)
    logp = scores[some].float().masked_fill(~past[some], -torch.inf).log_softmax(-1)
    return -logp.masked_fill(~right[some], -torch.inf).logsumexp(-1).sum()
