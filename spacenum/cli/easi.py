"""``spacenum answers easi``: a model's answers as EASI's leaderboard takes them."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path
from typing import Any

from spacenum.asking.base import Answer
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import meta_path, read_jsonl, read_meta
from spacenum.items.schema import ITEM, SETTINGS, Item
from spacenum.release.settings import RELEASED
from spacenum.scoring.rows import ScoreRow, read_rows
from spacenum.study import paths
from spacenum.tables.easi import accuracy_table, question_table, write_easi

TOLD = (
    "checkpoint", "revision", "adapter", "backend", "dtype", "pixel_budget", "images_first", "reasoning",
    "system_prompt", "reasoning_system_prompt", "max_new_tokens",
)  # fmt: skip
"""Of a model's file, what EASI asks for; not its options, where addresses stand."""


def add_easi(actions: Any) -> None:
    """Add ``easi`` to ``spacenum answers``."""
    command = actions.add_parser("easi", help="a folder for EASI's leaderboard: docs/release.md")
    command.add_argument("out", type=Path, help="the folder")
    command.add_argument("--model", required=True, help="whose answers and scores are there")
    command.add_argument("--mode", default="letter-greedy", help="default: letter-greedy")
    command.add_argument("--directory", default=".", help="the study's folder, as for snakemake")
    command.set_defaults(run=_easi)


def _easi(args: argparse.Namespace) -> None:
    out = args.out.resolve()
    with contextlib.chdir(args.directory):
        items, answers, rows = list[Item](), list[Answer](), list[ScoreRow]()
        settings: dict[str, Any] = {}
        for setting in SETTINGS:
            where = {"model": args.model, "mode": args.mode, "variant": "base", "setting": setting}
            found = _of_setting(where)
            items += found[0]
            answers += found[1]
            rows += found[2]
            settings |= found[3]
    write_easi(out, args.model, question_table(items, answers, rows), accuracy_table(rows), settings)
    print(f"{len(rows)} questions are in {args.out}; look at settings.json before you send it")


def _of_setting(where: dict[str, str]) -> tuple[list[Item], list[Answer], list[ScoreRow], dict[str, Any]]:
    answers, scores = Path(paths.ANSWERS.of(**where)), Path(paths.SCORES.of(**where))
    if not (answers.is_file() and scores.is_file()):
        raise SpaceNumError(f"there is no {scores}; make it first, with snakemake, or name another model or mode")
    meta = read_meta(meta_path(answers))
    config = meta.params["config"]
    settings = {
        "model": where["model"],
        "mode": where["mode"],
        "benchmark": "SpaceNum",
        "asked_by": config["options"].get("harness", "spacenum"),
        **{name: config[name] for name in TOLD},
        "decoding": meta.notes.get("decoding"),
        "versions": meta.versions,
    }
    items = read_jsonl(Path(RELEASED.format(variant="base", setting=where["setting"])), ITEM)
    return items, read_jsonl(answers, Answer), read_rows(scores), settings
