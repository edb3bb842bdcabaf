"""The training: matching, then numbers, then letters, as the stages of the config say."""

from __future__ import annotations

import math
import shutil
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from spacenum.asking.settings import CHECKPOINT_FILES, ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.core.progress import Progress
from spacenum.core.provenance import atomic_folder, atomic_path, stable_hash
from spacenum.frames.records import Family, FrameRecord
from spacenum.items.schema import Image, Item
from spacenum.pretraining.batches import Batch, Chunk, Classroom, Curriculum
from spacenum.pretraining.curve import Line, Measurer, Usual
from spacenum.pretraining.inner import INNER
from spacenum.pretraining.kin import Kin, kin_of
from spacenum.pretraining.lessons import Teacher
from spacenum.pretraining.matching import matching_loss, places_among
from spacenum.pretraining.network import Network
from spacenum.pretraining.newborn import write_newborn
from spacenum.pretraining.settings import PretrainParams, Stage
from spacenum.pretraining.standing import CORNERS, Standing
from spacenum.pretraining.tokens import Seen, depth_error
from spacenum.pretraining.views import Views
from spacenum.tuning.examples import IGNORED
from spacenum.tuning.lora import load_base
from spacenum.tuning.settings import Machine

STATE = "pretraining.pt"
LARGEST_GRADIENT = 1.0
LOWEST_RATE = 0.02  # share of the peak at a stage's end
TOKEN_WEIGHTS = {"sights": 3.0}  # of losses of tokens; else 1
INNER_WEIGHTS = {name: 1.0 if name == "recall" else 0.5 for name in INNER}  # beside the loss of replies


def pretrain(
    job: PretrainParams,
    items: Sequence[Item],
    frames: Sequence[FrameRecord],
    families: Sequence[Family],
    root: Path,
    checkpoint: Path,
    folder: Path,
    machine: Machine,
) -> list[Line]:
    """Train, write the checkpoint, and tell how it went. Goes on from what a killed run left in ``folder``."""
    newborn = folder / "newborn"
    if not newborn.exists():
        write_newborn(newborn, job.settings.model, spoken_texts(items), job.seed)
    loop = _Loop(job, newborn, kin_of(items, frames, families), root)
    loop.resume(folder / STATE)
    loop.run(folder / STATE, machine)
    loop.write(checkpoint, newborn)
    return loop.lines


def spoken_texts(items: Iterable[Item]) -> Iterable[str]:
    """All texts that the tokenizer is learnt from: prompts and replies of every kind."""
    teacher = Teacher()
    for item in items:
        for name in ("numbers", "look_ups", "letters"):
            lesson = teacher.lesson(name, item)
            yield from (part.text for part in lesson.question.parts if not isinstance(part, Image))
            yield lesson.reply


def held_out(scenes: Iterable[str], share: float, seed: int) -> set[str]:
    """Scenes that only measure: at least one, the first in an order that is drawn once from the seed."""
    order = sorted(set(scenes), key=lambda scene: stable_hash(f"{seed}/{scene}"))
    return set(order[: max(1, round(share * len(order)))])


@dataclass(frozen=True)
class _Split:
    """Places of families: moving, still are learnt from; tests only measure."""

    moving: list[int]
    still: list[int]
    tests: list[int]

    @classmethod
    def of(cls, kin: Sequence[Kin], job: PretrainParams) -> _Split:
        """SpaceNumError if nothing is left to learn from."""
        learnt, tests = dict[bool, list[int]](), list[int]()
        for moving in (True, False):
            some = [k for k, one in enumerate(kin) if (one.moving is not None) == moving]
            scenes = [kin[k].frames[0].scene for k in some]
            apart = held_out(scenes, job.settings.held_out, job.seed) if scenes else set()
            learnt[moving] = [k for k, scene in zip(some, scenes, strict=True) if scene not in apart]
            measured = (k for k, scene in zip(some, scenes, strict=True) if scene in apart)
            tests += sorted(measured, key=lambda k: stable_hash(f"{job.seed}/{kin[k].name}"))[: job.settings.tested]
        if not any(learnt.values()):
            raise SpaceNumError(
                f"config key 'pretraining.{job.name}.held_out' leaves no scene to learn "
                "from; give the recipe more scenes"
            )
        return cls(learnt[True], learnt[False], tests)


class _Loop:
    """Model, optimiser and what was told so far."""

    def __init__(self, job: PretrainParams, newborn: Path, kin: Sequence[Kin], root: Path) -> None:
        self._job, self._settings = job, job.settings
        loaded = load_base(
            ModelConfig(kind="demonstration", backend="transformers", checkpoint=str(newborn), dtype="float32")
        )
        self._loaded, self._device = loaded, loaded.device
        side, split = self._settings.model.side, _Split.of(kin, job)
        frames = list({frame.image: frame for one in kin for frame in one.frames}.values())
        views = Views.read(frames, root, self._settings.model.image)
        self._seen = Seen.of(frames, root, side)
        places = {
            one.name: torch.from_numpy(places_among(one.frames, root, side)) for one in kin if one.moving is not None
        }
        self._weights = self._seen.weights().to(self._device)
        self._standing = Standing.of(kin, frames, root, side)
        room = Classroom(kin, places, self._seen, self._standing, loaded, views, self._settings)
        self._curriculum = Curriculum(room, split.moving, split.still, self._settings, job.seed)
        self._views, self._letters = views.to(self._device), room.letters
        torch.manual_seed(job.seed)
        self._network = Network(loaded.model, self._settings, len(self._seen.categories), room.decimals).to(
            self._device
        )
        learnt = [views.rows[frame.image] for k in (*split.moving, *split.still) for frame in kin[k].frames]
        usual = Usual.of(self._seen, learnt, self._device)
        self._measurer = Measurer(self._network, room, self._views, self._seen, usual, split.tests, job.seed)
        self._optimiser = torch.optim.AdamW(
            self._network.parameters(), lr=0.0, betas=(0.9, 0.98), weight_decay=self._settings.weight_decay
        )
        self._step = 0
        self._losses: dict[str, list[float]] = defaultdict(list)
        self.lines: list[Line] = []

    # ---- going on

    def resume(self, path: Path) -> None:
        if path.is_file():
            kept = torch.load(path, map_location=self._device, weights_only=True)
            self._network.load_state_dict(kept["network"])
            self._optimiser.load_state_dict(kept["optimiser"])
            self._step, self._losses = kept["step"], defaultdict(list, kept["losses"])
            self.lines = [Line.model_validate(line) for line in kept["lines"]]

    def _save(self, path: Path) -> None:
        kept = {
            "network": self._network.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "step": self._step,
            "losses": dict(self._losses),
            "lines": [line.model_dump() for line in self.lines],
        }
        with atomic_path(path) as temporary:
            torch.save(kept, temporary)

    def write(self, checkpoint: Path, newborn: Path) -> None:
        """The trained model beside the newborn's tokenizer and processor, all files or none."""
        with atomic_folder(checkpoint) as temporary:
            self._loaded.model.to(torch.bfloat16).save_pretrained(temporary)
            for name in CHECKPOINT_FILES:
                if not (temporary / name).exists():
                    shutil.copy(newborn / name, temporary / name)
                (temporary / name).chmod(0o644)  # safetensors lets nobody else read

    # ---- learning

    def run(self, state: Path, machine: Machine) -> None:
        """All steps that are left."""
        first, total = self._step, len(self._curriculum)
        progress = Progress(f"pretraining {self._job.name}, steps", total - first)
        ahead = torch.utils.data.DataLoader(
            self._curriculum, batch_size=None, sampler=range(first, total), num_workers=machine.workers
        )
        for batch in ahead:
            self._learn(batch)
            self._step += 1
            progress.step()
            if self._step % self._settings.test_every == 0 or self._curriculum.ends(self._step):
                self._tell(batch.stage)
            if self._step % machine.every == 0 and self._step < total:
                self._save(state)

    def _tell(self, stage: Stage) -> None:
        found = self._measurer.lines(self._step, stage, self._losses)
        self.lines += found
        self._losses.clear()
        print(f"step {self._step}: {', '.join(map(str, found))}", flush=True)

    def _learn(self, batch: Batch) -> None:
        """One step of the optimiser."""
        batch = batch.to(self._device)
        self._network.train()
        self._network.learn(batch.stage.learns)
        for group in self._optimiser.param_groups:
            group["lr"] = batch.stage.learning_rate * _schedule(batch.progress, batch.stage)
        made = tokens = torch.empty(0)
        if len(batch.rows):
            made = self._network.tokens(batch, self._views)
            tokens = made.detach().requires_grad_(made.requires_grad)
            self._learn_tokens(batch, tokens)
        self._learn_replies(batch, tokens)
        if tokens.grad is not None:
            made.backward(tokens.grad)
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), LARGEST_GRADIENT)
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=True)

    def _learn_tokens(self, batch: Batch, tokens: Tensor) -> None:
        if batch.stage.of_tokens:
            losses = self._token_losses(batch, tokens)
            weighted = [TOKEN_WEIGHTS.get(name, 1.0) * loss for name, loss in losses.items()]
            (batch.stage.dense * torch.stack(weighted).sum()).backward()
            for name, loss in losses.items():
                self._losses[name].append(float(loss.detach()))

    def _token_losses(self, batch: Batch, tokens: Tensor) -> dict[str, Tensor]:
        """Of matching, depth, names and sights."""
        losses, net = {}, self._network
        if len(batch.pairs):
            features = net.matching(tokens)
            losses["matching"], _ = matching_loss(
                features[batch.pairs[:, 0]], features[batch.pairs[:, 1]], batch.places
            )
        logs, names = self._seen.shown(batch.rows, batch.mirrored)
        if logs.isfinite().any():
            losses["depth"] = depth_error(net.depth(tokens.float())[..., 0], logs)
        if (names != IGNORED).any():
            said = net.names(tokens.float())
            losses["names"] = F.cross_entropy(said.flatten(0, 1), names.flatten(), self._weights, ignore_index=IGNORED)
        sights = self._standing.shown(batch.rows, batch.mirrored)
        if (known := sights.isfinite()).any():
            losses["sights"] = (net.sights(tokens.float()) - sights)[known].abs().mean()
        return losses

    def _word_weights(self, stage: Stage) -> Tensor | None:
        if stage.letter_weight == 1:
            return None
        weights = torch.ones(len(self._network.words), device=self._device)
        weights[self._letters] = stage.letter_weight
        return weights

    def _learn_replies(self, batch: Batch, tokens: Tensor) -> None:
        counts: dict[str, int] = defaultdict(int)
        for chunk in batch.chunks:
            for name, count in _counts(chunk).items():
                counts[name] += count
        sums: dict[str, float] = defaultdict(float)
        stage = batch.stage
        weighed = {name: stage.dense * weight for name, weight in INNER_WEIGHTS.items()}
        for chunk in batch.chunks:
            states = self._network.states(chunk, tokens)
            weights = None if _kind(chunk) == "drills" else self._word_weights(stage)
            kind = _kind(chunk)
            losses = {kind: self._network.reply_loss(states.end, chunk, weights, blur=stage.nearest > 0)}
            if stage.inner:
                losses |= self._network.inner.losses(states, chunk, self._network.words)
            if stage.nearest and chunk.asking.numel():
                losses[f"choosing_{kind}"] = stage.nearest * self._network.choosing_loss(states, chunk)
            means = {name: loss / counts[name] for name, loss in losses.items()}
            torch.stack([weighed.get(name, 1.0) * mean for name, mean in means.items()]).sum().backward()
            for name, mean in means.items():
                sums[name] += float(mean.detach())
        for name, value in sums.items():
            self._losses[name].append(value)


def _kind(chunk: Chunk) -> str:
    lesson = chunk.prompts[0].lesson
    return lesson if lesson in ("look_ups", "drills") else "replies"


def _counts(chunk: Chunk) -> dict[str, int]:
    """Over how much each of a chunk's losses sums."""
    moved = int(chunk.moved[..., 0].isfinite().sum())
    return {
        _kind(chunk): int((chunk.labels != IGNORED).sum()),
        "aligned": moved,
        "moved": moved,
        "numbers": int(chunk.magnitudes.isfinite().sum()),
        "corners": (corners := int(chunk.corners.isfinite().sum())),
        "asked": corners // CORNERS,
        "ahead": corners // CORNERS,
        "read": int(((chunk.roles != IGNORED) & (chunk.slots < 0)).sum()),
        "roles": (named := int(((chunk.roles > 0) & (chunk.slots >= 0)).sum())),
        "named": named,
        "values": int((chunk.lines != IGNORED).sum()),
        f"choosing_{_kind(chunk)}": int((chunk.asking >= 0).sum()),
        "recall": int((chunk.lines != IGNORED).sum()),
    }


def _schedule(progress: float, stage: Stage) -> float:
    """Share of the peak rate: a rise, then a cosine."""
    if progress < stage.warmup:
        return (progress + 1 / stage.steps) / (stage.warmup + 1 / stage.steps)
    left = (1 + math.cos(math.pi * (progress - stage.warmup) / (1 - stage.warmup))) / 2
    return LOWEST_RATE + (1 - LOWEST_RATE) * left
