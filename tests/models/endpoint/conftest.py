"""An endpoint, questions with real image files, and a backend that asks quickly."""

from __future__ import annotations

import pytest
from PIL import Image as Picture

from spacenum.asking.base import Context
from spacenum.asking.chat import Decoding, Question
from spacenum.asking.settings import ModelConfig
from spacenum.items.schema import Image, Text
from spacenum.models.openai import load
from tests.models.endpoint.fake_endpoint import running

KEY = "sk-secret-0123456789"
GREEDY = Decoding(name="greedy")
PAPER = Decoding(name="paper", temperature=0.7, top_p=0.9, top_k=50, max_new_tokens=32)
LOGPROBS = Decoding(name="letter_logprobs")


@pytest.fixture
def endpoint():
    with running() as endpoint:
        yield endpoint


@pytest.fixture
def questions(tmp_path):
    """A maker of ``n`` questions: two images each, the first one shared."""

    def make(n, **more):
        (tmp_path / "data").mkdir(exist_ok=True)
        made = []
        for i in range(n):
            for name, colour in (("shared", (9, 9, 9)), (f"own{i}", (i % 256, 100, 200))):
                Picture.new("RGB", (40, 30), colour).save(tmp_path / f"data/{name}.png")
            parts = (Text(text=f"Question {i}"), Image(image="data/shared.png"), Text(text="Option A:"))
            parts += (Image(image=f"data/own{i}.png"), Text(text="Answer."))
            more = {"letters": ("A", "B", "C", "D")} | more
            made.append(Question(item=f"item{i}", family="f", parts=parts, seed=i, **more))
        return made

    return make


@pytest.fixture
def backend(endpoint, tmp_path, monkeypatch):
    """A maker of backends that ask ``endpoint``; closed at the end. Keywords: options; ``machine``: variables."""
    made = []

    def make(machine=None, checkpoint="org/model", pixel_budget=None, reasoning="none", **options):
        quick = {"FIRST_S": "0.02", "LONGEST_S": "0.1", "PATIENCE_S": "5"}
        for name, value in (quick | (machine or {})).items():
            monkeypatch.setenv(f"SPACENUM_ENDPOINT_{name}", value)
        monkeypatch.setenv("TEST_KEY", KEY)
        options = {"base_url": endpoint.url, "key_env": "TEST_KEY"} | options
        config = ModelConfig(
            kind="vlm",
            backend="openai",
            checkpoint=checkpoint,
            pixel_budget=pixel_budget,
            reasoning=reasoning,
            options=options,
        )
        made.append(load(config, Context(frames={}, root=tmp_path, seed=0)))
        return made[-1]

    yield make
    for model in made:
        model.close()
