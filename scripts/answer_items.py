"""Put the items of one setting to one model."""

from __future__ import annotations

import os
from pathlib import Path

from spacenum.asking.ask import answered, asked, items_of_part
from spacenum.asking.base import Context
from spacenum.asking.parts import merge
from spacenum.asking.settings import AnswersParams
from spacenum.asking.store import AnswerStore, Contents, shown_by, store_folder
from spacenum.core.lookup import Lookup, Records
from spacenum.core.provenance import write_jsonl
from spacenum.core.stage import Input, Inputs, Made, Output, run_stage
from spacenum.frames.records import FrameRecord, each_frame
from spacenum.items.schema import ASKED_ITEM, images_of
from spacenum.models.loading import backend_of


def answer_items(
    params: AnswersParams,
    *,
    items_file: Input,
    checks: Input,
    self_test: Input,
    frames: Inputs,
    tested: Inputs,
    sheets: Inputs,
    weights: Inputs,
    parts: Inputs,
    answers: Output,
) -> Made:
    questions = Records(items_file, ASKED_ITEM)
    recorded = {frame.image: frame.sha256[0] for frame in each_frame([*frames, *tested])}
    shown = shown_by(questions, Contents(Path(), recorded).image) if params.part.of == 1 else ""  # of all, or of none
    if parts:
        return Made(shown=shown, notes=merge(questions, parts, answers))
    images = set() if params.config.is_vlm else {image for item in questions for image in images_of(item)}
    by_image = Lookup(frames, FrameRecord, lambda frame: frame.image if frame.image in images else None)
    context = Context(frames=by_image, root=Path(), seed=params.seed, sheets=sheets)
    model = backend_of(params.model, params.config).load(params.config, context)
    if hasattr(model, "answer"):
        write_jsonl(answers, answered(model, items_of_part(questions, params), params))
        return Made(shown=shown)
    of_test, store = Records(self_test, ASKED_ITEM), AnswerStore(store_folder(os.environ))
    notes, replies = asked(model, questions, of_test, params, store, Path(), recorded)
    write_jsonl(answers, replies)
    return Made(shown=shown, notes=notes)


if __name__ == "__main__":
    run_stage(answer_items)
