"""How fast letters are read: one question at a time, in plain batches, with shared prefixes, and with fused norms.

Run as ``python -m bench.letters --model qwen3_vl_4b --device cuda``. Prints one JSON line per way: items and tokens a
second, the share of the device's own matrix-product speed (measured in the same run) that this is, and how far the
letters' log-probabilities are from those of the first way. Ends with status 1 if that is more than the tolerance.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch

from bench.checkpoints import SHAPES as REAL
from bench.checkpoints import parts_of, random_model
from bench.questions import family
from bench.tiny import TINY
from spacenum.asking.chat import Decoding, Question, Reply
from spacenum.asking.self_test import TOLERANCE
from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import run_script
from spacenum.models.transformers.engine import TransformersEngine
from spacenum.models.transformers.families import FAMILIES
from spacenum.models.transformers.fusing import fuse
from spacenum.models.transformers.loading import Loaded, load_processor
from spacenum.models.transformers.settings import LocalMachine, TransformersOptions
from spacenum.models.transformers.vision import speed_up

SHAPES = REAL | {f"tiny_{name}": shape for name, shape in TINY.items()}
LOGPROBS = Decoding(name="letter_logprobs", max_new_tokens=1)


@dataclass(frozen=True)
class Result:
    """One way, measured. tokens: of the prompts, counted once per question whatever was shared."""

    way: str
    items: int
    seconds: float
    items_per_s: float
    tokens_per_s: float
    matmul_share: float
    largest_difference: float


class RandomEngine(TransformersEngine):
    """The engine with random weights of a shape, made on the device."""

    def __init__(self, options: TransformersOptions, folder: Path, loaded: Loaded) -> None:
        settings = ModelConfig(kind="vlm", backend="transformers", checkpoint=str(folder))
        super().__init__(settings, options, LocalMachine(), folder)
        self._random = loaded

    def _load(self) -> Loaded:
        return self._random


def random_checkpoint(name: str, folder: Path, device: str, dtype: str) -> Loaded:
    """A checkpoint in memory, its processor in ``folder``."""
    parts = parts_of(SHAPES[name])
    parts.save(folder)
    torch.manual_seed(0)
    model = random_model(parts, dtype, device)
    family = FAMILIES[model.config.model_type]
    return Loaded(model, load_processor(str(folder), family, {}), family, {}, torch.device(device))


def wait(device: torch.device) -> None:
    """Until the device has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize()


def timed(call: Callable[[], list[Reply]], device: torch.device) -> tuple[list[Reply], float]:
    """What the call returns, and its seconds, after one call to warm up."""
    call()
    wait(device)
    start = time.perf_counter()
    found = call()
    wait(device)
    return found, time.perf_counter() - start


def matmul_speed(device: torch.device, dtype: torch.dtype, size: int) -> float:
    """Floating-point operations a second of a product of two square matrices."""
    a, b = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    best = float("inf")
    for _ in range(5):
        wait(device)
        start = time.perf_counter()
        a @ b
        wait(device)
        best = min(best, time.perf_counter() - start)
    return 2 * size**3 / best


def operations(loaded: Loaded, replies: Sequence[Reply]) -> float:
    """Two per weight and token: what the plain way must at least compute (attention, and the tower's tokens, apart)."""
    weights = sum(p.numel() for name, p in loaded.model.model.language_model.named_parameters() if "embed" not in name)
    return 2.0 * weights * sum(reply.prompt_tokens or 0 for reply in replies)


def largest_difference(one: Sequence[Reply], other: Sequence[Reply]) -> float:
    """Of any letter's log-probability."""
    pairs = [(a.letter_logprobs or {}, b.letter_logprobs or {}) for a, b in zip(one, other, strict=True)]
    return max(abs(a[letter] - b[letter]) for a, b in pairs for letter in a)


def measure(args: argparse.Namespace, root: Path) -> Iterator[Result]:
    """As each is done, all ways on the same questions; each keeps what the one before it had replaced in the model."""
    rng = np.random.default_rng(0)
    asked = [q for k in range(args.families) for q in family(f"f{k}", root, args.pixels, rng)]
    loaded = random_checkpoint(args.model, root, args.device, args.dtype)
    limit = matmul_speed(loaded.device, loaded.model.dtype, args.matmul)
    first: list[Reply] = []
    for way, options in ways(args.batch, args.compile):
        if way == "shared" and loaded.family.packed_vision:
            speed_up(loaded.model.model.visual)
        if options.compile:
            fuse(loaded.model)
        engine = RandomEngine(options, root, loaded)
        replies, seconds = timed(partial(answer, engine, asked, options), loaded.device)
        first = first or replies
        done = operations(loaded, replies) / seconds
        tokens = sum(reply.prompt_tokens or 0 for reply in replies)
        yield Result(
            way,
            len(asked),
            seconds,
            len(asked) / seconds,
            tokens / seconds,
            done / limit,
            largest_difference(first, replies),
        )


def ways(batch: int, compiled: bool) -> list[tuple[str, TransformersOptions]]:
    """Names and options: naive, plain, shared, and compiled if that is asked for."""
    found = [
        ("naive", TransformersOptions(batch_size=1, share_prefixes=False)),
        ("plain", TransformersOptions(batch_size=batch, share_prefixes=False)),
        ("shared", TransformersOptions(batch_size=batch)),
        ("compiled", TransformersOptions(batch_size=batch, compile=True)),
    ]
    return found if compiled else found[:-1]


def answer(engine: TransformersEngine, asked: Sequence[Question], options: TransformersOptions) -> list[Reply]:
    """Replies; batches of one are asked one by one, so that nothing at all is shared."""
    if options.batch_size > 1:
        return engine.reply(asked, LOGPROBS)
    return [reply for each in asked for reply in engine.reply([replace(each, family=each.item)], LOGPROBS)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", choices=sorted(SHAPES), default="qwen3_vl_4b")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--dtype", choices=("bfloat16", "float32"))
    parser.add_argument("--families", type=int, default=16, help="of four questions")
    parser.add_argument("--pixels", type=int, default=448, help="width and height of the images")
    parser.add_argument("--batch", type=int, default=32, help="questions in a forward pass")
    parser.add_argument(
        "--compile", action=argparse.BooleanOptionalAction, help="the last way too; on a GPU, unless told otherwise"
    )
    parser.add_argument("--matmul", type=int, default=8192, help="size of the matrices that set the ceiling")
    args = parser.parse_args()
    on_gpu = args.device.startswith("cuda")
    args.dtype = args.dtype or ("bfloat16" if on_gpu else "float32")
    args.compile = on_gpu if args.compile is None else args.compile
    with tempfile.TemporaryDirectory() as folder:
        worst = 0.0
        for result in measure(args, Path(folder)):
            print(json.dumps(asdict(result)), flush=True)
            worst = max(worst, result.largest_difference)
    if worst > TOLERANCE[args.dtype]:
        sys.exit(f"the ways disagree: log-probabilities differ by {worst:.2g}, more than {TOLERANCE[args.dtype]}")


if __name__ == "__main__":
    run_script(main)
