"""Train one LoRA adapter on a recipe's items, under the supervision of their answers."""

from __future__ import annotations

import os
from pathlib import Path

from spacenum.errors import run_script
from spacenum.items.schema import ITEM
from spacenum.models.machine import from_environment
from spacenum.provenance import read_jsonl
from spacenum.scripting import leave_meta, params, parser
from spacenum.tuning import sft
from spacenum.tuning.runs import Run, write_steps
from spacenum.tuning.settings import Machine, SftParams


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--items", type=Path, required=True)
    cli.add_argument("--weights", type=Path, nargs="*", default=[], help="files of a base that this pipeline made")
    cli.add_argument("--out", type=Path, required=True)
    cli.add_argument("--adapter", type=Path, required=True)
    args = cli.parse_args()
    job = params(args, SftParams)
    machine = from_environment(Machine, "SPACENUM_TUNING_", os.environ)
    run = Run.of(job.tuned, job, args.code, [args.items, *args.weights], machine)
    with run.checkpoints() as checkpoints:
        steps = sft.tune(job, read_jsonl(args.items, ITEM), Path(), args.adapter, checkpoints, machine)
        if run.writes:
            write_steps(args.out, sft.Step, steps)
            leave_meta("sft", args, SftParams, [args.items, *args.weights], [args.out, *run.files(args.adapter)])


if __name__ == "__main__":
    run_script(main)
