"""Another benchmark through Snakemake: from its published file to the table, without a study of our own beside it."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.external import shapes
from tests.external.published import omnispatial
from tests.workflow.conftest import Place
from tests.workflow.test_verify import problems

TOY = Path(__file__).parents[1] / "asking" / "toy.py"
TABLE = "results/tables/external.csv"


@pytest.mark.slow
def test_from_a_published_file_to_a_table(fresh: Place, tmp_path: Path):
    place = fresh.copy(tmp_path)
    shutil.copy(TOY, place.project / "spacenum/models/toy.py")
    model = {"kind": "vlm", "backend": "toy", "batch_families": 3}
    for name, more in {"toy": {}, "tuned": {"revision": "two", "compared_with": "toy"}}.items():
        (place.project / f"config/models/{name}.yaml").write_text(yaml.safe_dump(model | more))
    omnispatial(place.study / "published.zip")
    entry = {"benchmark": "omnispatial_motion", "path": "published.zip", "protocols": ["guided"]}
    place.configure(models=["chance", "ideal_observer", "toy", "tuned"], external=[entry])

    run = place.snakemake("external")
    assert run.status == 0, run.terminal
    assert "4 items, where 346 were published" in run.terminal
    table = pd.read_csv(place.study / TABLE).set_index("model")
    assert list(table.index) == ["chance", "toy", "tuned"], "what reads frames takes no part"
    motion = 100 * (1 / 2 + 1 / 4 + 1 / 3 + 1 / 4) / 4
    assert table.loc["chance", "accuracy"] == pytest.approx(motion, abs=0.01)
    assert table["chance"].tolist() == pytest.approx([motion] * 3, abs=0.01)
    assert table["replies"].tolist() == [0, 4 * 5, 4 * 5]
    delta = pd.read_csv(place.study / "results/tables/external_delta.csv")
    assert delta["tuned"].tolist() == pytest.approx([table.loc["tuned", "accuracy"] - table.loc["toy", "accuracy"]])

    questions = "data/external/omnispatial_motion/questions.jsonl"
    image = json.loads((place.study / questions).read_text().splitlines()[0])["images"][0]
    (place.study / image).write_bytes(b"another")
    place.append("spacenum/external/templates/guidance.txt", "Take your time.\n")
    assert problems(place.verify()) == {
        questions: {f"its file {image} has changed since"},
        "data/items/benchmark/omnispatial_motion.guided/external.jsonl": {"made by other code"},
    }


@pytest.mark.slow
def test_from_imported_items_to_the_main_table_and_a_recipe(fresh: Place, tmp_path: Path):
    place = fresh.copy(tmp_path)
    recipes = {"theirs": {"imported": "train_set"}}
    tuning = {"recipes": recipes, "experiments": {"mixture": {"bases": ["demonstration"], "recipes": ["theirs"]}}}
    place.configure(
        models=["chance"], imported=["official"], imported_protocol="paper", tuning=place.config()["tuning"] | tuning
    )
    assert (
        "spacenum items import Sterzhang/spacenum-bench@<commit> --dir" in place.snakemake("-n", "external").sentence()
    )
    items = [sys.executable, "-m", "spacenum.cli.main", "items", "import", "--directory", str(place.study)]
    assert place.run([*items, str(shapes.as_zip(tmp_path / "set", "OpenAI")), "--name", "official"]).status == 0
    assert "--name train_set --split train" in place.snakemake("-n", "external").sentence()
    train = shapes.as_paths(tmp_path / "train", "EasyR1", "round")  # the same images, in other words
    assert place.run([*items, str(train), "--name", "train_set", "--split", "train"]).status == 0
    table, recipe = "results/imported/official/main_table.md", "data/recipes/theirs.yaml"
    run = place.snakemake("external", table, recipe)
    assert run.status == 0, run.terminal
    text = (place.study / table).read_text()
    assert "Items: the imported set 'official', worded as published." in text and "Qwen3-VL-4B" in text
    told = yaml.safe_load((place.study / recipe).read_text())
    assert (told["items"], told["benchmark_scenes"], told["shared_images"]) == (3, 3, 8)
    assert not {table, recipe} & set(problems(place.verify()))
