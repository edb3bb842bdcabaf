"""Endpoints that fail, for a while or for good; limits; and a key that is written nowhere."""

from __future__ import annotations

import email.utils
import logging
import re
import socket
import time
import traceback

import pytest

from spacenum.asking.base import Context
from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError
from spacenum.models.endpoint.failures import retry_after
from spacenum.models.openai import load
from tests.models.endpoint.conftest import GREEDY, KEY, LOGPROBS
from tests.models.endpoint.fake_endpoint import Answer, completion, error


@pytest.mark.parametrize(
    "failure",
    [
        error(429, "slow down"),
        error(500),
        error(503),
        error(408),
        Answer("<html>bad gateway</html>", 502),
        Answer("not JSON {"),
        Answer({"error": {"message": "upstream failed"}}),
        Answer({"choices": "A"}),
        Answer({"choices": [{"message": {"content": "A"}}]}, cut=20),
        Answer("", cut=0, headers={"Content-Length": "900"}),
    ],
)
def test_what_passes_is_tried_again(endpoint, backend, questions, failure):
    endpoint.says(failure, failure, completion("B"))
    model = backend()
    assert model.reply(questions(1), GREEDY)[0].text == "B"
    assert model.client.retries == 2
    assert endpoint.bodies[0] == endpoint.bodies[2]


def test_a_reply_that_takes_too_long_is_asked_again(endpoint, backend, questions):
    slow = completion("A")
    slow.delay_s = 1.0
    endpoint.says(slow, completion("B"))
    assert backend(machine={"TIMEOUT_S": "0.3"}).reply(questions(1), GREEDY)[0].text == "B"


def test_retry_after_is_obeyed_by_all(endpoint, backend, questions):
    slow = completion()
    slow.delay_s = 0.2
    endpoint.says(error(429, "slow down", Retry_After="1"), slow, completion())
    backend(machine={"CONCURRENCY": "2"}).reply(questions(3), GREEDY)
    refused, _, *others = endpoint.times
    assert len(others) == 2
    assert min(others) - refused >= 0.95  # also the question that had not been refused


def test_the_three_ways_to_say_when():
    from httpx import Headers

    assert retry_after(Headers({"retry-after": "7"})) == 7
    assert retry_after(Headers({"retry-after-ms": "1500", "retry-after": "2"})) == 1.5
    date = email.utils.formatdate(time.time() + 100, usegmt=True)
    assert retry_after(Headers({"retry-after": date})) == pytest.approx(100, abs=2)
    assert retry_after(Headers({"retry-after": "soon"})) is None
    assert retry_after(Headers()) is None


def test_patience_ends_in_one_sentence(endpoint, backend, questions):
    endpoint.says(error(429, "slow down"))
    with pytest.raises(SpaceNumError, match=r"answered 429: slow down.*PATIENCE_S=1 .*REQUESTS_PER_MINUTE") as told:
        backend(machine={"PATIENCE_S": "1"}).reply(questions(1), GREEDY)
    assert "\n" not in str(told.value)
    assert 5 <= len(endpoint.bodies) <= 24
    endpoint.says(error(429, "slow down", Retry_After="3600"))
    with pytest.raises(SpaceNumError, match="asks to wait 3600 s"):
        backend().reply(questions(1), GREEDY)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (error(401, f"Incorrect API key provided: {KEY}"), r"refuses the key in the environment variable TEST_KEY"),
        (error(404, "The model `org/model` does not exist"), r"has no model 'org/model'.*'checkpoint'"),
        (error(413, "payload"), r"item0.*'pixel_budget'"),
        (error(400, "Image too large: 50 MB"), r"refuses item item0.*too large.*'pixel_budget'"),
        (error(400, "Unsupported parameter: 'max_tokens'"), r"Unsupported parameter.*options\.max_tokens_field"),
        (error(422, f"odd header Bearer {KEY}"), r"odd header Bearer …"),
        (error(429, "You exceeded your current quota", "insufficient_quota"), r"no credit left"),
        (error(302, "", Location="http://elsewhere/v1"), r"redirects elsewhere"),
    ],
)
def test_what_does_not_pass_is_asked_once(endpoint, backend, questions, answer, sentence):
    endpoint.says(answer)
    with pytest.raises(SpaceNumError, match=sentence):
        backend().reply(questions(1), GREEDY)
    assert len(endpoint.bodies) == 1


def test_a_failure_stops_the_batch(endpoint, backend, questions):
    endpoint.says(completion(), completion(), error(401))
    with pytest.raises(SpaceNumError, match="refuses the key"):
        backend(machine={"CONCURRENCY": "1"}).reply(questions(50), GREEDY)
    assert len(endpoint.bodies) < 6


def test_a_filtered_question_gets_an_empty_reply(endpoint, backend, questions, capsys):
    endpoint.says(error(400, "violates policy", "content_filter"))
    (reply,) = backend().reply(questions(1), GREEDY)
    assert (reply.text, reply.finished) == ("", True)
    assert "item0 was refused (content_filter: violates policy); its reply is empty" in capsys.readouterr().err


OF_ONE_ITEM = {
    "undecodable": (error(400, "Failed to decode image"), "Failed to decode image; other items were answered: look at"),
    "context": (
        error(400, "This model's maximum context length is 4096 tokens", "context_length_exceeded"),
        r"\(context_length_exceeded\); its images or its text are too large: lower 'pixel_budget'",
    ),
    "large": (error(413, "payload"), "413: payload; its images or its text are too large"),
    "legal": (error(451, "Unavailable"), "451: Unavailable; other items"),
    "unprocessable": (error(422, "bad image_url"), "422: bad image_url"),
    "with status 200": (
        Answer({"error": {"code": "invalid_image", "message": "cannot identify image file"}}), "cannot identify image"
    ),
    "Tencent": (
        Answer({"Response": {"Error": {"Code": "InvalidParameterValue.Image", "Message": "bad image"}}}), "bad image"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", OF_ONE_ITEM)
def test_what_is_refused_of_one_item_ends_nothing_once_others_were_answered(endpoint, backend, questions, capsys, case):
    failure, said = OF_ONE_ITEM[case]
    endpoint.says(completion("A"), failure, completion("B"))
    replies = backend(machine={"CONCURRENCY": "1"}).reply(questions(3), GREEDY)
    assert [reply.text for reply in replies] == ["A", "", "B"] and len(endpoint.bodies) == 3
    assert re.search(said, replies[1].refused or "")
    assert re.search(rf"item1 was refused \(.*{said}.*; its reply is empty", capsys.readouterr().err)


@pytest.mark.parametrize("case", OF_ONE_ITEM)
def test_what_is_refused_before_any_answer_ends_the_job(endpoint, backend, questions, case):
    endpoint.says(OF_ONE_ITEM[case][0])
    with pytest.raises(SpaceNumError, match="refuses item item0"):
        backend(machine={"CONCURRENCY": "1"}).reply(questions(9), GREEDY)
    assert len(endpoint.bodies) < 4


def test_whether_others_are_answered_is_waited_for(endpoint, backend, questions):
    """The refusal comes first, and would otherwise end the job in every run."""
    slow = completion("A")
    slow.delay_s = 0.4
    endpoint.answer = lambda n, body: error(400, "bad image") if "Question 0" in str(body) else slow
    replies = backend(machine={"CONCURRENCY": "4"}).reply(questions(6), GREEDY)
    assert [reply.refused is None for reply in replies] == [False] + [True] * 5


def test_requests_with_other_fields_say_nothing_of_these(endpoint, backend, questions):
    """The self-test is answered, and a field that only questions about items have is refused in all of them."""
    endpoint.says(completion("A"), error(400, "Unsupported parameter: 'logprobs'"))
    model = backend(machine={"CONCURRENCY": "1"}, top_logprobs=20)
    model.reply(questions(1), GREEDY)
    with pytest.raises(SpaceNumError, match=r"Unsupported parameter: 'logprobs'\); see options\.leave_out"):
        model.reply(questions(3), LOGPROBS)


def test_an_account_that_is_refused_ends_the_job_at_any_time(endpoint, backend, questions):
    endpoint.says(completion("A"), error(400, "API key not valid", "API_KEY_INVALID"))
    with pytest.raises(SpaceNumError, match="API key not valid"):
        backend(machine={"CONCURRENCY": "1"}).reply(questions(3), GREEDY)


@pytest.mark.parametrize(
    "failure",
    [
        Answer({"error_code": 336003, "error_msg": "the content of messages[0] is unsafe"}),
        error(400, "no", "ContentAuditFail"),
        error(400, "no", "prompt_security_hit"),
        error(400, "It is not possible to generate a response because it goes beyond the terms of use"),
        Answer(
            {"Response": {"Error": {"Code": "FailedOperation.ContentAuditFail", "Message": "no"}, "RequestId": "1"}}
        ),
    ],
)
def test_more_filters_refuse_a_question_from_the_first(endpoint, backend, questions, failure):
    endpoint.says(failure)
    assert backend().reply(questions(1), GREEDY)[0].refused and len(endpoint.bodies) == 1


@pytest.mark.parametrize("status", [200, 400, 503])
def test_nothing_that_an_endpoint_says_moves_the_console(endpoint, backend, questions, capsys, status):
    wild = "\x1b[2J\x1b[31mred\x1b[0m \x1b]0;title\x07\x08\x07\u202eno"
    endpoint.says(completion("A"), error(status, wild), completion("", refusal=wild), completion("C"))
    model = backend(machine={"CONCURRENCY": "1"})
    assert model.reply(questions(3), GREEDY)[0].text == "A"
    said = capsys.readouterr().err
    assert "red no" in said and all(character.isprintable() or character == "\n" for character in said)


def test_an_address_where_nothing_is(backend, questions, monkeypatch):
    monkeypatch.setattr("spacenum.models.endpoint.client.UNREACHED_S", 0.3)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(SpaceNumError, match=rf"nothing answers at http://127.0.0.1:{port}/v1.*check the address"):
        backend(base_url=f"http://127.0.0.1:{port}/v1").reply(questions(1), GREEDY)
    with pytest.raises(SpaceNumError, match=r"no host of the name in https://no-such-host.invalid/v1 is known"):
        backend(base_url="https://no-such-host.invalid/v1").reply(questions(1), GREEDY)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "give base_url, or base_url_env"),
        ({"base_url": "https://u:p@host/v1"}, "no user, password or query"),
        ({"base_url": "host/v1"}, "must look like https://host/v1"),
        ({"base_url": "https://host/v1", "prize": 3}, "no such key: 'prize'; there are .*prices"),
        ({"base_url": "https://host/v1", "extra_body": {"seed": 3}}, "extra_body: .*seed can't be set here"),
        ({"base_url": "https://host/v1", "top_logprobs": 50}, "top_logprobs: .*20"),
        ({"base_url": "https://host/v1", "key_env": "NOT_SET"}, "variable NOT_SET is not set.*options.key_env"),
        ({"base_url_env": "NOT_SET"}, "variable NOT_SET is not set.*options.base_url_env"),
        ({"base_url": "https://host/v1", "spend_cap": 3}, "no prices; give options.prices"),
    ],
)
def test_files_that_are_wrong(tmp_path, options, sentence):
    config = ModelConfig(kind="vlm", backend="openai", checkpoint="org/model", options=options)
    with pytest.raises(SpaceNumError, match=sentence) as told:
        load(config, Context(frames={}, root=tmp_path, seed=0))
    assert "\n" not in str(told.value)


def test_a_variable_that_is_wrong(backend):
    with pytest.raises(SpaceNumError, match=r"environment variable SPACENUM_ENDPOINT_CONCURRENCY: .*'many'"):
        backend(machine={"CONCURRENCY": "many"})


def test_requests_are_spaced(endpoint, backend, questions):
    backend(machine={"REQUESTS_PER_MINUTE": "600", "CONCURRENCY": "8"}).reply(questions(6), GREEDY)
    gaps = [b - a for a, b in zip(endpoint.times, endpoint.times[1:], strict=False)]
    assert endpoint.times[-1] - endpoint.times[0] >= 0.45
    assert min(gaps) > 0.03  # not in bursts


def test_tokens_are_spaced_by_what_they_really_cost(endpoint, backend, questions):
    endpoint.says(completion(tokens=(400, 1)))
    model = backend(machine={"TOKENS_PER_MINUTE": "120000", "CONCURRENCY": "1"}, image_tokens=100)
    model.reply(questions(4), GREEDY)
    assert endpoint.times[-1] - endpoint.times[0] >= 3 * 0.2 * 0.9


def test_tokens_expected_in_vain_are_given_back(endpoint, backend, questions):
    endpoint.says(completion(tokens=(400, 1)))
    model = backend(
        machine={"TOKENS_PER_MINUTE": "120000", "CONCURRENCY": "1"}, image_tokens=4000
    )  # expected: 4 s each
    model.reply(questions(3), GREEDY)
    assert endpoint.times[-1] - endpoint.times[0] < 2


PRICES = {"prompt": 100.0, "reply": 1000.0}


def test_the_cap_stops_before_it_is_passed(endpoint, backend, questions):
    endpoint.says(completion(tokens=(1000, 10)))  # 0.11 dollars a reply
    options = {"prices": PRICES, "spend_cap": 1.0, "image_tokens": 400}
    model = backend(**options)
    model.reply(questions(4), GREEDY)
    with pytest.raises(SpaceNumError, match=r"spend_cap is 1 US dollars, of which 0\.4400 are spent.*may cost") as told:
        model.reply(questions(6), GREEDY)
    assert "all replies so far are kept" in str(told.value)
    assert len(endpoint.bodies) == 4
    with pytest.raises(SpaceNumError, match=r"of which 0\.4400 are spent"):
        backend(**options).reply(questions(6), GREEDY)  # another job of the study
    backend(**options).reply(questions(2), GREEDY)


def test_the_cap_of_the_study_counts_all_models(endpoint, backend, questions, monkeypatch, tmp_path):
    endpoint.says(completion(tokens=(1000, 10)))
    monkeypatch.setenv("SPACENUM_SPEND_CAP", "0.5")
    backend(checkpoint="one", prices=PRICES, image_tokens=400).reply(questions(2), GREEDY)
    other = backend(checkpoint="two", prices=PRICES, image_tokens=400)
    with pytest.raises(SpaceNumError, match=r"SPACENUM_SPEND_CAP is 0\.5 US dollars, of which 0\.2200"):
        other.reply(questions(3), GREEDY)
    next((tmp_path / "logs/spend").iterdir()).write_text("{")
    with pytest.raises(SpaceNumError, match="not a record of money spent"):
        other.reply(questions(1), GREEDY)


def test_the_key_is_written_nowhere(endpoint, backend, questions, tmp_path, capfd, caplog):
    """In no file, no output, no log, no message and no traceback, whatever goes wrong."""
    caplog.set_level(logging.DEBUG)
    said = []
    for answer in (error(401, KEY), error(400, f"header was {KEY}"), error(500, KEY), Answer(KEY), completion()):
        endpoint.says(answer)
        model = backend(machine={"PATIENCE_S": "0.2"}, prices=PRICES)
        said += [repr(model), str(dict(model.identity))]
        try:
            model.reply(questions(1), GREEDY)
        except SpaceNumError as problem:
            said += traceback.format_exception(problem)
        model.ledger.save()
    assert endpoint.headers and all(headers["Authorization"] == f"Bearer {KEY}" for headers in endpoint.headers)
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert any(b"dollars" in data for data in files)
    assert not any(KEY.encode() in data for data in files)
    assert KEY not in "".join([*said, *capfd.readouterr(), caplog.text])


def test_identity_holds_what_changes_replies_and_nothing_else(backend, monkeypatch):
    plain = backend(base_url="https://host/v1").identity
    assert plain["endpoint"] == "https://host/v1"
    same = backend(base_url="https://host/v1", machine={"CONCURRENCY": "9"}, prices=PRICES, spend_cap=5, key_env=None)
    assert same.identity == plain
    for change in ({"leave_out": ["seed"]}, {"extra_body": {"x": 1}}, {"top_k": "send"}, {"pixel_budget": 9}):
        assert backend(base_url="https://host/v1", **change).identity != plain
    monkeypatch.setenv("MY_SERVER", "http://node17:8000/v1")
    assert "node17" not in str(backend(base_url=None, base_url_env="MY_SERVER").identity)
