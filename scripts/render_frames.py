"""Take the frames of one shard: try views, keep those that pass the controls, render them."""

from __future__ import annotations

import importlib
from pathlib import Path

from spacenum.core.progress import Progress
from spacenum.core.provenance import read_jsonl
from spacenum.core.stage import leave_meta, params, parser, run_engine_script
from spacenum.frames.settings import FramesParams
from spacenum.frames.shard import take_shard
from spacenum.scenes.assets.manifest import manifest_inputs, pack_manifest
from spacenum.scenes.spec import SCENE
from spacenum.simulators.base import engine_of


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--scenes", type=Path, required=True)
    cli.add_argument("--out", type=Path, required=True, help="the shard's folder")
    args = cli.parse_args()
    job = params(args, FramesParams)
    scenes = read_jsonl(args.scenes, SCENE)
    engine = importlib.import_module(f"spacenum.simulators.{job.simulator}")
    simulator = engine.load(job.camera, job.settings, job.pack, pack_manifest(job.pack))
    progress = Progress(f"frames {job.setting} {args.scenes.stem}, scenes", len(scenes))
    try:
        outputs = take_shard(job, scenes, simulator, args.out, args.code, progress.step)
        rendered_by = engine_of(simulator)
    finally:
        simulator.close()
    leave_meta("frames", args, FramesParams, [args.scenes, *manifest_inputs(job.pack)], outputs, rendered_by)


if __name__ == "__main__":
    run_engine_script(main)
