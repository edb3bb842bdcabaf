"""A published item set in JSON becomes items, or one sentence that says which file, line and key are wrong."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from spacenum.asking.base import Answer, ModelInfo
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import read_jsonl
from spacenum.external.imported import import_items
from spacenum.external.settings import AskedSet
from spacenum.items.schema import ASKED_ITEM, CELLS, ExternalItem, Image
from spacenum.scoring.rows import score_answers
from spacenum.tables.external import MEAN_OF_CELLS, ExternalScores, external_table
from tests.external.published import picture

MAPPING = {
    "name": "original",
    "source": "somebody/items",
    "revision": "0123abc",
    "items": "data",
    "fields": {"id": "meta.id", "question": "prompt", "options": "choices", "option_images": "choice_images",
               "answer": "label", "images": "images", "cell": ["task", "group"]},
    "answer": "letter",
    "cells": {"n2s/yaw": "transition.num2space.rotate_left_right", "s2n/yaw": "transition.space2num.rotate_left_right"},
}  # fmt: skip
FIRST = {"meta": {"id": "a"}, "task": "s2n", "group": "yaw", "prompt": "Before <image> and after <image>: how far?",
         "images": ["0.png", "sub/1.png"], "choices": {"A": "10°", "B": "20°"}, "label": "B"}  # fmt: skip
SECOND = {"meta": {"id": "b"}, "task": "n2s", "group": "yaw", "prompt": "Which one?", "images": ["0.png"],
          "choices": [], "choice_images": ["0.png", "1.png", "2.png"], "label": "C"}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sub").mkdir()
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(picture(number))
        (tmp_path / "sub" / f"{number}.png").write_bytes(picture(number, "JPEG"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def bring(folder: Path, entries: list[Any], name: str = "set.json", **mapping: Any) -> list[ExternalItem]:
    (folder / "map.yaml").write_text(yaml.safe_dump(MAPPING | mapping))
    lines = "".join(json.dumps(entry) + "\n" for entry in entries)
    (folder / name).write_text(lines if name.endswith("l") else json.dumps({"v": 1, "data": entries}, indent=1))
    return import_items(Path(name), Path("map.yaml"), folder, "benchmark")


def test_items_are_asked_and_summed_up_in_our_cells(folder):
    made = bring(folder, [FIRST, SECOND])
    assert read_jsonl(Path("data/items/benchmark/original/external.jsonl"), ASKED_ITEM) == made
    assert bring(folder, [FIRST, SECOND], "set.jsonl", items=None) == made
    first, second = made
    assert (first.answer, first.task, [option.text for option in first.options]) == ("B", "space2num", ["10°", "20°"])
    assert (second.answer, second.task, len(second.options)) == ("C", "num2space", 3)
    shown = [part.image for part in second.prompt if isinstance(part, Image)]
    assert shown[1:] == [option.image for option in second.options] and len(set(shown)) == 3
    assert all(Path(image).is_file() for image in shown)
    answers = [Answer(item=item.id, letter="B", outcome="parsed") for item in made]
    rows = score_answers(made, answers)
    assert [(row.setting, row.task, row.group) for row in rows] == [
        ("transition", task, "rotate_left_right") for task in ("space2num", "num2space")
    ]
    asked = AskedSet(variant="original", benchmark="original", protocol=None)
    table = external_table([ExternalScores(ModelInfo(name="m", kind="vlm"), asked, rows)], {})
    assert table["scope"].tolist() == ["all", rows[0].cell, rows[1].cell]
    assert table["correct"].tolist() == [1, 1, 0]
    everywhere = [replace(row, cell=cell) for cell in CELLS for row in rows[: 1 + (cell == CELLS[0])]]
    last = external_table([ExternalScores(ModelInfo(name="m", kind="vlm"), asked, everywhere)], {}).iloc[-1]
    assert (last["scope"], last["n"], last["accuracy"]) == (MEAN_OF_CELLS, 21, 97.5), "each cell counts the same"


BAD = {
    "no key": (
        [FIRST, SECOND | {"label": None, "prompt": 3}],
        {},
        ["set.json, line 21, key 'prompt': should be a text"],
    ),
    "missing": ([FIRST, {"meta": {"id": "b"}}], {}, ["line 21, key 'prompt': is missing; there are: meta"]),
    "no letter": ([FIRST | {"label": "C"}], {}, ["line 4, key 'label': 'C' is no letter of its options"]),
    "no index": ([FIRST | {"label": 2}], {"answer": "index"}, ["line 4, key 'label': '2' is no index of its options"]),
    "no image": ([FIRST | {"images": ["9.png"]}], {}, ["line 4, key 'images': there is no image", "9.png"]),
    "no cell": (
        [FIRST | {"task": "x"}],
        {},
        ["line 4, key 'task/group': 'x/yaw' has no name in the mapping's 'cells'"],
    ),
    "twins": ([FIRST, FIRST], {}, ["line 21, key 'meta.id': 'a' stands twice"]),
    "no list": ([FIRST], {"items": "rows"}, ["it has no list under 'rows'", "its keys are v, data"]),
    "another file": ([FIRST], {"sha256": "0" * 64}, ["its SHA-256 is", "take the file of revision 0123abc"]),
    "bad mapping": ([FIRST], {"answer": "word"}, ["map.yaml: answer: ", "(got 'word')"]),
}


@pytest.mark.parametrize("problem", BAD)
def test_bad_input_is_one_sentence_and_writes_nothing(folder, problem):
    entries, mapping, said = BAD[problem]
    with pytest.raises(SpaceNumError) as caught:
        bring(folder, entries, **mapping)
    assert all(part in str(caught.value) for part in said), caught.value
    assert not any(path.is_file() for path in folder.glob("data/**/*"))


def test_a_broken_line_is_named(folder):
    bring(folder, [FIRST], "set.jsonl", items=None)
    (folder / "set.jsonl").write_text(json.dumps(FIRST) + "\n\n{'no': 1}\n")
    with pytest.raises(SpaceNumError, match=r"set.jsonl, line 3: not valid JSON"):
        import_items(Path("set.jsonl"), Path("map.yaml"), folder, "benchmark")


OUTSIDE = {
    "above": "../secret.png",
    "absolute": "{outside}/secret.png",
    "by way of a folder": "sub/../../secret.png",
    "a link": "link.png",
    "a folder's link": "linked/secret.png",
    "a ring of links": "ring",
    "a zero byte": "a\0b",
    "too long": "a" * 5000,
    "half a character": "\ud800.png",
}


@pytest.mark.parametrize("how", OUTSIDE)
def test_nothing_outside_the_folder_of_images_is_read_and_an_earlier_import_stays(folder, tmp_path_factory, how):
    """What was imported is sent to hosted models."""
    outside = tmp_path_factory.mktemp("outside")
    for secret in (outside / "secret.png", folder.parent / "secret.png"):
        secret.write_bytes(picture(99))
    (folder / "link.png").symlink_to(outside / "secret.png")
    (folder / "linked").symlink_to(outside)
    (folder / "ring").symlink_to("ring")
    bring(folder, [FIRST, SECOND])
    before = imported(folder)
    with pytest.raises(SpaceNumError, match=r"line \d+"):
        bring(folder, [FIRST, SECOND | {"images": [OUTSIDE[how].format(outside=outside)]}])
    assert imported(folder) == before


def imported(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted((folder / "data").rglob("*")) if path.is_file()}


@pytest.mark.parametrize("disk_full_at", ["external.jsonl", "external.checks.json", ".png"])
def test_an_import_that_fails_midway_leaves_the_earlier_one(folder, monkeypatch, disk_full_at):
    bring(folder, [FIRST, SECOND])
    before, opened = imported(folder), Path.open

    def full(path: Path, mode: str = "r", *given: Any, **more: Any) -> Any:
        if "w" in mode and disk_full_at in path.name and "data" in path.parts:
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(path, mode, *given, **more)

    entries = [FIRST | {"prompt": "Otherwise: <image> and <image>?"}]
    (folder / "0.png").write_bytes(picture(7))
    monkeypatch.setattr(Path, "open", full)  # which all ways of writing call
    with pytest.raises(OSError, match="No space left"):
        bring(folder, entries)
    assert imported(folder) == before


def test_a_link_within_the_folder_is_read(folder):
    (folder / "link.png").symlink_to("sub/1.png")
    assert bring(folder, [FIRST | {"images": ["0.png", "link.png"]}]) == bring(folder, [FIRST])
