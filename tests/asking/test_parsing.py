"""What is read from replies: a table of them, and what must hold for any."""

from __future__ import annotations

import random
import re
import time
from itertools import permutations
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from spacenum.asking.parsing import read_letter
from spacenum.asking.parsing_open import read_amount, read_corners
from spacenum.asking.thoughts import TAGS, opened_by
from spacenum.items.schema import LETTERS

PATIENCE_S = 0.1
"""For 100 kB; on a quiet core none takes 50 ms, and what grows faster than its length takes many seconds."""
REPLIES = yaml.safe_load((Path(__file__).parent / "replies.yaml").read_text(encoding="utf-8"))
HOW = {"finished": {}, "two_options": {}, "cut": {"finished": False}, "opened": {}}
CASES = [(kind, expected, reply) for kind, replies in REPLIES.items() for expected, reply in replies]


@pytest.mark.parametrize(("kind", "expected", "reply"), CASES)
def test_reply(kind, expected, reply):
    said = f"<think>{reply}" if kind == "opened" else reply  # as engines keep what answers a prompt that ends so
    found = read_letter(said, LETTERS[: 2 if kind == "two_options" else 4], **HOW[kind])
    assert (found.letter or found.outcome) == expected, found
    assert bool(found.reason) == (found.outcome != "parsed")


RENAMED = yaml.safe_load((Path(__file__).parent / "renamed.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("expected", "reply"), RENAMED)
def test_what_is_read_follows_any_renaming_of_the_letters(expected, reply):
    for letters in permutations(LETTERS, 3):
        names = dict(zip("XYZ", letters, strict=True))
        said = re.sub(r"(?<![A-Z])[XYZ](?![a-z])", lambda name, names=names: names[name[0]], reply)
        assert read_letter(said, LETTERS).letter == names.get(expected), said


def test_the_table_is_long_and_has_no_twins():
    assert len(CASES) >= 200 and len({(kind, reply) for kind, _, reply in CASES}) == len(CASES)


LETTER = st.sampled_from(LETTERS)
FORMS = (
    *("{}", "{}.", "({})", "[{}]", "`{}`", "**{}**", "{}!", "{})", "{}:", "Option {}", "option {}", "Image {}", "→ {}"),
    *(
        "Answer: {}",
        "Answer:{}",
        "answer: {}",
        "**Answer:** {}",
        "### Answer: {}",
        "Answer - {}",
        "Ans: {}",
        "Choice: {}",
    ),
    *("The answer is {}.", "The answer is {}", "The answer is: {}", "The answer is ({}).", "The answer is **{}**."),
    *("The answer is option {}.", "The correct answer is {}.", "The correct option is {}.", "The best option is {}"),
    *("The final answer is {}.", "Final answer: {}", "My answer is {}.", "I believe the answer is {}.", "Yes, {}."),
    *("I choose {}.", "I choose {}", "I'd go with {}.", "I select option {}.", "I would say {}.", "I think it is {}."),
    *("So the answer is {}.", "Therefore, {}.", "Thus {}", "It is {}.", "It's {}.", "That is option {}."),
    *("{} is correct.", "{} is the answer.", "Option {} is correct.", "Image {} is the correct one."),
    *("The image after moving is {}.", "The matching view is {}.", "Based on the image, the answer is {}."),
    *(
        "\\boxed{{{}}}",
        "$\\boxed{{\\mathrm{{{}}}}}$",
        "<answer>{}</answer>",
        '{{"answer": "{}"}}',
        '{{"option": ["{}"]}}',
    ),
    *(
        "答案是{}",
        "答案：{}",
        "选{}",
        "정답은 {}",
        "答えは{}です",
        "La respuesta es {}.",
        "Die Antwort ist {}.",
        "Ответ: {}",
    ),
)
"""Ways to state a letter."""
DRESSES = st.sampled_from(FORMS)
CONTENTS = (
    "40°",
    "0.8 m",
    "(0.4, 0.2), (1.0, 0.8)",
    "rotate left 40°",
    "a chair at (2.2, 0.5)",
    "camera moved forward",
)
WRAPPED = (
    *(
        "{}",
        "**{}**",
        "> {}",
        "```\n{}\n```",
        "{}<|im_end|>",
        "<|im_start|>assistant\n{}<|im_end|>",
        "\u200b{}",
        "# {}",
    ),
    *("{}</s>", "<p>{}</p>", "\n\n{}\n\n", "<think>A, B, C or D?</think>{}", "◁think▷The answer is A.◁/think▷\n{}"),
)
"""What changes nothing about a reply."""
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


@pytest.mark.parametrize("form", FORMS)
def test_renaming_the_letters_renames_what_is_read(form):
    """No letter is special: "A", which is also a word, least of all."""
    assert [read_letter(form.format(letter), LETTERS).letter for letter in LETTERS] == [*LETTERS]


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("separator", [" ", ". ", ": ", ") ", " - ", " – ", ", ", " ("])
def test_letters_with_contents_behind_them_are_all_read_or_none_is(separator, content):
    for form in FORMS:
        said = form.rstrip(".!").replace("{}", f"{{}}{separator}{content}", 1)
        read = [read_letter(said.format(letter), LETTERS).letter for letter in LETTERS]
        assert read in ([*LETTERS], [None] * 4), said


@pytest.mark.parametrize("wrapping", WRAPPED)
def test_wrapping_changes_nothing(wrapping):
    for form in FORMS:
        said = wrapping.replace("{}", form).format("C")
        assert read_letter(said, LETTERS).letter == "C", said


@pytest.mark.parametrize("between", [" ", "\n", "\n\n", ". "])
def test_two_different_letters_are_never_read_as_one(between):
    """With or without marks between them."""
    pairs = [(first, second) for first in FORMS for second in FORMS if not second.islower()]
    read = [read_letter(f"{a.format('A')}{between}{b.format('C')}", LETTERS).letter for a, b in pairs]
    wrong = [pair for pair, letter in zip(pairs, read, strict=True) if letter]
    assert len(wrong) <= len(pairs) // 1000, wrong  # "A option C" is one sentence to whoever sees no capitals


@pytest.mark.parametrize(
    "back", ["Actually, {}.", "No, {}.", "Wait, the answer is {}.", "Correction: {}", "Sorry, {}."]
)
def test_an_answer_that_is_taken_back_gives_way_to_the_next(back):
    for form in FORMS:
        said = f"{form.format('A')}\n{back.format('C')}"
        assert read_letter(said, LETTERS).letter == "C", said


@pytest.mark.parametrize("form", [form for form in FORMS if form != "{}:"])
def test_a_list_of_all_options_before_an_answer_changes_nothing(form):
    for listing in ("A. 10°\nB. 20°\nC. 30°\nD. 40°", "(A) 10° (B) 20° (C) 30° (D) 40°", "Options: A, B, C and D."):
        assert read_letter(f"{listing}\n{form.format('B')}", LETTERS).letter == "B", listing


LOOPS = (
    *(
        "option ",
        "the answer is ",
        "A or ",
        "A ",
        "a ",
        "B. ",
        "answer is A. ",
        "\\boxed{",
        "{",
        "}",
        "<think>",
        "</think>",
    ),
    *(
        "<think> tags ",
        ". ",
        " ",
        "\n",
        "_",
        "$\\",
        "* ",
        "**",
        "Answer: ",
        '"answer": "',
        "<answer>",
        "(A) ",
        "A, ",
        "|",
    ),
    *(
        "not ",
        "if ",
        "Wait, ",
        "A. 10 B. 20 ",
        "I choose ",
        "A/",
        "so ",
        "…",
        "答案是",
        "选",
        "1.",
        "analysis",
        "is is ",
    ),
    *(
        "\\text{",
        "((((",
        "the correct ",
        "B is ",
        "no, ",
        "'",
        "-",
        "«",
        "final answer ",
        "x=1, y=2 ",
        "0.8 m ",
        "1 to ",
    ),
    *(
        "ﷺ",
        "㌀",
        "½",
        "\u0301\u0316",
        "e\u0301",
        "A…",
        "A: no. ",
        "B (A is too small) ",
        "between A and B, ",
        "[ ] A\n",
        "~~A~~ ",
    ),
    *(
        "<answer>A</answer> is not ",
        "约0.8米",
        "左右",
        "Output format: A ",
        "all but ",
        "so does A ",
        "only A ",
        "leaving ",
        "\\large ",
    ),
)
_RNG = random.Random(0)
MIXED = tuple("".join(_RNG.choices(LOOPS, k=_RNG.randint(2, 5))) for _ in range(60))


@pytest.mark.parametrize("loop", [*LOOPS, *MIXED])
def test_no_reply_takes_long(loop):
    """Time is linear: ten times 10 kB takes no more than a reply of 100 kB may."""
    text = loop * (100_000 // len(loop))
    readers = (
        lambda said: read_letter(said, LETTERS),
        lambda said: read_amount(said, "m"),
        lambda said: read_corners(said, 2, "chair"),
    )
    for reader in readers:
        for said in (text, f"{text}The answer is B.", f"0{text[:9_998]}"):
            taken = min(_seconds(reader, said) for _ in range(2))  # something else may have run
            assert taken < PATIENCE_S, f"{taken * 1000:.0f} ms"


def _seconds(reader, said):
    start = time.process_time()
    reader(said)
    return time.process_time() - start


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
