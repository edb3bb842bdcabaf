"""Score one model's answers: one row per item."""

from __future__ import annotations

from pathlib import Path

from spacenum.blocks import NoParams
from spacenum.errors import run_script
from spacenum.items.schema import ITEM
from spacenum.models.base import Answer
from spacenum.provenance import read_jsonl
from spacenum.scoring.rows import score_answers, write_rows
from spacenum.scripting import leave_meta, parser


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--items", type=Path, required=True)
    cli.add_argument("--answers", type=Path, required=True)
    cli.add_argument("--out", type=Path, required=True)
    args = cli.parse_args()
    write_rows(args.out, score_answers(read_jsonl(args.items, ITEM), read_jsonl(args.answers, Answer)))
    leave_meta("scores", args, NoParams, [args.items, args.answers], [args.out])


if __name__ == "__main__":
    run_script(main)
