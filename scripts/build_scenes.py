"""Draw the scenes of one shard."""

from __future__ import annotations

import importlib
from pathlib import Path

from spacenum.errors import run_script
from spacenum.provenance import write_jsonl
from spacenum.scenes.assets.manifest import load_pack, manifest_inputs, pack_manifest
from spacenum.scenes.settings import ScenesParams
from spacenum.scripting import leave_meta, params, parser


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    job = params(args, ScenesParams)
    pack = load_pack(job.pack, pack_manifest(job.pack))
    if job.setting == "transition":
        rooms = importlib.import_module("spacenum.scenes.rooms")
        scenes = [rooms.build_room(s.id, s.split, s.kind, s.seed, pack) for s in job.scenes]
    else:
        layouts = importlib.import_module("spacenum.scenes.layouts")
        scenes = [
            layouts.build_layout(s.id, s.split, s.kind, s.variation, s.seed, pack, job.vertical_fov) for s in job.scenes
        ]
    write_jsonl(args.out, scenes)
    leave_meta("scenes", args, ScenesParams, manifest_inputs(job.pack), [args.out])


if __name__ == "__main__":
    run_script(main)
