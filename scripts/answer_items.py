"""Put the items of one setting to one model."""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from spacenum.errors import SpaceNumError, run_script
from spacenum.frames.records import FrameRecord
from spacenum.items.schema import ITEM
from spacenum.models.ask import Asking, ask
from spacenum.models.base import Answer, Context, Model
from spacenum.models.chat import ChatModel
from spacenum.models.questions import Item
from spacenum.models.self_test import self_test
from spacenum.models.settings import AnswersParams
from spacenum.models.store import AnswerStore, store_folder
from spacenum.progress import Progress
from spacenum.provenance import read_jsonl, write_jsonl
from spacenum.scripting import leave_meta, params, parser


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--items", type=Path, required=True)
    cli.add_argument("--self-test", type=Path, help="items that a self-test shows; the same if not given")
    cli.add_argument("--frames", type=Path, nargs="*", default=[])
    cli.add_argument("--adapter", type=Path, nargs="*", default=[], help="its files, if this study made them")
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    job = params(args, AnswersParams)
    items = read_jsonl(args.items, ITEM)
    frames = {frame.image: frame for path in args.frames for frame in read_jsonl(path, FrameRecord)}
    backend = _backend(job)
    model = backend.load(job.config, Context(frames=frames, root=Path(), seed=job.seed))
    if hasattr(model, "answer"):
        answers = _answered(model, items, job)
    else:
        answers = _asked(model, items, read_jsonl(args.self_test or args.items, ITEM), job)
    write_jsonl(args.out, answers)
    leave_meta("answers", args, AnswersParams, [args.items, *args.frames, *args.adapter], [args.out])


def _backend(job: AnswersParams) -> ModuleType:
    where = f"config/models/{job.model}.yaml, key 'backend': '{job.config.backend}'"
    try:
        return importlib.import_module(f"spacenum.models.{job.config.backend}")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("spacenum."):
            raise SpaceNumError(f"{where} is no module of spacenum.models ({error})") from None
        raise SpaceNumError(f"{where} needs the Python package '{error.name}', which is not installed") from None


def _answered(model: Model, items: Sequence[Item], job: AnswersParams) -> list[Answer]:
    """The answers of a baseline, which reads items themselves."""
    progress = Progress(f"answers {job.model}, items", len(items))
    answers = []
    for answer in model.answer(items):
        answers.append(answer)
        progress.step()
    return answers


def _asked(model: ChatModel, items: Sequence[Item], shown: Sequence[Item], job: AnswersParams) -> list[Answer]:
    """The answers of a model that is asked in words and images, after its self-test on the items ``shown``."""
    store, root = AnswerStore(store_folder(os.environ)), Path()
    try:
        asking = Asking.of(job, root)
        asking.check(model)
        self_test(shown, model, job.model, job.config.dtype, store, root)
        return ask(items, model, asking, store)
    finally:
        model.close()


if __name__ == "__main__":
    run_script(main)
