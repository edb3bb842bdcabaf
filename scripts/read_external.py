"""Read an external benchmark's published file: its questions as JSON Lines, its images as PNG files beside them."""

from __future__ import annotations

import sys

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import atomic_folder, write_jsonl
from spacenum.core.stage import Input, Output, OutputFolder, run_stage
from spacenum.external.catalogue import benchmark
from spacenum.external.questions import ImageFolder, read_questions
from spacenum.external.settings import QuestionsParams


def read_external(params: QuestionsParams, *, source: Input, questions: Output, images: OutputFolder) -> None:
    known = benchmark(params.benchmark)
    if not source.is_file():
        raise SpaceNumError(f"config key 'external', benchmark '{params.benchmark}': its 'path' {source} is no file")
    with atomic_folder(images) as folder:
        made = read_questions(params.benchmark, known.read(source), ImageFolder(folder, images))
    if len(made) != known.expected:
        print(f"{known.title}: {len(made)} items, where {known.expected} were published", file=sys.stderr)
    write_jsonl(questions, made)


if __name__ == "__main__":
    run_stage(read_external)
