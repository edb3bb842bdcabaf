"""The answers job with an endpoint: what is kept is never asked again, and a spend cap loses nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from PIL import Image as Picture

from spacenum.asking.base import Answer
from spacenum.asking.settings import AnswersParams, ModelConfig
from spacenum.core.provenance import PROJECT, read_jsonl, write_jsonl
from tests.models.endpoint.conftest import KEY
from tests.models.endpoint.fake_endpoint import completion, error
from tests.models.endpoint.sight import seen_by, sighted
from tests.models.test_trained_blind import item_of
from tests.stages import prepare_answers

TURNS = [10.0, 20.0, 30.0, 40.0]
ITEMS = [item_of("num2space", f"f{n}", TURNS, asked, hint=f"Case {n}.") for n in range(4) for asked in (10.0, 30.0)]


@pytest.fixture
def job(endpoint, tmp_path):
    """Run the job; returns its process, ended."""
    Picture.new("RGB", (32, 32), (200, 30, 30)).save(tmp_path / "x.png")
    write_jsonl(tmp_path / "items.jsonl", ITEMS)
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "TEST_KEY": KEY}
    environment["SPACENUM_ANSWER_STORE"] = str(tmp_path / "store")

    def run(cap=None, **variables):
        options = {"base_url": endpoint.url, "key_env": "TEST_KEY", "prices": {"prompt": 100, "reply": 1000}}
        options |= {"spend_cap": cap} if cap else {}
        config = ModelConfig(kind="vlm", backend="openai", checkpoint="org/m", batch_families=1, options=options)
        params = AnswersParams(model="m", config=config.asked(), mode="letter-greedy", seed=0)
        output = prepare_answers(tmp_path, params, "items.jsonl", "out.jsonl")
        command = [sys.executable, "-m", "scripts.answer_items", output]
        return subprocess.run(
            command, cwd=tmp_path, env=environment | variables, capture_output=True, text=True, timeout=120
        )

    return run


def test_replies_are_kept_over_a_spend_cap(endpoint, job, tmp_path):
    endpoint.answer = sighted(lambda n, body: completion("B", tokens=(6000, 1)))  # 0.601 dollars
    stopped = job(cap=3)
    assert stopped.returncode == 1
    assert "spend_cap is 3 US dollars" in stopped.stderr.splitlines()[-1]
    assert not (tmp_path / "out.jsonl").exists()
    assert 0 < len(cases(endpoint)) < len(ITEMS)
    done = job()
    assert done.returncode == 0, done.stderr
    answers = read_jsonl(tmp_path / "out.jsonl", Answer)
    assert [answer.item for answer in answers] == [item.id for item in ITEMS]
    assert {answer.letter for answer in answers} == {"B"}
    asked = cases(endpoint)
    assert len(asked) == len(set(asked)) == len(ITEMS)
    assert job().returncode == 0
    assert cases(endpoint) == asked
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]


@pytest.mark.parametrize(
    ("says", "test"),
    [
        (lambda n, body: completion("B"), "images"),
        (lambda n, body: completion("I cannot see any images."), "images"),
        (lambda n, body: completion("0.4 m"), "images"),
        (sighted(lambda n, body: completion("B"), stacks=True), "places"),
        (lambda n, body: completion("green, red, yellow, blue, green"), "places"),
        (lambda n, body: completion(", ".join(reversed((seen_by(body) or "B").split(", ")))), "order"),
    ],
)
def test_a_broken_endpoint_gets_no_row(endpoint, job, tmp_path, says, test):
    endpoint.answer = says
    done = job()
    assert done.returncode == 1 and not (tmp_path / "out.jsonl").exists() and cases(endpoint) == []
    assert f"m failed its self-test '{test}' (" in done.stderr.splitlines()[-1]


def test_an_endpoint_that_is_not_read_stops_with_its_words_and_goes_on_when_told(endpoint, job, tmp_path, monkeypatch):
    endpoint.answer = sighted(lambda n, body: completion(f"It depends on case {n}."))
    stopped = job()
    assert stopped.returncode == 1 and not (tmp_path / "out.jsonl").exists()
    assert "2 of 2 replies are unread" in stopped.stderr.splitlines()[-1]
    assert stopped.stderr.splitlines()[-1].count("It depends on case") == 2
    asked = cases(endpoint)
    assert len(asked) == 2
    done = job(SPACENUM_UNREAD_SHARE="1")
    assert done.returncode == 0 and f"{len(ITEMS)} of {len(ITEMS)} replies are unread" in done.stderr
    assert cases(endpoint)[:2] == asked and len(cases(endpoint)) == len(ITEMS)


def test_items_that_are_refused_one_by_one_are_counted_up_to_the_limit(endpoint, job, tmp_path):
    def says(n, body):
        return error(400, "Failed to decode image") if "Case 2" in json.dumps(body) else completion("B")

    endpoint.answer = sighted(says)
    done = job()
    assert done.returncode == 0, done.stderr
    answers = read_jsonl(tmp_path / "out.jsonl", Answer)
    assert sum(answer.refused is not None for answer in answers) == 2
    assert "2 of 8 questions were refused, and count as unparsed (2 × 400: Failed to decode image; other" in done.stderr
    endpoint.answer = sighted(lambda n, body: error(400, "Failed to decode image"))
    (tmp_path / "out.jsonl").unlink()
    stopped = job(SPACENUM_ANSWER_STORE=str(tmp_path / "new"))
    assert stopped.returncode == 1 and "SPACENUM_REFUSED_SHARE=0.05 lets no more be" in stopped.stderr.splitlines()[-1]


def test_an_item_that_is_refused_again_when_only_it_is_missing_ends_nothing(endpoint, job, tmp_path):
    """As after `spacenum answers drop --refused`: kept replies show that the request's fields aren't at fault."""
    endpoint.answer = sighted(
        lambda n, body: error(400, "bad image") if "Case 2" in json.dumps(body) else completion("B")
    )
    assert job().returncode == 0
    for path in (tmp_path / "store").rglob("*"):
        if path.is_file() and b"bad image" in path.read_bytes():
            path.unlink()
    (tmp_path / "out.jsonl").unlink()
    endpoint.bodies.clear()
    again = job()
    assert again.returncode == 0, again.stderr
    assert len(cases(endpoint)) == 2 and "2 of 8 questions were refused" in again.stderr


def cases(endpoint):
    """The questions about items; the others are the self-test's."""
    texts = [json.dumps(body["messages"]) for body in endpoint.bodies]
    return [text for text in texts if "Case " in text]
