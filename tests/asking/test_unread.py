"""Replies from which nothing is read: a job stops before its second batch if they are most of them."""

from __future__ import annotations

import pytest

from spacenum.asking.ask import Asking, ask
from spacenum.asking.chat import Reply
from spacenum.asking.store import AnswerStore
from spacenum.asking.unread import one_letter
from spacenum.core.errors import SpaceNumError
from tests.asking.jobs import HERE, config, job
from tests.asking.toy import Toy

VARIABLE = "SPACENUM_UNREAD_SHARE"


def asked(items, store, replies, mode="letter-greedy", **more):
    """The answers to ``replies`` (a function of the question's number), and how many batches were asked."""
    model = config().model_copy(update=more)
    toy = Toy(model, HERE)
    toy.said = 0

    def reply(questions, decoding):
        toy.batches.append([question.item for question in questions])
        toy.said += len(questions)
        return [replies(toy.said - len(questions) + k, question) for k, question in enumerate(questions)]

    toy.reply = reply
    try:
        return ask(items, toy, Asking.of(job(mode, model), HERE), store), toy
    except SpaceNumError as error:
        return error, toy


def says(text, finished=True):
    return lambda number, question: Reply(text=text, finished=finished)


UNREAD = {
    "no letter": says("It depends."),
    "nothing": says(""),
    "several letters": says("A or B"),
    "an unknown letter": says("Z"),
    "a refusal": says("I cannot see any images."),
    "cut": says("Let me look at the images one by one", finished=False),
    "an open thought": says("<think>The first image"),
    "garbage": says("!!!!!!!!!!!!!!!!"),
    "another language": says("我看不到图片"),
    "all but one": lambda number, question: Reply(text="A" if number == 0 else "Hm.", finished=True),
}


@pytest.mark.parametrize("kind", UNREAD)
def test_a_model_that_is_not_read_stops_before_the_second_batch_and_loses_nothing(items, store, kind, monkeypatch):
    error, toy = asked(items, store, UNREAD[kind])
    assert len(toy.batches) == 1 and isinstance(error, SpaceNumError)
    for part in ("toy, letter-greedy:", f"of {len(toy.batches[0])} replies are unread", f"{VARIABLE}=0.5",
                 "such replies are:", "max_new_tokens.letter", "run the same command again"):  # fmt: skip
        assert part in str(error), part
    assert repr(UNREAD[kind](1, None).text)[1:-1][-40:] in str(error)
    again, idle = asked(items, store, UNREAD[kind])
    assert isinstance(again, SpaceNumError) and idle.batches == [], "what is kept is counted, and asked no more"
    monkeypatch.setenv(VARIABLE, "1")
    answers, rest = asked(items, store, UNREAD[kind])
    assert [answer.item for answer in answers] == [item.id for item in items]
    assert toy.batches[0] not in rest.batches and len(rest.batches) > 0


def test_a_few_unread_replies_are_counted_and_shown(items, store, capsys):
    answers, _ = asked(items, store, lambda n, q: Reply(text="Hm." if n % 4 == 0 else "A", finished=True))
    unread = sum(answer.outcome == "unparsed" for answer in answers)
    assert 0 < unread < len(items) / 2
    told = capsys.readouterr().err
    assert f"warning: toy, letter-greedy: {unread} of {len(items)} replies are unread (0 of them cut" in told
    assert "such replies are: 'Hm.'" in told


def test_a_model_that_breaks_later_stops_later(items, store):
    """Half of the first batch of four is read, and nothing later."""
    error, toy = asked(items, store, lambda n, q: Reply(text="A" if n < 2 else "Hm.", finished=True))
    assert isinstance(error, SpaceNumError) and len(toy.batches) == 2


def test_the_share_is_the_machine_s(items, store, monkeypatch):
    half = lambda n, q: Reply(text="A" if n % 2 else "Hm.", finished=True)  # noqa: E731
    answers, _ = asked(items, store, half)
    assert len(answers) == len(items), "half is not more than half"
    monkeypatch.setenv(VARIABLE, "0.2")
    error, toy = asked(items, store, half)
    assert isinstance(error, SpaceNumError) and f"{VARIABLE}=0.2" in str(error) and toy.batches == []
    for wrong in ("2", "-1", "half", "nan"):
        monkeypatch.setenv(VARIABLE, wrong)
        error, _ = asked(items, store, half)
        assert isinstance(error, SpaceNumError) and str(error).startswith(f"environment variable {VARIABLE}")


def test_in_variants_it_is_only_counted(items, store, capsys):
    blind = [item.model_copy(update={"variant": "blind"}) for item in items]
    answers, _ = asked(blind, store, says("I see only black."))
    assert {answer.outcome for answer in answers} == {"unparsed"}
    assert f"{len(items)} of {len(items)} replies are unread" in capsys.readouterr().err


def test_replies_of_reasoning_modes_name_their_limit(items, store):
    error, _ = asked(items, store, says("<think>Let me see", finished=False), mode="reasoning-greedy")
    assert "max_new_tokens.reasoning" in str(error) and "of them cut before an answer" in str(error)
    assert "'<think>Let me see'" in str(error)


@pytest.mark.parametrize(
    ("said", "right", "found"),
    [
        ("A" * 40, "ABCD" * 10, ("A", 40)),
        ("A" * 39, "ABCD" * 9 + "ABC", None),
        ("A" * 37 + "BCD", "ABCD" * 10, ("A", 37)),
        ("A" * 36 + "BBCD", "ABCD" * 10, None),
        ("A" * 40, "A" * 25 + "B" * 15, None),
        ("AB" * 20, "AB" * 20, None),
        ("", "", None),
    ],
)
def test_one_letter_for_nearly_all_is_told_unless_it_is_right(said, right, found):
    assert one_letter(list(said), list(right)) == found


@pytest.mark.parametrize("mode", ["letter-greedy", "letter-greedy-rotations"])
def test_a_model_that_says_one_letter_is_warned_of(items, store, capsys, mode):
    many = [item.model_copy(update={"id": f"{item.id}.{k}", "family": f"{item.family}.{k}"}) for item in items
            for k in range(-(-40 // len(items)))]  # fmt: skip
    asked(many, store, says("B"), mode)
    assert "letters read are B, though the right ones are spread" in capsys.readouterr().err
    blind = [item.model_copy(update={"id": f"{item.id}.blind", "variant": "blind"}) for item in many]
    asked(blind, store, says("B"), mode)
    other = AnswerStore(store.root / "other")
    asked(many, other, lambda n, q: Reply(text="AB"[n % 2], finished=True), mode)
    assert "letters read" not in capsys.readouterr().err
