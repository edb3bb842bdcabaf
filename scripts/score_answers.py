"""Score one model's answers: one row per item."""

from __future__ import annotations

from spacenum.asking.base import Answer
from spacenum.core.provenance import each_of_jsonl, read_jsonl
from spacenum.core.stage import Input, Output, run_stage
from spacenum.items.schema import ASKED_ITEM
from spacenum.scoring.open_rows import score_open_answers, write_open_rows
from spacenum.scoring.rows import NotInOrder, score_answers, score_in_order, write_rows
from spacenum.scoring.settings import ScoresParams


def score_answers_file(params: ScoresParams, *, items_file: Input, answers: Input, scores: Output) -> None:
    if params.open:
        asked, given = read_jsonl(items_file, ASKED_ITEM), read_jsonl(answers, Answer)
        write_open_rows(scores, score_open_answers(asked, given))
        return
    try:
        in_order = score_in_order(each_of_jsonl(items_file, ASKED_ITEM), each_of_jsonl(answers, Answer))
        write_rows(scores, in_order)
    except NotInOrder:
        write_rows(scores, score_answers(read_jsonl(items_file, ASKED_ITEM), read_jsonl(answers, Answer)))


if __name__ == "__main__":
    run_stage(score_answers_file)
