"""What is read from replies: a table of them, and what must hold for any."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from spacenum.asking.parsing import read_letter
from spacenum.asking.thoughts import TAGS, opened_by
from spacenum.items.schema import LETTERS

REPLIES = yaml.safe_load((Path(__file__).parent / "replies.yaml").read_text(encoding="utf-8"))
HOW = {"finished": {}, "two_options": {}, "cut": {"finished": False}, "opened": {}}
CASES = [(kind, expected, reply) for kind, replies in REPLIES.items() for expected, reply in replies]


@pytest.mark.parametrize(("kind", "expected", "reply"), CASES)
def test_reply(kind, expected, reply):
    said = f"<think>{reply}" if kind == "opened" else reply  # as engines keep what answers a prompt that ends so
    found = read_letter(said, LETTERS[: 2 if kind == "two_options" else 4], **HOW[kind])
    assert (found.letter or found.outcome) == expected, found
    assert bool(found.reason) == (found.outcome != "parsed")


def test_the_table_is_long_and_has_no_twins():
    assert len(CASES) >= 200 and len({(kind, reply) for kind, _, reply in CASES}) == len(CASES)


LETTER = st.sampled_from(LETTERS)
DRESSES = st.sampled_from(
    [
        "{}",
        "{}.",
        "({})",
        "**{}**",
        "Option {}",
        "Answer: {}",
        "The answer is {}.",
        "\\boxed{{{}}}",
        "<answer>{}</answer>",
    ]
)
QUIET = st.text(
    alphabet="efgijklmopqrsuvwxyz .,\n0123456789°", max_size=60
)  # neither letters of options nor "</think>"


@pytest.mark.parametrize(("opens", "closes"), TAGS.items())
def test_every_tag_of_thought_is_known(opens, closes):
    assert read_letter(f"{opens}A or B?{closes}\nC", LETTERS).letter == "C"
    assert read_letter(f"{opens}The answer is B.", LETTERS).outcome == "truncated"
    assert opened_by(f"user: which?\nassistant: {opens}\n") == opens
    assert opened_by(f"user: think between {opens} and {closes}\nassistant: ") == ""
    assert opened_by(f"user: which?\nassistant: {opens}\n\n{closes}\n\n") == ""


@given(st.text(), st.booleans())
def test_any_text_is_read_without_failing_and_a_letter_read_stands_in_it(text, finished):
    found = read_letter(text, LETTERS, finished=finished)
    if found.letter:
        assert found.letter in LETTERS
    else:
        assert found.reason


@given(LETTER, DRESSES, QUIET)
def test_thoughts_never_matter(letter, dress, thought):
    said = dress.format(letter)
    for other in LETTERS:
        assert read_letter(f"<think>{thought} The answer is {other}.</think>{said}", LETTERS).letter == letter


@given(LETTER, DRESSES, st.sampled_from(["\n", " ", "\n\n", "  \n"]))
def test_space_around_never_matters(letter, dress, space):
    assert read_letter(space + dress.format(letter) + space, LETTERS).letter == letter


@given(LETTER, LETTER, DRESSES)
def test_two_different_answers_are_none(first, second, dress):
    assume(first != second)
    said = f"The answer is {first}. The answer is {second}."
    assert read_letter(said, LETTERS).outcome == "unparsed"
    assert read_letter(f"<answer>{first} or {second}</answer>", LETTERS).outcome == "unparsed"


@given(st.permutations(LETTERS), DRESSES)
def test_renaming_the_letters_renames_what_is_read(order, dress):
    """No letter is special: "A", which is also a word, least of all."""
    assert [read_letter(dress.format(letter), LETTERS).letter for letter in order] == list(order)


@given(QUIET)
def test_without_a_letter_nothing_is_read(text):
    assume(not any(word in text for word in ("first", "second", "third", "fourth")))
    assert read_letter(text, LETTERS).letter is None


@given(LETTER, DRESSES, st.data())
def test_a_cut_reply_is_never_read_as_another_letter(letter, dress, data):
    said = f"{dress.format(letter)}\nbecause it is nearer"
    cut = said[: data.draw(st.integers(0, len(said)))]
    found = read_letter(cut, LETTERS, finished=False)
    assert found.letter in (None, letter)
