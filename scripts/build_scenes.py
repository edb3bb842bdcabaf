"""Draw the scenes of one shard."""

from __future__ import annotations

import importlib
from pathlib import Path

from spacenum.core.errors import run_script
from spacenum.core.provenance import write_jsonl
from spacenum.core.stage import leave_meta, params, parser
from spacenum.scenes.assets.manifest import load_pack, manifest_inputs, pack_manifest
from spacenum.scenes.settings import ScenesParams


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    job = params(args, ScenesParams)
    pack = load_pack(job.pack, pack_manifest(job.pack))
    source = importlib.import_module(f"spacenum.scenes.{job.source}")
    write_jsonl(args.out, [source.draw(request, job, pack) for request in job.scenes])
    leave_meta("scenes", args, ScenesParams, manifest_inputs(job.pack), [args.out])


if __name__ == "__main__":
    run_script(main)
