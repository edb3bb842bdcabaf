"""How much longer a shard of frames takes than Blender's render calls in it.

Run as ``python -m bench.rendering``. Takes the frames of the default study's first shard of each setting twice in one
process, the first time to load what is loaded once. Prints one JSON line per setting: scenes, frames, render calls,
seconds of the calls and of the whole second pass, and their ratio. Seconds are of CPU, so that other work on the
machine counts little; with ``--device optix`` or ``cuda`` they are of the clock.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from spacenum.core.errors import run_script
from spacenum.frames.settings import FramesParams
from spacenum.frames.shard import ShardFrames
from spacenum.items.schema import SETTINGS
from spacenum.scenes import layouts, rooms
from spacenum.scenes.assets.manifest import load_pack
from spacenum.scenes.spec import AnyScene
from spacenum.simulators.loading import simulator_of
from spacenum.study.loading import load_study
from spacenum.study.study import Study

SOURCES = {"transition": rooms, "layout": layouts}


@dataclass(frozen=True, kw_only=True)
class RenderingResult:
    """One setting, measured."""

    setting: str
    device: str
    scenes: int
    frames: int
    renders: int
    render_s: float
    total_s: float
    ratio: float


@dataclass
class RenderCalls:
    """Counts Blender's render calls and their seconds by a clock."""

    clock: Callable[[], float]
    count: int = 0
    seconds: float = 0.0
    _begun: list[float] = field(default_factory=list)

    def begin(self, *_: Any) -> None:
        self._begun.append(self.clock())

    def end(self, *_: Any) -> None:
        self.count += 1
        self.seconds += self.clock() - self._begun.pop()

    @contextmanager
    def counted(self) -> Iterator[None]:
        import bpy  # when the simulator has been started, which decides how

        before, after = map(bpy.app.handlers.persistent, (lambda *_: self.begin(), lambda *_: self.end()))
        bpy.app.handlers.render_init.append(before)
        bpy.app.handlers.render_complete.append(after)
        try:
            yield
        finally:
            bpy.app.handlers.render_init.remove(before)
            bpy.app.handlers.render_complete.remove(after)


def first_shard(study: Study, setting: str, scenes: int | None) -> list[AnyScene]:
    """The scenes of the benchmark's first shard of a setting, at most ``scenes`` of them."""
    shard = study.plan.shards(setting, "benchmark")[0]  # type: ignore[arg-type]
    params = study.collection.scenes(setting, shard).params  # type: ignore[arg-type]
    drawn = params.scenes[:scenes]  # type: ignore[attr-defined]
    return [SOURCES[setting].draw(request, params, load_pack(study.plan.config.pack)) for request in drawn]


def measure(study: Study, setting: str, device: str, scenes: int | None = None) -> RenderingResult:
    """The second of two passes over the first shard's scenes; writes into the working directory."""
    params = study.collection.frames(setting).params  # type: ignore[arg-type]
    assert isinstance(params, FramesParams)
    clock = time.process_time if device == "cpu" else time.perf_counter
    drawn, calls = first_shard(study, setting, scenes), RenderCalls(clock)
    with simulator_of(params.simulator, params.camera, params.settings, params.pack) as simulator:
        for counter in (RenderCalls(clock), calls):
            shard = ShardFrames(params, simulator, Path("data") / setting, "bench", resume=False)
            with counter.counted():
                start = clock()
                shard.take(drawn)
                written = shard.write()
                total = clock() - start
            shard.tidy()
    frames = len(written[0].read_text(encoding="utf-8").splitlines())
    return RenderingResult(
        setting=setting, device=device, scenes=len(drawn), frames=frames, renders=calls.count,
        render_s=round(calls.seconds, 2), total_s=round(total, 2), ratio=round(total / calls.seconds, 3),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--device", choices=("cpu", "cuda", "optix"), default="cpu")
    parser.add_argument("--scenes", type=int, help="of a shard; default: all")
    args = parser.parse_args()
    study = load_study([], {"blender": {"device": args.device}})
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for setting in SETTINGS:
            print(json.dumps(asdict(measure(study, setting, args.device, args.scenes))), flush=True)
    os._exit(0)  # Blender's own exit complains about its memory


if __name__ == "__main__":
    run_script(main)
