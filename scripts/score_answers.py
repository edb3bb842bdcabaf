"""Score one model's answers: one row per item."""

from __future__ import annotations

from pathlib import Path

from spacenum.asking.base import Answer
from spacenum.core.errors import run_script
from spacenum.core.provenance import read_jsonl
from spacenum.core.stage import leave_meta, params, parser
from spacenum.items.schema import ASKED_ITEM
from spacenum.scoring.open_rows import score_open_answers, write_open_rows
from spacenum.scoring.rows import score_answers, write_rows
from spacenum.scoring.settings import ScoresParams


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--items", type=Path, required=True)
    cli.add_argument("--answers", type=Path, required=True)
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    items, answers = read_jsonl(args.items, ASKED_ITEM), read_jsonl(args.answers, Answer)
    if params(args, ScoresParams).open:
        write_open_rows(args.out, score_open_answers(items, answers))
    else:
        write_rows(args.out, score_answers(items, answers))
    leave_meta("scores", args, ScoresParams, [args.items, args.answers], [args.out])


if __name__ == "__main__":
    run_script(main)
