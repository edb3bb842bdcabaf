"""A study's items as a data set, and back: what is asked stays the same, letter for letter and pixel for pixel."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import PIL.Image
import pytest
import yaml

from spacenum.asking.ask import Asking, ask
from spacenum.asking.base import Answer, Context
from spacenum.asking.chat import Decoding, Question, Reply
from spacenum.asking.questions import letters_of, message_parts, rotated
from spacenum.asking.settings import AnswersParams, ModelConfig
from spacenum.asking.store import AnswerStore
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT, read_jsonl, write_meta
from spacenum.items.schema import CELLS, ITEM, SETTINGS, Image, Item, Text
from spacenum.models.loading import backend_of, backends, reads_frames
from spacenum.release.files import groups
from spacenum.release.read import import_release
from spacenum.release.settings import CANARY
from spacenum.scoring.rows import score_answers
from tests.release.made import SETS, images_of, items_path, release

pq = pytest.importorskip("pyarrow.parquet")


def rows(where: Path, variant: str, setting: str) -> list[dict[str, Any]]:
    return pq.read_table(where / f"data/{variant}/{setting}.parquet").to_pylist()


def released(variant: str, setting: str, folder: Path = Path()) -> list[Item]:
    return read_jsonl(folder / items_path(variant, setting), ITEM)


def asked(item: Item, folder: Path) -> list[str | bytes]:
    """Texts, and pixels, in the order in which they are asked."""
    parts = message_parts(item.prompt)
    return [pixels((folder / p.image).read_bytes()) if isinstance(p, Image) else p.text for p in parts]


def pixels(data: bytes) -> bytes:
    return PIL.Image.open(io.BytesIO(data)).convert("RGB").tobytes()


def all_bytes(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("variant,setting", SETS)
def test_rows_are_the_study_s_items(study: Path, tmp_path: Path, variant: str, setting: str):
    found, items = rows(release(tmp_path / "out"), variant, setting), released(variant, setting)
    assert [row["id"] for row in found] == [item.id for item in items]
    for row, item in zip(found, items, strict=True):
        parts = message_parts(item.prompt)
        assert [image["bytes"] for image in row["images"]] == [Path(image).read_bytes() for image in images_of(item)]
        shown = [row["images"][p["image"]]["bytes"] if p["text"] is None else p["text"] for p in row["prompt"]]
        assert shown == [p.text if isinstance(p, Text) else Path(p.image).read_bytes() for p in parts]
        assert row["question"] == "".join(p.text if isinstance(p, Text) else "<image>" for p in parts)
        assert row["question"].count("<image>") == len(row["images"])
        assert (row["answer"], row["letters"], row["chance"]) == (
            item.answer,
            [*letters_of(item)],
            1 / len(item.options),
        )
        assert json.loads(row["truth"]) == item.truth.model_dump(mode="json")
        assert (row["cell"], row["scale"], row["options"][0]["unit"]) == (
            item.cell,
            item.scale,
            "m" if setting == "transition" else "map",
        )


def test_built_twice_it_is_the_same_and_has_the_canary(study: Path, tmp_path: Path):
    one, other = (all_bytes(release(tmp_path / name)) for name in ("one", "other"))
    assert one == other
    assert [name for name, data in one.items() if CANARY.encode() not in data and name != "SHA256SUMS"] == []
    assert str(study).encode() not in b"".join(one.values())


def test_an_image_is_kept_once_in_a_file(study: Path, tmp_path: Path):
    noise = np.random.default_rng(0).integers(0, 255, (100, 100, 3), dtype=np.uint8)
    item = released("base", "transition")[0]
    for image in images_of(item):
        PIL.Image.fromarray(noise).save(image, format="PNG")
    size = Path(images_of(item)[0]).stat().st_size
    assert (release(tmp_path / "out") / "data/base/transition.parquet").stat().st_size < 1.9 * size


def test_groups_of_rows_are_bounded_by_bytes():
    sizes = [3, 3, 5, 9, 1]
    cut = [*groups([{"images": [{"bytes": bytes(n)}]} for n in sizes], 6)]
    assert [[len(row["images"][0]["bytes"]) for row in group] for group in cut] == [[3, 3], [5], [9], [1]]


def test_the_card_is_complete(study: Path, tmp_path: Path):
    where = release(tmp_path / "out")
    _, head, words = (where / "README.md").read_text().split("---\n", 2)
    configs = {config["config_name"]: config for config in yaml.safe_load(head)["configs"]}
    cells = {item.cell for setting in SETTINGS for item in released("base", setting)}
    assert list(configs) == ["all", *(cell for cell in CELLS if cell in cells), "blind"]
    for name in cells:
        (path,) = configs[name]["data_files"][0]["path"]
        column, sign, value = configs[name]["filters"][0]
        found = pq.read_table(where / path, filters=[(column, sign, value)]).to_pylist()
        assert {row["cell"] for row in found} == {name} and len(found) == 2
        assert f"| `{name}` | 2 | {'50.0' if '.1d.' in name else '25.0'} |" in words
    assert configs["all"]["default"] and configs["blind"]["data_files"][0]["path"] == ["data/blind/layout.parquet"]
    for said in ("MIT", CANARY, "stand in clear", "Limits", "SHA256SUMS"):
        assert said in words
    checked = subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=where, capture_output=True, text=True)
    assert checked.returncode == 0 and checked.stdout.count(": OK") == len(SETS) + 2


def test_croissant_names_every_file_and_column(study: Path, tmp_path: Path):
    where = release(tmp_path / "out")
    told = json.loads((where / "croissant.json").read_text())
    for file, records in zip(told["distribution"], told["recordSet"], strict=True):
        data = (where / file["contentUrl"]).read_bytes()
        assert file["sha256"] == hashlib.sha256(data).hexdigest() and file["contentSize"] == f"{len(data)} B"
        columns = {one["source"]["extract"]["column"] for one in records["field"]}
        assert columns <= set(pq.read_schema(where / file["contentUrl"]).names)
        lists = {one["name"].split("/")[1] for one in records["field"] if one.get("repeated")}
        assert lists == {"images", "letters", "option_units"}, "what readers need for lists"


def test_without_answers_nothing_tells_the_right_one(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    where = release(tmp_path / "out", answers=False)
    for variant, setting in SETS:
        for row in rows(where, variant, setting):
            assert row["answer"] is None and row["truth"] is None
            for option in row["options"]:
                assert option["position_ok"] is option["size_ok"] is option["reading"] is None
                assert (option["values"] is None) == (row["task"] == "num2space"), "Space2Num's stand in the question"
    assert "withheld" in (where / "README.md").read_text()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SpaceNumError, match="row 1: has no answer; this release withholds them"):
        import_release(where, {})


class Attentive:
    """A model behind an endpoint whose reply follows from all that it is shown."""

    identity: ClassVar = {"checkpoint": "one", "revision": "two"}
    capabilities = frozenset({"generate"})

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def reply(self, questions: list[Question], decoding: Decoding) -> list[Reply]:
        return [Reply(text=self._letter(question), finished=True) for question in questions]

    def _letter(self, question: Question) -> str:
        shown = [
            pixels((self._folder / p.image).read_bytes()) if isinstance(p, Image) else p.text.encode()
            for p in question.parts
        ]
        return question.letters[hashlib.sha256(repr(shown).encode()).digest()[0] % len(question.letters)]

    def close(self) -> None:
        pass


def answers_of(name: str, items: list[Item], folder: Path) -> list[Answer]:
    kind = "vlm" if name == "endpoint" else "reference"
    config = ModelConfig(kind=kind, backend="toy" if name == "endpoint" else f"baselines.{name}", checkpoint="one")
    params = AnswersParams(model=name, config=config, mode="letter-greedy", seed=1, repeats=1)
    if name == "endpoint":
        return ask(items, Attentive(folder), Asking.of(params, folder), AnswerStore(folder / "store"))
    return [*backend_of(name, config).load(config, Context(frames={}, root=folder, seed=1)).answer(items)]


def test_taken_back_the_same_is_asked_and_scored(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    where, other = release(tmp_path / "out"), tmp_path / "other"
    other.mkdir()
    monkeypatch.chdir(other)
    counts = import_release(where, {"source": "out"})
    assert counts == {f"{variant}/{setting}": 4 for variant, setting in SETS}
    for variant, setting in SETS:
        here, there = released(variant, setting, other), released(variant, setting, study)
        assert [asked(item, other) for item in here] == [asked(item, study) for item in there]
        turned = [
            [asked(item.model_copy(update={"prompt": rotated(item, 1)}), folder) for item in items]
            for items, folder in ((here, other), (there, study))
        ]
        assert turned[0] == turned[1], "equal images of the variant too"
        without = {"prompt": [], "options": []}
        assert [i.model_copy(update=without) for i in here] == [i.model_copy(update=without) for i in there]
        assert [[o.value for o in i.options] for i in here] == [[o.value for o in i.options] for i in there]
    every, theirs = ([i for s in SETTINGS for i in released("base", s, folder)] for folder in (other, study))
    for model in ("chance", "majority_letter", "endpoint"):
        mine = score_answers(every, answers_of(model, every, other))
        own = score_answers(theirs, answers_of(model, theirs, study))
        assert mine == own
    assert counts == import_release(where, {"source": "out"}), "a release may be imported again"


def test_a_damaged_release_leaves_what_was_there(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    where, other = release(tmp_path / "out"), tmp_path / "other"
    other.mkdir()
    monkeypatch.chdir(other)
    import_release(where, {})
    before = all_bytes(other)
    file = where / "data/blind/layout.parquet"
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(SpaceNumError, match=r"blind/layout\.parquet: isn't the file that SHA256SUMS is about"):
        import_release(where, {})
    (where / "SHA256SUMS").unlink()
    with pytest.raises(SpaceNumError, match=r"blind/layout\.parquet: not a parquet file"):
        import_release(where, {})
    assert all_bytes(other) == before
    (where / "data/else").mkdir()
    file.replace(where / "data/else/layout.parquet")
    with pytest.raises(SpaceNumError, match=r"else/layout\.parquet: is no file of a release"):
        import_release(where, {})


def test_a_study_s_own_items_stay(study: Path, tmp_path: Path):
    where = release(tmp_path / "out")
    with pytest.raises(SpaceNumError, match=r"base/layout\.jsonl: this study has items that it made itself"):
        import_release(where, {})
    write_meta("items", {}, "", {}, [items_path("base", "layout")])
    with pytest.raises(SpaceNumError, match=r"base/layout\.jsonl: this study has items that it made itself"):
        import_release(where, {})


def test_models_that_read_frames_say_so():
    def uses(backend: str) -> bool:
        path = PROJECT / "spacenum/models" / f"{backend.replace('.', '/')}.py"
        text = path.read_text() if path.is_file() else ""
        return "context.frames" in text or "import IdealObserver" in text

    assert {name for name in backends() if reads_frames(name)} == {name for name in backends() if uses(name)}
