"""What a model must show before its answers are accepted: engines that make a mistake are found, sound ones pass."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from spacenum.asking.base import Context
from spacenum.asking.chat import Reply
from spacenum.asking.self_test import rounding_step, self_test
from spacenum.asking.settings import ModelConfig
from spacenum.asking.thoughts import TAGS
from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import Image
from tests.asking.jobs import HERE, config, job
from tests.asking.toy import Toy


def run_self_test(items, store, dtype="float32", mode="letter-logprobs", shown=None, **options):
    model = config(**options).model_copy(update={"dtype": dtype} | (shown or {}))
    toy = Toy(model, HERE)
    return self_test(items, toy, job(mode, model), store, HERE), toy


def test_a_sound_model_passes_once(items, store):
    record, toy = run_self_test(items, store)
    assert [(result.test, result.outcome) for result in record.results] == [
        (test, "passed") for test in ("template", "batch", "order", "images", "places")
    ]
    assert toy.batches
    again, idle = run_self_test(items, store)
    assert again == record and idle.batches == []


@pytest.mark.parametrize(
    ("flaw", "test"),
    [
        ({"flaw": "ignores_images"}, "order"),
        ({"flaw": "ignores_order"}, "order"),
        ({"flaw": "drops_last"}, "images"),
        ({"flaw": "images_first"}, "places"),
        ({"flaw": "ignores_images", "inseparable": True}, "images"),
        ({"flaw": "ignores_order", "capabilities": ["generate"]}, "order"),
        ({"flaw": "drops_last", "capabilities": ["generate"]}, "images"),
        ({"flaw": "images_first", "capabilities": ["generate"]}, "places"),
        ({"flaw": "depends_on_batch"}, "batch"),
        ({"turn": ""}, "template"),
        ({"turn": "\nassistant: <think>\n"}, "template"),
        ({"flaw": "no_system", "shown": {"system_prompt": "You are an agent."}}, "template"),
        ({"mode": "reasoning-greedy", "shown": {"reasoning": "template"}}, "template"),
    ],
)
def test_a_flawed_engine_is_found_and_nothing_is_kept(items, store, flaw, test):
    with pytest.raises(SpaceNumError, match=f"failed its self-test '{test}'"):
        run_self_test(items, store, **flaw)
    assert not list(store.root.glob("self_tests/*"))


@pytest.mark.parametrize("opens", TAGS)
def test_a_thought_that_is_opened_unasked_is_refused_with_what_would_be_right(items, store, opens):
    """And taken where the model's file says so, where it may think, and where the template closes it again."""
    with pytest.raises(SpaceNumError) as refused:
        run_self_test(items, store, turn=f"\nassistant: {opens}\n")
    assert f"opens a thought ({opens})" in str(refused.value) and "`reasoning: checkpoint`" in str(refused.value)
    run_self_test(items, store, turn=f"\nassistant: {opens}\n", shown={"reasoning": "checkpoint"})
    closed = f"\nassistant: {opens}\n\n{TAGS[opens]}\n\n"
    run_self_test(items, store, turn=closed, shown={"revision": "closed"})
    switched = {"reasoning": "template", "revision": "switched"}
    run_self_test(items, store, mode="reasoning-greedy", turn=closed, thinking_turn="\nassistant: ", shown=switched)


def test_a_test_of_letters_is_none_of_thoughts(items, store):
    flat = {"shown": {"reasoning": "template"}}
    run_self_test(items, store, **flat)
    with pytest.raises(SpaceNumError, match=r"no flag that lets the model think.*`reasoning: prompt`"):
        run_self_test(items, store, mode="reasoning-greedy", **flat)


OUTCOMES = {"template": "passed", "batch": "untestable", "order": "passed", "images": "passed", "places": "passed"}


@pytest.mark.parametrize("options", [{"capabilities": ["generate"]}, {"inseparable": True}])
def test_a_model_without_probabilities_is_probed_and_what_it_cannot_show_is_recorded(items, store, options):
    record, toy = run_self_test(items, store, **options)
    assert {result.test: result.outcome for result in record.results} == OUTCOMES
    if "inseparable" in options:
        assert record.notes()["self_test"]["batch"].startswith(f"untestable: item {toy.batches[0][0]}")


BLIND = ("B", "red, blue, green, yellow", "green, red, yellow, blue",
         "I cannot see any images.", "0.4 m", "The images are colored.", "?", "I'm sorry, I can't help with that.",
         "red", "blue, green, yellow", "red, blue, green", "yellow, green, blue, red", "purple, black, white, grey",
         "[image] [image] [image] [image]",
         "<think>Green, red, yellow, blue, green?</think>I see nothing.")  # fmt: skip


@pytest.mark.parametrize("says", BLIND)
def test_a_reply_that_names_no_or_wrong_colours_fails(store, in_study, says):
    with pytest.raises(SpaceNumError) as refused:
        run_self_test(in_study.items("transition"), store, capabilities=["generate"], says=says)
    assert re.search(r"failed its self-test '(images|order)' \(asked for the colours of 5 plain", str(refused.value))
    assert f"it said {says[-80:]!r}" in str(refused.value)
    assert not list(store.root.glob("self_tests/*"))


def probed(items, store, *replies, shown=None):
    """The record of a model that gives these replies to the probes: replies, or texts and whether they are finished."""
    model = config(capabilities=["generate"]).model_copy(update=shown or {})
    toy, given = Toy(model, HERE), iter(replies)
    toy.reply = lambda questions, decoding: [
        each if isinstance(each, Reply) else Reply(*each) for each in [next(given)]
    ]
    return self_test(items, toy, job("letter-greedy", model), store, HERE)


SEES = ("Green, red, yellow, blue, green.", True)


@pytest.mark.parametrize(
    "says",
    [
        "green, red, yellow, blue, green",
        "Image 1: Green\nImage 2: **Red**\nImage 3: Yellow\nImage 4: Blue\nImage 5: Green",
        "绿色、红色、黄色、蓝色、绿色", "1. lime 2. crimson 3. gold 4. navy 5. green",
        "They are coloured: green, red, yellow, blue and green.",
        "<think>Yellow first?</think>green, red, yellow, blue, green",
        "First green, then red, yellow, blue, last green. So: green, red, yellow, blue, green.",
    ],
)  # fmt: skip
def test_a_reply_that_names_the_colours_in_whatever_words_passes(store, in_study, says):
    record = probed(in_study.items("transition"), store, (says, True), ("green", True), ("Blue.", True))
    assert {result.test: result.outcome for result in record.results} == OUTCOMES


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (("", True), "its reply was empty"),
        ((None, True), "its reply was empty"),
        (("  \n", True), "its reply was empty"),
        (("<think>Four images.</think>", True), "its reply was empty"),
        (Reply("", True, refused="content_filter"), "the question was refused (content_filter)"),
        (("", False), "it was cut before it answered"),
        (("<think>First I see green", False), "it was cut before it answered"),
        (("The first is green, the second", False), "it said 'The first is green, the second'"),
    ],
)
def test_a_reply_that_says_nothing_shows_nothing(store, in_study, reply, why):
    record = probed(in_study.items("transition"), store, reply, ("", True), ("", True))
    found = {result.test: result for result in record.results}
    assert {found[test].outcome for test in ("order", "images", "places")} == {"untestable"}
    assert why in found["order"].detail and why in record.notes()["self_test"]["images"]


@pytest.mark.parametrize(
    ("before", "behind"),
    [("blue", "blue"), ("red, blue, green, yellow", "red, blue, green, yellow"), ("B", "B"), ("green", "green."),
     ("green", "I can't tell"), ("none", "blue"), ("red, blue, green or yellow", "green"), ("blue", "green")],
)  # fmt: skip
def test_an_engine_that_puts_images_before_texts_is_found_by_words(store, in_study, before, behind):
    items = in_study.items("transition")
    with pytest.raises(
        SpaceNumError, match=r"'places' \(asked which colour follows the word RIVER .*`images_first: tru"
    ):
        probed(items, store, SEES, (before, True), (behind, True))
    assert {
        result.outcome
        for result in probed(items, store, SEES, shown={"images_first": True}).results
        if result.test == "places"
    } == {"untestable"}


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        (
            "APPLE: red, blue. RIVER: green, yellow. So it is green.",
            "APPLE: red. RIVER: blue, green, yellow. So: blue.",
        ),
        ("Green. After it comes yellow.", "Blue, then green and yellow."),
    ],
)
def test_an_engine_that_counts_all_up_before_or_after_it_answers_passes(store, in_study, before, behind):
    record = probed(in_study.items("transition"), store, SEES, (before, True), (behind, True))
    assert {result.test: result.outcome for result in record.results} == OUTCOMES


def test_images_that_the_file_puts_first_have_no_place_to_test(items, store):
    record, _ = run_self_test(items, store, flaw="images_first", shown={"images_first": True})
    assert record.results[-1].outcome == "untestable"
    assert record.results[-1].detail == "the model's file puts all images before the texts"


def test_a_text_model_is_not_tested_for_images(items, store):
    record, _ = run_self_test(
        items, store, flaw="ignores_images", capabilities=["generate", "letter_logprobs", "blind"]
    )
    assert [result.test for result in record.results] == ["template", "batch"]


def test_a_batch_may_move_letters_by_two_steps_of_the_dtype_and_no_more(items, store):
    assert [rounding_step(value, "bfloat16") for value in (1.0, 20.0, -31.0, 32.0)] == [2**-7, 2**-3, 2**-3, 2**-2]
    for dtype, much in (("bfloat16", 0.5), ("float32", 0.005)):
        with pytest.raises(SpaceNumError, match="failed its self-test 'batch'"):
            run_self_test(items, store, dtype, rounding=much)
    run_self_test(items, store, "bfloat16", rounding=0.2)


@pytest.fixture(scope="module")
def thinking(tmp_path_factory) -> ModelConfig:
    """A tiny checkpoint whose template always opens a thought: its first words are no letter."""
    pytest.importorskip("torch")
    from tests.models.tiny import build

    folder = build("qwen3_vl", tmp_path_factory.mktemp("thinking") / "qwen3_vl")
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text().replace("{% if enable_thinking %}", "{% if true %}"))
    return ModelConfig(
        kind="vlm", backend="transformers", checkpoint=str(folder), dtype="float32", reasoning="checkpoint"
    )


@pytest.mark.parametrize("blind", [False, True])
def test_a_model_that_thinks_first_is_tested_by_its_first_word(items, store, thinking, blind):
    """The same engine in a wrapper that shows it one image in the place of all fails."""
    from spacenum.models.transformers import load

    model = load(thinking, Context(frames={}, root=HERE, seed=0))
    assert "letter_logprobs" not in model.capabilities
    show = model.first_logits
    one = next(part for part in items[0].prompt if isinstance(part, Image))

    def shown_one(questions):
        return show([
            replace(each, parts=tuple(one if isinstance(part, Image) else part for part in each.parts))
            for each in questions
        ])  # fmt: skip

    if blind:
        model.first_logits = shown_one
        with pytest.raises(SpaceNumError, match="failed its self-test 'order'"):
            self_test(items, model, job("reasoning-greedy", thinking), store, HERE)
        return
    record = self_test(items, model, job("reasoning-greedy", thinking), store, HERE)
    assert {result.outcome for result in record.results} == {"passed"}
