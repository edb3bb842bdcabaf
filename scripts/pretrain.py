"""Train one small VLM from nothing on a recipe's items and the frames that they show."""

from __future__ import annotations

import os
from pathlib import Path

from spacenum.asking.settings import CHECKPOINT_FILES
from spacenum.core.errors import run_script
from spacenum.core.machine import from_environment
from spacenum.core.provenance import read_jsonl
from spacenum.core.stage import leave_meta, params, parser
from spacenum.frames.records import FAMILY, FrameRecord
from spacenum.items.schema import ITEM
from spacenum.pretraining.curve import Line
from spacenum.pretraining.settings import PretrainParams
from spacenum.pretraining.train import pretrain
from spacenum.tuning.runs import Run, write_steps
from spacenum.tuning.settings import Machine


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--items", type=Path, required=True)
    cli.add_argument("--frames", type=Path, nargs="+", required=True)
    cli.add_argument("--families", type=Path, nargs="+", required=True)
    cli.add_argument("--out", type=Path, required=True, help="the learning curve")
    cli.add_argument("--checkpoint", type=Path, required=True, help="folder of the trained model")
    args = cli.parse_args()
    job = params(args, PretrainParams)
    machine = from_environment(Machine, "SPACENUM_TUNING_", os.environ)
    inputs = [args.items, *args.frames, *args.families]
    run = Run.of(f"pretraining-{job.name}", job, args.code, inputs, machine)
    frames = [frame for path in args.frames for frame in read_jsonl(path, FrameRecord)]
    families = [family for path in args.families for family in read_jsonl(path, FAMILY)]
    with run.checkpoints() as folder:
        items = read_jsonl(args.items, ITEM)
        lines = pretrain(job, items, frames, families, Path(), args.checkpoint, folder, machine)
        write_steps(args.out, Line, lines)
        outputs = [args.out, *(args.checkpoint / name for name in CHECKPOINT_FILES)]
        leave_meta("pretrain", args, PretrainParams, inputs, outputs)


if __name__ == "__main__":
    run_script(main)
