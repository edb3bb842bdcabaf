"""What is asked of an endpoint, and what is read from its answers."""

from __future__ import annotations

import base64
import io
import math
from dataclasses import replace

import pytest
from PIL import Image as Picture

from spacenum.asking.chat import Decoding
from spacenum.core.errors import SpaceNumError
from spacenum.models.endpoint.completions import Alternative, Completion, letter_logprobs, letter_mass
from tests.models.endpoint.conftest import GREEDY, LOGPROBS, PAPER
from tests.models.endpoint.fake_endpoint import completion


def picture_in(part):
    url = part["image_url"]["url"]
    assert url.startswith("data:image/png;base64,")
    return Picture.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))


def test_a_question_is_asked_as_it_is(endpoint, backend, questions):
    (question,) = questions(1)
    backend(top_k="send").reply([question], PAPER)
    (body,) = endpoint.bodies
    content = body.pop("messages")[0]["content"]
    assert [part["type"] for part in content] == ["text", "image_url", "text", "image_url", "text"]
    assert [part["text"] for part in content[::2]] == ["Question 0", "Option A:", "Answer."]
    assert picture_in(content[1]).getpixel((0, 0)) == (9, 9, 9)
    assert picture_in(content[3]).getpixel((0, 0)) == (0, 100, 200)
    assert body == {"model": "org/model", "max_tokens": 32, "temperature": 0.7, "top_p": 0.9, "top_k": 50, "seed": 0}


def test_fields_that_an_endpoint_lacks_are_left_out(endpoint, backend, questions):
    model = backend(
        max_tokens_field="max_completion_tokens", leave_out=["temperature", "seed"], top_k="leave_out",
        image_detail="high", extra_body={"store": False}, reasoning_body={"effort": "high"},
        direct_body={"effort": "none"},
    )  # fmt: skip
    model.reply(questions(1) + questions(1, reasoning=True), PAPER)
    bodies = sorted(endpoint.bodies, key=lambda body: body["effort"])
    assert [body["effort"] for body in bodies] == ["high", "none"]
    assert bodies[0]["messages"][0]["content"][1]["image_url"]["detail"] == "high"
    del bodies[0]["messages"]
    assert bodies[0] == {
        **{"model": "org/model", "max_completion_tokens": 32, "top_p": 0.9, "store": False, "effort": "high"}
    }


def test_a_top_k_is_never_dropped_silently(backend, questions, endpoint):
    with pytest.raises(SpaceNumError, match=r"top_k 50.*options\.top_k: send"):
        backend().reply(questions(1), PAPER)
    assert not endpoint.bodies


def test_penalties_are_asked_for_and_never_dropped_silently(backend, questions, endpoint):
    penalised = Decoding(name="recommended", temperature=0.6, repetition_penalty=1.05, presence_penalty=1.5)
    with pytest.raises(SpaceNumError, match=r"repetition_penalty 1.05.*options\.repetition_penalty: send"):
        backend().reply(questions(1), penalised)
    backend(repetition_penalty="send").reply(questions(1), penalised)
    backend(repetition_penalty="leave_out", leave_out=["presence_penalty"]).reply(questions(1), penalised)
    sent, left_out = endpoint.bodies
    assert (sent["repetition_penalty"], sent["presence_penalty"]) == (1.05, 1.5)
    assert not {"repetition_penalty", "presence_penalty"} & left_out.keys()


def test_images_over_the_pixel_budget_shrink(endpoint, backend, questions):
    backend(pixel_budget=300).reply(questions(1), GREEDY)
    shrunk = picture_in(endpoint.bodies[0]["messages"][0]["content"][1])
    assert shrunk.size == (20, 15)
    assert shrunk.getpixel((3, 3)) == (9, 9, 9)


def test_replies_keep_the_order_of_questions(endpoint, backend, questions):
    def answer(number, body):
        text = body["messages"][0]["content"][0]["text"]
        reply = completion(text)
        reply.delay_s = 0.2 if text == "Question 0" else 0.01
        return reply

    endpoint.answer = answer
    replies = backend(machine={"CONCURRENCY": "3"}).reply(questions(9), GREEDY)
    assert [reply.text for reply in replies] == [f"Question {i}" for i in range(9)]
    assert endpoint.most_at_once == 3


@pytest.mark.parametrize(
    ("answer", "text", "finished"),
    [
        (completion("B"), "B", True),
        (completion("It is", "length"), "It is", False),
        (completion("C", reasoning_content="so"), "<think>so</think>C", True),
        (completion("C", reasoning="so"), "<think>so</think>C", True),
        (completion(None, "length", reasoning_content="so and"), "<think>so and", False),
        (completion(None, reasoning_content="so"), "<think>so</think>", True),
        (completion("the ans", "length", reasoning_content="so"), "<think>so</think>the ans", False),
        (completion(None, refusal="I can't."), "", True),
        (completion("", "content_filter"), "", True),
    ],
)
def test_texts(endpoint, backend, questions, answer, text, finished):
    endpoint.says(answer)
    (reply,) = backend().reply(questions(1), GREEDY)
    assert (reply.text, reply.finished, reply.letter_logprobs) == (text, finished, None)
    assert (reply.prompt_tokens, reply.reply_tokens) == (100, 1)


def test_letter_logprobs_are_of_one_token(endpoint, backend, questions):
    endpoint.says(
        completion("A", "length", logprobs={"A": -0.5, " A": -3.0, "B": -1.5, "C": -4.0, "D": -5.0, "The": -2.0})
    )
    model = backend(top_logprobs=20)
    (reply,) = model.reply(questions(1), LOGPROBS)
    assert model.capabilities == {"generate", "independent", "letter_logprobs"}
    assert endpoint.bodies[0]["max_tokens"] == 1
    assert (endpoint.bodies[0]["logprobs"], endpoint.bodies[0]["top_logprobs"]) == (True, 20)
    assert reply.text is None
    assert reply.finished
    mass = {"A": math.exp(-0.5) + math.exp(-3.0), "B": math.exp(-1.5), "C": math.exp(-4.0), "D": math.exp(-5.0)}
    expected = {letter: math.log(value / sum(mass.values())) for letter, value in mass.items()}
    assert reply.letter_logprobs == pytest.approx(expected)
    assert reply.letter_mass == pytest.approx(sum(mass.values()), rel=0.005)  # of what is listed


def test_letter_logprobs_are_refused_where_there_are_none(backend, questions, endpoint):
    model = backend()
    assert model.capabilities == {"generate", "independent"}
    with pytest.raises(SpaceNumError, match=r"options\.top_logprobs"):
        model.reply(questions(1), LOGPROBS)
    assert not endpoint.bodies


def test_a_first_token_that_is_no_letter_stays_text(endpoint, backend, questions):
    endpoint.says(completion("The", "length", logprobs={"The": -0.1, "Option": -4.0}))
    (reply,) = backend(top_logprobs=20).reply(questions(1), LOGPROBS)
    assert (reply.text, reply.letter_logprobs, reply.letter_mass) == ("The", None, 0.0)


@pytest.mark.parametrize("reasoning", ["checkpoint", "template", "prompt"])
def test_what_a_template_opens_begins_the_reply_where_the_file_says_so(endpoint, backend, questions, reasoning):
    endpoint.says(completion("so.</think>C"))
    switch = {"reasoning_body": {"effort": "high"}, "direct_body": {"effort": "none"}}
    model = backend(reasoning=reasoning, opens_think=True, **switch)
    thought, plain = (model.reply(questions(1, reasoning=thinks), GREEDY)[0].text for thinks in (True, False))
    assert thought == "<think>so.</think>C"
    assert plain == ("<think>so.</think>C" if reasoning == "checkpoint" else "so.</think>C")
    endpoint.says(completion("C", reasoning_content="so."))
    assert model.reply(questions(1, reasoning=True), GREEDY)[0].text == "<think>so.</think>C"
    silent = backend(reasoning=reasoning, **switch)
    assert "opens_think" in model.identity["request"] and "opens_think" not in silent.identity["request"]


def test_a_system_prompt_is_a_message_before_the_user_s(endpoint, backend, questions):
    backend().reply([replace(questions(1)[0], system="You help.")], GREEDY)
    system, user = endpoint.bodies[0]["messages"]
    assert system == {"role": "system", "content": "You help."} and user["role"] == "user"


def listed(**logprobs):
    return [Alternative(token=token, logprob=value) for token, value in logprobs.items()]


def test_missing_letters_get_the_bound_only_if_it_hardly_matters():
    found = letter_logprobs(listed(A=-0.001, B=-9.0, x=-12.0), ("A", "B", "C"))
    assert math.fsum(map(math.exp, found.values())) == pytest.approx(1)
    assert found["C"] - found["A"] == pytest.approx(-12.0 + 0.001)
    assert letter_logprobs(listed(A=-0.1, x=-3.0), ("A", "B", "C")) is None
    assert letter_logprobs(listed(a=-0.1, AB=-3.0), ("A", "B")) is None


PADDING = (-9999.0, -9999, -1e9, float("nan"), float("-inf"), float("inf"), None)


@pytest.mark.parametrize("padding", PADDING)
def test_what_fills_a_list_is_no_alternative(padding, endpoint, backend, questions):
    """Its letters would be certain: the bound of those that miss would be the padding."""
    filled = {"x": padding, "y": padding}
    letters = ("A", "B", "C", "D")
    assert letter_logprobs(listed(A=-0.7, B=-0.7, **filled), letters) is None
    assert letter_logprobs(listed(A=-0.7, B=-0.7, C=padding, D=padding), letters) is None
    assert letter_mass(listed(**filled), letters) is None
    assert letter_mass(listed(A=-0.7, C=padding), letters) == pytest.approx(0.497, abs=1e-3)
    likely = {"A": -0.001, "B": -9.0, "x": -12.0}
    assert letter_logprobs(listed(**likely, y=padding), letters) == letter_logprobs(listed(**likely), letters)
    endpoint.says(completion("A", "length", logprobs={"A": -0.5, "B": -1.5, "The": -2.0, "C": padding, "D": padding}))
    (reply,) = backend(top_logprobs=20).reply(questions(1), LOGPROBS)
    assert (reply.text, reply.letter_logprobs) == ("A", None)


def test_an_image_that_is_not_there(tmp_path, backend, questions):
    asked = questions(2)
    (tmp_path / "data/own1.png").unlink()
    with pytest.raises(SpaceNumError, match=r"own1\.png: no such image"):
        backend().reply(asked, GREEDY)
    (tmp_path / "data/own1.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(SpaceNumError, match=r"own1\.png: not a readable image"):
        backend().reply(asked, GREEDY)


def test_replies_that_hidden_thoughts_used_up_are_said_once(endpoint, backend, questions, capsys):
    endpoint.says(completion("", "length", (100, 32)))
    model = backend()
    model.reply(questions(2), GREEDY)
    model.reply(questions(2), GREEDY)
    said = capsys.readouterr().err
    assert said.count("cut at") == 1
    assert "2 of 2 replies of 'org/model' were cut at 16 tokens with nothing said" in said
    assert "'options.direct_body'" in said
    endpoint.says(completion("A long answ", "length"))
    backend().reply(questions(1), GREEDY)
    assert "cut at" not in capsys.readouterr().err


@pytest.mark.parametrize("value", [0.7, 12.5, 800.0])
def test_probabilities_and_logits_are_no_logarithms(value):
    letters = ("A", "B", "C", "D")
    found = listed(A=value, B=0.1, C=0.1, D=0.1)
    assert letter_logprobs(found, letters) is None and letter_mass(found, letters) is None


@pytest.mark.parametrize(
    ("said", "native", "ending"),
    [("stop", "MAX_TOKENS", "cut"), ("stop", "SAFETY", "filtered"), ("stop", "error", "failed"),
     ("stop", "end_turn", "finished"), ("stop", "eos-13", "finished"), ("length", "STOP", "cut"),
     (None, "SAFETY", "filtered")],
)  # fmt: skip
def test_a_providers_own_reason_counts_where_a_router_hides_it(said, native, ending):
    choice = {"message": {"content": "B"}, "finish_reason": said, "native_finish_reason": native}
    assert Completion.model_validate({"choices": [choice]}).ending == ending


@pytest.mark.parametrize("kind", [{"type": "reasoning_text"}, {"type": "text", "thought": True}])
def test_thoughts_among_the_parts_are_no_answer(kind):
    parts = [{**kind, "text": "The answer is A."}, {"type": "text", "text": "B"}]
    completion = Completion.model_validate({"choices": [{"message": {"content": parts}, "finish_reason": "stop"}]})
    assert completion.reply(None).text == "<think>The answer is A.</think>B"


@pytest.mark.parametrize("count", [10**400, -1, float("nan"), float("inf"), True, "7"])
def test_a_count_of_tokens_that_is_none_loses_no_reply(count):
    body = {"choices": [{"message": {"content": "B"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": count}}
    reply = Completion.model_validate(body).reply(None)
    assert (reply.text, reply.prompt_tokens) == ("B", None)
