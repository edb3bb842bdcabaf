"""Take the frames of one shard: try views, keep those that pass the controls, render them."""

from __future__ import annotations

from spacenum.core.progress import Progress
from spacenum.core.provenance import read_jsonl
from spacenum.core.stage import Code, Input, Inputs, Made, Output, OutputFolder, run_stage
from spacenum.frames.settings import FramesParams
from spacenum.frames.shard import take_shard
from spacenum.scenes.spec import SCENE
from spacenum.simulators.base import engine_of
from spacenum.simulators.loading import simulator_of


def render_frames(
    params: FramesParams,
    *,
    pack: Inputs,
    scenes: Input,
    frames: Output,
    families: Output,
    coverage: Output,
    images: OutputFolder,
    code: Code,
) -> Made:
    drawn = read_jsonl(scenes, SCENE)
    progress = Progress(f"frames {params.setting} {scenes.stem}, scenes", len(drawn))
    with simulator_of(params.simulator, params.camera, params.settings, params.pack) as simulator:
        take_shard(params, drawn, simulator, frames.parent, code, progress.step)
        return Made(engine=engine_of(simulator), notes=simulator.notes)


if __name__ == "__main__":
    run_stage(render_frames, at_once=True)
