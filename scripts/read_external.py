"""Read an external benchmark's published file: its questions as JSON Lines, its images as PNG files beside them."""

from __future__ import annotations

import sys
from pathlib import Path

from spacenum.core.errors import SpaceNumError, run_script
from spacenum.core.provenance import atomic_folder, write_jsonl
from spacenum.core.stage import leave_meta, params, parser
from spacenum.external.catalogue import benchmark
from spacenum.external.questions import ImageFolder, questions
from spacenum.external.settings import QuestionsParams


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--source", type=Path, required=True, help="the published file")
    cli.add_argument("--out", type=Path, required=True, help="questions.jsonl; images go into 'images' beside it")
    args = cli.parse_args()
    name = params(args, QuestionsParams).benchmark
    known, images = benchmark(name), args.out.with_name("images")
    if not args.source.is_file():
        raise SpaceNumError(f"config key 'external', benchmark '{name}': its 'path' {args.source} is no file")
    with atomic_folder(images) as folder:
        made = questions(name, known.read(args.source), ImageFolder(folder, images))
    if len(made) != known.expected:
        print(f"{known.title}: {len(made)} items, where {known.expected} were published", file=sys.stderr)
    write_jsonl(args.out, made)
    leave_meta("external_questions", args, QuestionsParams, [args.source], [args.out])


if __name__ == "__main__":
    run_script(main)
