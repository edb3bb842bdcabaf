"""Take the frames of one shard: try views, keep those that pass the controls, render them."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

from spacenum.errors import SpaceNumError, run_script
from spacenum.frames.capture import Coverage, capture
from spacenum.frames.settings import FramesParams
from spacenum.frames.store import FrameWriter
from spacenum.progress import Progress
from spacenum.provenance import atomic_folder, read_jsonl, write_jsonl, write_text
from spacenum.scenes.assets.manifest import manifest_inputs, pack_manifest
from spacenum.scenes.spec import SCENE
from spacenum.scripting import leave_meta, params, parser


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--scenes", type=Path, required=True)
    cli.add_argument("--out", type=Path, required=True, help="the shard's folder")
    args = cli.parse_args()
    job = params(args, FramesParams)
    scenes = read_jsonl(args.scenes, SCENE)
    try:
        engine = importlib.import_module(f"spacenum.simulators.{job.simulator}")
    except ModuleNotFoundError as error:
        if error.name != f"spacenum.simulators.{job.simulator}":
            raise
        raise SpaceNumError(
            f"config key 'simulators.{job.setting}' is '{job.simulator}', which this release can plan but not run; "
            "use 'blender'"
        ) from None
    simulator = engine.load(job.camera, job.blender, job.pack, pack_manifest(job.pack))
    families, coverage = [], Coverage()
    progress = Progress(f"frames {job.setting} {args.scenes.stem}, scenes", len(scenes))
    with atomic_folder(args.out / "images") as folder:
        writer = FrameWriter(folder, args.out / "images", simulator.name)
        taken = capture(simulator, scenes, job.sweeps, job.controls, job.attempts, writer, coverage, job.seed)
        for of_scene in taken:
            families += of_scene
            progress.step()
    write_text(args.out / "coverage.csv", coverage.csv())
    write_jsonl(args.out / "families.jsonl", families)
    write_jsonl(args.out / "frames.jsonl", writer.frames)
    outputs = [args.out / name for name in ("frames.jsonl", "families.jsonl", "coverage.csv")]
    leave_meta("frames", args, FramesParams, [args.scenes, *manifest_inputs(job.pack)], outputs)


if __name__ == "__main__":
    status = 0
    try:
        run_script(main)
    except SystemExit as ended:
        print(ended.code, file=sys.stderr)
        status = 1
    sys.stderr.flush()
    os._exit(status)  # Blender's own exit complains about its memory on the user's terminal
