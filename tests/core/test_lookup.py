"""Records of files by key, read when asked for."""

from __future__ import annotations

import pytest

from spacenum.asking.base import Answer
from spacenum.core.errors import SpaceNumError
from spacenum.core.lookup import Lookup, Records
from spacenum.core.provenance import write_jsonl


def answer(item: str, repeat: int = 0) -> Answer:
    return Answer(item=item, reply="é\u2028", outcome="unparsed", reason="no letter", repeat=repeat)


def test_records_of_several_files_are_found_by_their_key(tmp_path):
    answers = [answer("b"), answer("b", 1), answer("a"), answer("ü")]
    files = [tmp_path / "1.jsonl", tmp_path / "2.jsonl"]
    write_jsonl(files[0], answers[:3])
    write_jsonl(files[1], answers[3:])
    found = Lookup(files, Answer, lambda one: None if one.repeat else one.item)
    assert dict(found) == {one.item: one for one in answers if not one.repeat} and list(found) == ["b", "a", "ü"]
    with pytest.raises(SpaceNumError, match=r"2\.jsonl, line 1: 'ü' stands twice"):
        Lookup([*files, files[1]], Answer, lambda one: one.item if not one.repeat else None)
    with pytest.raises(SpaceNumError, match="no such file"):
        Lookup([tmp_path / "none.jsonl"], Answer, lambda one: one.item)


def test_records_of_a_file_are_read_in_order_and_by_place(tmp_path):
    path = tmp_path / "answers.jsonl"
    answers = [answer("b"), answer("ü"), answer("a")]
    write_jsonl(path, answers)
    found = Records(path, Answer)
    assert [*found] == [*found] == answers and len(found) == 3
    assert (found[1], found[-1], found[1:]) == (answers[1], answers[2], answers[1:])
    with pytest.raises(IndexError):
        found[3]
    path.write_text(path.read_text(encoding="utf-8").replace("unparsed", "unknown"), encoding="utf-8")
    with pytest.raises(SpaceNumError, match=r"answers\.jsonl, line 1: outcome"):
        list(found)
    with pytest.raises(SpaceNumError, match="no such file"):
        Records(tmp_path / "none.jsonl", Answer)
