"""Files that change behind the workflow's back are noticed before they are used, or named by ``spacenum verify``; no
table changes silently."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from PIL import Image

from spacenum.asking.settings import CHECKPOINT_FILES, PRETRAINED
from spacenum.core.provenance import read_meta, sha256_of
from tests.workflow.conftest import Place
from tests.workflow.test_verify import problems

SHARD, OTHER_SHARD = "data/frames/layout/base/benchmark-000", "data/frames/layout/base/benchmark-001"
ITEMS = "data/items/benchmark/base/layout.jsonl"
MODE = "letter-greedy/base"
OBSERVER = f"results/answers/ideal_observer/{MODE}/layout.jsonl"
TABLE = "results/main_table.csv"


def flip(path: Path, other: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path: Path, other: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])


def swap(path: Path, other: Path) -> None:
    one, another = path.read_bytes(), other.read_bytes()
    assert one != another
    path.write_bytes(another)
    other.write_bytes(one)


IMAGES = ("image", "depth", "ids")
DAMAGES = (flip, cut, swap)


def shown(place: Place, kind: str) -> list[str]:
    """Images of one kind that items show, so that models read them."""
    used = (place.study / ITEMS).read_text()
    pairs = zip(place.images(SHARD), place.images(SHARD, kind), strict=True)
    return [file for image, file in pairs if image in used]


def rewrite(meta: Path, **values: object) -> None:
    """Have a meta file say something else, as one who means it."""
    meta.write_text(read_meta(meta).model_copy(update=values).model_dump_json())


SCORES = f"results/scores/ideal_observer/{MODE}/layout.csv"
FILES: dict[str, tuple[str, str, str]] = {
    "scenes": ("data/scenes/layout/benchmark-000.jsonl", "data/scenes/layout/benchmark-001.jsonl", ITEMS),
    "frames": (f"{SHARD}/frames.jsonl", f"{OTHER_SHARD}/frames.jsonl", OBSERVER),
    "families": (f"{SHARD}/families.jsonl", f"{OTHER_SHARD}/families.jsonl", ITEMS),
    "items": (ITEMS, ITEMS.replace("layout", "transition"), OBSERVER),
    "answers": (OBSERVER, OBSERVER.replace("ideal_observer", "chance"), SCORES),
    "scores": (SCORES, SCORES.replace("ideal_observer", "chance"), TABLE),
    "meta": (f"{ITEMS}.meta.json", f"{ITEMS.replace('layout', 'transition')}.meta.json", OBSERVER),
}
"""Kind -> a file and another of its kind, and an output that is made from the file. Images come besides."""


def drilled_files(place: Place, kind: str) -> tuple[str, str, str]:
    return FILES[kind] if kind in FILES else (*shown(place, kind)[:2], OBSERVER)


QUICK = {("image", flip), ("depth", cut), ("items", swap), ("scores", flip)}


@pytest.mark.parametrize(
    ("kind", "damage"),
    [
        pytest.param(kind, damage, marks=[] if (kind, damage) in QUICK else pytest.mark.slow)
        for kind in (*IMAGES, *FILES)
        for damage in DAMAGES
    ],
)
def test_damage_is_noticed_or_named_and_the_table_stays(place: Place, kind, damage):
    *named, reader = drilled_files(place, kind)
    table = (place.study / TABLE).read_bytes()
    damage(*(place.study / name for name in named))
    told = place.verify()
    assert "Traceback" not in told.terminal and told.status != 0, told.terminal
    assert named[0].removesuffix(".meta.json") in told.terminal, told.terminal
    run = place.snakemake("--forcerun", reader, "--", TABLE)
    assert "Traceback" not in run.terminal, run.terminal
    assert place.made().get(TABLE, table) == table  # or gone, where its own job failed
    if kind != "meta":
        assert run.status != 0 and any(Path(name).name in sentence for name in named for sentence in run.sentences)


def test_black_images_with_their_old_times_are_not_asked_about(place: Place):
    answers = f"results/answers/chance/{MODE}/layout.jsonl"
    for image in shown(place, "image"):
        with Image.open(place.study / image) as rendered:
            size = rendered.size
        Image.new("RGB", size).save(place.study / image)
    run = place.snakemake("--forcerun", answers, "--", TABLE)
    assert any("is not the image that was made: it has changed since" in sentence for sentence in run.sentences)
    assert not (place.study / answers).exists()


def test_answers_to_other_images_are_named_once_the_images_are_back(place: Place):
    meta = place.study / f"{OBSERVER}.meta.json"
    rewrite(meta, shown="0123456789abcdef")
    assert problems(place.verify()) == {OBSERVER: {f"made with other texts or images than those of {ITEMS}"}}
    follow = {SCORES, TABLE, "results/gallery/index.html"}
    assert follow <= {*re.findall(r"^(\S+) follows from these$", place.verify().terminal, re.MULTILINE)}


def test_weights_that_changed_are_not_loaded(place: Place):
    shipped, model = place.project / "checkpoints/small", PRETRAINED.format(name="small")
    shipped.mkdir(parents=True)
    for name in CHECKPOINT_FILES:
        (shipped / name).write_text(f"of {name} " * 9)
    (shipped / "SHA256SUMS").write_text("".join(f"{sha256_of(shipped / n)}  {n}\n" for n in CHECKPOINT_FILES))
    small = {"kind": "demonstration", "backend": "transformers", "checkpoint": model}
    (place.project / "config/models/small.yaml").write_text(yaml.safe_dump(small))
    place.configure(models=["chance", "small"])
    assert place.snakemake(f"{model}/model.safetensors").status == 0
    flip(place.study / model / "model.safetensors", shipped)
    run = place.snakemake(f"results/answers/small/{MODE}/layout.jsonl")
    assert run.sentence().startswith(f"{model}/model.safetensors isn't the file that was made: it has changed since;")


def test_other_versions_are_a_note_and_no_reason(place: Place):
    meta = place.study / f"{ITEMS}.meta.json"
    rewrite(meta, versions=read_meta(meta).versions | {"numpy": "0.1", "nowhere": "1"})
    rewrite(place.study / f"{OBSERVER}.meta.json", versions={})
    told = place.verify()
    assert problems(told) == {}
    (here,) = re.findall(r"^note: made by numpy 0.1, here is (\S+): (?:\S+)$", told.terminal, re.MULTILINE)
    assert here == json.loads((place.study / "results/run.json").read_text())["packages"]["numpy"]
    assert f"note: made by unknown versions: {OBSERVER}" in told.terminal
    assert str(place.study) not in (place.study / "results/run.json").read_text()


def test_a_folder_without_any_output_is_told(place: Place, tmp_path):
    elsewhere = Place(place.project, tmp_path / "elsewhere")
    elsewhere.study.mkdir()
    assert elsewhere.verify().sentence() == (
        f"--directory {elsewhere.study}: holds no output of the study 'test'; name the folder that snakemake made it in"
    )
    assert not any(elsewhere.study.iterdir())


@pytest.mark.parametrize("data", [b"\xff", b"[]", b"[" * 100_000, b"{}", b""])
def test_a_meta_file_of_anything_is_named(place: Place, data):
    (place.study / f"{ITEMS}.meta.json").write_bytes(data)
    assert problems(place.verify()) == {ITEMS: {f"{ITEMS}.meta.json is damaged"}}
