"""The plan of the fast way: what is shared must be shared, and nothing may get lost."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
sharing = pytest.importorskip("spacenum.models.transformers.sharing")
prompts_module = pytest.importorskip("spacenum.models.transformers.prompts")


def prompt(ids, images=()):
    """Token 9 stands for an image's."""
    return prompts_module.Prompt(tuple(ids), tuple(int(k == 9) for k in ids), tuple(images), torch.zeros(1, len(ids)))


def test_a_shared_prefix_stops_short_of_the_last_token_and_of_images():
    assert sharing.shared_tokens([prompt([1, 9, 2, 3]), prompt([1, 9, 2, 4, 5])]) == 3
    assert sharing.shared_tokens([prompt([1, 2]), prompt([1, 2])]) == 1
    assert sharing.shared_tokens([prompt([1, 2, 9, 3]), prompt([1, 5, 9, 3])]) == 0


def test_other_images_are_another_group_though_tokens_agree():
    asked = [prompt([1, 9, 2], "a"), prompt([1, 9, 3], "a"), prompt([1, 9, 4], "b")]
    assert sharing.groups(asked, ["f"] * 3) == [sharing.Group((0, 1), 2), sharing.Group((2,), 0)]


@given(st.lists(st.tuples(st.integers(0, 3), st.lists(st.integers(0, 2), min_size=1, max_size=5))), st.integers(1, 4))
def test_every_prompt_is_in_one_batch_that_fits(drawn, size):
    asked = [prompt(ids) for _, ids in drawn]
    plan = sharing.batches(
        sharing.groups(asked, [str(family) for family, _ in drawn]), [len(each.ids) for each in asked], size
    )
    members = [[k for group in batch for k in group.members] for batch in plan]
    assert Counter(k for batch in members for k in batch) == Counter(range(len(asked)))
    assert all(len(batch) <= size for batch in members)
    for group in (group for batch in plan for group in batch):
        assert len({asked[k].ids[: group.shared] for k in group.members}) == 1
        assert all(len(asked[k].ids) > group.shared for k in group.members)


@given(st.lists(st.integers(1, 4)), st.integers(1, 6))
def test_windows_keep_families_whole_and_in_order(sizes, size):
    families = [str(k) for k, count in enumerate(sizes) for _ in range(count)]
    cut = list(sharing.windows(families, size))
    assert [k for window in cut for k in window] == list(range(len(families)))
    assert all(len({families[k] for k in window} & {families[k] for k in other}) == 0
               for window in cut for other in cut if window != other)  # fmt: skip
