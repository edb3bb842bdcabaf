"""Put the items of one setting to one model."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from spacenum.asking.ask import Asking, ask
from spacenum.asking.base import Answer, Context, Model
from spacenum.asking.chat import ChatModel
from spacenum.asking.self_test import SelfTest, self_test
from spacenum.asking.settings import AnswersParams
from spacenum.asking.store import AnswerStore, store_folder
from spacenum.core.errors import run_script
from spacenum.core.progress import Progress
from spacenum.core.provenance import read_jsonl, write_jsonl
from spacenum.core.stage import leave_meta, params, parser
from spacenum.frames.records import FrameRecord
from spacenum.items.schema import ASKED_ITEM, AnyItem
from spacenum.models.loading import backend_of


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--items", type=Path, required=True)
    cli.add_argument("--self-test", type=Path, help="items that a self-test shows; the same if not given")
    cli.add_argument("--frames", type=Path, nargs="*", default=[])
    cli.add_argument("--sheets", type=Path, nargs="*", default=[], help="what a person answered")
    cli.add_argument("--weights", type=Path, nargs="*", default=[], help="files of the model that this pipeline made")
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    job = params(args, AnswersParams)
    items = read_jsonl(args.items, ASKED_ITEM)
    frames = {frame.image: frame for path in args.frames for frame in read_jsonl(path, FrameRecord)}
    backend = backend_of(job.model, job.config)
    model = backend.load(job.config, Context(frames=frames, root=Path(), seed=job.seed, sheets=args.sheets))
    notes = {}
    if hasattr(model, "answer"):
        answers = _answered(model, items, job)
    else:
        tested, answers = _asked(model, items, read_jsonl(args.self_test or args.items, ASKED_ITEM), job)
        notes = tested.notes()
    write_jsonl(args.out, answers)
    inputs = [args.items, *args.frames, *args.sheets, *args.weights]
    leave_meta("answers", args, AnswersParams, inputs, [args.out], notes=notes)


def _answered(model: Model, items: Sequence[AnyItem], job: AnswersParams) -> list[Answer]:
    """The answers of a baseline or a person, which read items themselves."""
    progress = Progress(f"answers {job.model}, items", len(items))
    answers = []
    for answer in model.answer(items):
        answers.append(answer)
        progress.step()
    return answers


def _asked(
    model: ChatModel, items: Sequence[AnyItem], shown: Sequence[AnyItem], job: AnswersParams
) -> tuple[SelfTest, list[Answer]]:
    """The answers of a model that is asked in words and images, after its self-test on the items ``shown``."""
    store, root = AnswerStore(store_folder(os.environ)), Path()
    try:
        asking = Asking.of(job, root)
        asking.check(model)
        tested = self_test(shown, model, job.model, job.config.dtype, store, root)
        return tested, ask(items, model, asking, store)
    finally:
        model.close()


if __name__ == "__main__":
    run_script(main)
