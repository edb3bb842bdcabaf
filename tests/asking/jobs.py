"""A toy model's file and its jobs, as the tests of asking and of the self-test use them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spacenum.asking.ask import Asking, ask
from spacenum.asking.settings import AnswersParams, ModelConfig
from spacenum.asking.store import AnswerStore
from tests.asking.toy import Toy

HERE = Path()


def config(**options: Any) -> ModelConfig:
    return ModelConfig(
        kind="vlm",
        backend="toy",
        checkpoint="toy/one",
        reasoning="prompt",
        sampling={key: {"temperature": 0.6, "top_p": 0.95, "top_k": 20} for key in ("letter", "reasoning", "open")},
        batch_families=2,
        options=options,
    )


def job(mode: str, model: ModelConfig, repeats: int = 1) -> AnswersParams:
    return AnswersParams(model="toy", config=model, mode=mode, seed=0, repeats=repeats)


def asked(items, mode: str, store: AnswerStore, model: ModelConfig | None = None, repeats: int = 1):
    """Answers and the toy that gave them."""
    model = model or config()
    toy = Toy(model, HERE)
    return ask(items, toy, Asking.of(job(mode, model, repeats), HERE), store), toy
