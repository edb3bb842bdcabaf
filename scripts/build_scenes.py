"""Draw the scenes of one shard."""

from __future__ import annotations

import importlib

from spacenum.core.provenance import write_jsonl
from spacenum.core.stage import Inputs, Output, run_stage
from spacenum.scenes.assets.manifest import load_pack, pack_manifest
from spacenum.scenes.settings import ScenesParams


def build_scenes(params: ScenesParams, *, pack: Inputs, scenes: Output) -> None:
    drawn_from = load_pack(params.pack, pack_manifest(params.pack))
    source = importlib.import_module(f"spacenum.scenes.{params.source}")
    write_jsonl(scenes, [source.draw(request, params, drawn_from) for request in params.scenes])


if __name__ == "__main__":
    run_stage(build_scenes)
