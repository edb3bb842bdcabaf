"""Replies in the styles of the paper's models, read by hand by somebody who didn't know the parser (docs/models.md).

``written_before.yaml`` was written before the parser was finished, and it was finished on it; ``written_after.yaml``
was written once the parser stood. ``written_third.yaml`` was, too, and later, but by somebody who knew the parser.
``written_fourth.yaml`` was written by somebody who had read of its rules, but not the parser; the fifth (unusual
wordings), sixth and seventh (usual ones) by the same person, who had mended it by then.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from spacenum.asking.parsing import read_letter
from spacenum.items.schema import LETTERS

CORPUS = Path(__file__).parent / "corpus"
MOST_UNREAD = 0.01
"""Of a set's clear replies, or three."""


@pytest.mark.parametrize(
    "name", [f"written_{which}" for which in ("before", "after", "third", "fourth", "fifth", "sixth", "seventh")]
)
def test_what_a_person_reads_is_read_and_nothing_else(name):
    replies = yaml.load((CORPUS / f"{name}.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    assert len(replies) >= 80 and {expected for expected, _ in replies} == {*LETTERS, "none"}
    read = [(expected, read_letter(reply, LETTERS).letter or "none", reply) for expected, reply in replies]
    assert [
        one for one in read if one[1] not in (one[0], "none")
    ] == []  # misread: another letter, or one that isn't stated
    clear = [one for one in read if one[0] != "none"]
    unread = [one for one in clear if one[1] == "none"]
    assert len(unread) < max(MOST_UNREAD * len(clear), 4), unread
