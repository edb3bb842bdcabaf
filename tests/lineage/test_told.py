"""``spacenum lineage`` on a study of a few files: what it says where files are changed, missing, or of variants."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from spacenum.asking.base import Answer
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import hashes_of, meta_path, write_jsonl, write_meta, write_text
from spacenum.lineage.told import LineageQuery, lineage
from spacenum.study import paths
from tests.scoring.fakes import family

TABLE = "results/main_table.csv"
CELL = "transition.num2space.rotate_left_right"
ITEM = f"{CELL}.000.A"


def made(rule: str, file: str, inputs: Mapping[str, str] = {}) -> dict[str, str]:
    write_meta(rule, None, "code", inputs, [Path(file)])
    return {**inputs, **hashes_of([Path(file)])}


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One item, as it is and in a variant, answered by one model; no frames, as in a study of a release."""
    monkeypatch.chdir(tmp_path)
    behind: dict[str, str] = {}
    for variant, reply in (("base", "B, I think"), ("blind", "I see nothing")):
        items = f"data/items/benchmark/{variant}/transition.jsonl"
        write_jsonl(Path(items), family(CELL, 0))
        inputs = made("items", items)
        answers = paths.ANSWERS.of(model="some", mode="letter-greedy", variant=variant, setting="transition")
        write_jsonl(Path(answers), [Answer(item=ITEM, letter=None, outcome="unparsed", reason="none", reply=reply)])
        behind |= made("answers", answers, inputs)
    write_text(Path(TABLE), f"model,{CELL}\nsome,50\n")
    made("main_table", TABLE, behind)
    return tmp_path


def told(path: str = TABLE, **asked: str) -> str:
    return "\n".join(lineage(LineageQuery(path=path, **asked)))


def test_an_item_without_frames_is_told_for_each_variant_with_its_reply(study: Path):
    said = told(item=ITEM)
    for variant, reply in (("base", "B, I think"), ("blind", "I see nothing")):
        assert f"{ITEM}, as asked (data/items/benchmark/{variant}/transition.jsonl):" in said
        assert f"its reply (results/answers/some/letter-greedy/{variant}/transition.jsonl):\n  {reply}" in said


def test_parts_of_answers_say_in_which_mode_they_were_asked(study: Path):
    part = paths.ANSWERS_PART.of(model="m", mode="some", variant="base", setting="layout", part="0000-of-0002")
    params = {"mode": "letter-greedy", "seed": 1, "config": {"backend": "vllm"}}
    write_jsonl(Path(part), [])
    write_meta(paths.ANSWERS_PART.name, params, "code", {}, [Path(part)])
    assert "mode letter-greedy, backend vllm, seed 1" in told(part)


def test_what_follows_no_more_is_noted(study: Path):
    assert "note:" not in told()
    write_text(Path(TABLE), "model\n")
    assert f"note: {TABLE} is not what its job wrote" in told()
    Path(TABLE).unlink()
    assert f"note: {TABLE} is missing" in told(model="some", cell=CELL)
    items = "data/items/benchmark/base/transition.jsonl"
    write_jsonl(Path(items), family(CELL, 1))
    made("items", items)
    assert f"note: {TABLE} was made from another {items} than there is now" in told()


def test_a_damaged_meta_file_matters_only_where_it_is_behind(study: Path):
    write_text(Path("results/other.csv.meta.json"), "{")
    assert "rule main_table" in told()
    write_text(meta_path(Path("data/items/benchmark/blind/transition.jsonl")), "{")
    with pytest.raises(SpaceNumError, match=r"blind/transition.jsonl.meta.json is damaged; add '--forcerun"):
        told()


@pytest.mark.parametrize("item", ["x", "a.b", f"{ITEM}.AB"])
def test_an_item_that_is_not_there_is_named_as_it_was_given(study: Path, item: str):
    with pytest.raises(SpaceNumError, match=f"^--item {item}: is in none of data/items"):
        told(item=item)
