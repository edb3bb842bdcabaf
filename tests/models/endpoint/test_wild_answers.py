"""Answers that never end or are far too long, storms of tries, and completions in unusual but valid forms."""

from __future__ import annotations

import email.utils
import gzip
import itertools
import json
import re
import time

import httpx
import pytest

from spacenum.core.errors import SpaceNumError
from spacenum.models.endpoint.failures import retry_after
from tests.models.endpoint.conftest import GREEDY, LOGPROBS
from tests.models.endpoint.fake_endpoint import Answer, completion, error

QUICK = {"TIMEOUT_S": "0.2", "PATIENCE_S": "0.3", "CONCURRENCY": "1"}


@pytest.mark.parametrize(
    "endless",
    [
        Answer("", drips=itertools.repeat(b"\n")),
        Answer("", drips=itertools.repeat(b": PROCESSING\n\n")),
        Answer("", drips=itertools.repeat(b" "), status=500),
        Answer("", drips=itertools.chain([b'{"choices": [{"message": {"content": "'], itertools.repeat(b"A"))),
    ],
)
def test_an_answer_that_drips_for_ever_has_a_deadline(endpoint, backend, questions, endless):
    endpoint.says(endless, completion("B"))
    start = time.monotonic()
    assert backend(machine=QUICK).reply(questions(1), GREEDY)[0].text == "B"
    assert time.monotonic() - start < 2
    endpoint.says(endless)
    with pytest.raises(SpaceNumError, match=r"didn't answer item0 whole within 0\.2 s \(SPACENUM_ENDPOINT_TIMEOUT_S"):
        backend(machine=QUICK).reply(questions(1), GREEDY)


@pytest.mark.parametrize("line", [b"\n", b" \r\n", b": PROCESSING\n\n"])
def test_lines_before_a_completion_are_waited_for(endpoint, backend, questions, line):
    endpoint.says(Answer(completion("B").body, drips=[line] * 5))
    assert backend().reply(questions(1), GREEDY)[0].text == "B"
    assert len(endpoint.bodies) == 1


LARGE = b" " * (1 << 20)


@pytest.mark.parametrize(
    "large",
    [
        Answer("", drips=itertools.repeat(LARGE, 200)),
        Answer(b'{"choices": "' + b"A" * (17 << 20) + b'"}'),
        Answer(gzip.compress(b" " * (40 << 20)), headers={"Content-Encoding": "gzip"}),
    ],
    ids=["200 MB", "17 MB", "40 MB in 40 kB"],
)
def test_an_answer_that_is_far_too_long_is_not_read_to_its_end(endpoint, backend, questions, large):
    endpoint.says(large)
    with pytest.raises(SpaceNumError, match=r"item0 with more than 16 MiB.*once more; check that the address is that"):
        backend().reply(questions(1), GREEDY)
    assert len(endpoint.bodies) == 2


def test_of_a_long_error_only_the_beginning_is_read(endpoint, backend, questions):
    endpoint.says(Answer(b"no " * (1 << 20), 400))
    with pytest.raises(SpaceNumError, match=r"refuses item item0 \(400: no no") as told:
        backend().reply(questions(1), GREEDY)
    assert len(str(told.value)) < 1000


def test_an_answer_that_cannot_be_unpacked_is_asked_again(endpoint, backend, questions):
    endpoint.says(Answer(b"no gzip", headers={"Content-Encoding": "gzip"}), completion("B"))
    assert backend().reply(questions(1), GREEDY)[0].text == "B"


PAST, FAR = (email.utils.formatdate(time.time() + by, usegmt=True) for by in (-3600, 400 * 86_400))
NO_TIMES = ["0", "-1", "-0.0", "nan", "inf", "-inf", "1e400", "", "0.0", PAST, FAR, "soon", "1e9", "Mon, 99 Foo 0000"]


@pytest.mark.parametrize("value", NO_TIMES)
def test_a_time_that_cannot_be_meant_is_none(value):
    assert retry_after(httpx.Headers({"retry-after": value})) is None
    assert retry_after(httpx.Headers({"retry-after-ms": value})) is None or value == "1e9"


@pytest.mark.parametrize(
    "headers", [{"Retry-After": "0"}, {"Retry-After": PAST}, {"retry-after-ms": "1"}, {"Retry-After": "nan"}]
)
def test_no_storm_of_tries(endpoint, backend, questions, headers):
    """Pauses double from the first one on, however little the endpoint asks for."""
    endpoint.says(Answer({"error": {"message": "slow down"}}, 429, headers))
    with pytest.raises(SpaceNumError, match="slow down"):
        backend(machine={"PATIENCE_S": "0.5", "FIRST_S": "0.05", "LONGEST_S": "0.2", "CONCURRENCY": "2"}).reply(
            questions(2), GREEDY
        )
    assert 4 <= len(endpoint.bodies) <= 12


def test_a_busy_endpoint_says_how_long_it_will_be_asked(endpoint, backend, questions, capsys):
    endpoint.says(error(429, "slow down"), error(429, "slow down", retry_after_ms="300"), completion("B"))
    assert backend(machine={"PATIENCE_S": "60"}).reply(questions(1), GREEDY)[0].text == "B"
    said = re.findall(
        r"answered 429: slow down; trying again in [\d.]+ s, for up to (\d+) s more", capsys.readouterr().err
    )
    assert len(said) == 2 and all(55 <= int(left) <= 60 for left in said)


def test_a_wait_beyond_patience_holds_up_no_later_question(endpoint, backend, questions):
    model = backend()
    endpoint.says(error(429, "later", Retry_After="3600"))
    with pytest.raises(SpaceNumError, match="asks to wait 3600 s"):
        model.reply(questions(1), GREEDY)
    endpoint.says(completion("B"))
    assert model.reply(questions(1), GREEDY)[0].text == "B"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"error": {"message": "Incorrect key", "code": "invalid_api_key"}}, r"refuses the key.*\(401\)"),
        ({"error": {"message": "Invalid token", "code": 401}}, r"refuses the key.*\(401\)"),
        ({"error": {"message": "身份验证失败", "code": "1000"}}, r"refuses the key.*\(401\)"),
        ({"error": {"message": "No such model: org/model", "code": "model_not_found"}}, r"no model.*No such model"),
        ({"error": {"message": "模型不存在", "code": "1211"}}, r"no model.*模型不存在"),
        ({"error": {"message": "gone", "code": 404}}, r"no model.*gone"),
        ({"error": {"message": "You have no credit", "code": "insufficient_quota"}}, r"no credit left.*You have no"),
        ({"error": {"message": "Insufficient Balance"}}, r"no credit left.*Insufficient Balance"),
        ({"error": {"message": "账户已欠费", "code": "1113"}}, r"no credit left.*账户已欠费"),
        ({"error": {"message": "seed is odd", "code": 400}}, r"refuses item item0.*seed is odd"),
        ({"error": {"message": "seed is odd", "type": "invalid_request_error"}}, r"refuses item item0.*seed is odd"),
        ({"object": "error", "message": "seed is odd", "type": "BadRequestError", "code": 400}, r"item0.*seed is odd"),
        ({"code": "InvalidParameter", "message": "seed is odd", "request_id": "1"}, r"item0.*seed is odd"),
        ({"error": {"message": "34k tokens", "code": "context_length_exceeded"}}, r"34k tokens.*'pixel_budget'"),
        ({"detail": "seed", "error_code": "unsupported_parameter"}, r"refuses item item0.*seed"),
        ({"error": "model org/model does not exist"}, r"no model 'org/model'.*does not exist"),
    ],
)
def test_a_permanent_error_with_status_200_is_shown_and_asked_once(endpoint, backend, questions, body, sentence):
    endpoint.says(Answer(body))
    with pytest.raises(SpaceNumError, match=sentence) as told:
        backend().reply(questions(1), GREEDY)
    assert len(endpoint.bodies) == 1 and "\n" not in str(told.value)


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "slow down", "code": "rate_limit_exceeded", "type": "invalid_request_error"}},
        {"error": {"message": "slow down", "code": 429}},
        {"error": {"message": "slow down", "code": "1302"}},
        {"error": {"message": "Provider returned an invalid response: slow down", "code": 502}},
        {"error": "slow down, invalid response of a provider"},
        {"error": {"message": "slow down", "type": "overloaded_error"}},
        {"code": "Throttling.RateQuota", "message": "slow down"},
        {"error": {"message": "slow down"}},
    ],
)
def test_a_passing_error_with_status_200_is_asked_again_and_shown_in_the_end(endpoint, backend, questions, body):
    endpoint.says(Answer(body), completion("B"))
    assert backend().reply(questions(1), GREEDY)[0].text == "B"
    endpoint.says(Answer(body))
    with pytest.raises(SpaceNumError, match=r"answered 200: .*slow down.*PATIENCE_S"):
        backend(machine={"PATIENCE_S": "0.1"}).reply(questions(1), GREEDY)


def body_of(content="B", status=200, **more):
    message = {"role": "assistant", "content": content} | more.pop("message", {})
    choice = {"index": 0, "finish_reason": "stop", "message": message} | more.pop("choice", {})
    return Answer({"choices": [choice], "usage": {"prompt_tokens": 9, "completion_tokens": 1}} | more, status)


def parts(*texts):
    return [{"type": "text", "text": text} for text in texts]


UNUSUAL = {
    "usage: null": (body_of(usage=None), "B"),
    "no counts": (body_of(usage={"prompt_tokens": None, "completion_tokens": "1"}), "B"),
    "usage of another kind": (body_of(usage=[]), "B"),
    "parts": (body_of(parts("The answer ", "is B")), "The answer is B"),
    "parts and others": (body_of([*parts("B"), {"type": "image_url", "image_url": {"url": "x"}}, None]), "B"),
    "plain parts": (body_of(["The answer ", "is B"]), "The answer is B"),
    "one part": (body_of({"type": "text", "text": "B"}), "B"),
    "parts with values": (body_of([{"type": "output_text", "text": {"value": "B", "annotations": []}}]), "B"),
    "thoughts as parts": (
        body_of([{"type": "thinking", "thinking": parts("so")}, {"type": "text", "text": "B"}]),
        "<think>so</think>B",
    ),
    "reasoning as parts": (body_of("B", message={"reasoning_content": parts("so")}), "<think>so</think>B"),
    "no parts": (body_of([]), ""),
    "content: null": (body_of(None), ""),
    "201": (body_of(status=201), "B"),
    "202": (body_of(status=202), "B"),
    "error: null": (body_of(error=None, choice={"error": None}), "B"),
    "error: nothing": (body_of(error={}, base_resp={"status_code": 0, "status_msg": "success"}), "B"),
    "code: 200": (body_of(code=200, message_=""), "B"),
    "logprobs in vain": (body_of(choice={"logprobs": {"content": [{"top_logprobs": None}]}}), "B"),
    "logprobs in no form": (body_of(choice={"logprobs": []}), "B"),
    "logprobs: false": (body_of(choice={"logprobs": False}), "B"),
    "tokens alone": (body_of(choice={"logprobs": {"content": ["B"]}}), "B"),
    "no token": (body_of(choice={"logprobs": {"content": [{"top_logprobs": [{"logprob": -1}]}]}}), "B"),
    "a text": (Answer({"choices": [{"text": "B", "finish_reason": "stop"}]}), "B"),
    "a message that is a text": (Answer({"choices": [{"message": "B", "finish_reason": "stop"}]}), "B"),
    "a delta": (Answer({"choices": [{"delta": {"content": "B"}, "finish_reason": "stop"}]}), "B"),
    "a byte order mark": (Answer(b"\xef\xbb\xbf" + body_of().data()), "B"),
    "a lone surrogate": (Answer(body_of().data().replace(b'"B"', b'"B \\ud83d"')), "B \ufffd"),
    "a surrogate that comes second": (Answer(body_of().data().replace(b'"B"', b'"\\ude00 B"')), "\ufffd B"),
    "a pair": (Answer(body_of().data().replace(b'"B"', b'"\\ud83d\\ude00 B"')), "\U0001f600 B"),
    "bytes that are no text": (Answer(body_of().data().replace(b'"B"', b'"B \xff"')), "B \ufffd"),
    "a surrogate as bytes": (Answer(body_of().data().replace(b'"B"', b'"B \xed\xa0\x80"')), "B \ufffd\ufffd\ufffd"),
    "a surrogate in a key": (Answer(b'{"\\ud800": 1, ' + body_of().data()[1:]), "B"),
    "NaN": (Answer(b'{"cost": NaN, ' + body_of().data()[1:]), "B"),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_completions_are_taken(endpoint, backend, questions, name):
    answer, text = UNUSUAL[name]
    endpoint.says(answer)
    (reply,) = backend().reply(questions(1), GREEDY)
    assert (reply.text, reply.finished, reply.refused) == (text, True, None)
    assert len(endpoint.bodies) == 1
    json.dumps(reply.text, ensure_ascii=False).encode()  # can be kept


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"3", b'"B"', b"null", b"{}", b"[" * 100_000, b'{"choices": [3]}', b"9" * 5000],
)
def test_what_is_no_completion_is_asked_again(endpoint, backend, questions, body):
    endpoint.says(Answer(body), completion("B"))
    assert backend().reply(questions(1), GREEDY)[0].text == "B"


EVENT = json.dumps({"choices": [{"delta": {"content": "B"}}]}).encode()


@pytest.mark.parametrize(
    "body", [b"data: " + EVENT + b"\n\ndata: [DONE]\n\n", b"event: message\ndata: " + EVENT, b"data: x"]
)
def test_a_stream_that_was_not_asked_for_is_one_sentence(endpoint, backend, questions, body):
    endpoint.says(Answer(body))
    with pytest.raises(SpaceNumError, match=r"answers with a stream of events .* switch streaming off"):
        backend().reply(questions(1), GREEDY)
    assert len(endpoint.bodies) == 1


def test_an_error_in_a_stream_is_that_error(endpoint, backend, questions):
    endpoint.says(Answer(b'data: {"error": {"code": 429, "message": "slow down"}}\n\n'), completion("B"))
    assert backend().reply(questions(1), GREEDY)[0].text == "B"
    endpoint.says(Answer(b'data: {"error": {"code": "content_filter", "message": "no"}}\n\n'))
    assert backend().reply(questions(1), GREEDY)[0].refused == "content_filter: no"


def test_a_completion_under_data_is_read(endpoint, backend, questions):
    endpoint.says(Answer({"code": 0, "msg": "成功", "data": completion("B").body}))
    (reply,) = backend().reply(questions(1), GREEDY)
    assert (reply.text, reply.prompt_tokens, len(endpoint.bodies)) == ("B", 100, 1)


def test_letters_are_read_where_log_probabilities_stand_by_token(endpoint, backend, questions):
    answer = completion("A", "length", logprobs={"A": -0.5, "B": -1.5, "C": -4.0, "D": -5.0})
    answer.body["choices"][0]["logprobs"]["content"][0]["top_logprobs"] = {"A": -0.5, "B": -1.5, "C": -4.0, "D": -5.0}
    endpoint.says(answer)
    (reply,) = backend(top_logprobs=20).reply(questions(1), LOGPROBS)
    assert reply.letter_logprobs and max(reply.letter_logprobs, key=reply.letter_logprobs.get) == "A"


def test_letters_are_read_beside_lists_that_are_missing(endpoint, backend, questions):
    answer = completion("A", "length", logprobs={"A": -0.5, "B": -1.5, "C": -4.0, "D": -5.0})
    answer.body["choices"][0]["logprobs"]["content"].append({"token": "x", "top_logprobs": None})
    endpoint.says(answer)
    (reply,) = backend(top_logprobs=20).reply(questions(1), LOGPROBS)
    assert max(reply.letter_logprobs, key=reply.letter_logprobs.get) == "A"
