"""The main table (the paper's Table 2): models by 20 cells, as CSV, Markdown and LaTeX.

In percent, with two decimals in CSV, so that averages can be recomputed from it, and one in Markdown and LaTeX, as in
the paper. A cell that was not run is empty, never 0.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from spacenum.asking.base import DEMONSTRATION_NOTE, ENOUGH_MASS
from spacenum.asking.unread import one_letter
from spacenum.core.provenance import write_text
from spacenum.items.schema import CELLS, LETTERS, SETTINGS, TASKS, Cell, Letter, cells_of
from spacenum.scoring.accuracy import (
    accuracy,
    averages,
    by_cell,
    chance,
    detectable_averages,
    mean_over_cells,
    scenes_of,
)
from spacenum.scoring.published import published_items_per_cell, read_published
from spacenum.scoring.rows import ScoreRow
from spacenum.scoring.statistics import FEW_CLUSTERS, bounds
from spacenum.tables.base import ModelScores, check_names, percent, write_csv
from spacenum.tables.names import NAMES, short_name

HEAD = ("model", "kind", "parameters_b", "n_items", "n_unparsed", "unread", "n_low_letter_mass", "average",
        "average_low", "average_high")  # fmt: skip
COLUMNS = [*HEAD, *CELLS]
PAPER_SIMULATORS = {"transition": "ai2thor", "layout": "isaacsim"}
MANY_UNREAD, MARK = 10.0, "†"
"""A model with more unread replies, in percent, is marked."""
PAPER = "SpaceNum, arXiv 2605.23898, Table 2"


def main_table(scores: Iterable[ModelScores]) -> pd.DataFrame:
    """One row per model. n_unparsed counts replies without a letter, truncated ones too; all count as not right.
    unread: their share of all replies, in percent; empty where nothing is replied.
    n_low_letter_mass counts items whose letters are read from the next token's probability and have together less than
    half of it; empty where that isn't known.

    average: plain mean over the 20 cells, with its 95% interval; empty unless all of them ran. The interval is
    clustered by scene (``statistics.clustered_share``): no perfect model has an interval without width.
    """
    models = list(scores)
    check_names(models)
    return _typed([_row(model) for model in models])


def _row(model: ModelScores) -> dict[str, Any]:
    average = averages(model.rows).get(("all", "cells"))
    low, high = bounds(average.estimate if average else None)
    lost, replies = unread_replies(model)
    return {
        **model.info.model_dump(include={"name", "kind", "parameters_b"}),
        "model": model.info.label,
        "n_items": len(model.rows),
        "n_unparsed": lost,
        "unread": percent(lost / replies if replies else None),
        "n_low_letter_mass": _low_mass(model),
        "average": percent(average.accuracy if average else None),
        "average_low": percent(low),
        "average_high": percent(high),
        **{cell: percent(accuracy(rows)) for cell, rows in by_cell(model.rows).items()},
    }


def unread_replies(model: ModelScores) -> tuple[int, int]:
    """How many replies no letter is read from, and how many there are."""
    found = sum((row.replies for row in model.rows), Counter())
    return found["unparsed"] + found["truncated"], found.total()


def _low_mass(model: ModelScores) -> int | None:
    known = [row.letter_mass for row in model.rows if row.letter_mass is not None]
    return sum(mass < ENOUGH_MASS for mass in known) if known else None


def published_table() -> pd.DataFrame:
    """The paper's 19 rows in the main table's columns, of kind "published"; averages are the published ones.

    The paper gives neither intervals nor counts of unparsed replies; sizes are read off the models' names.
    """
    table = read_published("table2_main")
    size = table["model"].map(lambda name: _size(str(name)))
    n_items = sum(published_items_per_cell().values())
    return _typed(table.assign(kind="published", parameters_b=size, n_items=n_items).to_dict("records"))


def _size(name: str) -> float | None:
    found = re.search(r"-([0-9.]+)B$", name)
    return float(found.group(1)) if found else None


def _typed(rows: Sequence[Mapping[Any, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=COLUMNS)
    counts = {name: "Int64" for name in ("n_items", "n_unparsed", "n_low_letter_mass")}
    return table.astype({**{name: "float64" for name in COLUMNS[2:]}, **counts})


def caption(
    scores: Iterable[ModelScores], simulators: Mapping[str, str], mode: str, imported: str | None = None
) -> str:
    """What the numbers mean: measure, simulator per setting, scale against the paper's, mode, chance, certainty.

    simulators: by setting. mode: answer format and decoding, such as "letter-greedy". imported: the set that was asked
    in place of rendered items.
    """
    scores = list(scores)
    cells: dict[str, set[int]] = {}
    chances: dict[str, float] = {}
    ran = [by_cell(model.rows) for model in scores]
    for model in ran:
        for cell, rows in model.items():
            cells.setdefault(cell, set()).add(len(rows))
            chances.setdefault(cell, chance(rows))
    made = ", ".join(f"{setting} by {name}" for setting, name in simulators.items())
    paper = ", ".join(f"{setting} by {PAPER_SIMULATORS[setting]}" for setting in simulators)
    unlike = "" if made == paper else f" (in the paper: {paper})"
    mean = mean_over_cells(chances)
    return " ".join(
        [
            "Accuracy in percent. The average is the plain mean over the 20 cells, with a 95% interval clustered by",
            "scene; it is empty unless all 20 ran, as is a cell that was not run. If no scene differs from another,",
            "the interval is Wilson's with scenes as trials; where guessing, or one letter for all, is exact, it has",
            "no width.",
            f"Items: the imported set '{imported}', worded as published." if imported else f"Rendered: {made}{unlike}.",
            f"Answers in mode {mode}; replies without a readable letter (unread) are not right.",
            _sizes(cells),
            f"Chance: {_chances(chances)}" + (f"; the average of guessing is {100 * mean:.1f}." if mean else "."),
            *_scenes(ran),
            *_power(ran),
            *_unread_note(scores),
            *_unlikely(scores),
            *_one_letter_note(scores),
            *([DEMONSTRATION_NOTE] if any(model.info.kind == "demonstration" for model in scores) else []),
        ]
    )


def _sizes(cells: Mapping[str, set[int]]) -> str:
    paper = published_items_per_cell()
    counts = {n for sizes in cells.values() for n in sizes}
    if cells and all(cells.get(cell) == {n} for cell, n in paper.items()):
        return "Items per cell: 100, and 400 in layouts at room scale, as many as in the paper."
    many = f"{min(counts)} to {max(counts)}" if len(counts) > 1 else str(min(counts, default=0))
    return f"Items per cell: {many}. This is another scale than the paper's (100 to 400); numbers are not its numbers."


def _scenes(models: Sequence[Mapping[str, Sequence[ScoreRow]]]) -> list[str]:
    """How many scenes stand behind the intervals: the fewest that any model was asked about."""
    fewest: dict[str, int] = {}
    for model in models:
        for stratum, n in scenes_of(row for rows in model.values() for row in rows).items():
            fewest[stratum] = min(n, fewest.get(stratum, n))
    if not fewest:
        return []
    names = {stratum: stratum.replace("/", " ").strip() for stratum in sorted(fewest)}
    where = ", ".join(f"{fewest[stratum]} of {name}" for stratum, name in names.items())
    few = [name for stratum, name in names.items() if fewest[stratum] < FEW_CLUSTERS]
    text = [f"Scenes (clusters) behind the intervals: {sum(fewest.values())} ({where})."]
    if few:
        text.append(f"Fewer than {FEW_CLUSTERS} of {', '.join(few)}: intervals depend on few scenes.")
    return text


def _power(models: Sequence[Mapping[str, Sequence[ScoreRow]]]) -> list[str]:
    """The smallest difference from chance that the average, and a cell, could have shown."""
    whole = [detectable_averages(model) for model in models if all(cell in model for cell in CELLS)]
    cells = [detectable_averages({cell: rows}) for model in models for cell, rows in model.items()]
    if not cells:
        return []
    average = [_points([pair[which] for pair in whole]) for which in (0, 1)] if whole else None
    items, scenes = (_points([pair[which] for pair in cells]) for which in (0, 1))
    return [
        "Smallest true difference above chance that would show (p < 0.05) with 80% power,"
        " in points, if all items were independent, and if those of a scene all told the same:"
        + (f" {average[0]} and {average[1]} for the average," if average else "")
        + f" {items} and {scenes} for a cell."
    ]


def _unread_note(scores: Sequence[ModelScores]) -> list[str]:
    """The models that are marked."""
    many = [said for model in scores if (said := _many_unread(model))]
    return [f"{MARK} More than {MANY_UNREAD:g}% of its replies are unread: {', '.join(many)}."] if many else []


def _many_unread(model: ModelScores) -> str | None:
    lost, replies = unread_replies(model)
    return f"{model.info.name} ({lost} of {replies})" if 100 * lost > MANY_UNREAD * replies else None


def warnings_of(scores: Sequence[ModelScores]) -> list[str]:
    """What the console says: of each model that has unread replies, and of those that say one letter."""
    unread = [(model.info.name, *unread_replies(model)) for model in scores]
    return [
        f"main table: {lost} of {replies} replies of {name} are unread ({100 * lost / replies:.1f}%) "
        f"and count as not right; results/gallery/index.html#model={name}&outcome=unparsed shows them"
        for name, lost, replies in unread
        if lost
    ] + [f"main table: {note}" for note in _one_letter_note(scores)]


def _unlikely(scores: Sequence[ModelScores]) -> list[str]:
    """The models of which some letters stand for what they would hardly have written."""
    low = [f"{model.info.name} ({n} of {len(model.rows)} items)" for model in scores if (n := _low_mass(model))]
    if not low:
        return []
    return [
        "The letters together hold less than half of the next token's probability, so that they are not what the model "
        f"would write: {', '.join(low)}."
    ]


def _one_letter_note(scores: Sequence[ModelScores]) -> list[str]:
    """The models that say one letter whatever they are shown."""
    said = [each for model in scores if (each := _one_letter(model))]
    return [f"Nearly all letters are one, though the right ones are spread: {', '.join(said)}."] if said else []


def _one_letter(model: ModelScores) -> str | None:
    """Of a model that was asked; references and baselines may do so by design."""
    if model.info.kind in ("reference", "baseline"):
        return None
    said = [(letter, row.truth) for row in model.rows for letter in _said(row)]
    found = one_letter([letter for letter, _ in said], [truth for _, truth in said])
    return f"{model.info.name} ({found[1]} of {len(said)} are {found[0]})" if found else None


def _said(row: ScoreRow) -> list[Letter]:
    """The letters as the replies say them; of options in other orders, as they were shown."""
    if row.outcome != "several":
        return [row.letter] if row.letter else []
    return [letter for mark in row.shown or "" for letter in LETTERS if letter == mark]


def _points(fractions: Sequence[float | None]) -> str:
    """The range of differences, in points."""
    known = sorted({f"{100 * value:.1f}" for value in fractions if value is not None}, key=float)
    if not known:
        return "none (not even a perfect score)"
    text = known[0] if len(known) == 1 else f"{known[0]} to {known[-1]}"
    return text if None not in fractions else f"{text} (in some not even a perfect score)"


def _chances(chances: Mapping[str, float]) -> str:
    levels = sorted({round(100 * value, 1) for value in chances.values()})
    where = {level: [cell for cell, value in chances.items() if round(100 * value, 1) == level] for level in levels}
    if levels == [25.0, 50.0] and all(Cell.of(cell).group == "1d" for cell in where[50.0]):
        return "25.0 in every cell, 50.0 in 1D"
    return ", ".join(f"{level} in {len(cells)} cells" for level, cells in where.items())


def to_markdown(table: pd.DataFrame, caption: str, published: pd.DataFrame | None = None) -> str:
    """The table in Markdown; published rows stand in a section of their own, under their own head."""
    parts = [f"# Main table\n\n{caption}\n", _markdown(table)]
    if published is not None:
        parts.append(f"## Published\n\nCopied from the paper ({PAPER}), not measured here.\n")
        parts.append(_markdown(published))
    return "\n".join(parts)


def _markdown(table: pd.DataFrame) -> str:
    letters = {"num2space": "N→S", "space2num": "S→N"}
    heads = [
        "Model",
        "Kind",
        "Average",
        "Unread",
        *(f"{letters[Cell.of(cell).task]} {short_name(cell)}" for cell in CELLS),
    ]
    lines = [heads, ["---", "---", *["--:"] * (len(heads) - 2)]]
    for row in table.to_dict("records"):
        name = str(row["model"]).replace("|", r"\|")
        lines.append(
            [name, row["kind"], _average(row, "–"), _unread_text(row, MARK), *(_number(row[cell]) for cell in CELLS)]
        )
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def to_latex(table: pd.DataFrame, caption: str, published: pd.DataFrame | None = None) -> str:
    r"""The table in LaTeX (needs booktabs and graphicx); published rows stand last, under a rule and their own head."""
    columns = len(CELLS) + 3
    lines = [
        r"\begin{table*}[t]",
        r"\centering",
        rf"\caption{{{_tex(caption)}}}",
        r"\label{tab:main}",
        r"\resizebox{\linewidth}{!}{%",
        rf"\begin{{tabular}}{{llr{'r' * len(CELLS)}}}",
        r"\toprule",
        *_latex_heads(),
        r"\midrule",
        *_latex_rows(table),
    ]
    if published is not None:
        head = f"Published ({PAPER}), not measured here"
        lines += [r"\midrule", rf"\multicolumn{{{columns}}}{{l}}{{\emph{{{_tex(head)}}}}} \\", *_latex_rows(published)]
    lines += [r"\bottomrule", r"\end{tabular}}", r"\end{table*}"]
    return "\n".join(lines) + "\n"


def _latex_heads() -> list[str]:
    """Three rows of heads: setting, task, cell."""
    settings, tasks, rules, column = [], [], [], 4
    for setting in SETTINGS:
        width = len(cells_of(setting))
        settings.append(rf"\multicolumn{{{width}}}{{c}}{{{NAMES[setting]}}}")
        for task in TASKS:
            half = len(cells_of(setting, task))
            tasks.append(rf"\multicolumn{{{half}}}{{c}}{{{NAMES[task]}}}")
            rules.append(rf"\cmidrule(lr){{{column}-{column + half - 1}}}")
            column += half
    cells = [rf"\rotatebox{{90}}{{{_tex(short_name(cell))}}}" for cell in CELLS]
    return [
        " & ".join(["", "", "", *settings]) + r" \\",
        " & ".join(["", "", "", *tasks]) + r" \\",
        "".join(rules),
        " & ".join(["Model", "Average", "Unread", *cells]) + r" \\",
    ]


def _latex_rows(table: pd.DataFrame) -> list[str]:
    return [
        " & ".join(
            [
                _tex(str(row["model"])),
                _average(row, "--"),
                _tex(_unread_text(row, MARK)),
                *(_number(row[cell]) for cell in CELLS),
            ]
        )
        + r" \\"
        for row in table.to_dict("records")
    ]


def _average(row: Mapping[Any, Any], dash: str) -> str:
    low, high = _number(row["average_low"]), _number(row["average_high"])
    return _number(row["average"]) + (f" ({low}{dash}{high})" if low else "")


def _unread_text(row: Mapping[Any, Any], mark: str) -> str:
    """How many replies are unread and their share; marked where they are many; "" where that isn't known."""
    if pd.isna(row["n_unparsed"]) or pd.isna(row["unread"]):
        return ""
    many = mark if row["unread"] > MANY_UNREAD else ""
    return f"{int(row['n_unparsed'])} ({row['unread']:.1f}%){many}" if row["n_unparsed"] else "0"


def _number(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.1f}"


def _tex(text: str) -> str:
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "→": r"$\to$",
               "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", MARK: r"$^\dagger$"}  # fmt: skip
    return "".join(special.get(char, "\\" + char if char in "&%$#_{}" else char) for char in text)


def write_main_table(
    csv: Path,
    markdown: Path,
    latex: Path,
    scores: Iterable[ModelScores],
    simulators: Mapping[str, str],
    mode: str,
    with_published: bool = False,
    imported: str | None = None,
) -> None:
    """Write the table in its three forms, atomically, and say on the console what ``warnings_of`` has; the CSV
    holds our rows alone, whatever ``with_published`` says."""
    models = list(scores)
    table, text = main_table(models), caption(models, simulators, mode, imported)
    published = published_table() if with_published else None
    write_csv(csv, table)
    write_text(markdown, to_markdown(table, text, published))
    write_text(latex, to_latex(table, text, published))
    for sentence in warnings_of(models):
        print(f"spacenum: warning: {sentence}", file=sys.stderr)
