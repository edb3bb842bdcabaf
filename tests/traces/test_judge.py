"""A judge behind an endpoint: asked once, read strictly."""

from __future__ import annotations

import json

import pytest

from spacenum.asking.base import Context
from spacenum.asking.chat import Reply
from spacenum.asking.settings import ModelConfig
from spacenum.asking.store import AnswerStore, read_header
from spacenum.core.errors import SpaceNumError
from spacenum.models.openai import load
from spacenum.traces.judge import Judge
from spacenum.traces.labels import FAILURES
from tests.asking.toy import Toy
from tests.models.endpoint.fake_endpoint import completion, error, running
from tests.traces.conftest import trace_of

TEXT = "The sofa is gone. The view has changed\n a lot, hence 70°."
NONE = dict.fromkeys((*FAILURES, "unclear"), False) | {"quotes": {}}


def verdict(**said):
    return json.dumps(NONE | said)


def reader(folder):
    """A judge that is never asked."""
    config = ModelConfig(kind="vlm", backend="toy", checkpoint="t")
    return Judge("toy", config, Toy(config, folder), 300, AnswerStore(folder), folder)


@pytest.fixture
def judge(tmp_path, monkeypatch):
    """A judge whose endpoint says what a test tells it (``judge.endpoint``)."""
    monkeypatch.setenv("SPACENUM_ENDPOINT_FIRST_S", "0.02")
    with running() as endpoint:
        config = ModelConfig(kind="vlm", backend="openai", checkpoint="org/judge", options={"base_url": endpoint.url})
        model = load(config, Context(frames={}, root=tmp_path, seed=0))
        made = Judge("wise", config, model, 300, AnswerStore(tmp_path / "store"), tmp_path)
        object.__setattr__(made, "endpoint", endpoint)
        yield made
        model.close()


def test_a_judge_is_asked_once_and_its_quotes_are_found(judge, tmp_path):
    quotes = {"coarse_cue": "The sofa is gone.", "no_counterfactual": "changed a lot, hence"}
    judge.endpoint.says(
        error(429, "slow down"), completion(verdict(coarse_cue=True, no_counterfactual=True, quotes=quotes))
    )
    traces = [trace_of("one", TEXT), trace_of("two", TEXT), trace_of("three", "Something else.")]
    labels = judge.label(traces)
    assert [label.item for label in labels] == ["one", "two", "three"]
    assert {label.failures for label in labels} == {("coarse_cue", "no_counterfactual")}
    assert [found.text for found in labels[0].evidence] == ["The sofa is gone.", "changed\n a lot, hence"]
    assert labels[2].evidence == ()  # words that don't stand there are no evidence
    asked = [body["messages"][0]["content"][0]["text"] for body in judge.endpoint.bodies]
    assert len(asked) == 3 and len(set(asked)) == 2  # the same words once, and one try again
    assert TEXT in "".join(asked) and all("By how much did you turn?" in text for text in asked)
    assert all(f"- {failure}: " in text for failure in FAILURES for text in asked)
    assert all(body["max_tokens"] == 300 and body["temperature"] == 0 for body in judge.endpoint.bodies)
    assert judge.label(traces) == labels and len(judge.endpoint.bodies) == 3
    headers = [read_header(path) for path in judge.store.files()]
    assert {(header.model, header.mode) for header in headers} == {("wise", "trace-judge")}


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("The failure is coarse_cue.", "not valid JSON"),
        (verdict(coarse_cue="yes"), "coarse_cue: Input should be a valid boolean"),
        (verdict(tone=False), "tone: Extra inputs are not permitted"),
        (json.dumps({"coarse_cue": True}), "no_counterfactual: Field required"),
        (verdict(unclear=True, image_space=True), "unclear and image_space are both true"),
        (verdict(quotes={"slowness": "hm"}), "quotes.slowness"),
        (f"Here it is: {verdict()}", "not valid JSON"),
        (f"{verdict()}\n{verdict()}", "not valid JSON"),
        ("<think>Let me see", "the last <think> was never closed"),
        ("", "the reply is empty"),
    ],
)
def test_what_is_not_in_form_is_no_label(tmp_path, reply, reason):
    label = reader(tmp_path).read(trace_of("one", TEXT), Reply(reply, finished=True))
    assert (label.outcome, label.failures) == ("unlabelled", ())
    assert label.reason.startswith(reason)


def test_a_refused_trace_is_no_label_and_a_failure_loses_no_other_reply(judge):
    refused = error(400, "no", "data_inspection_failed")
    judge.endpoint.answer = lambda n, body: refused if "Bad" in str(body["messages"]) else completion(verdict())
    traces = [trace_of("one", TEXT), trace_of("two", "Bad."), trace_of("three", "Other.")]
    labels = judge.label(traces)
    assert [label.outcome for label in labels] == ["labelled", "unlabelled", "labelled"]
    assert labels[1].reason == "refused: data_inspection_failed: no"
    judge.endpoint.answer = lambda n, body: error(401) if "Worse" in str(body["messages"]) else completion(verdict())
    with pytest.raises(SpaceNumError, match="wants a key"):
        judge.label([*traces, trace_of("four", "Fine."), trace_of("five", "Worse.")])
    assert judge.label([*traces, trace_of("four", "Fine.")])[3].outcome == "labelled"
    assert len(judge.endpoint.bodies) == 5


def test_a_cut_reply_is_no_label(tmp_path):
    label = reader(tmp_path).read(trace_of("one", TEXT), Reply(verdict(), finished=False))
    assert label.outcome == "unlabelled" and "traces.judge_tokens" in label.reason


def test_thoughts_and_fences_are_taken_off(tmp_path):
    said = f"<think>{verdict(coarse_cue=True)}</think>\n```json\n{verdict(image_space=True)}\n```"
    assert reader(tmp_path).read(trace_of("one", TEXT), Reply(said, finished=True)).failures == ("image_space",)
    unclear = reader(tmp_path).read(trace_of("two", "Hm."), Reply(verdict(unclear=True), finished=True))
    assert (unclear.outcome, unclear.failures) == ("unclear", ())


def test_only_an_endpoint_can_judge(tmp_path):
    with pytest.raises(SpaceNumError, match="a judge must be behind an endpoint"):
        reader(tmp_path).label([trace_of("one", TEXT)])
