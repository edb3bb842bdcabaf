"""Attention losses against closed forms: with equal scores, each of n tokens so far gets one n-th."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
import torch.nn.functional as F  # noqa: E402

from spacenum.pretraining.batches import Chunk  # noqa: E402
from spacenum.pretraining.initialisation import SHARPNESS  # noqa: E402
from spacenum.pretraining.losses import (  # noqa: E402
    answer_attention,
    answer_vectors,
    axis,
    first_numerals,
    last_numerals,
    letter,
    letter_attention,
    match_attention,
    name_attention,
    number_vectors,
    numbers,
    question_attention,
    role_attention,
    role_boxes,
)
from spacenum.pretraining.network import States  # noqa: E402
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
        "positions": torch.zeros(1, LENGTH, 3),
        "image_tokens": torch.tensor(IMAGE_TOKENS), "labels": labels, "letters": torch.tensor([[0, 3]]),
        "summaries": torch.tensor([[2, 4, 5]]),
        "numbers": torch.zeros(1, 3, 6), "numerals": torch.full((1, 3, 6), -1), "queries": torch.tensor([[5]]),
        "question_summaries": torch.tensor([[5]]), "answers": torch.tensor([[4]]),
        "first_places": torch.full((1, LENGTH, 2), torch.nan), "roles": torch.tensor(ROLES),
        "boxes": torch.full((1, LENGTH, 6), torch.nan), "axes": torch.tensor([2]),
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


def test_options_attend_to_their_letters():
    """Three and five tokens so far."""
    assert float(letter_attention(EQUAL, chunk())) == pytest.approx((np.log(3) + np.log(5)) / 2)


def test_options_know_their_letters():
    """Of a head on states of zeros: its bias. The second row has one option."""
    head, logits = torch.nn.Linear(32, 8), torch.randn(8)
    head.bias.data = logits
    two = chunk(letters=torch.tensor([[0, 3], [0, -1]]), summaries=torch.tensor([[2, 4, 5], [2, 5, -1]]))
    told = -logits.log_softmax(0)
    assert float(letter(head, STATES.expand(2, -1, -1), two).detach()) == pytest.approx(
        float(2 * told[0] + told[1]) / 3
    )


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


def test_boxes_are_told_behind_ones_own_image_in_the_order_of_roles():
    """The origin anchor's behind the first image, the target's behind the second; nothing is known of others."""
    boxes = torch.full((1, LENGTH, 6), torch.nan)
    boxes[0, 1], boxes[0, 3] = 0.5, 2.0
    head = torch.nn.Linear(32, 18)
    head.bias.data = torch.tensor([1.0, 7.0, 3.0]).repeat_interleave(6)
    head.weight.data.zero_()
    assert float(role_boxes(head, STATES, chunk(boxes=boxes))) == pytest.approx((0.5 + 1.0) / 2)


def test_products_of_number_vectors_tell_near_numbers_from_far_ones():
    grid = torch.linspace(-3, 3, 61)[:, None].expand(-1, 6)
    product = (number_vectors(grid, 64) @ number_vectors(grid, 64).T)[30]  # with zeros
    assert product.argmax() == 30 and float(product[30]) == pytest.approx(18)
    assert (product[30:].diff()[:15] < 0).all() and product[45:].max() < 6


def test_numbers_are_told_behind_images_and_numbers():
    head, told = torch.nn.Linear(32, 36), torch.randn(1, 3, 6)
    head.bias.data = number_vectors(told[0, 2], 36)
    expected = (
        torch.stack([number_vectors(one, 36) - number_vectors(told[0, 2], 36) for one in told[0]]).square().mean()
    )
    assert float(numbers(head, STATES, chunk(numbers=told))) == pytest.approx(float(expected))


def test_options_have_keys_of_their_numbers_and_a_query_that_of_the_number_asked_about():
    """Options end at tokens 2 and 4; the number at token 5 is asked about, and its key may be any. Another, shorter row
    is padded."""
    told = torch.randn(1, 3, 6)
    vectors = number_vectors(told, 64)
    keys, queries = torch.randn(1, LENGTH, 64), torch.randn(1, LENGTH, 64)
    keys[0, [2, 4]], queries[0, 5] = 3 * vectors[0, :2], 2 * vectors[0, 2]
    right = States(hidden=[], scores={}, queries=queries, keys=keys)
    assert float(answer_vectors(right, chunk(numbers=told))) == pytest.approx(0, abs=1e-5)
    opposite = States(hidden=[], scores={}, queries=-queries, keys=keys)
    assert float(answer_vectors(opposite, chunk(numbers=told))) == pytest.approx(2)
    both = chunk(
        numbers=torch.cat([told, told]), letters=torch.tensor([[0, 3], [0, -1]]),
        summaries=torch.tensor([[2, 4, 5], [2, 5, -1]]), queries=torch.tensor([[5], [-1]]),
        question_summaries=torch.tensor([[5], [-1]]),
    )  # fmt: skip
    twice = States(hidden=[], scores={}, queries=queries.expand(2, -1, -1), keys=keys.expand(2, -1, -1))
    assert float(answer_vectors(twice, both)) == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_a_head_with_these_vectors_finds_the_nearest_of_four_options(dimensions):
    """Scores of one token's query with four options' keys, scaled and sharpened as in the model."""
    options = torch.zeros(200, 4, 6)
    torch.manual_seed(0)
    options[..., : 2 * dimensions] = torch.rand(200, 4, 2 * dimensions) * 4 - 2
    asked = options[:, 1] + 0.1 * torch.randn(200, 6) * (options[:, 1] != 0)
    query, keys = (F.normalize(number_vectors(numbers, 64), dim=-1) * 8 for numbers in (asked, options))
    attention = (SHARPNESS / 8 * torch.einsum("nc,noc->no", query, keys)).softmax(-1)
    assert (attention.argmax(-1) == 1).float().mean() > (0.85 if dimensions == 1 else 0.97)
