"""Group-relative policy optimisation (Shao et al. 2024, arXiv 2402.03300) with LoRA: several replies to each item, each
judged against the others.

A loop of our own: trl renders and tokenises prompts itself, while here a model must be trained on the very prompts and
pixels that it is asked with; and since replies are one letter, most of an item's replies are the same and share one
forward pass, with exactly the same gradient.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peft import get_peft_model_state_dict, set_peft_model_state_dict
from torch import Tensor
from transformers import set_seed

from spacenum.asking.chat import Decoding, Question
from spacenum.core.blocks import Block
from spacenum.core.provenance import atomic_path, stable_hash
from spacenum.items.schema import AnyItem
from spacenum.models.transformers.images import encode
from spacenum.models.transformers.letters import LetterReader
from spacenum.models.transformers.loading import Loaded
from spacenum.models.transformers.prompts import Prompt, VisionInput, image_paths
from spacenum.models.transformers.writing import reply_ends, write_tokens
from spacenum.tuning.examples import IGNORED, Collator, Example, Examples
from spacenum.tuning.lora import load_base, with_lora, write_adapter
from spacenum.tuning.rewards.base import BlindRewards, reward_of
from spacenum.tuning.rewards.catalogue import reward
from spacenum.tuning.rewards.strict import strict
from spacenum.tuning.settings import GrpoParams, GrpoSettings, Machine

LARGEST_GRADIENT = 1.0
STATE = "policy.pt"


class Round(Block):
    """One line of ``training.csv``: a batch of rollouts, before the policy is updated on it.

    reward: mean over replies; chance, middle: the same without looking, on the same items
    (``rewards.base.BlindRewards``). right: share of right replies. silent: share of items whose replies all have the
    same reward, which give no gradient. kl: divergence from the base model, in nats a token, over the replies.
    """

    round: int
    items: int
    reward: float
    chance: float
    middle: float
    right: float
    silent: float
    kl: float


@dataclass(frozen=True)
class ReplyGroup:
    """An item's different replies. counts: how often each came. ddof: 1 for a deviation of n - 1 replies, 0 of n."""

    examples: list[Example]
    counts: list[int]
    rewards: list[float]
    right: list[bool]
    ddof: int = 1

    @property
    def advantages(self) -> list[float]:
        """Of each reply, against all of the item's: rewards less their mean, over their standard deviation; 0 if all
        are the same."""
        every = np.repeat(self.rewards, self.counts)
        spread = float(every.std(ddof=self.ddof))
        return [(reward - float(every.mean())) / spread if spread > 1e-9 else 0.0 for reward in self.rewards]


@dataclass(frozen=True)
class WeightedReply:
    """A reply to learn from. share: how many of the batch's replies it stands for. old, base: log-probabilities of its
    tokens under the policy that wrote it, and under the base model."""

    example: Example
    advantage: float
    share: int
    old: Tensor
    base: Tensor


def tune(
    job: GrpoParams, items: Sequence[AnyItem], root: Path, adapter: Path, checkpoints: Path, machine: Machine
) -> list[Round]:
    """Train, write the adapter, and tell how rewards went. Goes on from the checkpoint in
    ``checkpoints``, if there is one."""
    set_seed(job.seed)
    loaded, tuned = with_lora(load_base(job.base), job.settings.rank, job.settings.alpha)
    loop = _GrpoLoop(job, items, root, loaded, tuned)
    loop.resume(checkpoints / STATE)
    for number, batch in enumerate(order(len(items), job.settings, job.seed)):
        if number < len(loop.rounds):
            continue
        loop.round(number, batch)
        if (number + 1) % machine.every == 0:
            loop.save(checkpoints / STATE)
    write_adapter(adapter, tuned, str(job.base.checkpoint))
    return loop.rounds


def order(count: int, settings: GrpoSettings, seed: int) -> Iterator[list[int]]:
    """Indices of the items of each round: every epoch a new order, all items once; the last round may be smaller."""
    total = round(settings.epochs * count)
    epochs = [np.random.default_rng([seed, epoch]).permutation(count) for epoch in range(math.ceil(total / count))]
    stream = np.concatenate(epochs)[:total].tolist()
    for start in range(0, total, settings.rollout_batch_size):
        yield stream[start : start + settings.rollout_batch_size]


class _GrpoLoop:
    """Policy, optimiser and the rounds so far."""

    def __init__(self, job: GrpoParams, items: Sequence[AnyItem], root: Path, loaded: Loaded, tuned: Any) -> None:
        self._job, self._items, self._loaded, self._tuned = job, items, loaded, tuned
        self._settings, self._reward = job.settings, reward(job.reward)
        self._examples = Examples(items, loaded, root, job.settings.max_length, job.base)
        self._reader, self._collate = LetterReader(loaded), Collator(loaded)
        self._parameters = [parameter for parameter in tuned.parameters() if parameter.requires_grad]
        self._optimiser = torch.optim.AdamW(
            self._parameters, lr=job.settings.learning_rate, weight_decay=job.settings.weight_decay
        )
        self.rounds: list[Round] = []
        if job.settings.gradient_checkpointing:
            loaded.model.activation_checkpointing_enable({"use_reentrant": False})
        _ = self._examples.lengths  # refuses what is too long before anything is paid for

    def resume(self, path: Path) -> None:
        if path.is_file():
            kept = torch.load(path, map_location=self._loaded.device, weights_only=True)
            set_peft_model_state_dict(self._tuned, kept["adapter"])
            self._optimiser.load_state_dict(kept["optimiser"])
            self.rounds = [Round.model_validate(line) for line in kept["rounds"]]

    def save(self, path: Path) -> None:
        rounds = [line.model_dump() for line in self.rounds]
        kept = {"adapter": get_peft_model_state_dict(self._tuned), "optimiser": self._optimiser.state_dict()}
        with atomic_path(path) as temporary:
            torch.save({**kept, "rounds": rounds}, temporary)

    def round(self, number: int, batch: Sequence[int]) -> None:
        """Ask, judge, learn."""
        groups = self._groups(number, batch)
        rows = [self._rows(some) for some in _cut(groups, self._settings.micro_batch_size)]
        of_items = [rows_of_item for some in rows for rows_of_item in some]
        self.rounds.append(self._summary(number, batch, groups, [row for rows in of_items for row in rows]))
        for some in _cut(of_items, self._settings.actor_batch_size):
            self._learn(some)

    # ---- asking

    @torch.no_grad()
    def _groups(self, number: int, batch: Sequence[int]) -> list[ReplyGroup]:
        self._tuned.eval()
        return [group for some in _cut(batch, self._settings.micro_batch_size) for group in self._asked(number, some)]

    def _asked(self, number: int, some: Sequence[int]) -> Iterator[ReplyGroup]:
        questions = [self._examples.question(index) for index in some]
        pixels = self._examples.maker.pixels([path for question in questions for path in image_paths(question)])
        prompts = [self._examples.maker.prompt(question, pixels) for question in questions]
        times = range(self._settings.rollouts)
        seeds = [self._seed(number, question, k) for question in questions for k in times]
        repeated = [prompt for prompt in prompts for _ in times]
        decoding = Decoding(
            name="paper",
            temperature=self._settings.temperature,
            max_new_tokens=self._job.base.max_new_tokens.letter,
        )
        inputs = self._reader.inputs(repeated, encode(self._loaded, pixels))
        written = write_tokens(self._loaded.model, self._loaded.processor.tokenizer, inputs, decoding, seeds)
        for place, (index, prompt) in enumerate(zip(some, prompts, strict=True)):
            replies = written[place * len(times) : (place + 1) * len(times)]
            yield self._group(self._items[index], prompt, pixels, replies)

    def _seed(self, number: int, question: Question, k: int) -> int:
        return stable_hash(f"{self._job.seed}/{number}/{question.item}/{k}") % 2**31

    def _group(
        self, item: AnyItem, prompt: Prompt, pixels: dict[str, VisionInput], replies: Sequence[list[int]]
    ) -> ReplyGroup:
        counts = Counter(map(tuple, replies))
        tokenizer = self._loaded.processor.tokenizer
        ends = set(reply_ends(self._loaded.model, tokenizer))
        points, exact = self._reward(item), strict(item)
        said = [(tokenizer.decode(ids, skip_special_tokens=True), ids[-1] in ends) for ids in counts]
        return ReplyGroup(
            [Example(extended(prompt, ids), len(ids), tuple(pixels[path] for path in prompt.images)) for ids in counts],
            list(counts.values()),
            [reward_of(text, finished, item, points) for text, finished in said],
            [reward_of(text, finished, item, exact) == 1 for text, finished in said],
            ddof=1 if self._settings.deviation == "sample" else 0,
        )

    # ---- learning

    @torch.no_grad()
    def _rows(self, groups: Sequence[ReplyGroup]) -> list[list[WeightedReply]]:
        """The replies to each item, with log-probabilities under the policy before its update and under the base."""
        examples = [example for group in groups for example in group.examples]
        old = iter(self._logprobs(examples))
        with self._tuned.disable_adapter():
            base = iter(self._logprobs(examples))
        return [
            [
                WeightedReply(example, advantage, count, next(old), next(base))
                for example, advantage, count in zip(group.examples, group.advantages, group.counts, strict=True)
            ]
            for group in groups
        ]

    def _logprobs(self, examples: Sequence[Example]) -> list[Tensor]:
        """Of each example's answer tokens, at the temperature of rollouts."""
        device = self._loaded.device
        inputs = {k: v.to(device) if isinstance(v, Tensor) else v for k, v in self._collate(examples).items()}
        labels = inputs.pop("labels")[:, 1:]
        logits = self._loaded.model(**inputs).logits[:, :-1].float() / self._settings.temperature
        chosen = logits.log_softmax(-1).gather(-1, labels.clamp(min=0)[..., None])[..., 0]
        return [row[label != IGNORED] for row, label in zip(chosen, labels, strict=True)]

    def _learn(self, of_items: Sequence[Sequence[WeightedReply]]) -> None:
        """One step of the optimiser; every token of the replies counts the same, or every reply."""
        self._tuned.train()
        whole = sum(row.share * counted(row, self._settings) for rows in of_items for row in rows)
        learnt = [row for rows in of_items for row in rows if row.advantage or self._settings.kl_coefficient]
        for some in _cut(learnt, self._settings.micro_batch_size):
            new = self._logprobs([row.example for row in some])
            losses = [row.share * reply_loss(n, row, self._settings) for n, row in zip(new, some, strict=True)]
            (torch.stack(losses).sum() / whole).backward()
        torch.nn.utils.clip_grad_norm_(self._parameters, LARGEST_GRADIENT)
        self._optimiser.step()
        self._optimiser.zero_grad()

    def _summary(
        self, number: int, batch: Sequence[int], groups: Sequence[ReplyGroup], rows: Sequence[WeightedReply]
    ) -> Round:
        shares = np.concatenate([group.counts for group in groups])
        blind = BlindRewards.of([self._items[index] for index in batch], self._reward)
        means = {
            "reward": np.average(np.concatenate([group.rewards for group in groups]), weights=shares),
            "chance": blind.chance,
            "middle": blind.middle,
            "right": np.average(np.concatenate([group.right for group in groups]), weights=shares),
            "silent": np.mean([not any(group.advantages) for group in groups]),
            "kl": np.average([divergence(row.old, row.base).mean().item() for row in rows], weights=shares),
        }
        return Round(round=number, items=len(batch), **{name: round(float(x), 6) for name, x in means.items()})


def extended(prompt: Prompt, ids: Sequence[int]) -> Prompt:
    """A prompt and a reply's tokens as one sequence."""
    further = prompt.positions[:, -1:] + torch.arange(1, len(ids) + 1)
    return replace(
        prompt,
        ids=(*prompt.ids, *ids),
        types=(*prompt.types, *[0] * len(ids)),
        positions=torch.cat([prompt.positions, further], 1),
    )


def reply_loss(new: Tensor, row: WeightedReply, settings: GrpoSettings) -> Tensor:
    """Clipped surrogate loss (Schulman et al. 2017, arXiv 1707.06347; with unequal limits, Yu et al. 2025, arXiv
    2503.14476; with a further one where the advantage is negative, Ye et al. 2020, arXiv 1912.09729) and weighted KL
    divergence from the base model: mean over a reply's tokens, times what it counts.

    new: their log-probabilities now.
    """
    ratio = (new - row.old).exp()
    clipped = ratio.clamp(1 - settings.clip_ratio_low, 1 + settings.clip_ratio_high)
    gain = torch.minimum(ratio * row.advantage, clipped * row.advantage)
    if settings.clip_ratio_dual is not None and row.advantage < 0:
        gain = gain.clamp(min=settings.clip_ratio_dual * row.advantage)
    return (settings.kl_coefficient * divergence(new, row.base) - gain).mean() * counted(row, settings)


def counted(row: WeightedReply, settings: GrpoSettings) -> int:
    """What a reply counts in the mean of a step: its tokens, or 1."""
    return len(row.old) if settings.loss_mean == "token" else 1


def divergence(new: Tensor, base: Tensor) -> Tensor:
    """An estimate of the KL divergence from ``base`` a token, never negative (Schulman 2020, "k3")."""
    log_ratio = base - new
    return log_ratio.exp() - log_ratio - 1


def _cut(whole: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(whole), size):
        yield whole[start : start + size]
