"""Replies that broke off, were cut or withheld, questions that were refused, and how little of it ends a study."""

from __future__ import annotations

import json
import re

import pytest
from PIL import Image as Picture

from spacenum.asking.ask import Asking, ask, refusals
from spacenum.asking.settings import AnswersParams, ModelConfig
from spacenum.asking.store import AnswerStore, Keys, Label, read_file
from spacenum.core.errors import SpaceNumError
from tests.models.endpoint.conftest import GREEDY, KEY, LOGPROBS
from tests.models.endpoint.fake_endpoint import Answer, completion, error
from tests.models.test_trained_blind import item_of

TURNS = [10.0, 20.0, 30.0, 40.0]
STATED = "The answer is A"


def choice(**fields):
    """A body with one choice of these fields."""
    return Answer({"choices": [{"index": 0} | fields], "usage": None})


def ended(reason, text=STATED):
    return choice(finish_reason=reason, message={"role": "assistant", "content": text})


@pytest.mark.parametrize("reason", ["stop", "eos", "STOP", "end_turn", None, {"type": "stop", "matched": 2}])
def test_what_is_finished_is_read(endpoint, backend, questions, reason):
    endpoint.says(ended(reason))
    (reply,) = backend().reply(questions(1), GREEDY)
    assert (reply.text, reply.finished, reply.refused) == (STATED, True, None)


@pytest.mark.parametrize("reason", ["length", "MAX_TOKENS", "max_tokens", "model_length", "max_output_tokens"])
def test_what_is_cut_is_kept_as_cut(endpoint, backend, questions, reason):
    endpoint.says(ended(reason))
    (reply,) = backend().reply(questions(1), GREEDY)
    assert (reply.text, reply.finished, reply.refused) == (STATED, False, None)
    endpoint.says(choice(finish_reason=reason, message=None))
    (reply,) = backend().reply(questions(1), GREEDY)
    assert (reply.text, reply.finished, reply.refused) == ("", False, None)


BROKEN = [
    *map(ended, ["error", "abort", "network_error", "insufficient_system_resource", "OTHER", "tool_calls", "whatever"]),
    ended("model_context_window_exceeded"),
    choice(finish_reason=None, native_finish_reason="ERROR", message={"content": STATED}),
    choice(finish_reason="error", message=None),
    choice(finish_reason="stop", message={"content": STATED}, error={"code": 502, "message": "upstream died"}),
    choice(finish_reason="stop", message={"content": STATED}, error="upstream died"),
    Answer({"choices": [{"finish_reason": "stop", "message": {"content": STATED}}], "error": {"message": "too busy"}}),
    Answer({"choices": None, "error": {"code": 503, "message": "no provider"}}),
    choice(finish_reason="stop", message={"content": STATED, "error": {"message": "upstream died"}}),
    Answer({"choices": [{"message": {"content": STATED}}], "errors": [{"message": "too busy"}]}),
    Answer({"success": False, "msg": "no provider"}),
    Answer({"ret": -1, "err": "too busy", "choices": None}),
    Answer({"choices": None, "base_resp": {"status_code": 1002, "status_msg": "rate limit"}}),
]


@pytest.mark.parametrize("broken", BROKEN)
def test_what_broke_off_is_asked_again(endpoint, backend, questions, broken):
    endpoint.says(broken, completion("B"))
    (reply,) = backend().reply(questions(1), GREEDY)
    assert (reply.text, len(endpoint.bodies)) == ("B", 2)


@pytest.mark.parametrize("broken", BROKEN)
def test_what_goes_on_breaking_off_ends_in_a_sentence_and_is_never_kept(endpoint, study, broken):
    endpoint.says(broken)
    words = r"finish_reason '\w+'|upstream died|too busy|no provider|rate limit"
    with pytest.raises(SpaceNumError, match=words) as told:
        study.run(machine={"PATIENCE_S": "0.1"})
    assert "\n" not in str(told.value) and study.kept() == 0
    endpoint.says(completion("B"))
    assert {answer.letter for answer in study.run()} == {"B"}


def test_what_broke_off_is_paid_for_counted_and_tried_five_times(endpoint, backend, questions):
    broken = ended("tool_calls")
    broken.body["usage"] = {"prompt_tokens": 4000, "completion_tokens": 2000}
    endpoint.says(broken)
    asking = backend(prices={"prompt": 100, "reply": 100}, machine={"CONCURRENCY": "1", "PATIENCE_S": "60"})
    with pytest.raises(SpaceNumError, match=r"'tool_calls'.*the endpoint's log says why"):
        asking.reply(questions(1), GREEDY)
    assert (len(endpoint.bodies), asking.ledger.spent.replies) == (5, 5)
    assert asking.ledger.spent.dollars == pytest.approx(5 * 0.6)


@pytest.mark.parametrize("body", [{"success": False, "message": "model not found"}, {"Message": "model not found"}])
def test_words_beside_a_status_of_success_are_told(endpoint, backend, questions, body):
    endpoint.says(Answer(body))
    with pytest.raises(SpaceNumError, match="model not found"):
        backend(machine={"PATIENCE_S": "0.1"}).reply(questions(1), GREEDY)


def test_a_full_context_says_what_to_lower_and_is_not_tried_for_long(endpoint, backend, questions):
    endpoint.says(ended("model_context_window_exceeded"))
    with pytest.raises(SpaceNumError, match=r"model_context_window_exceeded.*lower max_new_tokens or 'pixel_budget'"):
        backend(machine={"CONCURRENCY": "1"}).reply(questions(1), GREEDY)
    assert len(endpoint.bodies) == 2


FILTERED = [
    "content_filter",
    "sensitive",
    "safety",
    "SAFETY",
    "RECITATION",
    "PROHIBITED_CONTENT",
    "BLOCKLIST",
    "refusal",
]


@pytest.mark.parametrize("reason", FILTERED)
@pytest.mark.parametrize("decoding", [GREEDY, LOGPROBS])
def test_what_is_withheld_is_empty_with_its_reason(endpoint, backend, questions, reason, decoding):
    messages = ({"content": STATED}, {"content": None}, {}, None)
    endpoint.says(*(choice(finish_reason=reason, message=message) for message in messages))
    options = {"opens_think": True, "reasoning": "checkpoint", "top_logprobs": 20}
    replies = backend(**options, machine={"CONCURRENCY": "1"}).reply(questions(4), decoding)
    assert {(reply.text, reply.finished, reply.letter_logprobs) for reply in replies} == {("", True, None)}
    assert {reply.refused for reply in replies} == {f"finish_reason {reason.lower()}"}
    assert len(endpoint.bodies) == 4


def told(status, /, **error_fields):
    return Answer({"error": error_fields}, status)


RAW = json.dumps({"error": {"message": "The content you provided is blocked.", "type": "censorship_blocked"}})
REFUSED = {
    "DashScope": (
        told(400, code="data_inspection_failed", message="Input data may contain inappropriate content."),
        "data_inspection_failed: Input data may",
    ),
    "DashScope's own form": (
        Answer({"code": "DataInspectionFailed", "message": "Output data may contain …", "request_id": "1"}, 400),
        "data_inspection_failed: Output data",
    ),
    "DashScope, an algorithm's": (
        told(500, code="InternalError.Algo.DataInspectionFailed", message="<400> Input text data"),
        "internal_error_algo_data_inspection_failed",
    ),
    "Zhipu": (
        Answer({"contentFilter": [{"role": "user"}], "error": {"code": "1301", "message": "系统检测到…"}}, 400),
        "1301: 系统检测到",
    ),
    "Zhipu, plainly": (told(400, code="1301", message="unsafe"), "1301: unsafe"),
    "OpenAI": (
        told(400, code="invalid_prompt", type="invalid_request_error", message="Your prompt was flagged"),
        "invalid_prompt: Your prompt",
    ),
    "OpenAI's policy": (
        told(400, code="content_policy_violation", message="safety system"),
        "content_policy_violation",
    ),
    "Azure": (
        told(
            400,
            code="content_filter",
            message="The response was filtered",
            status=400,
            innererror={"code": "ResponsibleAIPolicyViolation", "content_filter_result": {"hate": {"filtered": True}}},
        ),
        "content_filter: The response was filtered",
    ),
    "Azure, inner code alone": (
        told(400, code=None, message="Bad", innererror={"code": "ResponsibleAIPolicyViolation"}),
        "responsible_ai_policy_violation: Bad",
    ),
    "Azure, inner results alone": (
        told(
            400,
            code="BadRequest",
            message="Bad",
            innererror={"content_filter_result": {"hate": {"filtered": True}}},
        ),
        "bad_request: Bad",
    ),
    "OpenRouter's moderation": (
        told(403, code=403, message="Input was flagged", metadata={"reasons": ["violence"], "flagged_input": "…"}),
        "403: Input was flagged",
    ),
    "OpenRouter, of a provider": (
        told(451, code=451, message="Provider returned error", metadata={"raw": RAW, "provider_name": "StepFun"}),
        "censorship_blocked: Provider returned error (The content you provided",
    ),
    "xAI": (
        Answer({"code": "No permission", "error": "Content violates usage guidelines. Failed check"}, 403),
        "Content violates usage guidelines",
    ),
    "Volcano": (
        told(400, code="InputImageSensitiveContentDetected", message="…"),
        "input_image_sensitive_content_detected",
    ),
    "Moonshot": (told(400, type="content_filter", message="considered high risk"), "content_filter: considered"),
    "MiniMax": (
        Answer({"choices": None, "base_resp": {"status_code": 1027, "status_msg": "output new_sensitive"}}),
        "1027: output new_sensitive",
    ),
    "DeepSeek, in words alone": (
        told(400, message="Content Exists Risk", type="invalid_request_error"),
        "invalid_request_error: Content Exists Risk",
    ),
    "a guardrail, in words alone": (
        told(403, code=403, message="Request blocked: prompt injection patterns detected"),
        "403: Request blocked",
    ),
    "status 200": (told(200, code="content_policy_violation", message="no"), "content_policy_violation: no"),
    "status 201, on the choice": (
        choice(finish_reason="error", message=None, error={"code": "data_inspection_failed", "message": "no"}),
        "data_inspection_failed: no",
    ),
    "choices: null": (Answer({"choices": None, "usage": None}), "the answer has no choices"),
    "choices: []": (Answer({"choices": [], "usage": {}}), "the answer has no choices"),
    "message: null": (choice(finish_reason="stop", message=None), "the answer has no message"),
    "no message": (choice(finish_reason="stop"), "the answer has no message"),
    "a refusal": (
        choice(finish_reason="stop", message={"content": None, "refusal": "Not A."}),
        "refusal: Not A.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_question_is_asked_once_and_empty_with_its_reason(endpoint, backend, questions, capsys, name):
    answer, reason = REFUSED[name]
    endpoint.says(answer)
    (reply,) = backend().reply(questions(1), GREEDY)
    assert (reply.text, reply.finished) == ("", True)
    assert reply.refused.startswith(reason) and len(endpoint.bodies) == 1
    assert f"item0 was refused ({reply.refused}); its reply is empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    "answer",
    [
        error(401, "content policy of this key"),
        told(403, code="permission_denied", message="Your account violates our usage policies"),
        told(400, code="InvalidParameter.DataInspection", message="The media format is not supported"),
        told(404, message="no such model; see our content policy"),
    ],
)
def test_what_is_about_the_account_or_the_request_is_no_refusal(endpoint, backend, questions, answer):
    endpoint.says(answer)
    with pytest.raises(SpaceNumError):
        backend().reply(questions(1), GREEDY)


def test_a_filter_that_is_down_is_asked_again(endpoint, backend, questions):
    down = told(503, code="content_filter_error", message="The content moderation service is temporarily unavailable")
    endpoint.says(down, completion("B"))
    assert backend().reply(questions(1), GREEDY)[0].text == "B"


class Study:
    """Eight families of one item each, or ``items``, put to the endpoint by what runs in the answers job."""

    def __init__(self, backend, root):
        self.backend, self.root, self.store = backend, root, AnswerStore(root / "store")
        Picture.new("RGB", (8, 8), (200, 30, 30)).save(root / "x.png")
        self.items = [item_of("num2space", f"f{n}", TURNS, 10.0, hint=f"Case {n}.") for n in range(8)]

    def run(self, **more):
        return ask(self.items, self.backend(**more), self.asking(), self.store)

    def asking(self):
        config = ModelConfig(kind="vlm", backend="openai", checkpoint="org/model", batch_families=8)
        return Asking.of(AnswersParams(model="m", config=config, mode="letter-greedy", seed=0), self.root)

    def kept(self):
        return sum(len(read_file(path)[1]) for path in self.store.files())


@pytest.fixture
def study(backend, tmp_path):
    return Study(backend, tmp_path)


def case(body):
    """The number of the item that a request asks."""
    return int(re.search(r"Case (\d+)\.", json.dumps(body["messages"]))[1])


@pytest.mark.parametrize("name", ["DashScope", "Zhipu", "Azure", "OpenRouter's moderation", "choices: null"])
def test_one_refused_question_of_eight_costs_nothing_but_itself(endpoint, study, capsys, name):
    answer, reason = REFUSED[name]
    endpoint.answer = lambda n, body: answer if case(body) == 3 else completion("B")
    answers = study.run()
    assert [answer.letter for answer in answers] == ["B"] * 3 + [None] + ["B"] * 4
    assert answers[3].outcome == "unparsed" and answers[3].refused.startswith(reason)
    assert refusals(answers) == {answers[3].refused: 1}
    assert "1 of 8 questions were refused, and count as unparsed (1 × " in capsys.readouterr().err
    assert study.run() == answers
    assert sorted(map(case, endpoint.bodies)) == list(range(8))


def test_each_reply_is_on_disk_before_the_next_is_asked_for(endpoint, study):
    kept = []
    endpoint.answer = lambda n, body: (kept.append(study.kept()), completion("B"))[1]
    study.run(machine={"CONCURRENCY": "1"})
    assert kept == list(range(8))


@pytest.mark.parametrize("failure", [error(500, "broken"), error(401)])
def test_replies_that_were_paid_for_survive_a_question_that_fails(endpoint, study, failure):
    """Also those that are under way when it does."""
    slow = completion("B")
    slow.delay_s = 0.2
    endpoint.answer = lambda n, body: failure if case(body) == 3 else slow
    with pytest.raises(SpaceNumError):
        study.run(machine={"CONCURRENCY": "4", "PATIENCE_S": "0.2"})
    asked = [case(body) for body in endpoint.bodies if case(body) != 3]
    assert study.kept() == len(asked) >= 3
    endpoint.answer = lambda n, body: completion("B")
    assert {answer.letter for answer in study.run()} == {"B"}
    paid = [case(body) for body in endpoint.bodies if case(body) != 3]
    assert sorted(paid) == [0, 1, 2, 4, 5, 6, 7]


def test_a_failure_wakes_who_waits_for_another_try(endpoint, study):
    """A question that is told to wait long doesn't hold up the end of the job."""
    wait, failure = error(429, "later", Retry_After="60"), error(401)
    failure.delay_s = 0.2
    endpoint.answer = lambda n, body: wait if case(body) == 0 else failure
    with pytest.raises(SpaceNumError, match="refuses the key"):
        study.run(machine={"PATIENCE_S": "900"})


def test_the_job_stops_where_more_than_a_share_is_refused(endpoint, study, monkeypatch):
    study.items = [item_of("num2space", f"f{n}", TURNS, 10.0, hint=f"Case {n}.") for n in range(24)]
    answer, _ = REFUSED["DashScope"]
    endpoint.answer = lambda n, body: answer if case(body) % 3 == 0 else completion("B")
    one = {"CONCURRENCY": "1"}
    sentence = r"m, letter-greedy: 6 of the job's 24 questions were refused .*REFUSED_SHARE=0\.05 .*drop --refused"
    with pytest.raises(SpaceNumError, match=sentence):
        study.run(machine=one)
    assert len(endpoint.bodies) == study.kept() == 16
    with pytest.raises(SpaceNumError, match=sentence):
        study.run(machine=one)  # what is kept counts too
    assert len(endpoint.bodies) == 16
    monkeypatch.setenv("SPACENUM_REFUSED_SHARE", "0.5")
    assert sum(refusals(study.run(machine=one)).values()) == 8
    assert sorted(map(case, endpoint.bodies)) == list(range(24))


def test_few_refused_questions_never_stop_a_small_job(endpoint, study):
    endpoint.answer = lambda n, body: REFUSED["Zhipu"][0] if case(body) < 5 else completion("B")
    assert sum(refusals(study.run()).values()) == 5


def test_families_that_were_kept_whole_are_still_found(endpoint, study):
    """As they were before replies were kept one by one."""
    study.items = [item_of("num2space", "f", TURNS, asked, hint=f"Case {n}.") for n, asked in enumerate(TURNS)]
    model, asking = study.backend(), study.asking()
    keys = Keys(dict(model.identity), asking.decoding, asking.contents)
    unit = keys.unit(asking.questions([(item, 0, 0) for item in study.items]))
    endpoint.says(completion("C"))
    replies = model.reply(unit.questions, asking.decoding)
    study.store.put(unit, replies, Label("m", "letter-greedy"), model.identity, asking.decoding)
    assert [answer.letter for answer in study.run()] == ["C"] * 4 and len(endpoint.bodies) == 4


def test_refused_questions_cost_their_prompt_alone(endpoint, study):
    endpoint.says(REFUSED["Azure"][0])
    model = study.backend(prices={"prompt": 100, "reply": 1000}, key_env=None)
    model.reply(study.asking().questions([(study.items[0], 0, 0)]), GREEDY)
    spent = json.loads(next((study.root / "logs/spend").iterdir()).read_text())
    assert (spent["replies"], spent["reply_tokens"]) == (1, 0) and spent["prompt_tokens"] > 0
    assert KEY not in json.dumps(spent)
