"""``spacenum answers import``: replies that another harness kept, into the tables."""

from __future__ import annotations

import argparse
import contextlib
import re
from pathlib import Path
from typing import Any

from spacenum.asking.settings import ModelConfig
from spacenum.core.blocks import NAME_PATTERN, NAME_RULE
from spacenum.core.errors import SpaceNumError
from spacenum.models.imported import options_of
from spacenum.release.harness.take import take_answers
from spacenum.study.config import load_model
from spacenum.study.plan import MODELS


def add_import(actions: Any) -> None:
    """Add ``import`` to ``spacenum answers``."""
    command = actions.add_parser("import", help="replies that another harness kept: docs/release.md")
    command.add_argument("logs", type=Path, nargs="+", help="its logs, folders of them, or a table of ids and replies")
    command.add_argument("--model", required=True, help="a file in config/models with 'backend: imported'")
    command.add_argument("--variant", default="base", help="of the items (default: base)")
    command.add_argument("--directory", default=".", help="the study's folder, as for snakemake")
    command.set_defaults(run=_import)


def _import(args: argparse.Namespace) -> None:
    config = _imported_model(args.model)
    logs = [path.resolve() for path in args.logs]
    with contextlib.chdir(args.directory):
        for sentence in take_answers(logs, args.model, options_of(config), args.variant):
            print(sentence)
    print(f"name '{args.model}' under 'models' in the config, and tables have it")


def _imported_model(model: str) -> ModelConfig:
    file = f"config/models/{model}.yaml"
    if not re.fullmatch(NAME_PATTERN, model):
        raise SpaceNumError(f"--model {model[:80]!r} is no name; {NAME_RULE}")
    if not (MODELS / f"{model}.yaml").is_file():
        raise SpaceNumError(f"there is no {file}; copy config/models/imported.yaml to it, and say what asked the model")
    config = load_model(model, MODELS)
    if config.backend != "imported":
        raise SpaceNumError(
            f"{file} is of a model that is asked here: its key 'backend' is '{config.backend}', not 'imported'"
        )
    return config
