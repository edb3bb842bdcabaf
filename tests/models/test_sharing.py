"""The plan of the fast way: what is shared must be shared, and nothing may get lost."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
sharing = pytest.importorskip("spacenum.models.transformers.sharing")
prompts_module = pytest.importorskip("spacenum.models.transformers.prompts")


def prompt(*parts):
    """Numbers are words, a letter an image of two tokens."""
    ids = [token for part in parts for token in ([9, 9] if isinstance(part, str) else [part])]
    images = tuple(part for part in parts if isinstance(part, str))
    return prompts_module.Prompt(tuple(ids), tuple(int(k == 9) for k in ids), images, torch.zeros(1, len(ids)))


def test_a_shared_prefix_stops_short_of_the_last_token_and_of_what_differs():
    assert sharing.shared_tokens([prompt(1, "a", 2, 3), prompt(1, "a", 2, 4, 5)]) == (4, 1)
    assert sharing.shared_tokens([prompt(1, 2), prompt(1, 2)]) == (1, 0)
    assert sharing.shared_tokens([prompt(1, 2, "a", 3), prompt(1, 5, "a", 3)]) == (1, 0)
    assert sharing.shared_tokens([prompt(1, "a", 2, "b", 3), prompt(1, "a", 2, "c", 3)]) == (4, 1)
    assert sharing.shared_tokens([prompt(1, "a"), prompt(1, "a", 2)]) == (1, 0), "an image is not cut in two"


def test_what_can_not_be_told_apart_is_not_shared():
    unclear = prompts_module.Prompt((1, 9, 9, 2), (0, 1, 1, 0), ("a", "b"), torch.zeros(1, 4))
    assert sharing.shared_tokens([unclear, unclear]) == (0, 0)


def test_other_images_are_shared_up_to_the_first_that_differs_where_images_are_causal():
    asked = [prompt(1, "a", 2), prompt(1, "a", 3), prompt(1, "b", 4)]
    assert sharing.groups(asked, ["f"] * 3, causal=True) == [sharing.PrefixGroup((0, 1, 2), 1, 0)]
    assert sharing.groups(asked, ["f"] * 3, causal=False) == [
        sharing.PrefixGroup((0, 1), 3, 1),
        sharing.PrefixGroup((2,), 0),
    ]
    last = [prompt(1, "a", 2, "b", 3), prompt(1, "a", 2, "c", 3)]
    assert sharing.groups(last, ["f"] * 2, causal=True) == [sharing.PrefixGroup((0, 1), 4, 1)]
    assert sharing.groups(last, ["f"] * 2, causal=False) == [sharing.PrefixGroup((0,), 0), sharing.PrefixGroup((1,), 0)]


SPOKEN = st.lists(st.sampled_from([0, 1, "a 0", "b 0"]), min_size=1, max_size=5)


@given(st.lists(st.tuples(st.integers(0, 3), SPOKEN)), st.integers(1, 4), st.booleans())
def test_every_prompt_is_in_one_batch_that_fits(drawn, size, causal):
    words = [
        [token for part in parts for token in ([part[0], 0] if isinstance(part, str) else [part])] for _, parts in drawn
    ]
    asked = [prompt(*parts) for parts in words]  # between two images there is always a word
    found = sharing.groups(asked, [str(family) for family, _ in drawn], causal)
    plan = sharing.batches(found, [len(each.ids) for each in asked], size)
    members = [[k for group in batch for k in group.members] for batch in plan]
    assert Counter(k for batch in members for k in batch) == Counter(range(len(asked)))
    assert all(len(batch) <= size for batch in members)
    for group in (group for batch in plan for group in batch):
        assert len({(asked[k].ids[: group.shared], asked[k].images[: group.images]) for k in group.members}) == 1
        assert all(len(asked[k].ids) > group.shared for k in group.members)
        assert all(sum(asked[k].types[: group.shared]) == 2 * group.images for k in group.members)
        assert causal or all(group.images in (0, len(asked[k].images)) for k in group.members)


@given(st.lists(st.integers(1, 4)), st.integers(1, 6))
def test_windows_keep_families_whole_and_in_order(sizes, size):
    families = [str(k) for k, count in enumerate(sizes) for _ in range(count)]
    cut = list(sharing.windows(families, size))
    assert [k for window in cut for k in window] == list(range(len(families)))
    assert all(len({families[k] for k in window} & {families[k] for k in other}) == 0
               for window in cut for other in cut if window != other)  # fmt: skip
