"""A model that is trained from random weights as jobs: what it needs, what follows from it,
what a change reaches, what is refused."""

from __future__ import annotations

import pytest
import yaml

from paper_figures.notes import run_note
from spacenum.asking.base import DEMONSTRATION_NOTE
from spacenum.asking.settings import CHECKPOINT_FILES, PRETRAINED
from spacenum.core.provenance import PROJECT, sha256_of
from spacenum.items.schema import CELLS
from spacenum.items.settings import cell_size
from spacenum.study.config import parse_study
from spacenum.study.loading import merged
from spacenum.study.study import Study
from spacenum.tables.captions import caption
from tests.workflow.conftest import NO_TUNING, Place, jobs

MODE = "letter-greedy"
CURVE = "results/pretraining/small/training.csv"


@pytest.fixture
def place(fresh: Place, tmp_path) -> Place:
    """The test study, nothing made yet, with a training and the model that comes of it; LoRA on that model too."""
    place = fresh.copy(tmp_path)
    model = {"kind": "demonstration", "backend": "transformers", "checkpoint": PRETRAINED.format(name="small")}
    (place.project / "config/models/small.yaml").write_text(yaml.safe_dump(model))
    place.configure(
        models=["chance", "small"],
        tuning={
            "recipes": {"flat": {"dimensions": ["2d"]}},
            "experiments": NO_TUNING["experiments"] | {"transfer": {"bases": ["small"], "recipes": ["flat"]}},
        },
        pretraining={"small": {"recipe": "flat", "stages": [{"name": "one", "steps": 2, "layouts": 1}]}},
    )
    return place


def test_a_trained_model_answers_after_its_training(place: Place):
    planned = place.planned(f"results/scores/small/{MODE}/base/layout.csv")
    trained = jobs("pretrain", training="small")
    assert (
        trained
        | jobs("recipe", recipe="flat")
        | jobs("answers", model="small", mode=MODE, variant="base", setting="layout")
        <= planned
    )
    tuned = place.planned("results/tables/transfer.csv")
    assert trained | jobs("sft", base="small", recipe="flat", method="sft") <= tuned
    assert not trained & place.planned("results/scores/chance/letter-greedy/base/layout.csv")
    assert place.planned("results/figures/pretraining.png") >= trained | jobs("pretraining_table") | jobs(
        "figure", figure="pretraining"
    )


def test_a_model_that_comes_with_the_project_is_laid_into_the_study_if_it_is_whole(place: Place):
    shipped, wanted = place.project / "checkpoints/small", PRETRAINED.format(name="small") + "/model.safetensors"
    shipped.mkdir(parents=True)
    for name in CHECKPOINT_FILES:
        (shipped / name).write_text(f"of {name}")
    sums = "".join(f"{sha256_of(shipped / name)}  {name}\n" for name in CHECKPOINT_FILES)
    (shipped / "SHA256SUMS").write_text(sums)
    assert jobs("pretrain", training="small") <= place.planned(wanted)  # who trains it doesn't take it
    place.configure(pretraining={}, tuning=NO_TUNING)
    assert place.planned(wanted) == jobs("shipped_checkpoint", training="small")
    (shipped / "model.safetensors").write_text("of another")
    assert "model.safetensors is not the file that SHA256SUMS beside it names" in place.snakemake(wanted).sentence()
    (shipped / "model.safetensors").write_text("of model.safetensors")
    assert place.snakemake(wanted).status == 0
    assert (place.study / wanted).read_text() == "of model.safetensors"


def test_what_can_not_be_trained_is_refused(place: Place):
    good = place.config()["pretraining"]["small"]
    for change, sentence in (
        ({"recipe": "none"}, "config key 'pretraining.small.recipe' is 'none', which 'tuning.recipes' lacks; there: "),
        ({"model": {"patch": 14}}, "image (96) must be a multiple of 2 x patch (28)"),
        ({"stages": [{"name": "one", "steps": 2}]}, "stage 'one' trains nothing"),
        ({"losses": {"dept": 0}}, "'dept' is no auxiliary loss; there are category, "),
    ):  # fmt: skip
        place.configure(pretraining={"small": good | change})
        assert sentence in place.snakemake("-n", CURVE).sentence()
    place.configure(pretraining={"other": good})
    assert "is what 'pretraining.small' of the config would train" in place.snakemake("-n", CURVE).sentence()
    place.configure(pretraining={}, models=["chance"], tuning=NO_TUNING)
    assert "names nothing to train" in place.snakemake("results/tables/pretraining.csv").sentence()


def test_the_shipped_demonstration_can_be_planned():
    config = merged([yaml.safe_load((PROJECT / f"config/{n}.yaml").read_text()) for n in ("config", "demonstration")])
    study = Study(parse_study(config, "config/demonstration.yaml"))
    claims = study.claims.job().params
    assert [model.name for model in claims.models] == ["demonstration"] and claims.note == DEMONSTRATION_NOTE
    config["models"].append("qwen3_vl_4b")  # beside a VLM it is no evidence
    claims = Study(parse_study(config, "config/demonstration.yaml")).claims.job().params
    assert [model.name for model in claims.models] == ["qwen3_vl_4b"] and claims.note is None
    assert study.plan.models["demonstration"].pretrained in study.pretraining.all
    shown = study.tables.params(MODE)
    assert DEMONSTRATION_NOTE in caption("main_table", shown) and "no large VLM was run" in run_note(shown)
    assert all(cell_size(cell, study.plan.config.items.benchmark) >= 200 for cell in CELLS)
