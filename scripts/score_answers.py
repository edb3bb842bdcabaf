"""Score one model's answers: one row per item."""

from __future__ import annotations

from spacenum.asking.base import Answer
from spacenum.core.provenance import read_jsonl
from spacenum.core.stage import Input, Output, run_stage
from spacenum.items.schema import ASKED_ITEM
from spacenum.scoring.open_rows import score_open_answers, write_open_rows
from spacenum.scoring.rows import score_answers, write_rows
from spacenum.scoring.settings import ScoresParams


def score_answers_file(params: ScoresParams, *, items_file: Input, answers: Input, scores: Output) -> None:
    asked, given = read_jsonl(items_file, ASKED_ITEM), read_jsonl(answers, Answer)
    if params.open:
        write_open_rows(scores, score_open_answers(asked, given))
    else:
        write_rows(scores, score_answers(asked, given))


if __name__ == "__main__":
    run_stage(score_answers_file)
