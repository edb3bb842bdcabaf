"""Put the items of one setting to one model."""

from __future__ import annotations

import importlib
from pathlib import Path

from spacenum.errors import SpaceNumError, run_script
from spacenum.frames.records import FrameRecord
from spacenum.items.schema import ITEM
from spacenum.models.base import Context
from spacenum.models.settings import AnswersParams
from spacenum.progress import Progress
from spacenum.provenance import read_jsonl, write_jsonl
from spacenum.scripting import leave_meta, params, parser


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--items", type=Path, required=True)
    cli.add_argument("--frames", type=Path, nargs="*", default=[])
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    job = params(args, AnswersParams)
    items = read_jsonl(args.items, ITEM)
    frames = {frame.image: frame for path in args.frames for frame in read_jsonl(path, FrameRecord)}
    try:
        backend = importlib.import_module(f"spacenum.models.{job.config.backend}")
    except ModuleNotFoundError as error:
        raise SpaceNumError(
            f"config/models/{job.model}.yaml, key 'backend': '{job.config.backend}' is not available here ({error}); "
            "this release runs the baselines.* backends"
        ) from None
    model = backend.load(job.config, Context(frames=frames, root=Path(), seed=job.seed))
    progress = Progress(f"answers {job.model}, items", len(items))
    answers = []
    for answer in model.answer(items):
        answers.append(answer)
        progress.step()
    write_jsonl(args.out, answers)
    leave_meta("answers", args, AnswersParams, [args.items, *args.frames], [args.out])


if __name__ == "__main__":
    run_script(main)
