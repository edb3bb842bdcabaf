"""Published files, read in exactly the formats that they have."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from spacenum.core.errors import SpaceNumError
from spacenum.external.base import ExternalQuestion
from spacenum.external.catalogue import benchmark
from spacenum.external.questions import ImageFolder, read_questions
from tests.external.published import MOTION, SAT, entry, omnispatial, picture, row, sat


def read(name: str, path: Path, folder: Path) -> list[ExternalQuestion]:
    folder.mkdir(exist_ok=True)
    return read_questions(name, benchmark(name).read(path), ImageFolder(folder, folder))


def test_omnispatial_zipped_and_unpacked(tmp_path):
    path = omnispatial(tmp_path / "OmniSpatial-test.zip")
    made = read("omnispatial_motion", path, tmp_path / "images")
    assert [question.source for question in made] == [f"Dynamic_Reasoning/{e['id']}" for e in MOTION]
    assert [len(question.options) for question in made] == [2, 4, 3, 4]
    assert [question.answer for question in made] == [1, 3, 0, 2]
    assert made[0].options[1].text == "towards the right"
    shared, other = made[0].images, made[2].images
    assert made[1].images == shared != other and made[0].scene == made[1].scene != made[2].scene
    assert Path(shared[0]).read_bytes() == picture(0)
    for image in Path(tmp_path / "images").iterdir():
        assert image.stem == hashlib.sha256(image.read_bytes()).hexdigest()
        with Image.open(image) as opened:
            assert (opened.format, opened.mode, opened.size) == ("PNG", "RGB", (32, 24))
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    assert read("omnispatial_motion", tmp_path / "OmniSpatial-test/data.json", tmp_path / "images") == made


@pytest.mark.parametrize("structs", [False, True])
def test_sat(tmp_path, structs):
    path = sat(tmp_path / "SAT_test.parquet", structs=structs)
    made = read("sat_object_movement", path, tmp_path / "images")
    assert [question.source for question in made] == ["row 1", "row 2", "row 3", "row 4", "row 5"]
    assert [len(question.images) for question in made] == [2, 1, 2, 2, 2]
    assert [len(question.options) for question in made] == [2, 2, 3, 2, 2]
    with Image.open(io.BytesIO(SAT[1]["image_bytes"][1])) as published, Image.open(made[0].images[1]) as ours:
        assert published.format == "JPEG" and ours.tobytes() == published.tobytes(), "the second image, in its place"
    assert len(read("sat_action_consequence", path, tmp_path / "images")) == 1


BAD_OMNISPATIAL = {
    "no json": ({"text": "[{"}, ["zip, data.json, line 1: not valid JSON"]),
    "a folder out": ({"entries": [entry("7_1", 2, 0, task="../Dynamic_Reasoning")]}, ["which is missing"]),
    "no list": ({"text": "{}"}, ["data.json: should be a list"]),
    "no such task": ({"entries": [entry("7_1", 2, 0, sub="Other")]}, ["'Motion_Analysis'", "there are Other"]),
    "missing key": ({"entries": [MOTION[0], {**MOTION[1], "options": None}]}, ["data.json, entry 2: options: "]),
    "too many options": ({"entries": [entry("7_1", 4, 0) | {"options": list("abcde")}]}, ["entry 1: has 5 options"]),
    "twins": ({"entries": [entry("7_1", 2, 0) | {"options": ["a", "a "]}]}, ["entry 1: its options are ['a', 'a']"]),
    "no such answer": ({"entries": [entry("7_1", 2, 2)]}, ["entry 1, key 'answer': 2 is none of its 2 options"]),
    "no image": ({"entries": [entry("8_7", 2, 0)]}, ["entry 1, key 'id': '8_7'", "Dynamic_Reasoning/8.png"]),
    "one id twice": ({"entries": [MOTION[0], MOTION[0]]}, ["entry 2: 'Dynamic_Reasoning/7_1' stands twice"]),
}


@pytest.mark.parametrize("problem", BAD_OMNISPATIAL)
def test_bad_omnispatial(tmp_path, problem):
    changes, said = BAD_OMNISPATIAL[problem]
    with pytest.raises(SpaceNumError) as caught:
        read("omnispatial_motion", omnispatial(tmp_path / "o.zip", **changes), tmp_path / "images")
    assert all(part in str(caught.value) for part in said), caught.value


BAD_SAT = {
    "no column": ([{"question": "?"}], ["has no column 'answers'; it has question"]),
    "no such type": ([row(0, "other")], ["'obj_movement'", "there are other"]),
    "no such answer": ([row(0), row(1, correct_answer="x")], ["row 1, column 'correct_answer': 'x' stands 0 times"]),
    "no image": ([row(0, images=1), row(1, image_bytes=[b"?"])], ["row 1: its image can't be read"]),
    "three images": ([row(0, images=3)], ["row 0: image_bytes: "]),
}


@pytest.mark.parametrize("problem", BAD_SAT)
def test_bad_sat(tmp_path, problem):
    rows, said = BAD_SAT[problem]
    with pytest.raises(SpaceNumError) as caught:
        read("sat_object_movement", sat(tmp_path / "s.parquet", rows), tmp_path / "images")
    assert all(part in str(caught.value) for part in said), caught.value


@pytest.mark.parametrize("name", ["omnispatial_motion", "sat_object_movement"])
def test_a_file_of_another_kind(tmp_path, name):
    (tmp_path / "file").write_bytes(b"neither")
    with pytest.raises(SpaceNumError, match=r"file: (neither a zip archive|not a parquet file)"):
        read(name, tmp_path / "file", tmp_path / "images")
