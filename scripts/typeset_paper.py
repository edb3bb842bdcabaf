"""Typeset a study's reproduction report as a PDF."""

from __future__ import annotations

import tempfile
from pathlib import Path

from spacenum.core.provenance import atomic_path
from spacenum.core.stage import Input, NamedInputs, Output, run_stage
from spacenum.paper.settings import PaperParams
from spacenum.paper.typeset import Sources, write_paper


def typeset_paper(
    params: PaperParams,
    *,
    main_table: Input,
    main_table_md: Input,
    claims: Input,
    tables: NamedInputs,
    figures: NamedInputs,
    frames: NamedInputs,
    answers: NamedInputs,
    checks: NamedInputs,
    pdf: Output,
) -> None:
    sources = Sources(
        main_table=main_table,
        main_table_md=main_table_md,
        claims=claims,
        tables=tables,
        figures=figures,
        frames=frames,
        answers=answers,
        checks=checks,
    )
    with tempfile.TemporaryDirectory() as folder, atomic_path(pdf) as path:
        write_paper(params, sources, Path(folder), path)


if __name__ == "__main__":
    run_stage(typeset_paper)
