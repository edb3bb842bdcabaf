"""The trained-blind baseline finds leaks in the key, and nothing where there are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spacenum.asking.base import Context
from spacenum.core.errors import SpaceNumError
from spacenum.items.families import OptionOrders, drawn_orders
from spacenum.items.leaks import blocks, folds, leak_test, refuse_leaks, shown
from spacenum.items.numbers import write_magnitude
from spacenum.items.prompts import Prompts
from spacenum.items.schema import LETTERS, Text, TransitionItem, TransitionOption, TransitionQuality, TransitionTruth
from spacenum.models.baselines.trained_blind import TrainedBlind
from tests.items.passing import Passing

QUALITY = TransitionQuality(overlap=0.5, shared_anchors=3, pose_error=0, option_difference=0.1)
PROMPTS = Prompts()
FAMILIES = 40


def item_of(task, family, order, asked, hint=""):
    """An item about a turn; ``order``: the magnitudes by letter."""
    answer = LETTERS[order.index(asked)]
    images = dict.fromkeys(["before", "after", *LETTERS], "x.png")
    prompt = PROMPTS.prompt(
        "transition",
        task,
        images,
        verb="turn left on the spot",
        manner="",
        preface="",
        letters=LETTERS,
        amount=write_magnitude(asked, "deg"),
        options=[{"letter": k, "text": write_magnitude(n, "deg")} for k, n in zip(LETTERS, order, strict=True)],
    )
    prompt += [Text(text=hint.format(answer=answer))] if hint else []
    return TransitionItem(
        id=f"{family}.{asked}",
        split="benchmark",
        variant="base",
        task=task,
        cell=f"transition.{task}.rotate_left_right",
        family=family,
        scene="s",
        simulator="fake",
        prompt=prompt,
        answer=answer,
        group="rotate_left_right",
        options=[
            TransitionOption(letter=k, value=n, unit="deg", image="x.png" if task == "num2space" else None)
            for k, n in zip(LETTERS, order, strict=True)
        ],
        truth=TransitionTruth(direction="left", magnitude=asked, unit="deg"),
        quality=QUALITY,
    )


def study(task, in_order=False, hint=""):
    """Balanced families; ``in_order`` sorts every family's options by magnitude."""
    rng = np.random.default_rng(7)
    items = []
    for number in range(FAMILIES):
        order = rng.choice(np.arange(10.0, 71.0, 10.0), 4, replace=False).tolist()
        order = sorted(order) if in_order else order
        items += [item_of(task, f"{task}.{number:03d}", order, asked, hint) for asked in sorted(order)]
    return items


def answers(items, seed=0):
    return [a.letter for a in TrainedBlind(Context(frames={}, root=Path(), seed=seed)).answer(items)]


def accuracy(items):
    return np.mean([item.answer == letter for item, letter in zip(items, answers(items), strict=True)])


@pytest.mark.parametrize("task", ["num2space", "space2num"])
def test_at_chance_on_a_balanced_key(task):
    assert 0.15 <= accuracy(study(task)) <= 0.35


def test_exactly_chance_where_the_texts_of_a_family_are_alike():
    assert accuracy(study("space2num")) == 0.25


def test_finds_options_in_the_order_of_their_magnitudes():
    assert accuracy(study("num2space", in_order=True)) > 0.5


@pytest.mark.parametrize("task", ["num2space", "space2num"])
@pytest.mark.parametrize("hint", ["Compare with image {answer}.", "Note {answer}"])
def test_finds_the_answer_in_the_text(task, hint):
    assert accuracy(study(task, hint=hint)) > 0.9


def test_finds_a_key_that_is_always_the_first_letter():
    items = [item for item in study("space2num") if item.answer == "A"]
    assert accuracy(items) > 0.9


def test_finds_that_the_smallest_number_is_right():
    items = [item for item in study("space2num") if item.truth.magnitude == min(o.value for o in item.options)]
    assert accuracy(items) > 0.9


@pytest.mark.parametrize("hint", ["", "Compare with image {answer}."])
def test_answers_of_the_tested_fold_play_no_part(hint):
    items = study("num2space", hint=hint)
    before = answers(items)
    for fold in folds(items, 0):
        scrambled = list(items)
        for k in fold:
            other = LETTERS[(LETTERS.index(items[k].answer) + 1) % 4]
            truth = items[k].truth.model_copy(update={"magnitude": 99.0})
            scrambled[k] = items[k].model_copy(update={"answer": other, "truth": truth})
        after = answers(scrambled)
        assert [after[k] for k in fold] == [before[k] for k in fold]


def test_images_and_hidden_values_play_no_part():
    items = study("num2space")
    hidden = []
    for item in items:
        options = [
            o.model_copy(update={"value": 1.0 if o.letter == item.answer else 0.0, "image": f"{o.letter}.png"})
            for o in item.options
        ]
        prompt = [
            part if isinstance(part, Text) else part.model_copy(update={"image": item.answer}) for part in item.prompt
        ]
        hidden.append(item.model_copy(update={"options": options, "prompt": prompt}))
    assert answers(hidden) == answers(items)


def test_families_stay_whole():
    items = study("num2space")
    assert sorted(k for fold in folds(items, 3) for k in fold) == list(range(len(items)))
    for fold in folds(items, 3):
        inside = {items[k].family for k in fold}
        assert all((item.family in inside) == (k in set(fold.tolist())) for k, item in enumerate(items))


@pytest.mark.parametrize("read", [answers, lambda items: leak_test(items, 0, draws=9)])
def test_of_many_items_few_are_held_at_once(read):
    """All of a large study's take gigabytes; their texts don't."""
    items = Passing(study("num2space"))
    assert read(items) and items.most < 4


def test_repeatable():
    items = study("num2space")
    assert answers(items) == answers(items)


def test_ties_favour_no_letter():
    item = item_of("num2space", "f", [10.0, 20.0, 30.0, 40.0], 10.0)
    alike = [
        item.model_copy(update={"id": f"{k}", "family": f"f{k}", "answer": LETTERS[k % 4], "prompt": [Text(text="?")]})
        for k in range(400)
    ]
    counts = [answers(alike).count(letter) for letter in LETTERS]
    assert min(counts) > 0


def test_one_family_is_unparsed():
    items = [item_of("num2space", "f", [10.0, 20.0, 30.0, 40.0], asked) for asked in (10.0, 20.0)]
    (first, *_) = TrainedBlind(Context(frames={}, root=Path(), seed=0)).answer(items)
    assert first.outcome == "unparsed" and "two families" in first.reason


def test_shown_reads_options_from_the_text():
    text = shown(item_of("space2num", "f", [10.0, 20.0, 30.0, 40.0], 10.0))
    assert text.options == {"A": "10°", "B": "20°", "C": "30°", "D": "40°"}
    assert "10°" not in text.question
    unseen = shown(item_of("num2space", "f", [10.0, 20.0, 30.0, 40.0], 10.0))
    assert set(unseen.options.values()) == {""} and "10°" in unseen.question


def balanced(seed, hint=""):
    """Num2Space families whose orders are a build's: each letter goes with each place of a family equally often."""
    orders, rng, items = OptionOrders(seed), np.random.default_rng(seed), []
    for number in range(FAMILIES):
        magnitudes = sorted(rng.choice(np.arange(10.0, 71.0, 10.0), 4, replace=False).tolist())
        order = [magnitudes[k] for k in orders.next("cell", 4)]
        items += [item_of("num2space", f"{number:03d}", order, asked, hint) for asked in magnitudes]
    return items


def test_keys_are_drawn_anew_as_a_build_draws_them():
    built = OptionOrders(3)
    for orders in (
        np.array([[built.next("cell", 4) for _ in range(8)]]),
        drawn_orders(np.random.default_rng(0), 5, 8, 4),
    ):
        for draw in orders:
            for block in (draw[:4], draw[4:]):
                assert sorted(map(tuple, block.T.tolist())) == sorted(set(map(tuple, block.T.tolist())))
                assert (np.sort(block, axis=0) == np.arange(4)[:, None]).all()


def test_the_leak_test_is_right_about_luck():
    """Of sound builds, one in ten has a p below 0.1; luck under a balanced key is less than guessing."""
    found = [leak_test(balanced(seed), seed, draws=99) for seed in range(30)]
    assert np.mean([test.luck for test in found]) < 0.24
    assert 0.3 < np.mean([test.p for test in found]) < 0.7
    assert min(test.p for test in found) < 0.3 < 0.7 < max(test.p for test in found)


def test_a_large_cell_is_learnt_in_blocks(monkeypatch):
    """Of whole families, none too small to learn from; leaks are found, and luck stays luck."""
    monkeypatch.setattr("spacenum.items.leaks.FAMILIES_TOGETHER", 8)
    items = balanced(0)[: 4 * 19]
    parts = blocks(items)
    assert [len(part) for part in parts] == [4 * 8, 4 * 11] and [item for part in parts for item in part] == items
    found = [leak_test(balanced(seed), seed, draws=99) for seed in range(20)]
    assert 0.3 < np.mean([test.p for test in found]) < 0.7
    assert leak_test(balanced(0, "Compare with image {answer}."), 0).p == 0.001


@pytest.mark.parametrize("leak", [study("num2space", in_order=True), balanced(0, "Compare with image {answer}.")])
def test_a_build_whose_text_tells_the_answer_fails(leak):
    with pytest.raises(
        SpaceNumError, match=r"cell transition.num2space.rotate_left_right: a classifier .* tell the answer"
    ):
        refuse_leaks(leak, 0)


def test_one_leaking_cell_among_sound_ones_is_found():
    sound = [
        item.model_copy(update={"cell": f"cell {seed}", "family": f"{seed}/{item.family}"})
        for seed in range(12)
        for item in balanced(seed)[:32]
    ]
    leak = [item.model_copy(update={"cell": "leak"}) for item in balanced(99, "Compare with image {answer}.")[:64]]
    assert leak_test(sound, 0).p > 0.001
    found = leak_test([*sound, *leak], 0)
    assert (found.p, found.cell) == (0.001, "leak")
    assert leak_test(leak[:4], 0) is None
