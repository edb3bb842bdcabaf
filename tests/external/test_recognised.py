"""Sets in the usual shapes become the same items, whatever shape they come in; what isn't understood is refused."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from spacenum.cli.main import main
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import read_jsonl
from spacenum.external.cells import CellNames, cell_of
from spacenum.external.recognised import Recognition, recognise
from spacenum.external.shapes import read_row
from spacenum.external.sources import Source
from spacenum.external.worded import options_in, right_option
from spacenum.items.schema import ASKED_ITEM, ExternalItem, Image, Text
from spacenum.items.schema import CELLS as ALL_CELLS
from tests.external import shapes
from tests.external.published import picture
from tests.external.shapes import CELLS, MARKS, PACKED, ROWS, SHAPES

ITEMS = Path("data/items/benchmark/official/external.jsonl")


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "study").mkdir()
    monkeypatch.chdir(tmp_path / "study")
    return tmp_path


def bring(path: Path, show: int = 0, write: bool = True, images: Path | None = None, **how: Any) -> list[str]:
    """What is said; the items are in ``made()``."""
    said: list[str] = []
    known = Recognition.model_validate({"name": "official", "source": "made up"} | how)
    recognise(Source(path, images, known.only), known, "benchmark", said.append, write=write, show=show)
    return said


def made() -> list[ExternalItem]:
    return read_jsonl(ITEMS, ASKED_ITEM)


def written() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(Path("data").rglob("*")) if path.is_file()}


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_same_items(study, shape, packed):
    said = bring(PACKED[packed](study / "set", shape))
    assert f"rows: 3 of shape {shape.split(',')[0]}" in said
    items = made()
    assert [item.cell for item in items] == CELLS
    assert [item.answer for item in items] == [row["answer"] for row in ROWS]
    assert [option.text for option in items[0].options] == ROWS[0]["options"]
    shown = [[part.image for part in item.prompt if isinstance(part, Image)] for item in items]
    assert [len(images) for images in shown] == [2, 5, 1]
    assert [option.image for option in items[1].options] == shown[1][1:], "options are the images at their marks"
    assert [Path(image).read_bytes() for images in shown for image in images] == [picture(n) for n in range(8)]
    texts = ["\n".join(part.text for part in item.prompt if isinstance(part, Text)) for item in items]
    wanted = shapes.asked(ROWS[0]).replace("<image>", "").split()
    begins = ["You", "are", "an", "agent."] if shape == "OpenAI, marks" else []
    assert texts[0].split() == begins + wanted, "to the letter"


@pytest.mark.parametrize("mark", MARKS)
def test_every_way_to_mark_options(study, mark):
    bring(shapes.as_paths(study / "set", "EasyR1", mark))
    assert [len(item.options) for item in made()] == [4, 4, 2] and [item.cell for item in made()] == CELLS


def test_options_in_one_line_and_of_several_lines():
    assert options_in("How far?", "p") is None and options_in("A. 1\nC. 2", "p") is None
    one = options_in("How far? (A) 1 m (B) 2 m (C) 3 m", "p")
    assert one and (one.contents, one.start) == (["1 m", "2 m", "3 m"], 9)
    two = options_in("Of A. Then:\nA.\n1\n2\nB.\n3\n4\nAnswer A or B.", "p")
    assert two and two.contents == ["1\n2", "3\n4"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A. 1\nB. 2\nor\nA. 3\nB. 4", "has 2 lists of options"),
        ("A. 1  C. 3\nB. 2  D. 4", "marked A, C, B"),
        ("A. 1\nB. 2\n3\nC. 4", "unlike numbers of lines"),
    ],
)
def test_options_that_cant_be_told(text, said):
    with pytest.raises(SpaceNumError, match=f"^row 7: .*{said}"):
        options_in(text, "row 7")


def test_the_right_one_as_it_is_usually_given():
    options = ["10°", "20°", "30°"]
    for answer in ("B", "(B)", "B.", "B. 20°", "Option B", "The answer is B.", "Answer: (B)", "20°",
                   "<answer>B</answer>",
                   "<think>A or B?</think>\n<answer> B </answer>", "\\boxed{B}", "$\\boxed{B}$"):  # fmt: skip
        assert right_option(answer, options, "p") == 1, answer
    for answer in ("D", "b", "B. 30°", "A or B", "B, since 20° is more", "AB", "", "40°", "1"):
        with pytest.raises(SpaceNumError, match=r"^p: its answer"):
            right_option(answer, options, "p")
    assert right_option("B", ["B", "A"], "p") == 1, "a letter is a letter"


def row(**changes: Any) -> dict[str, Any]:
    return {"problem": "Seen: <image>\nA. 1 m\nB. 2 m", "images": ["0.png"], "answer": "B"} | changes


TURN = {"from": "human", "value": "<image>\nA. 1\nB. 2"}
BAD_ROWS: dict[str, tuple[Any, str]] = {
    "no object": ("a text", "should be an object with keys"),
    "no shape": ({"prompt": "x", "answer": "A"}, "has no key for what is asked .* its keys are .prompt, answer"),
    "two shapes": (row(question="x"), "has the keys problem and question"),
    "no text": (row(problem=3), "key 'problem': should be a text"),
    "several turns": ({"conversations": [TURN, {"from": "gpt", "value": "A"}] * 2, "image": "0.png"}, "its turns are"),
    "a tool's turn": ({"messages": [{"role": "tool", "content": "x"}]}, "a turn is of 'tool'"),
    "a half turn": ({"messages": [{"role": "user", "text": "x"}]}, "a turn has the keys role, text"),
    "an odd part": ({"messages": [{"role": "user", "content": [{"type": "video"}]}]}, "neither text nor image"),
    "no images": (row(images=[]), "shows no image"),
    "fewer marks": (row(images=["0.png", "1.png"]), "has 1 marks for images, and it has 2"),
    "other marks": (row(problem="<|image_pad|>\nA. 1\nB. 2"), "where '<image>' is known"),
    "numbers of marks": (row(problem="<image_2>\nA. 1\nB. 2"), "numbered 2"),
    "two image keys": (row(image="1.png"), "has the keys images and image"),
    "an image unshown": (row(after="1.png"), "key 'after': looks like an image"),
    "an address": (row(images=["https://a.b/c.png"]), "no image is fetched"),
    "no image file": (row(images=["7.png"]), "aren't where the rows say"),
    "no image at all": (row(images=["text.png"]), "its image can't be read"),
    "a broken data URL": (row(images=["data:image/png;base64,?"]), "no data URL"),
    "no options": (row(problem="Seen: <image>\nHow far?"), "no options are found"),
    "other options under a key": (row(options=["1 m", "3 m"]), "its options are others in its text"),
    "a pipe for an image": (row(images=["pipe.png"]), "aren't where the rows say"),
    "no answer": (row(answer=None), "has no answer"),
    "a number": (row(answer=1), "may count from 0 or from 1"),
    "two answers": (row(label="A"), "has the keys answer and label"),
    "a reply that differs": (
        {"conversations": [TURN, {"from": "gpt", "value": "A"}], "image": "0.png", "answer": "B"},
        "its reply is 'A', its answer 'B'",
    ),
    "an answer not offered": (row(answer="C"), "none of its 2 options"),
    "twice the same option": (row(problem="<image>\nA. 1\nB. 1"), "nor twice the same"),
    "five options": (row(problem="<image>\n" + "\n".join(f"{x}. {ord(x)}" for x in "ABCDE")), "has 5 options"),
    "mixed options": (row(problem="A. <image>\nB. 2"), "neither all texts nor each one image"),
    "no cell": (row(), "which of the 20 cells it belongs to isn't known"),
}


@pytest.mark.parametrize("problem", BAD_ROWS)
def test_a_row_that_isnt_understood_is_one_sentence_and_an_earlier_import_stays(study, problem):
    bad, said = BAD_ROWS[problem]
    path = shapes.as_paths(study / "set", "EasyR1")
    (study / "set/text.png").write_text("no image")
    os.mkfifo(study / "set/pipe.png")
    for number in range(2):
        (study / f"set/{number}.png").write_bytes(picture(number))
    bring(path)
    before = written()
    path.write_text(json.dumps([*json.loads(path.read_text()), bad]))
    with pytest.raises(SpaceNumError, match=f"items.json, row 4.*{said}") as caught:
        bring(path)
    assert written() == before and "\n" not in str(caught.value)


def test_the_same_set_again_is_the_same_to_the_byte(study):
    path = shapes.as_paths(study / "set", "ShareGPT")
    bring(path)
    before = written()
    bring(path)
    assert written() == before and len(before) == 3 + 8


def test_a_dry_run_shows_items_and_writes_nothing(study):
    said = bring(shapes.as_paths(study / "set", "OpenAI"), show=2, write=False)
    assert not written()
    assert sum(line.startswith("--- ") for line in said) == 2
    assert f"--- items.json#1: {CELLS[0]}, right is C" in said and "    C = 30°" in said
    assert any(line.startswith("no row is of 17 of the 20 cells") for line in said)


def test_rows_of_none_of_the_20_cells(study):
    """Said, and refused unless they are wanted."""
    path = shapes.as_paths(study / "set", "EasyR1")
    rows = json.loads(path.read_text())
    rows[0]["type"], rows[0]["problem"] = "odd", rows[0]["problem"].replace("rotate to the right", "act")
    path.write_text(json.dumps(rows))
    with pytest.raises(SpaceNumError, match=r"row 1: which of the 20 cells .*known: space2num.*--own-cells"):
        bring(path)
    assert "of no known cell: 1 rows; known: space2num" in " ".join(bring(path, own_cells=True))
    assert [item.cell for item in made()] == ["other.space2num", *CELLS[1:]]
    names = {"odd": "transition.space2num.rotate_left_right", "forward": CELLS[1], "2D-desk": CELLS[2]}
    bring(path, cells=CellNames(keys=["type"], cells=names))
    assert [item.cell for item in made()] == CELLS
    with pytest.raises(SpaceNumError, match=r"row 3: '2D-desk' stands for no cell"):
        bring(path, cells=CellNames(keys=["type"], cells={"odd": CELLS[0], "forward": CELLS[1]}))


@pytest.mark.parametrize("cell", ALL_CELLS)
def test_every_cell_is_known_by_its_name_or_by_labels_that_say_its_parts(cell):
    parts = cell.replace("_", " ").split(".")
    for about in ({"cell": cell}, {f"key{k}": part.title() for k, part in enumerate(parts)}, {"t": "/".join(parts)}):
        found = cell_of(read_row(row() | about, "p", ()), ["1 m", "2 m"])
        if "num2space" in cell and "cell" not in about:  # its options are numbers here
            assert found == (None, "keys say num2space, options space2num")
        elif "num2space" not in cell:
            assert found == (cell, ""), about


def test_options_under_a_key_are_asked_once(study):
    """In the text as published, or in our lines if the text has none."""
    path = shapes.as_paths(study / "set", "EasyR1")
    rows = [json.loads(path.read_text())[0] | {"options": ROWS[0]["options"]}]
    path.write_text(json.dumps([*rows, rows[0] | {"problem": "<image><image> You rotate to the right. How much?"}]))
    assert "1 rows have options under a key alone: they are asked with our lines for these" in bring(path)
    asked, ours = ("".join(part.text for part in item.prompt if isinstance(part, Text)) for item in made())
    assert asked.count("20°") == ours.count("Option B: 20°") == 1 and "Answer with the option's letter" in asked


def test_a_terminal_is_shown_no_control_characters(study):
    path = shapes.as_paths(study / "set", "EasyR1")
    rows = json.loads(path.read_text())
    rows[0]["problem"], rows[0]["\x1b[2J"] = f"\x1b[2J{rows[0]['problem']}", "x"
    path.write_text(json.dumps(rows))
    assert all(line.replace("\n", "").isprintable() for line in bring(path, show=3))


def test_labels_that_contradict_each_other_are_no_cell():
    about = {"a": "transition", "b": "layout", "c": "2d", "d": "desk"}
    assert cell_of(read_row(row(**about), "p"), ["1", "2"]) == (None, "keys say layout and transition of its setting")


def test_numbered_marks_say_which_image_stands_where(study):
    path = shapes.as_paths(study / "set", "EasyR1")
    rows = json.loads(path.read_text())
    rows[0]["problem"] = rows[0]["problem"].replace("<image>", "<image_2>", 1).replace("<image>", "<image_1>", 1)
    path.write_text(json.dumps(rows))
    bring(path)
    shown = [part.image for part in made()[0].prompt if isinstance(part, Image)]
    assert [Path(image).read_bytes() for image in shown] == [picture(1), picture(0)]


def test_paths_of_the_authors_machine_are_found_by_one_rule_or_not_at_all(study):
    path = shapes.as_paths(study / "set", "ShareGPT", above="/their/disk/v2/")
    assert "image paths that begin with '/their/disk/v2/' are read from 'images/'" in bring(path)
    assert [Path(p.image).read_bytes() for i in made()[:1] for p in i.prompt if isinstance(p, Image)] == [
        picture(0),
        picture(1),
    ]
    (study / "set/images/7.png").unlink()
    with pytest.raises(SpaceNumError, match="of 8 images aren't where the rows say"):
        bring(path)


OUTSIDE = {
    "above": "../secret.png",
    "absolute": "{outside}/secret.png",
    "by way of a folder": "images/../../secret.png",
    "a link": "link.png",
    "a folder's link": "linked/secret.png",
    "a zero byte": "a\0b.png",
    "empty": " ",
}


@pytest.mark.parametrize("how", OUTSIDE)
def test_nothing_outside_the_set_is_read(study, how):
    outside = study / "outside"
    outside.mkdir()
    path = shapes.as_paths(study / "set", "EasyR1")
    for secret in (outside / "secret.png", study / "secret.png"):
        secret.write_bytes(picture(99))
    (study / "set/link.png").symlink_to(outside / "secret.png")
    (study / "set/linked").symlink_to(outside)
    rows = json.loads(path.read_text())
    rows[2]["images"] = [OUTSIDE[how].format(outside=outside)]
    path.write_text(json.dumps(rows))
    with pytest.raises(SpaceNumError, match="row 3"):
        bring(study / "set")
    assert not written()


def test_archives_that_are_bombs_or_lead_outside(study, monkeypatch):
    monkeypatch.setattr("spacenum.external.sources.LARGEST_IMAGE", 5000)
    archive = shapes.as_zip(study / "set", "EasyR1")
    bring(archive)
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("set/more.json", json.dumps([row(images=["big.png"])]))
        opened.writestr("set/big.png", bytes(10**6))
    with pytest.raises(SpaceNumError, match=r"more.json, row 1: 'set/big.png' has more than the 5000 bytes"):
        bring(archive)
    bring(archive, only="*items.json")
    with zipfile.ZipFile(study / "out.zip", "w") as opened:
        opened.writestr("items.json", json.dumps([row(images=["../../0.png"])]))
        opened.writestr("../../0.png", picture(0))
    with pytest.raises(SpaceNumError, match="leads out of the set"):
        bring(study / "out.zip")


def test_the_command(study, capsys, monkeypatch):
    path = shapes.as_zip(study / "set", "OpenAI")
    monkeypatch.chdir(study)

    def command(source: str, *more: str) -> str:
        where = ["--name", "official", "--directory", str(study / "study")]
        monkeypatch.setattr("sys.argv", ["spacenum", "items", "import", source, *where, *more])
        main()
        return capsys.readouterr().out

    assert "--- set/items.json#3" in command(str(path), "--dry-run") and not (study / "study/data").exists()
    assert "3 items are in data/items/benchmark/official" in command(str(path))
    with pytest.raises(SystemExit, match="pins no commit"):
        command("Sterzhang/spacenum-bench@main")
    with pytest.raises(SystemExit, match="no such file or folder"):
        command("nothing.json")
