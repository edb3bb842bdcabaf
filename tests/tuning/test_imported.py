"""Recipes of imported training sets: which items they take, what training may not see, and a tiny training on them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from scripts.select_recipe import select_recipe
from spacenum.core.errors import ConfigError, SpaceNumError
from spacenum.core.provenance import PROJECT, read_jsonl, write_jsonl
from spacenum.external.base import PROTOCOLS, ExternalQuestion, OptionContent
from spacenum.external.items import ExternalItems
from spacenum.items.schema import ASKED_ITEM, CELLS, ExternalItem
from spacenum.study.checks import check_given
from spacenum.study.loading import load_study
from spacenum.tuning.recipes import select
from spacenum.tuning.rewards.base import BlindRewards
from spacenum.tuning.rewards.catalogue import names, reward
from spacenum.tuning.settings import GrpoParams, GrpoSettings, Machine, Recipe, RecipeParams, SftParams, SftSettings
from tests.external.published import picture


def imported(root: Path, cells: list[str], first: int = 0) -> list[ExternalItem]:
    """An item of each of ``cells``, and their images; images from number ``first`` on."""
    questions = []
    for number, cell in enumerate(cells, start=first):
        (root / f"{number}.png").write_bytes(picture(number))
        questions.append(
            ExternalQuestion(
                source=f"row {number}",
                cell=cell,
                group="set",
                scene=f"s{number}",
                question="How far?\nA. 1 m\nB. 2 m\nC. 3 m\nD. 4 m\nAnswer with the letter.",
                images=[f"{number}.png"],
                options=[OptionContent(text=f"{k} m") for k in range(1, 5)],
                answer=number % 4,
                worded=True,
            )
        )
    return ExternalItems("set", PROTOCOLS["direct"], 0).items(questions, "train")


def job(**recipe: object) -> RecipeParams:
    return RecipeParams(name="r", recipe=Recipe.model_validate({"imported": "set"} | recipe), seed=0)


def test_a_whole_set_or_a_share_of_its_cells(tmp_path):
    items = imported(tmp_path, [*CELLS, *CELLS, "other"])
    assert select(job(), items) == items
    assert RecipeParams.model_validate_json(job().model_dump_json()) == job(), "as a job is told it"
    chosen = select(job(size=8, transition_percent=50), items)
    assert [item.cell.split(".")[0] for item in chosen].count("transition") == 4 and len(chosen) == 8
    with pytest.raises(ConfigError, match="asks for 50 items of setting transition, but the imported set 'set' has 16"):
        select(job(size=50, transition_percent=100), items)
    with pytest.raises(ValidationError, match="an imported set is taken whole"):
        job(transition_percent=100)


def test_training_must_not_ask_what_the_benchmark_asks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train, tested = imported(tmp_path, CELLS[:4]), imported(tmp_path, CELLS[:2], first=3)
    for name, items in {"train": train, "apart": tested[1:], "benchmark": tested}.items():
        write_jsonl(Path(f"{name}.jsonl"), items)

    def made(benchmark: str) -> dict:
        select_recipe(
            job(),
            train=[Path("train.jsonl")],
            checks=[],
            benchmark=[Path(f"{benchmark}.jsonl")],
            scenes=[],
            chosen=Path("chosen.jsonl"),
            summary=Path("summary.yaml"),
        )
        return yaml.safe_load(Path("summary.yaml").read_text())

    told = made("apart")
    assert (told["items"], told["benchmark_scenes"], told["shared_images"]) == (4, 1, 0)
    assert read_jsonl(Path("chosen.jsonl"), ASKED_ITEM) == train
    with pytest.raises(SpaceNumError, match=r"training item \S+ asks what the benchmark's item \S+ asks"):
        made("benchmark")


def test_rewards_of_imported_items(tmp_path):
    items = imported(tmp_path, CELLS[:2])
    for name in names():
        assert [reward(name)(item)[item.answer] for item in items] == [1, 1]
        assert BlindRewards.of(items, reward(name)) == BlindRewards(0.25, 0.25)


def test_a_study_that_trains_on_an_imported_set_says_what_to_import(tmp_path):
    config = {
        "imported": [],
        "tuning": {
            "recipes": {"theirs": {"imported": "official_train"}},
            "experiments": {"grpo": {"bases": ["demonstration"], "recipes": ["theirs"]}},
        },
    }
    (tmp_path / "my.yaml").write_text(yaml.safe_dump(config))
    study = load_study([tmp_path / "my.yaml"])
    train = "data/items/train/official_train/external.jsonl"
    assert study.tuning.items_of("theirs", "train") == [train] and not study.tuning.items_of("theirs", "benchmark")
    with pytest.raises(
        SpaceNumError, match=f"{train}: .* 'spacenum items import Sterzhang/spacenum-train@<commit> --d"
    ):
        check_given(study.plan, tmp_path)
    official = load_study([PROJECT / "config/official.yaml"])
    with pytest.raises(SpaceNumError, match="'spacenum items import Sterzhang/spacenum-bench@<commit> --directory"):
        check_given(official.plan, tmp_path)
    assert len(official.external.scores_of("official")) == 2 + 18
    config["pretraining"] = {"mine": {"recipe": "theirs", "stages": [{"name": "letters", "steps": 1, "layouts": 1}]}}
    (tmp_path / "my.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(
        SpaceNumError, match="'theirs', of the imported set 'official_train', whose numbers aren't known"
    ):
        load_study([tmp_path / "my.yaml"])


@pytest.mark.parametrize("method", ["sft", "grpo"])
def test_a_tiny_model_is_trained_on_imported_items(method, tmp_path):
    pytest.importorskip("peft")
    from spacenum.tuning import grpo, sft
    from tests.models.tiny import build
    from tests.tuning.shades import base

    items, checkpoint = imported(tmp_path, CELLS[:4]), base(build("qwen3_vl", tmp_path / "model"))
    where = (items, tmp_path, tmp_path / "adapter", tmp_path / "checkpoints", Machine(every=1000))
    (tmp_path / "checkpoints").mkdir()
    if method == "sft":
        settings = SftSettings(
            batch_size=4, micro_batch_size=4, epochs=6, learning_rate=1e-2, gradient_checkpointing=False
        )
        steps = sft.tune(SftParams(tuned="t", base=checkpoint, settings=settings, seed=0), *where)
        assert steps[-1].loss < steps[0].loss
        worded = settings.model_copy(update={"reply": "worked"})
        with pytest.raises(SpaceNumError, match=r"the numbers of imported items aren't known.*'sft.reply: letter'"):
            sft.tune(SftParams(tuned="t", base=checkpoint, settings=worded, seed=0), *where)
    else:
        few = GrpoSettings(rollout_batch_size=4, actor_batch_size=4, rollouts=2, gradient_checkpointing=False)
        rounds = grpo.tune(GrpoParams(tuned="t", base=checkpoint, settings=few, reward="strict", seed=0), *where)
        assert [round.items for round in rounds] == [4]
    assert (tmp_path / "adapter/adapter_model.safetensors").is_file()
