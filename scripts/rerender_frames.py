"""Take the frames of one shard once more, of layouts that a variant changed."""

from __future__ import annotations

import importlib
from pathlib import Path

from spacenum.core.progress import Progress
from spacenum.core.provenance import atomic_folder, read_jsonl, write_jsonl
from spacenum.core.stage import leave_meta, params, parser, run_engine_script
from spacenum.frames.records import FAMILY, FrameRecord, LayoutFamily
from spacenum.frames.store import FrameWriter
from spacenum.scenes.assets.manifest import manifest_inputs, pack_manifest
from spacenum.scenes.spec import SCENE, LayoutScene
from spacenum.simulators.base import engine_of
from spacenum.variants.catalogue import variant
from spacenum.variants.rerender import rerender
from spacenum.variants.settings import RerenderParams


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--scenes", type=Path, required=True)
    cli.add_argument("--base", type=Path, required=True, help="the folder of the base shard")
    cli.add_argument("--out", type=Path, required=True, help="the folder of this shard")
    args = cli.parse_args()
    job = params(args, RerenderParams)
    families = [f for f in read_jsonl(args.base / "families.jsonl", FAMILY) if isinstance(f, LayoutFamily)]
    frames = {frame.id: frame for frame in read_jsonl(args.base / "frames.jsonl", FrameRecord)}
    scenes = {scene.id: scene for scene in read_jsonl(args.scenes, SCENE) if isinstance(scene, LayoutScene)}
    engine = importlib.import_module(f"spacenum.simulators.{job.simulator}")
    simulator = engine.load(job.camera, job.settings, job.pack, pack_manifest(job.pack))
    progress = Progress(f"frames {job.variant} {args.scenes.stem}, scenes", len(families))
    try:
        with atomic_folder(args.out / "images") as images:
            writer = FrameWriter(images, args.out / "images", simulator.name)
            rerender(variant(job.variant), families, scenes, frames, simulator, writer, progress.step)
        rendered_by = engine_of(simulator)
    finally:
        simulator.close()
    write_jsonl(args.out / "frames.jsonl", writer.frames)
    inputs = [args.scenes, *(args.base / f"{name}.jsonl" for name in ("frames", "families"))]
    inputs += manifest_inputs(job.pack)
    leave_meta("rerender", args, RerenderParams, inputs, [args.out / "frames.jsonl"], rendered_by)


if __name__ == "__main__":
    run_engine_script(main)
