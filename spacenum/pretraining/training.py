"""The training loop: one optimiser and one schedule over all stages of the curriculum."""

from __future__ import annotations

import math
import shutil
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from spacenum.asking.settings import CHECKPOINT_FILES, ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.core.progress import Progress
from spacenum.core.provenance import atomic_folder, atomic_path, stable_hash
from spacenum.frames.records import Family, FrameRecord
from spacenum.items.schema import Item
from spacenum.pretraining.batches import Batch, BatchBuilder, Curriculum, moved_to
from spacenum.pretraining.curve import Line, Measurer
from spacenum.pretraining.examples import corpus
from spacenum.pretraining.families import FamilyViews, views_of
from spacenum.pretraining.images import Images
from spacenum.pretraining.initialisation import write_untrained
from spacenum.pretraining.losses import SUPERVISED_HEADS, AuxiliaryLosses
from spacenum.pretraining.network import Network
from spacenum.pretraining.settings import PretrainParams, Stage
from spacenum.pretraining.targets import Scenery
from spacenum.tuning.examples import IGNORED
from spacenum.tuning.lora import load_base
from spacenum.tuning.settings import Machine

STATE = "pretraining.pt"
LARGEST_GRADIENT = 1.0


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """items: of the recipe. frames, families: of all shards that these may show. root: the study's folder."""

    items: Sequence[Item]
    frames: Sequence[FrameRecord]
    families: Sequence[Family]
    root: Path


def pretrain(job: PretrainParams, data: TrainingData, checkpoint: Path, folder: Path, machine: Machine) -> list[Line]:
    """Train, write the checkpoint, and return the learning curve. Continues what a killed run left in ``folder``."""
    untrained = folder / "untrained"
    if not untrained.exists():
        write_untrained(untrained, job.settings.model, corpus(data.items), _seed(job))
    loop = Loop(job, data, untrained)
    loop.resume(folder / STATE)
    loop.run(folder / STATE, machine)
    loop.write(checkpoint, untrained)
    return loop.lines


def _seed(job: PretrainParams) -> int:
    return job.seed + 1000 * job.settings.seed


def held_out(scenes: Iterable[str], share: float, seed: int) -> set[str]:
    """Scenes that only measure: at least one, the first in an order that is drawn from the seed."""
    order = sorted(set(scenes), key=lambda scene: stable_hash(f"{seed}/{scene}"))
    return set(order[: max(1, round(share * len(order)))])


@dataclass(frozen=True, kw_only=True)
class TrainingSplit:
    """Indices of families: transitions and layouts to train on; measured ones, of held-out scenes."""

    transitions: list[int]
    layouts: list[int]
    measured: list[int]

    @classmethod
    def of(cls, families: Sequence[FamilyViews], job: PretrainParams) -> TrainingSplit:
        """SpaceNumError if nothing is left to train on. The study's seed alone decides, so that repeated trainings
        measure on the same scenes."""
        trained, measured = dict[bool, list[int]](), list[int]()
        for transitions in (True, False):
            some = {k: one for k, one in enumerate(families) if (one.transition is not None) == transitions}
            scenes = {k: one.frames[0].scene for k, one in some.items()}
            apart = held_out(scenes.values(), job.settings.held_out, job.seed) if some else set()
            trained[transitions] = [k for k in some if scenes[k] not in apart]
            order = sorted(
                (k for k in some if scenes[k] in apart), key=lambda k: stable_hash(f"{job.seed}/{families[k].name}")
            )
            measured += order[: job.settings.measured]
        if not any(trained.values()):
            raise SpaceNumError(
                f"config key 'pretraining.{job.name}.held_out' leaves no scene to train on; give the recipe more scenes"
            )
        return cls(transitions=trained[True], layouts=trained[False], measured=measured)


class Loop:
    """Model, optimiser and the learning curve so far."""

    def __init__(self, job: PretrainParams, data: TrainingData, untrained: Path) -> None:
        self._job, self._settings = job, job.settings
        config = ModelConfig(kind="demonstration", backend="transformers", checkpoint=str(untrained), dtype="float32")
        loaded = load_base(config)
        self._model, self._device = loaded.model, loaded.device
        families = views_of(data.items, data.frames, data.families)
        frames = list({frame.image: frame for one in families for frame in one.frames}.values())
        images = Images.read(frames, data.root, self._settings.model.image)
        scenery, split = (
            Scenery.of(families, frames, data.root, self._settings.model.side),
            TrainingSplit.of(families, job),
        )
        builder = BatchBuilder(families, scenery, images, loaded, self._settings)
        self._curriculum = Curriculum(builder, split.transitions, split.layouts, self._settings.stages, _seed(job))
        self._images = images.to(self._device)
        torch.manual_seed(_seed(job))
        self._losses = AuxiliaryLosses(self._settings, scenery)
        self._network = Network(loaded.model, self._settings, SUPERVISED_HEADS)
        self._trained = nn.ModuleDict({"network": self._network, "losses": self._losses}).to(self._device)
        self._measurer = Measurer(
            network=self._network, losses=self._losses, builder=builder, images=self._images,
            measured=split.measured, seed=job.seed,
        )  # fmt: skip
        self._optimiser = torch.optim.AdamW(
            self._trained.parameters(), lr=0.0, betas=(0.9, 0.98), weight_decay=self._settings.weight_decay
        )
        self._step = 0
        self._sums: dict[str, list[float]] = defaultdict(list)
        self.lines: list[Line] = []

    # ---- resuming

    def resume(self, path: Path) -> None:
        if path.is_file():
            kept = torch.load(path, map_location=self._device, weights_only=True)
            self._trained.load_state_dict(kept["trained"])
            self._optimiser.load_state_dict(kept["optimiser"])
            self._step, self._sums = kept["step"], defaultdict(list, kept["losses"])
            self.lines = [Line.model_validate(line) for line in kept["lines"]]

    def _save(self, path: Path) -> None:
        kept = {
            "trained": self._trained.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "step": self._step,
            "losses": dict(self._sums),
            "lines": [line.model_dump() for line in self.lines],
        }
        with atomic_path(path) as temporary:
            torch.save(kept, temporary)

    def write(self, checkpoint: Path, untrained: Path) -> None:
        """The trained model beside the tokenizer and processor that it was initialised with, all files or none."""
        with atomic_folder(checkpoint) as temporary:
            self._model.to(torch.bfloat16).save_pretrained(temporary)
            for name in CHECKPOINT_FILES:
                if not (temporary / name).exists():
                    shutil.copy(untrained / name, temporary / name)
                (temporary / name).chmod(0o644)  # safetensors lets nobody else read

    # ---- training

    def run(self, state: Path, machine: Machine) -> None:
        """All steps that are left."""
        first, total = self._step, len(self._curriculum)
        progress = Progress(f"pretraining {self._job.name}, steps", total - first)
        loader = torch.utils.data.DataLoader(
            self._curriculum, batch_size=None, sampler=range(first, total), num_workers=machine.workers
        )
        for batch in loader:
            for group in self._optimiser.param_groups:
                group["lr"] = self._settings.learning_rate * schedule(self._step / total, self._settings.warmup)
            self._learn(moved_to(batch, self._device))
            self._step += 1
            progress.step()
            if self._step % self._settings.measure_every == 0 or self._ends_stage():
                self._measure(batch.stage)
            if self._step % machine.every == 0 and self._step < total:
                self._save(state)

    def _ends_stage(self) -> bool:
        return self._step == len(self._curriculum) or (
            self._curriculum.stage(self._step) is not self._curriculum.stage(self._step - 1)
        )

    def _measure(self, stage: Stage) -> None:
        found = self._measurer.lines(self._step, stage, self._sums)
        self.lines += found
        self._sums.clear()
        print(f"step {self._step}: {', '.join(map(str, found))}", flush=True)

    def _learn(self, batch: Batch) -> None:
        """One step of the optimiser: losses of image tokens, then of each chunk of examples; the gradient on image
        tokens is collected, and goes through the vision tower once."""
        self._trained.train()
        made = tokens = torch.empty(0)
        if len(batch.images.rows):
            made = self._network.encode(batch.images, self._images)
            tokens = made.detach().requires_grad_()
            self._backward(self._losses.of_images(tokens, batch.images))
        rows = sum(len(chunk.ids) for chunk in batch.chunks)
        for chunk in batch.chunks:
            states = self._network.states(chunk, tokens)
            said, replies = self._network.logits(states, chunk.labels), chunk.labels[chunk.labels != IGNORED]
            losses = {"reply": F.cross_entropy(said, replies)}
            self._backward(losses | self._losses.of_language(states, chunk), len(chunk.ids) / rows)
        if tokens.grad is not None:
            made.backward(tokens.grad)
        torch.nn.utils.clip_grad_norm_(self._trained.parameters(), LARGEST_GRADIENT)
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=True)

    def _backward(self, losses: dict[str, Tensor], share: float = 1.0) -> None:
        """share: of the step's examples."""
        if losses:
            weights = self._losses.weights
            total: Any = sum(share * weights.get(name, 1.0) * loss for name, loss in losses.items())
            total.backward()
            for name, loss in losses.items():
                self._sums[name].append(float(loss.detach()))


def schedule(progress: float, warmup: float) -> float:
    """Share of the peak learning rate: a linear rise, then a cosine to 0."""
    if progress < warmup:
        return (progress + 1e-3) / (warmup + 1e-3)
    return (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup))) / 2
