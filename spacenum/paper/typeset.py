"""The report as a PDF: its data beside its templates in a folder, which typst compiles."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from spacenum.core.errors import SpaceNumError
from spacenum.paper import facts
from spacenum.paper.files import PROSE, TEMPLATES, check_typesetter, template_files
from spacenum.paper.prose import check_prose
from spacenum.paper.settings import PaperParams
from spacenum.paper.tables import ReportTable, candidates, excerpt, is_paired, paired
from spacenum.tables.names import NAMES, group_name

SHOWN_ELSEWHERE = ("cells", "statistics", "coverage", "psychometric", "told", "number_line")
"""Tables that the report shows whole or in another form, or draws."""


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Files that a report is made of, by name. main_table: CSV and Markdown. checks: by setting, as frames are."""

    main_table: Path
    main_table_md: Path
    claims: Path
    tables: Mapping[str, Sequence[Path]]
    figures: Mapping[str, Sequence[Path]]
    frames: Mapping[str, Sequence[Path]]
    answers: Mapping[str, Sequence[Path]]
    checks: Mapping[str, Sequence[Path]]

    def all_tables(self) -> dict[str, Path]:
        """The file of each table, the main table among them."""
        return {name: path for name, (path, *_) in self.tables.items()} | {"main_table": self.main_table}


def write_paper(params: PaperParams, sources: Sources, folder: Path, pdf: Path) -> None:
    """Typeset the report into ``pdf``. folder: an empty one, for what typst reads."""
    check_typesetter()
    check_prose(f"spacenum/paper/templates/{PROSE}", (TEMPLATES / PROSE).read_text(encoding="utf-8"))
    for path in template_files():
        shutil.copyfile(path, folder / path.name)
    for name, (path, *_) in sources.figures.items():
        shutil.copyfile(path, folder / f"{name}.pdf")
    (folder / "data.json").write_text(json.dumps(report_data(params, sources)), encoding="utf-8")
    compile_pdf(folder, pdf)


def report_data(params: PaperParams, sources: Sources) -> dict[str, Any]:
    """All that the templates look up in."""
    files = sources.all_tables()
    tables = {name: ReportTable.read(path) for name, path in files.items()}
    shown = {name: table for name, table in tables.items() if name in params.tables}
    experiments = {name: table for name, table in shown.items() if is_paired(table)}
    others = [name for name in shown if name not in experiments and name not in SHOWN_ELSEWHERE]
    tables |= facts_of(params, sources) | {"claims": ReportTable.read(sources.claims)}
    tables |= {"paired": paired(experiments)}
    tables |= {"candidates": candidates(tables["coverage"])} if "coverage" in tables else {}
    return {
        "tables": {name: table.json() for name, table in tables.items()},
        "excerpts": [
            {"name": name, "caption": params.tables[name], "file": str(files[name]), **asdict(excerpt(shown[name]))}
            for name in others
            if shown[name].rows
        ],
        "figures": {name: one.model_dump() for name, one in params.figures.items() if name in sources.figures},
        "names": {**NAMES, **{group: group_name(group) for group in ("1d", "2d", "3d")}},
        "main_caption": sources.main_table_md.read_text(encoding="utf-8").split("\n\n")[1],
    }


def facts_of(params: PaperParams, sources: Sources) -> dict[str, ReportTable]:
    """Tables of what is known of the run beside its results."""
    published = facts.published_table()
    outputs = [
        path for group in (sources.frames, sources.answers, sources.tables) for p in group.values() for path in p
    ]
    return {
        "published": published,
        "constants": facts.constants(params, published),
        "settings": facts.settings_of(params),
        "models": facts.models_of(params, sources.answers),
        "decoding": facts.decoding_of(sources.answers),
        "engines": facts.engines_of(sources.frames),
        "environment": facts.versions_of([*outputs, sources.main_table]),
        "checks": facts.checks_of(sources.checks),
        "variants": ReportTable.of({"variant": name, "changes": what} for name, what in params.variants.items()),
        "deviations": ReportTable.of({"key": one.key, "what": one.said} for one in params.deviations),
    }


def compile_pdf(folder: Path, pdf: Path) -> None:
    """Compile ``folder``'s report into ``pdf``, with typst's own fonts and no date, so that the same data give the same
    bytes on every machine. SpaceNumError says what the template asked for and isn't there."""
    import typst  # only this job needs it

    try:
        made = typst.compile(str(folder / PROSE), root=str(folder), font_paths=[], ignore_system_fonts=True)
    except typst.TypstError as error:
        where = re.search(r"(\w+\.typ):(\d+)", error.diagnostic)
        at = f"{where[1]}, line {where[2]}" if where else PROSE
        raise SpaceNumError(f"{pdf}: {at}: {error.message.removeprefix('panicked with: ')}") from None
    pdf.write_bytes(made)
