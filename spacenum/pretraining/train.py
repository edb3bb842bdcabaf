"""The training: matching, then numbers, then letters, as the stages of the config say."""

from __future__ import annotations

import math
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from spacenum.blocks import Block
from spacenum.errors import SpaceNumError
from spacenum.frames.records import Family, FrameRecord, TransitionFamily
from spacenum.items.families import Item
from spacenum.items.schema import TASKS, Image, Task
from spacenum.models.settings import CHECKPOINT_FILES, ModelConfig
from spacenum.models.transformers.loading import Loaded
from spacenum.pretraining.batches import Batch, Chunk, Classroom, Curriculum
from spacenum.pretraining.distance import Distances, depth_error, unseen_error
from spacenum.pretraining.lessons import Teacher
from spacenum.pretraining.matching import Pairs, matching_loss, pairs_of, staying
from spacenum.pretraining.newborn import write_newborn
from spacenum.pretraining.settings import MERGE, LessonName, PretrainParams, Stage
from spacenum.pretraining.views import Views
from spacenum.progress import Progress
from spacenum.provenance import atomic_folder, atomic_path, stable_hash
from spacenum.tuning.examples import IGNORED
from spacenum.tuning.lora import load_base
from spacenum.tuning.settings import Machine

STATE = "pretraining.pt"
LARGEST_GRADIENT = 1.0
LOWEST_RATE = 0.02  # share of the peak at a stage's end
CHANNELS = 128  # in which tokens are matched


class Line(Block):
    """One line of ``training.csv``. step: the last of those that it tells of; losses are their means, in nats.

    matched: share of shared tokens that pick a right token of the other view, in training; all that follows is of held-out
    training scenes, in percent for replies. staying: what would match if each token picked its own place. depth_…: mean
    difference of logarithms of depths; depth_unseen: of the usual depth of each place in the image. numbers_…: numbers that are all right (of Num2Space each image's). letters_…:
    letters, in a stage of ``spoken`` replies whole replies. blind_…: the same with black images. Empty: not in this stage.
    """

    step: int
    stage: str
    learning_rate: float
    loss_matching: float | None = None
    loss_depth: float | None = None
    loss_numbers: float | None = None
    loss_look_ups: float | None = None
    loss_letters: float | None = None
    loss_spoken: float | None = None
    matched: float | None = None
    matched_held_out: float | None = None
    staying: float | None = None
    depth_held_out: float | None = None
    depth_unseen: float | None = None
    numbers_space2num: float | None = None
    numbers_num2space: float | None = None
    blind_numbers_space2num: float | None = None
    blind_numbers_num2space: float | None = None
    look_ups_space2num: float | None = None
    look_ups_num2space: float | None = None
    letters_space2num: float | None = None
    letters_num2space: float | None = None
    blind_letters_space2num: float | None = None
    blind_letters_num2space: float | None = None


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
        write_newborn(newborn, job.settings.model, job.image, spoken_texts(items), job.seed)
    loaded = load_base(
        ModelConfig(kind="demonstration", backend="transformers", checkpoint=str(newborn), dtype="float32")
    )
    loop = _Loop(job, loaded, items, frames, families, root)
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


class _Loop:
    """Model, optimiser and what was told so far."""

    def __init__(
        self,
        job: PretrainParams,
        loaded: Loaded,
        items: Sequence[Item],
        frames: Sequence[FrameRecord],
        families: Sequence[Family],
        root: Path,
    ) -> None:
        self._job, self._settings, self._loaded, self._device = job, job.settings, loaded, loaded.device
        scenes = {item.scene for item in items}  # those that were compared with the benchmark's
        moving = [family for family in families if isinstance(family, TransitionFamily) and family.scene in scenes]
        by_id, by_image = {frame.id: frame for frame in frames}, {frame.image: frame for frame in frames}
        shown = [part.image for item in items for part in item.prompt if isinstance(part, Image)]
        shown += [by_id[name].image for f in moving for name in (f.start, *(end.frame for end in f.ends))]
        if strange := next((path for path in shown if path not in by_image), None):
            raise SpaceNumError(f"an item shows {strange}, which no frames.jsonl describes; run snakemake again")
        views = Views.read(shown, root, job.image)
        apart: set[str] = set()
        for setting in sorted({item.setting for item in items}):
            of_setting = [item.scene for item in items if item.setting == setting]
            apart |= held_out(of_setting, self._settings.held_out, job.seed)
        token_px = self._settings.model.patch * MERGE
        self._pairs, self._test_pairs = (
            pairs_of([f for f in moving if (f.scene in apart) == out], by_id, views.rows, root, token_px)
            for out in (False, True)
        )
        known = [by_image[path] for path in views.rows]
        self._far, self._test_far = (
            Distances.of([frame for frame in known if (frame.scene in apart) == out], views.rows, root, token_px)
            for out in (False, True)
        )
        self._room = Classroom(items, loaded, views, self._settings)
        self._views = views.to(self._device)
        learnt = [place for place, item in enumerate(items) if item.scene not in apart]
        if not learnt or (not len(self._pairs) and any(stage.matching for stage in self._settings.stages)):
            raise SpaceNumError(
                f"config key 'pretraining.{job.name}.held_out' leaves no scene to learn from; give the recipe more scenes"
            )
        self._curriculum = Curriculum(self._room, learnt, len(self._pairs), len(self._far), self._settings, job.seed)
        self._tests = {task: self._drawn([k for k, item in enumerate(items) if item.scene in apart and item.task == task])
                       for task in TASKS}  # fmt: skip
        self._asked: dict[tuple[LessonName, Task], list[Chunk]] = {}
        torch.manual_seed(job.seed)
        width = self._settings.model.hidden
        heads = {"matching": torch.nn.Linear(width, CHANNELS, bias=False), "depth": torch.nn.Linear(width, 1)}
        self._heads = torch.nn.ModuleDict(heads).to(self._device)
        self._weights = [*loaded.model.parameters(), *self._heads.parameters()]
        self._optimiser = torch.optim.AdamW(
            self._weights, lr=0.0, betas=(0.9, 0.98), weight_decay=self._settings.weight_decay
        )
        self._step = 0
        self._sums: dict[str, list[float]] = defaultdict(list)
        self.lines: list[Line] = []

    def _drawn(self, places: Sequence[int]) -> list[int]:
        """At most as many as are to be tested, spread over all."""
        order = sorted(places, key=lambda place: stable_hash(f"{self._job.seed}/{self._room.items[place].id}"))
        return order[: self._settings.tested]

    # ---- going on

    def resume(self, path: Path) -> None:
        if path.is_file():
            kept = torch.load(path, map_location=self._device, weights_only=True)
            self._loaded.model.load_state_dict(kept["model"])
            self._heads.load_state_dict(kept["heads"])
            self._optimiser.load_state_dict(kept["optimiser"])
            self._step, self._sums = kept["step"], defaultdict(list, kept["sums"])
            self.lines = [Line.model_validate(line) for line in kept["lines"]]

    def _save(self, path: Path) -> None:
        kept = {
            "model": self._loaded.model.state_dict(),
            "heads": self._heads.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "step": self._step,
            "sums": dict(self._sums),
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
            rate = self._learn(batch)
            self._step += 1
            progress.step()
            if self._step % self._settings.test_every == 0 or self._curriculum.ends(self._step):
                self._tell(batch.stage, rate)
            if self._step % machine.every == 0 and self._step < total:
                self._save(state)

    def _learn(self, batch: Batch) -> float:
        """One step of the optimiser; returns its learning rate."""
        self._loaded.model.train()
        rate = batch.stage.learning_rate * _schedule(batch.progress, batch.stage)
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        if len(batch.pairs):
            loss, matched = self._match(self._pairs, batch.pairs, batch.gains)
            (batch.stage.dense_weight * loss).backward()
            self._note("loss_matching", loss)
            self._note("matched", matched)
        if len(batch.far):
            loss = self._depth(self._far, batch.far, batch.far_gains)
            (batch.stage.dense_weight * loss).backward()
            self._note("loss_depth", loss)
        losses: dict[str, Tensor] = defaultdict(lambda: torch.zeros((), device=self._device))
        for chunk in batch.chunks:
            logits, labels = self._forward(chunk)
            loss = chunk.share * F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORED)
            loss.backward()
            losses[f"loss_{chunk.lesson}"] += loss.detach()
        for name, loss in losses.items():
            self._note(name, loss)
        torch.nn.utils.clip_grad_norm_(self._weights, LARGEST_GRADIENT)
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=True)
        return rate

    def _note(self, name: str, value: Tensor) -> None:
        self._sums[name].append(float(value.detach()))

    def _precision(self) -> Any:
        return torch.autocast(self._device.type, torch.bfloat16, enabled=self._device.type == "cuda")

    def _patches(self, rows: Tensor, gains: Tensor) -> Tensor:
        return self._views.patches(rows.to(self._device), gains.to(self._device), self._settings.model.patch)

    def _match(self, pairs: Pairs, chosen: Tensor, gains: Tensor) -> tuple[Tensor, Tensor]:
        """Loss, and share of tokens that are matched. gains: of all first views, then of all second ones."""
        rows = torch.cat([pairs.first[chosen], pairs.second[chosen]])
        first, second = self._features("matching", rows, gains).chunk(2)
        return matching_loss(first, second, pairs.places[chosen].to(self._device))

    def _depth(self, far: Distances, chosen: Tensor, gains: Tensor) -> Tensor:
        return depth_error(self._features("depth", far.rows[chosen], gains)[..., 0], far.logs[chosen].to(self._device))

    def _features(self, head: str, rows: Tensor, gains: Tensor) -> Tensor:
        """What a head makes of the tokens that the language model gets, [images, tokens, channels]."""
        side = self._job.image // self._settings.model.patch
        grid = torch.tensor([[1, side, side]], device=self._device).expand(len(rows), -1)
        with self._precision():
            tower = self._loaded.model.get_image_features(
                pixel_values=self._patches(rows, gains), image_grid_thw=grid, return_dict=True
            )
            features: Tensor = self._heads[head](torch.stack(list(tower.pooler_output)))
        return features.float()

    def _forward(self, chunk: Chunk, blind: bool = False) -> tuple[Tensor, Tensor]:
        """Logits [rows, places, vocabulary] in float32, and the labels [rows, places] that they should name."""
        inputs = {k: v.to(self._device) if isinstance(v, Tensor) else v for k, v in chunk.rest.items()}
        if len(chunk.rows):
            inputs["pixel_values"] = self._patches(chunk.rows, chunk.gains * (not blind))
        with self._precision():
            logits = self._loaded.model(**inputs).logits
        return logits[:, :-1].float(), chunk.labels[:, 1:].to(self._device)

    # ---- measuring

    @torch.no_grad()
    def _tell(self, stage: Stage, rate: float) -> None:
        """One more line: the losses since the last one, and what held-out scenes show."""
        self._loaded.model.eval()
        told: dict[str, float] = {name: sum(values) / len(values) for name, values in self._sums.items()}
        self._sums.clear()
        if stage.matching and len(self._test_pairs):
            some = self._spread(len(self._test_pairs))
            _, matched = self._match(self._test_pairs, some, self._room.gains(2 * len(some), None))
            told |= {"matched_held_out": float(matched), "staying": staying(self._test_pairs.places[some])}
        if stage.depth:
            some = self._spread(len(self._test_far))
            error = self._depth(self._test_far, some, self._room.gains(len(some), None))
            told |= {"depth_held_out": float(error), "depth_unseen": unseen_error(self._far, self._test_far)}
        for name in stage.lessons:
            column = "letters" if name == "spoken" else name
            for task, places in self._tests.items():
                if not places or (name == "spoken" and stage.letters):
                    continue
                if (name, task) not in self._asked:
                    self._asked[name, task] = self._room.chunks(name, [(place, 0) for place in places])
                chunks = self._asked[name, task]
                told[f"{column}_{task}"] = self._right(chunks, name)
                if name != "look_ups":
                    told[f"blind_{column}_{task}"] = self._right(chunks, name, blind=True)
        self.lines.append(Line(step=self._step, stage=stage.name, learning_rate=rate, **_rounded(told)))

    def _spread(self, count: int) -> Tensor:
        """About as many places as are to be tested, evenly spread."""
        return torch.arange(count)[:: max(1, count // self._settings.tested)]

    def _right(self, chunks: Iterable[Chunk], name: LessonName, blind: bool = False) -> float:
        """Percent of right numbers or letters; of spoken replies, those that are right as a whole; of look-ups, last lines.

        Each token is asked for behind the true ones before it: if all are right, so is the reply as it would be written.
        """
        newline = self._loaded.processor.tokenizer.convert_tokens_to_ids("Ċ")
        found: list[bool] = []
        for chunk in chunks:
            logits, labels = self._forward(chunk, blind)
            for said, wanted in zip(logits.argmax(-1), labels, strict=True):
                kept = wanted != IGNORED
                lines = _by_line((said == wanted)[kept].tolist(), wanted[kept].tolist(), newline)
                found += {"spoken": [all(lines)], "look_ups": lines[-1:]}.get(name, lines)
        return 100 * sum(found) / len(found)


def _by_line(right: Sequence[bool], tokens: Sequence[int], newline: int) -> list[bool]:
    """Whether all tokens of each line are right."""
    ends = [place + 1 for place, token in enumerate(tokens) if token == newline]
    starts = [0, *ends]
    return [all(right[start:end]) for start, end in zip(starts, [*ends, len(tokens)], strict=True)]


def _schedule(progress: float, stage: Stage) -> float:
    """Share of the peak rate: a rise, then a cosine."""
    if progress < stage.warmup:
        return (progress + 1 / stage.steps) / (stage.warmup + 1 / stage.steps)
    left = (1 + math.cos(math.pi * (progress - stage.warmup) / (1 - stage.warmup))) / 2
    return LOWEST_RATE + (1 - LOWEST_RATE) * left


def _rounded(told: Mapping[str, float]) -> dict[str, Any]:
    return {name: round(value, 4) for name, value in told.items()}
