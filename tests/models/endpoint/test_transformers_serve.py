"""A real server: ``transformers serve`` with a tiny random vision model,
in a process of its own, on the loopback interface."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import subprocess
import sys
import time

import httpx
import pytest

from spacenum.asking.base import Context
from spacenum.asking.chat import Decoding
from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.models.openai import load
from spacenum.models.vllm_engine.server import HOST, free_port

NEEDED = ("torch", "transformers", "fastapi", "openai", "uvicorn", "tests.models.tiny")
MISSING = [name for name in NEEDED if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed here: {', '.join(MISSING)}")
START_S = 120
GREEDY = Decoding(name="greedy", max_new_tokens=8)
SAMPLED = Decoding(name="paper", temperature=1.0, top_p=0.9, max_new_tokens=12)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Address and checkpoint of the server."""
    from tests.models.tiny import build

    root = tmp_path_factory.mktemp("serve")
    (root / "hub").mkdir()
    checkpoint, port = talkative(build("gemma3", root / "tiny")), free_port()
    code = "from transformers.cli.transformers import main; main()"
    command = [
        sys.executable,
        "-c",
        code,
        "serve",
        str(checkpoint),
        "--host",
        HOST,
        "--port",
        str(port),
        "--device",
        "cpu",
    ]
    environment = {**os.environ, "HF_HOME": str(root), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    with (root / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        end = time.monotonic() + START_S
        while not _healthy(port):
            assert process.poll() is None and time.monotonic() < end, (root / "log").read_text()[-2000:]
            time.sleep(0.3)
        yield f"http://{HOST}:{port}/v1", str(checkpoint)
    finally:
        process.kill()
        process.wait()


def talkative(checkpoint):
    """Let a tiny checkpoint say more than its prompt's last token for ever,
    as tied embeddings of this size make it do."""
    import torch
    from transformers import AutoModelForImageTextToText

    model = AutoModelForImageTextToText.from_pretrained(checkpoint)
    with torch.no_grad():
        model.get_input_embeddings().weight.mul_(0.01)
    model.generation_config.do_sample = True  # the server draws at random only if the checkpoint does
    model.save_pretrained(checkpoint)
    return checkpoint


def _healthy(port):
    try:
        return httpx.get(f"http://{HOST}:{port}/health", timeout=2, trust_env=False).is_success
    except httpx.TransportError:
        return False


@pytest.fixture
def ask(server, tmp_path, monkeypatch):
    """Ask some questions through a new backend."""
    monkeypatch.setenv("SPACENUM_ENDPOINT_PATIENCE_S", "60")
    url, checkpoint = server

    def asked(questions, decoding, **options):
        config = ModelConfig(kind="vlm", backend="openai", checkpoint=checkpoint, options={"base_url": url} | options)
        model = load(config, Context(frames={}, root=tmp_path, seed=0))
        try:
            return model.reply(questions, decoding)
        finally:
            model.close()

    return asked


def test_greedy_replies_repeat_whatever_is_asked_beside_them(ask, questions):
    asked = questions(4)
    replies = ask(asked, GREEDY)
    assert [reply.text for reply in replies] == [ask([question], GREEDY)[0].text for question in asked]
    for reply in replies:
        assert reply.text
        assert (reply.finished, reply.reply_tokens) == (False, 8)  # a random model never comes to an end
        assert reply.prompt_tokens > 20


def test_images_are_seen_in_their_order(ask, questions, tmp_path):
    from PIL import Image as Picture

    (question,) = questions(1)
    Picture.effect_noise((64, 64), 200).convert("RGB").save(tmp_path / "data/own0.png")
    text, first, middle, second, last = question.parts
    swapped = dataclasses.replace(question, parts=(text, second, middle, first, last))
    one, other = ask([question, swapped], GREEDY)
    assert one.prompt_tokens == other.prompt_tokens
    assert one.text != other.text


def test_a_seed_draws_the_same_reply(ask, questions):
    (first,) = questions(1)
    second = dataclasses.replace(first, seed=first.seed + 1)
    replies = [ask([question], SAMPLED)[0].text for question in (first, second, first)]
    assert replies[0] == replies[2]
    assert replies[0] != replies[1]


def test_what_it_ignores_is_noticed(ask, questions):
    """It takes a request for log-probabilities and gives none: the reply has none either, rather than made-up ones."""
    (reply,) = ask(questions(1), Decoding(name="letter_logprobs"), top_logprobs=20)
    assert reply.letter_logprobs is None
    assert reply.text is not None


def test_a_model_that_it_has_not(server, tmp_path, questions):
    config = ModelConfig(kind="vlm", backend="openai", checkpoint="no/model", options={"base_url": server[0]})
    model = load(config, Context(frames={}, root=tmp_path, seed=0))
    with pytest.raises(SpaceNumError, match=r"no/model|item0"):
        model.reply(questions(1), GREEDY)
    model.close()
