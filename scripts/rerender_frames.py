"""Take the frames of one shard once more, of layouts that a variant changed."""

from __future__ import annotations

from spacenum.core.progress import Progress
from spacenum.core.provenance import atomic_folder, read_jsonl, write_jsonl
from spacenum.core.stage import Input, Inputs, Made, Output, OutputFolder, run_stage
from spacenum.frames.records import FAMILY, FrameRecord, LayoutFamily
from spacenum.frames.store import FrameWriter
from spacenum.scenes.spec import SCENE, LayoutScene
from spacenum.simulators.base import engine_of
from spacenum.simulators.loading import simulator_of
from spacenum.variants.catalogue import variant
from spacenum.variants.rerender import rerender
from spacenum.variants.settings import RerenderParams


def rerender_frames(
    params: RerenderParams,
    *,
    pack: Inputs,
    scenes: Input,
    base_frames: Input,
    families: Input,
    frames: Output,
    images: OutputFolder,
) -> Made:
    layouts = [family for family in read_jsonl(families, FAMILY) if isinstance(family, LayoutFamily)]
    base = {frame.id: frame for frame in read_jsonl(base_frames, FrameRecord)}
    drawn = {scene.id: scene for scene in read_jsonl(scenes, SCENE) if isinstance(scene, LayoutScene)}
    progress = Progress(f"frames {params.variant} {scenes.stem}, scenes", len(layouts))
    with simulator_of(params.simulator, params.camera, params.settings, params.pack) as simulator:
        with atomic_folder(images) as folder:
            writer = FrameWriter(folder, images, simulator.name)
            rerender(variant(params.variant), layouts, drawn, base, simulator, writer, progress.step)
        made = Made(engine=engine_of(simulator), notes=simulator.notes)
    write_jsonl(frames, writer.frames)
    return made


if __name__ == "__main__":
    run_stage(rerender_frames, at_once=True)
