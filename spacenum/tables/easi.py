"""A model's answers as EASI's leaderboard takes them: a line a question, accuracies, and settings.

The form is that of EASI's guide for submissions (github.com/EvolvingLMMs-Lab/EASI, docs/Submit_results.md).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from spacenum.asking.base import Answer
from spacenum.asking.questions import message_parts
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import write_text
from spacenum.items.schema import Item, Text
from spacenum.scoring.rows import ScoreRow
from spacenum.tables.base import write_csv


def question_table(items: Sequence[Item], answers: Sequence[Answer], rows: Sequence[ScoreRow]) -> pd.DataFrame:
    """A row for each item with a score: category is the cell, options a list as Python writes it, prediction the raw
    reply, hit 1 or 0. SpaceNumError if an item has several replies, of which EASI's form has no place."""
    scored, given = {row.item: row for row in rows}, {answer.item: answer for answer in answers}
    if len(given) < len(answers):
        raise SpaceNumError("EASI's form has one reply an item; name a mode without repeats and rotations")
    found = [
        {
            "index": item.id,
            "category": item.cell,
            "question": "".join(
                part.text if isinstance(part, Text) else "<image>" for part in message_parts(item.prompt)
            ),
            "options": str([str(option.letter) for option in item.options]),
            "answer": item.answer,
            "prediction": given[item.id].reply,
            "extracted": given[item.id].letter,
            "hit": int(scored[item.id].score),
        }
        for item in items
        if item.id in scored
    ]
    return pd.DataFrame(found)


def accuracy_table(rows: Sequence[ScoreRow]) -> pd.DataFrame:
    """Of all questions and of each category, in percent: accuracy and, as SiteBench and EASI define it, the
    chance-adjusted accuracy, sum(hit - 1/n) / sum(1 - 1/n) over questions of n options."""
    by_category = {"Overall": list(rows)} | {
        cell: [row for row in rows if row.cell == cell] for cell in dict.fromkeys(row.cell for row in rows)
    }
    return pd.DataFrame(
        {
            "category": cell,
            "n": len(own),
            "accuracy": 100 * math.fsum(row.score for row in own) / len(own),
            "chance": 100 * math.fsum(row.chance for row in own) / len(own),
            "chance_adjusted_accuracy": 100
            * math.fsum(row.score - row.chance for row in own)
            / math.fsum(1 - row.chance for row in own),
        }
        for cell, own in by_category.items()
    )


def write_easi(
    folder: Path, model: str, questions: pd.DataFrame, accuracies: pd.DataFrame, settings: Mapping[str, Any]
) -> None:
    """Write ``<model>_SpaceNum.csv``, ``<model>_SpaceNum_acc.csv`` and ``settings.json`` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / f"{model}_SpaceNum.csv", questions)
    write_csv(folder / f"{model}_SpaceNum_acc.csv", accuracies)
    write_text(folder / "settings.json", json.dumps(settings, indent=1) + "\n")
