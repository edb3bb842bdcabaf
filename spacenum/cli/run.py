"""``spacenum run``: a release and an endpoint in, one row of the main table out. No workflow, no renderer, no torch."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from spacenum.asking.ask import Asking, answered, asked
from spacenum.asking.base import Answer, Context
from spacenum.asking.modes import MODES
from spacenum.asking.settings import AnswersParams, ModelConfig, ReplyLimits
from spacenum.asking.store import AnswerStore, store_folder
from spacenum.cli.items import take_release
from spacenum.cli.options import in_folder
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT, read_jsonl
from spacenum.items.schema import CELLS, ITEM, SETTINGS, Item
from spacenum.models.endpoint.settings import EndpointOptions, parse_options
from spacenum.models.endpoint.spend import Estimate
from spacenum.models.loading import backend_of, reads_frames
from spacenum.release.settings import RELEASED
from spacenum.scoring.rows import score_answers
from spacenum.study.config import load_model
from spacenum.tables.base import ModelScores, write_csv
from spacenum.tables.main_table import main_table

OUT = "results/run/{name}.csv"
LETTER_MODES = tuple(name for name in MODES if name.startswith("letter-") and "logprobs" not in name)
MODELS = PROJECT / "config" / "models"


def add_commands(commands: Any) -> None:
    """Add ``run`` to the ``spacenum`` command."""
    command = commands.add_parser("run", help="ask a model at an endpoint a release's items: docs/release.md")
    command.add_argument("--items", required=True, help="a release: a folder, or owner/name@commit on the hub")
    command.add_argument("--base-url", required=True, help="the endpoint's address, up to and including /v1")
    command.add_argument("--model", required=True, help="what the endpoint calls the model")
    command.add_argument("--key-env", metavar="VARIABLE", help="the environment variable that holds the key, if any")
    command.add_argument("--mode", choices=LETTER_MODES, default="letter-greedy", help="default: letter-greedy")
    command.add_argument("--max-tokens", type=_count, default=32, help="after which a reply is cut (default: 32)")
    command.add_argument("--yes", action="store_true", help="ask the endpoint without a question here")
    command.add_argument("--directory", default=".", help="a folder for items, replies and the row")
    command.set_defaults(run=_run)


def _count(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,4}", text):
        raise argparse.ArgumentTypeError(f"{text[:20]!r} is no number from 1 to 99999")
    return int(text)


def _run(args: argparse.Namespace) -> None:
    options = {"base_url": args.base_url, "key_env": args.key_env, "top_k": "leave_out"}
    config = ModelConfig(
        kind="vlm",
        backend="openai",
        checkpoint=args.model,
        max_new_tokens=ReplyLimits(letter=args.max_tokens),
        options=options | {"repetition_penalty": "leave_out"},
    )
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", args.model).strip("-") or "model"
    params = AnswersParams(model=name, config=config, mode=args.mode, seed=0, repeats=1)
    estimate = Estimate(parse_options(config, EndpointOptions).image_tokens)
    source = str(Path(args.items).resolve()) if Path(args.items).exists() else args.items
    with in_folder(args.directory, make=True):
        take_release(source)
        items = [item for setting in SETTINGS for item in _items(setting)]
        print(plan_of(items, params, estimate))
        if not (args.yes or agreed()):
            raise SpaceNumError("nothing was asked; say y, or --yes, to ask")
        scores = [*beside(items)]
        scores.append(ModelScores(config.info(name), score_answers(items, _answers(items, params))))
        print(row_text(scores))
        out = Path(OUT.format(name=name))
        write_csv(out, main_table(scores))
        print(f"the row beside chance and shortcuts: {out}")


def _items(setting: str) -> list[Item]:
    path = Path(RELEASED.format(variant="base", setting=setting))
    return read_jsonl(path, ITEM) if path.is_file() else []


def plan_of(items: Sequence[Item], params: AnswersParams, estimate: Estimate) -> str:
    """How much would be asked: requests, and at most how many tokens by our estimate of images."""
    asking = Asking.of(params, Path())
    questions = [q for batches in asking.passes(items) for batch in batches for q in asking.questions(batch)]
    prompt = sum(estimate.prompt_tokens(question) for question in questions)
    reply = len(questions) * asking.decoding.max_new_tokens
    return (
        f"{len(questions)} requests to {params.config.options['base_url']} for '{params.config.checkpoint}', and a few "
        f"of a self-test before them; at most {reply:,} tokens of replies, and about {prompt:,.0f} of questions "
        f"({estimate.image_tokens} an image). Replies that are kept already are not asked for again."
    )


def agreed() -> bool:
    """Whether who sits at the terminal says so."""
    if not sys.stdin.isatty():
        return False
    return input("Ask now? [y/N] ").strip().lower() in ("y", "yes")


def _answers(items: Sequence[Item], params: AnswersParams) -> list[Answer]:
    model = backend_of(params.model, params.config).load(params.config, Context(frames={}, root=Path(), seed=0))
    return asked(model, items, items, params, AnswerStore(store_folder(os.environ)), Path())[1]


def beside(items: Sequence[Item]) -> Iterator[ModelScores]:
    """Chance, and the shortcuts that a release is enough for: those that read no depth and no masks."""
    for name in ["chance", *sorted({path.stem for path in MODELS.glob("*.yaml")} - {"chance"})]:
        config = load_model(name, MODELS)
        if name == "chance" or (config.kind == "shortcut" and not reads_frames(config.backend)):
            own = [item for item in items if item.setting in config.settings]
            model = backend_of(name, config).load(config, Context(frames={}, root=Path(), seed=0))
            params = AnswersParams(model=name, config=config, mode="letter-greedy", seed=0, repeats=1)
            yield ModelScores(config.info(name), score_answers(own, answered(model, own, params)))


def row_text(scores: Sequence[ModelScores]) -> str:
    """The main table on its side, since a terminal is narrow: a line for each cell, a column for each row."""
    table = main_table(scores).set_index("model")
    names = [one.info.name for one in scores]
    width = max(8, *(len(name) + 2 for name in names))
    lines = [" " * 42 + "".join(f"{name:>{width}}" for name in names)]
    for column in ("average", "average_low", "average_high", "unread", *CELLS):
        said = ("" if pd.isna(value) else f"{value:.1f}" for value in table.loc[names, column])
        lines.append(f"{column:42}" + "".join(f"{text:>{width}}" for text in said))
    return "\n".join(lines)
