"""How many steps of the demonstration model's training a device makes in a minute.

Run as ``python -m bench.pretraining``. Renders a small part of the training scenes of ``config/demonstration.yaml``,
then runs the first stage of its curriculum for some steps, through Snakemake as a study would. Prints a JSON line:
seconds of rendering, seconds of the training job, steps, and steps a minute (the job's start included).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
import yaml

from spacenum.core.errors import SpaceNumError, run_script
from spacenum.core.provenance import PROJECT

NAME = "demonstration"
SCENES = {
    "transition": {"shards": 4, "benchmark": {"kitchen": 1}, "train": {"kitchen": 2, "bedroom": 2}},
    "layout": {"shards": 4, "benchmark": {"desk": 1, "room": 1}, "train": {"desk": 6, "room": 6}},
}


def small(steps: int, gpus: int, scenes: dict[str, Any]) -> dict[str, Any]:
    """The demonstration's config with few scenes, and with one stage of ``steps`` steps."""
    config: dict[str, Any] = yaml.safe_load((PROJECT / "config" / f"{NAME}.yaml").read_text(encoding="utf-8"))
    for setting, counts in scenes.items():
        config["scenes"][setting] |= {**counts}
    training = config["pretraining"][NAME]
    training |= {"stages": [training["stages"][0] | {"steps": steps}], "gpus": gpus, "compile": gpus > 0}
    training |= {"measure_every": steps}
    items: dict[str, Any] = config["items"]["train"]
    config["items"] = {
        split: {cell: dict.fromkeys(sizes, 4) for cell, sizes in items.items()} for split in config["items"]
    }
    config["tuning"]["recipes"] = {training["recipe"]: {"size": 64, "transition_percent": 25}}
    return config


def snakemake(config: Path, study: Path, target: str) -> float:
    """Make a target of the study; returns seconds."""
    start = time.perf_counter()
    command = ["snakemake", "--snakefile", str(PROJECT / "Snakefile"), "--cores", "all", "--configfile", str(config)]
    done = subprocess.run([sys.executable, "-m", *command, "--directory", str(study), "--", target], stdout=sys.stderr)
    if done.returncode:
        raise SpaceNumError(f"snakemake could not make {target} (see above)")
    return time.perf_counter() - start


def measure(steps: int, scenes: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Render, train, and say how long both took."""
    gpus = int(torch.cuda.is_available())
    config, study = folder / "config.yaml", folder / "study"
    config.write_text(yaml.safe_dump(small(steps, gpus, scenes)), encoding="utf-8")
    study.mkdir()
    rendering = snakemake(config, study, "data/recipes/everything.jsonl")
    training = snakemake(config, study, f"results/pretraining/{NAME}/training.csv")
    return {
        "rendering_s": round(rendering, 1),
        "training_s": round(training, 1),
        "steps": steps,
        "steps_a_minute": round(60 * steps / training, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--steps", type=int, default=200)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(args.steps, SCENES, Path(folder))))


if __name__ == "__main__":
    run_script(main)
