"""The training: matching, then numbers, then letters, as the stages of the config say."""

from __future__ import annotations

import math
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from spacenum.blocks import Block
from spacenum.errors import SpaceNumError
from spacenum.frames.records import Family, FrameRecord, TransitionFamily
from spacenum.items.families import Item, distinct
from spacenum.items.schema import Image, Task, TransitionItem
from spacenum.models.settings import CHECKPOINT_FILES, ModelConfig
from spacenum.pretraining.batches import Batch, Chunk, Classroom, Curriculum, Subject
from spacenum.pretraining.kin import Kin
from spacenum.pretraining.lessons import Teacher
from spacenum.pretraining.matching import matching_loss, places_among, staying
from spacenum.pretraining.network import Network
from spacenum.pretraining.newborn import write_newborn
from spacenum.pretraining.settings import PretrainParams, Stage
from spacenum.pretraining.tokens import Seen, depth_error, usual
from spacenum.pretraining.views import Views
from spacenum.progress import Progress
from spacenum.provenance import atomic_folder, atomic_path, stable_hash
from spacenum.tuning.examples import IGNORED
from spacenum.tuning.lora import load_base
from spacenum.tuning.settings import Machine

STATE = "pretraining.pt"
LARGEST_GRADIENT = 1.0
LOWEST_RATE = 0.02  # share of the peak at a stage's end
TEST_STEP = 8  # families that measure at once
MIDDLE_WEIGHTS = {"aligned": 0.5, "moved": 0.5, "numbers": 0.5, "roles": 0.5}


class Line(Block):
    """One line of ``training.csv``. step: the last of those that it tells of.

    measure: a loss (mean since the lines before, in training), or what held-out training scenes show: matched (share of
    tokens that pick a right token of the other view), depth (mean difference of logarithms), named (share of tokens), moved (mean error,
    as a share of the image), numbers, letters (percent of right ones). of: which loss, or what the numbers measure. unseen: the same without
    looking: tokens that stay in their place, the usual depth and name of each place, no move, black images.
    """

    step: int
    stage: str
    measure: str
    of: str | None = None
    task: Task | None = None
    value: float
    unseen: float | None = None


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


def kin_of(items: Sequence[Item], frames: Sequence[FrameRecord], families: Sequence[Family]) -> list[Kin]:
    """The families that ``items`` ask about. SpaceNumError if an item shows what no frame is."""
    families = distinct(families)
    by_id, by_image = {frame.id: frame for frame in frames}, {frame.image: frame for frame in frames}
    by_scene: dict[str, list[Family]] = defaultdict(list)
    for family in families:
        by_scene[family.scene].append(family)
    found: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        shown = [part.image for part in item.prompt if isinstance(part, Image)]
        if strange := next((path for path in shown if path not in by_image), None):
            raise SpaceNumError(f"an item shows {strange}, which no frames.jsonl describes; run snakemake again")
        own = {by_image[path].id for path in shown}
        name = next(family.id for family in by_scene[item.scene] if own <= set(_views(family)) and _asks(item, family))
        found[name].append(item)
    return [
        Kin(
            family.id,
            tuple(by_id[name] for name in _views(family)),
            family if isinstance(family, TransitionFamily) else None,
            tuple(found[family.id]),
        )
        for family in families
        if family.id in found
    ]


def _views(family: Family) -> tuple[str, ...]:
    if isinstance(family, TransitionFamily):
        return (family.start, *(end.frame for end in family.ends))
    return family.frames


def _asks(item: Item, family: Family) -> bool:
    """Whether an item is about what a family of its scene shows: the same views may stand for two directions."""
    if isinstance(item, TransitionItem) and isinstance(family, TransitionFamily):
        return (item.group, item.truth.direction) == (family.group, family.direction)
    return not isinstance(item, TransitionItem)


def held_out(scenes: Iterable[str], share: float, seed: int) -> set[str]:
    """Scenes that only measure: at least one, the first in an order that is drawn once from the seed."""
    order = sorted(set(scenes), key=lambda scene: stable_hash(f"{seed}/{scene}"))
    return set(order[: max(1, round(share * len(order)))])


class _Loop:
    """Model, optimiser and what was told so far."""

    def __init__(self, job: PretrainParams, newborn: Path, kin: Sequence[Kin], root: Path) -> None:
        self._job, self._settings = job, job.settings
        loaded = load_base(
            ModelConfig(kind="demonstration", backend="transformers", checkpoint=str(newborn), dtype="float32")
        )
        self._loaded, self._device = loaded, loaded.device
        side = self._side = self._settings.model.side
        frames = list({frame.image: frame for one in kin for frame in one.frames}.values())
        views = Views.read([frame.image for frame in frames], root, self._settings.model.image)
        self._seen = Seen.of(frames, root, side)
        places = {
            one.name: torch.from_numpy(places_among(one.frames, root, side)) for one in kin if one.moving is not None
        }
        apart: set[str] = set()
        for moving in (True, False):
            scenes = [frame.scene for one in kin for frame in one.frames if (one.moving is not None) == moving]
            apart |= held_out(scenes, self._settings.held_out, job.seed) if scenes else set()
        parts = {
            (moving, out): [
                k
                for k, one in enumerate(kin)
                if (one.moving is not None) == moving and (one.frames[0].scene in apart) == out
            ]
            for moving in (True, False)
            for out in (True, False)
        }
        if not (parts[True, False] or parts[False, False]):
            raise SpaceNumError(
                f"config key 'pretraining.{job.name}.held_out' leaves no scene to learn from; give the recipe more scenes"
            )
        self._room = Classroom(kin, places, self._seen, loaded, views, self._settings)
        self._curriculum = Curriculum(self._room, parts[True, False], parts[False, False], self._settings, job.seed)
        self._tests = [k for moving in (True, False) for k in self._drawn(parts[moving, True], kin)]
        learnt = [views.rows[frame.image] for one in kin for frame in one.frames if frame.scene not in apart]
        self._usual_logs = self._seen.logs[learnt].nanmedian(0).values.to(self._device)
        self._usual_names = usual(self._seen.names, learnt).to(self._device)
        self._views = views.to(self._device)
        torch.manual_seed(job.seed)
        self._network = Network(loaded.model, self._settings, len(self._seen.categories))
        self._network.to(self._device)
        self._weights = list(self._network.parameters())
        self._optimiser = torch.optim.AdamW(
            self._weights, lr=0.0, betas=(0.9, 0.98), weight_decay=self._settings.weight_decay
        )
        self._step = 0
        self._sums: dict[str, list[float]] = defaultdict(list)
        self.lines: list[Line] = []

    def _drawn(self, places: Sequence[int], kin: Sequence[Kin]) -> list[int]:
        """At most as many as are to be tested, spread over all."""
        order = sorted(places, key=lambda place: stable_hash(f"{self._job.seed}/{kin[place].name}"))
        return order[: self._settings.tested]

    # ---- going on

    def resume(self, path: Path) -> None:
        if path.is_file():
            kept = torch.load(path, map_location=self._device, weights_only=True)
            self._network.load_state_dict(kept["network"])
            self._optimiser.load_state_dict(kept["optimiser"])
            self._step, self._sums = kept["step"], defaultdict(list, kept["sums"])
            self.lines = [Line.model_validate(line) for line in kept["lines"]]

    def _save(self, path: Path) -> None:
        kept = {
            "network": self._network.state_dict(),
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
            self._learn(batch)
            self._step += 1
            progress.step()
            if self._step % self._settings.test_every == 0 or self._curriculum.ends(self._step):
                self._tell(batch.stage)
            if self._step % machine.every == 0 and self._step < total:
                self._save(state)

    def _learn(self, batch: Batch) -> None:
        """One step of the optimiser."""
        batch = batch.to(self._device)
        self._network.train()
        for group in self._optimiser.param_groups:
            group["lr"] = batch.stage.learning_rate * _schedule(batch.progress, batch.stage)
        if len(batch.rows):
            made = self._network.tokens(batch, self._views)
            tokens = made.detach().requires_grad_()
            self._learn_tokens(batch, tokens)
        else:
            made = tokens = torch.empty(0)
        self._learn_replies(batch, tokens)
        if tokens.grad is not None:
            made.backward(tokens.grad)
        torch.nn.utils.clip_grad_norm_(self._weights, LARGEST_GRADIENT)
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=True)

    def _learn_tokens(self, batch: Batch, tokens: Tensor) -> None:
        if batch.stage.dense:
            losses = self._token_losses(batch, tokens)
            torch.stack([batch.stage.dense * loss for loss in losses.values()]).sum().backward()
            for name, loss in losses.items():
                self._note(name, loss)

    def _token_losses(self, batch: Batch, tokens: Tensor) -> dict[str, Tensor]:
        """Of matching, depth and names."""
        losses, net = {}, self._network
        if len(batch.pairs):
            features = net.matching(tokens)
            losses["matching"], _ = matching_loss(
                features[batch.pairs[:, 0]], features[batch.pairs[:, 1]], batch.places
            )
        logs, names = self._truth(batch)
        if logs.isfinite().any():
            losses["depth"] = depth_error(net.depth(tokens.float())[..., 0], logs)
        if (names != IGNORED).any():
            said = net.names(tokens.float())
            losses["names"] = F.cross_entropy(said.flatten(0, 1), names.flatten(), ignore_index=IGNORED)
        return losses

    def _truth(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Log depths and names of a step's images as they are shown, [images, tokens] each."""
        turned = []
        for values in (self._seen.logs, self._seen.names):
            square = values[batch.rows.cpu()].to(self._device).unflatten(-1, (self._side, self._side))
            turned.append(torch.where(batch.mirrored[:, None, None], square.flip(-1), square).flatten(1))
        return turned[0], turned[1]

    def _learn_replies(self, batch: Batch, tokens: Tensor) -> None:
        counts: dict[str, int] = defaultdict(int)
        for chunk in batch.chunks:
            for name, count in _counts(chunk).items():
                counts[name] += count
        sums: dict[str, float] = defaultdict(float)
        for chunk in batch.chunks:
            states = self._network.states(chunk, tokens)
            losses = {_kind(chunk): self._network.reply_loss(states.end, chunk.labels)}
            if batch.stage.dense:
                losses |= self._network.middle_errors(states.middle, chunk)
                if counts["recall"]:
                    losses["recall"] = self._network.recall_loss(states.middle, chunk)
                if counts["aligned"]:
                    losses["aligned"] = self._network.aligned_loss(states.attended, chunk)
            means = {name: loss / counts[name] for name, loss in losses.items()}
            weights = {name: batch.stage.dense * weight for name, weight in MIDDLE_WEIGHTS.items()}
            torch.stack([weights.get(name, 1.0) * mean for name, mean in means.items()]).sum().backward()
            for name, mean in means.items():
                sums[name] += float(mean.detach())
        for name, value in sums.items():
            self._sums[name].append(value)

    def _note(self, name: str, value: Tensor) -> None:
        self._sums[name].append(float(value.detach()))

    # ---- measuring

    @torch.no_grad()
    def _tell(self, stage: Stage) -> None:
        """Further lines: the losses since the last ones, and what held-out scenes show."""
        self._network.eval()

        def tell(
            measure: str, value: float, unseen: float | None = None, of: str | None = None, task: Task | None = None
        ) -> None:
            hidden = None if unseen is None else round(unseen, 4)
            self.lines.append(
                Line(
                    step=self._step,
                    stage=stage.name,
                    measure=measure,
                    of=of,
                    task=task,
                    value=round(value, 4),
                    unseen=hidden,
                )
            )

        for name, values in sorted(self._sums.items()):
            tell("loss", sum(values) / len(values), of=name)
        self._sums.clear()
        found, blind = _Tally(), _Tally()
        for batch in self._test_batches(stage):
            tokens = self._network.tokens(batch, self._views)
            if stage.dense:
                self._measure_tokens(batch, tokens, found, blind)
            black = self._network.tokens(batch, self._views, black=True)
            for chunk in batch.chunks:
                self._measure_replies(chunk, tokens, found, moved=bool(stage.dense), unseen=blind)
                self._measure_replies(chunk, black, blind, moved=False)
        for (measure, of, task), value in found.means():
            tell(measure, value, blind.mean(measure, of, task), of, task)  # type: ignore[arg-type]
        self._network.train()
        print(self._told(), flush=True)

    def _told(self) -> str:
        last = [line for line in self.lines if line.step == self._step]
        return f"step {self._step}: " + ", ".join(
            f"{line.measure} {line.of or ''} {line.task or ''} {line.value}"
            + (f" ({line.unseen})" if line.unseen is not None else "")
            for line in last
        )

    def _test_batches(self, stage: Stage) -> Iterator[Batch]:
        for start in range(0, len(self._tests), TEST_STEP):
            rng, some = np.random.default_rng([self._job.seed, start]), self._tests[start : start + TEST_STEP]
            told = some if stage.look_ups else []
            drilled = some if stage.drills else []
            yield self._room.batch(stage, some, told, drilled, rng, 1.0, vary=False).to(self._device)

    def _measure_tokens(self, batch: Batch, tokens: Tensor, found: _Tally, unseen: _Tally) -> None:
        if len(batch.pairs):
            features = self._network.matching(tokens)
            _, share = matching_loss(features[batch.pairs[:, 0]], features[batch.pairs[:, 1]], batch.places)
            found.add("matched", float(share))
            unseen.add("matched", staying(batch.places))
        logs, names = self._truth(batch)
        if logs.isfinite().any():
            found.add("depth", float(depth_error(self._network.depth(tokens.float())[..., 0], logs)))
            unseen.add("depth", float(depth_error(self._usual_logs.expand_as(logs), logs)))
        known = names != IGNORED
        if known.any():
            found.add("named", float((self._network.names(tokens.float()).argmax(-1) == names)[known].float().mean()))
            unseen.add("named", float((self._usual_names.expand_as(names) == names)[known].float().mean()))

    def _measure_replies(
        self, chunk: Chunk, tokens: Tensor, found: _Tally, moved: bool, unseen: _Tally | None = None
    ) -> None:
        """Right numbers and letters. Each word is asked for behind the true ones before it: if all are right, so is the reply as
        it would be written."""
        newline = self._loaded.processor.tokenizer.convert_tokens_to_ids("Ċ")
        states = self._network.states(chunk, tokens)
        said = self._network.logits(states.end, chunk.labels).argmax(-1)
        right = torch.zeros_like(chunk.labels, dtype=torch.bool)
        right[chunk.labels != IGNORED] = said == chunk.labels[chunk.labels != IGNORED]
        for row, written in enumerate(chunk.prompts):
            if written.lesson == "views":
                continue
            if written.lesson == "drills":
                kept = chunk.labels[row] != IGNORED
                found.add("letters", 100 * float(right[row][kept].float().mean()), "drills", written.task)
                continue
            kept = chunk.labels[row] != IGNORED
            lines = _by_line(right[row][kept].tolist(), chunk.labels[row][kept].tolist(), newline)
            of = "look-ups" if written.lesson == "look_ups" else written.subject
            lettered = written.lesson in ("look_ups", "letters", "spoken")
            copied = lettered and written.task == "space2num"  # from the options, which stand in the prompt
            numbers = lines[:-1] if lettered else lines
            for line in () if copied or of == "look-ups" else numbers:
                found.add("numbers", 100 * line, of, written.task)
            if lettered:
                whole = lines if written.lesson == "spoken" else lines[-1:]
                found.add("letters", 100 * all(whole), of, written.task)
        if moved and unseen is not None and chunk.moved.isfinite().any():
            error, still = self._network.moved_error(states.middle, chunk)
            found.add("moved", error)
            unseen.add("moved", still)


def _kind(chunk: Chunk) -> str:
    lesson = chunk.prompts[0].lesson
    return lesson if lesson in ("look_ups", "drills") else "replies"


def _counts(chunk: Chunk) -> dict[str, int]:
    """Over how much each of a chunk's losses sums."""
    return {
        _kind(chunk): int((chunk.labels != IGNORED).sum()),
        "moved": int(chunk.moved[..., 0].isfinite().sum()),
        "aligned": int(chunk.moved[..., 0].isfinite().sum()),
        "numbers": int(chunk.numbers.isfinite().sum()),
        "recall": int((chunk.lines != IGNORED).sum()),
        "roles": int((chunk.roles != IGNORED).sum()),
    }


class _Tally:
    """Means by measure, subject and task."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str | None, str | None], list[float]] = defaultdict(list)

    def add(self, measure: str, value: float, of: Subject | str | None = None, task: str | None = None) -> None:
        self._values[measure, of, task].append(value)

    def mean(self, measure: str, of: str | None, task: str | None) -> float | None:
        values = self._values.get((measure, of, task))
        return sum(values) / len(values) if values else None

    def means(self) -> Iterator[tuple[tuple[str, str | None, str | None], float]]:
        for key in sorted(self._values, key=str):
            yield key, sum(self._values[key]) / len(self._values[key])


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
