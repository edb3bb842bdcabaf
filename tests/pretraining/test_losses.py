"""Attention losses against closed forms: with equal scores, each of n tokens so far gets one n-th."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from spacenum.pretraining.batches import Chunk  # noqa: E402
from spacenum.pretraining.losses import (  # noqa: E402
    answer_attention,
    axis,
    first_numerals,
    last_numerals,
    match_attention,
    name_attention,
    numbers,
    question_attention,
    role_attention,
    waves,
)
from spacenum.tuning.examples import IGNORED  # noqa: E402

LENGTH = 8
# word, image of the origin anchor, its end, image of the target, its end, last word, letter, end
ROLES = [[1, 1, IGNORED, 3, IGNORED, IGNORED, IGNORED, IGNORED]]
IMAGE_TOKENS = [[-1, 0, -1, 1, -1, -1, -1, -1]]


def chunk(**changes) -> Chunk:
    labels = torch.full((1, LENGTH), IGNORED)
    labels[0, 5:7] = 1
    values = {
        "examples": [], "per_image": 1, "ids": torch.zeros(1, LENGTH, dtype=torch.long),
        "positions": torch.zeros(3, 1, LENGTH),
        "image_tokens": torch.tensor(IMAGE_TOKENS), "labels": labels, "summaries": torch.tensor([[2, 4, 5]]),
        "numbers": torch.zeros(1, 3, 6), "numerals": torch.full((1, 3, 6), -1), "queries": torch.tensor([[5]]),
        "question_summaries": torch.tensor([[5]]), "answers": torch.tensor([[4]]),
        "first_places": torch.full((1, LENGTH, 2), torch.nan), "roles": torch.tensor(ROLES), "axes": torch.tensor([2]),
    }  # fmt: skip
    return Chunk(**values | changes)


STATES = torch.zeros(1, LENGTH, 32)
LATER = torch.ones(LENGTH, LENGTH, dtype=torch.bool).triu(1)
EQUAL = torch.zeros(1, 3, LENGTH, LENGTH).masked_fill(LATER, -torch.inf)


def test_names_are_attended_to_by_tokens_that_show_them_and_stand_behind():
    """The target's name stands nowhere."""
    assert float(name_attention(EQUAL, chunk())) == pytest.approx(np.log(2))


def test_roles_are_attended_to_in_ones_own_image():
    """The origin anchor from behind the first image (3 tokens so far), the target from behind the second (5)."""
    assert float(role_attention(EQUAL, chunk())) == pytest.approx((np.log(3) + np.log(5)) / 2)


def test_the_answer_attends_to_the_right_option():
    scores = EQUAL.clone()
    scores[0, 0, 5, 4] = np.log(3)
    assert float(answer_attention(EQUAL, chunk())) == pytest.approx(np.log(6))
    assert float(answer_attention(scores, chunk())) == pytest.approx(np.log(8 / 3))
    scores[0, 0, 5, 5] = np.log(3)
    assert float(question_attention(scores, chunk())) == pytest.approx(np.log(10 / 3))


def test_numerals_are_attended_to_by_a_head_each():
    """Five numerals before the last summary, of six tokens so far; the third from the end has its head's attention."""
    numerals = torch.full((1, 3, 6), -1)
    numerals[0, 2, :5] = torch.tensor([4, 3, 2, 1, 0])
    scores = torch.zeros(1, 4, LENGTH, LENGTH).masked_fill(LATER, -torch.inf)
    scores[0, 3, 5, 2] = 100.0
    assert float(last_numerals(scores, chunk(numerals=numerals))) == pytest.approx(2 * np.log(6) / 3)
    assert float(first_numerals(scores, chunk(numerals=numerals))) == pytest.approx(np.log(6))
    assert first_numerals(scores, chunk()) is None


def test_a_token_attends_to_the_same_point_of_the_first_image():
    """An image of two by two tokens: half way between the second and the fourth, of which 7 tokens so far."""
    places = torch.full((1, LENGTH, 2), torch.nan)
    places[0, 6] = torch.tensor([1.0, 0.5])
    tokens = torch.tensor([[-1, 0, 1, 2, 3, -1, 4, 5]])
    scores = EQUAL.clone()
    scores[0, 0, 6, [2, 4]] = np.log(2)
    found = match_attention(scores, chunk(first_places=places, image_tokens=tokens, per_image=4))
    assert float(found) == pytest.approx(np.log(9 / 2))


def test_axes_are_told_behind_images_of_layouts():
    """Of a head on states of zeros: its bias."""
    head, logits = torch.nn.Linear(32, 4), torch.tensor([0.3, -1.0, 0.7, 0.1])
    head.bias.data = logits
    assert float(axis(head, STATES, chunk())) == pytest.approx(-float(logits.log_softmax(0)[2]))
    assert axis(head, STATES, chunk(axes=torch.tensor([IGNORED]))) is None


def test_products_of_waves_tell_near_numbers_from_far_ones():
    grid = torch.linspace(-3, 3, 61)[:, None].expand(-1, 6)
    product = (waves(grid) @ waves(grid).T)[30]  # with zeros
    assert product.argmax() == 30 and float(product[30]) == pytest.approx(18)
    assert (product[30:].diff()[:8] < 0).all() and product[40:].max() < 12


def test_numbers_are_told_behind_images_and_numbers():
    head, told = torch.nn.Linear(32, 36), torch.randn(1, 3, 6)
    head.bias.data = waves(told[0, 2])
    expected = torch.stack([waves(one) - waves(told[0, 2]) for one in told[0]]).square().mean()
    assert float(numbers(head, STATES, chunk(numbers=told))) == pytest.approx(float(expected))
