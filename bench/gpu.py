"""All that has to be measured on a GPU, as one script of at most eight minutes.

Run as ``python -m bench.gpu gpu.jsonl``. Runs each part as a program of its own and appends a JSON line to the file as
soon as the part has ended: its name, the device, whether it is done, failed or skipped and why, its seconds, and what
it printed. A part that is done in the file is not run again, so that a run that was cut off goes on. ``--tiny`` tries
all parts in tiny sizes on any machine.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from spacenum.core.errors import SpaceNumError, run_script

SECONDS = 480.0
SHORTEST = 20.0
"""Seconds left under which no part is started."""


@dataclass(frozen=True, kw_only=True)
class GpuPart:
    """A program that measures one thing. seconds: after which it is ended. packages: without which it can't run."""

    name: str
    command: Sequence[str]
    seconds: float
    packages: Sequence[str] = ("torch", "transformers")


@dataclass(frozen=True, kw_only=True)
class GpuResult:
    """What became of a part. results: the JSON lines that it printed."""

    part: str
    device: str
    status: Literal["done", "failed", "skipped"]
    reason: str = ""
    seconds: float = 0.0
    results: list[dict[str, Any]] = field(default_factory=list)


def letters(model: str, seconds: float, *more: str) -> GpuPart:
    """Letters of a model's shape in all ways."""
    return GpuPart(name=f"letters {model}", command=["bench.letters", "--model", model, *more], seconds=seconds)


PARTS = (
    letters("qwen3_vl_4b", 120, "--batch", "64"),
    letters("qwen3_vl_8b", 60, "--families", "9", "--no-compile"),
    letters("qwen2_5_vl_7b", 60, "--families", "9", "--no-compile"),
    letters("internvl3_5_8b", 60, "--families", "9", "--no-compile"),
    letters("gemma_3_12b", 60, "--families", "9", "--no-compile"),
    GpuPart(
        name="LoRA step", command=["bench.lora", "--model", "qwen3_vl_4b"], seconds=120,
        packages=("torch", "transformers", "peft", "accelerate"),
    ),
    GpuPart(name="Cycles, OptiX", command=["bench.rendering", "--device", "optix"], seconds=60, packages=("bpy",)),
    GpuPart(
        name="pretraining", command=["bench.pretraining"], seconds=120,
        packages=("torch", "transformers", "bpy", "snakemake"),
    ),
)  # fmt: skip
TINY_LETTERS = ("--device", "cpu", "--families", "1", "--pixels", "64", "--batch", "4", "--matmul", "64")
TINY_PARTS = (
    letters("tiny_qwen3_vl", 120, *TINY_LETTERS),
    GpuPart(
        name="LoRA step", seconds=120, packages=("torch", "transformers", "peft", "accelerate"),
        command=["bench.lora", "--model", "tiny_qwen3_vl", "--batch", "4", "--pixels", "64", "--dtype", "float32"],
    ),
    GpuPart(name="Cycles", command=["bench.rendering", "--scenes", "1"], seconds=300, packages=("bpy",)),
    GpuPart(
        name="pretraining", command=["bench.pretraining", "--steps", "2"], seconds=600,
        packages=("torch", "transformers", "bpy", "snakemake"),
    ),
)  # fmt: skip


def device_name() -> str:
    """The GPU's name; without one, 'CPU'."""
    if find_spec("torch") is None:
        return "CPU"
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"


def measured(parts: Sequence[GpuPart], done: set[str], device: str, left: Callable[[], float]) -> Iterator[GpuResult]:
    """Each part that is not done, as it ends. left: seconds until the whole script must have ended."""
    for part in parts:
        missing = [name for name in part.packages if find_spec(name) is None]
        if part.name in done:
            continue
        if missing:
            reason = f"not installed here: {', '.join(missing)}"
        elif left() < SHORTEST:
            reason = "no time was left; run the same command again"
        else:
            yield run(part, device, min(part.seconds, left()))
            continue
        yield GpuResult(part=part.name, device=device, status="skipped", reason=reason)


def run(part: GpuPart, device: str, seconds: float) -> GpuResult:
    """Run a part, at most for so many seconds; what it printed until then counts."""
    start = time.perf_counter()
    command = [sys.executable, "-m", *part.command]
    program = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        out, err = program.communicate(timeout=seconds)
        said = err.strip().splitlines()[-1:] or ["it said nothing"]
        reason = "" if program.returncode == 0 else f"status {program.returncode}: {said[0]}"
    except subprocess.TimeoutExpired:
        os.killpg(program.pid, signal.SIGKILL)  # with all that it started
        out, _ = program.communicate()
        reason = f"not done in {seconds:.0f} s"
    return GpuResult(
        part=part.name,
        device=device,
        status="failed" if reason else "done",
        reason=reason,
        seconds=round(time.perf_counter() - start, 1),
        results=list(objects(out)),
    )


def objects(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects among the lines of a text; other lines are left out, and one that was cut off."""
    for line in text.splitlines():
        try:
            told = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(told, dict):
            yield told


def done_in(path: Path) -> set[str]:
    """Names of the parts that a file says are done."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return {told["part"] for told in objects(text) if told["status"] == "done"}


def append(path: Path, line: GpuResult) -> None:
    """Add a line, behind one that was cut off too."""
    cut_off = path.exists() and not path.read_bytes().endswith(b"\n")
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" * cut_off + json.dumps(asdict(line)) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("out", type=Path, help="file that lines are appended to")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for all parts together")
    parser.add_argument("--tiny", action="store_true", help="tiny sizes, to try the script")
    args = parser.parse_args()
    device, end = device_name(), time.perf_counter() + args.seconds
    if device == "CPU" and not args.tiny:
        raise SpaceNumError("PyTorch sees no GPU here; run where one is, or try the script with --tiny")
    parts = TINY_PARTS if args.tiny else PARTS
    for line in measured(parts, done_in(args.out), device, lambda: end - time.perf_counter()):
        append(args.out, line)
        print(
            f"{line.part}: {line.status}{f' ({line.reason})' if line.reason else ''}, {line.seconds:.0f} s", flush=True
        )


if __name__ == "__main__":
    run_script(main)
