"""The list "Add" of CONTRIBUTING.md, followed: one of each kind is added as it says there, and a study that names it is
planned; what is cheap runs."""

from __future__ import annotations

import shutil
from pathlib import Path
from textwrap import dedent

import pandas as pd

from spacenum.items.schema import SETTINGS
from tests.workflow.conftest import NO_TUNING, TABLES, Place, jobs

TOY = Path(__file__).parents[1] / "asking" / "toy.py"
ASKED = {"mode": "letter-greedy", "variant": "base", "setting": SETTINGS}

BASELINE = """
    from spacenum.asking.base import Answer

    class AlwaysA:
        def answer(self, items):
            for item in items:
                yield Answer(item=item.id, reply="A", letter="A", outcome="parsed")

    def load(config, context):
        return AlwaysA()
"""
TABLE = """
    import pandas as pd
    from spacenum.tables.scores.base import ScoreTable

    def make(scores):
        right = [(model.info.name, sum(row.score == 1 for row in model.rows)) for model in scores]
        return pd.DataFrame(right, columns=["model", "hits"])

    TABLE = ScoreTable(caption="How many items each model got right.", make=make)
"""
PAIRED = """
    from spacenum.tables.pairs import PairedExperiment, Scored

    def scores(study):
        chance = Scored(name="chance", model="chance", mode=study.modes[0], setting="layout")
        return [chance], [Scored(name="chance", model="always_a", mode=study.modes[0], setting="layout")]

    PAIRED = PairedExperiment(caption="What always answering A changes.", scores=scores)
"""
FIGURE = """
    from paper_figures.base import PaperFigure, tidy
    from paper_figures.dots import Dots

    def ours(tables):
        rows = tables["hits"].to_dict("records")
        return tidy({"row": row["model"], "panel": "all", "series": "hits", "value": row["hits"]} for row in rows)

    FIGURE = PaperFigure("none", "Hits", "Who hits.", Dots(label="hits", reference="none"), tables=("hits",), ours=ours)
"""
CLAIM = """\
Claim(
        id="toys_change_little",
        says="Toys change little.",
        statement="the change lies within 1 point of 0",
        rule=WithinShare(1),
        stake=level(LAYOUTS),
        numbers=(change("base", ["blind"], LAYOUTS),),
        items="layout cells",
        published=lambda: [0.0],
        source="nowhere",
    ),
    """
VARIANT = """
    from spacenum.variants.base import Variant

    VARIANT = Variant(settings=("layout",), changes="nothing")
"""
BENCHMARK = """
    from spacenum.external.base import Benchmark

    def read(path):
        yield from ()

    BENCHMARKS = {"toy_questions": Benchmark("Toys", "a/b", "toys.json", "MIT", 1, ("direct",), read)}
"""
REWARD = """
    def nothing(item):
        return dict.fromkeys("ABCD", 0.0)

    REWARD = nothing
"""
SIMULATOR = """
    from pydantic import Field
    from spacenum.core.blocks import Block
    from spacenum.core.resources import Needs
    from spacenum.simulators.catalogue import SimulatorInfo

    class ToyConfig(Block):
        rays: int = Field(1, ge=1, description="a pixel")

    SIMULATOR = SimulatorInfo(ToyConfig, Needs(), {"layout": "layouts"}, shows_packs=True)
"""
ASSET = """
    from spacenum.scenes.assets.mesh import Material, box, fit

    def build(size, rng):
        return fit([box(size, (0, 0, 0), Material((1, 0, 0), roughness=0.5), bevel=0)], size)
"""


def add(place: Place, file: str, text: str) -> None:
    path = place.project / file
    path.parent.mkdir(exist_ok=True)
    path.write_text('"""A toy."""\n' + dedent(text))


def test_a_baseline_tables_a_figure_and_a_claim(place: Place):
    add(place, "spacenum/models/baselines/always_a.py", BASELINE)
    (place.project / "config/models/always_a.yaml").write_text("kind: baseline\nbackend: baselines.always_a\n")
    add(place, "spacenum/tables/scores/hits.py", TABLE)
    add(place, "spacenum/tables/pairs/only_a.py", PAIRED)
    add(place, "paper_figures/hits.py", FIGURE)
    place.edit(
        "spacenum/claims/paper.py",
        '_minor(\n        "words_are_minor"',
        f'{CLAIM}_minor(\n        "words_are_minor"',
    )
    place.configure(models=["chance", "always_a"], tables=[*TABLES, "hits"], paired=["only_a"])
    targets = ["results/tables/hits.csv", "results/figures/hits.png", "results/claims.csv", "results/tables/only_a.csv"]
    asked = jobs("answers", model="always_a", **ASKED) | jobs("scores", model="always_a", **ASKED)
    made = jobs("table", table="hits") | jobs("figure", figure="hits") | jobs("claims") | jobs("only_a")
    assert asked | made <= place.planned("paper")
    run = place.snakemake(*targets)
    assert run.status == 0, run.terminal
    hits = pd.read_csv(place.study / targets[0]).set_index("model")["hits"]
    assert hits["chance"] == 0 < hits["always_a"]
    assert "toys_change_little" in (place.study / targets[2]).read_text()
    place.configure(models=["chance"])
    assert "names 'only_a', which compares scores of 'always_a'" in place.snakemake("-n", "all").sentence()
    paired = pd.read_csv(place.study / targets[3])
    assert set(paired["model"]) == {"chance"} and paired["difference"].notna().any()


def test_a_table_without_a_caption_is_told_in_a_sentence(fresh: Place, tmp_path: Path):
    place = fresh.copy(tmp_path)
    add(place, "spacenum/tables/scores/hits.py", TABLE.replace('caption="How many items each model got right.", ', ""))
    sentence = place.snakemake("-n").sentence()
    assert sentence.startswith("spacenum/tables/scores/hits.py: its TABLE can't be read (") and "'caption'" in sentence


def test_an_engine_a_variant_a_benchmark_and_a_reward(place: Place):
    shutil.copy(TOY, place.project / "spacenum/models/toy.py")
    (place.project / "config/models/toy.yaml").write_text("kind: vlm\nbackend: toy\n")
    add(place, "spacenum/variants/same.py", VARIANT)
    add(place, "spacenum/external/toys.py", BENCHMARK)
    (place.study / "toys.json").touch()
    add(place, "spacenum/tuning/rewards/nothing.py", REWARD)
    grpo = {"bases": ["demonstration"], "recipes": ["flat"], "methods": ["grpo_nothing"]}
    place.configure(
        models=["chance", "toy"],
        variants=["same"],
        external=[{"benchmark": "toy_questions", "path": "toys.json"}],
        tuning={
            "recipes": {"flat": {"dimensions": ["2d"]}},
            "experiments": NO_TUNING["experiments"] | {"grpo": grpo},
        },
    )
    expected = jobs("answers", model="toy", **ASKED) | jobs("external_questions", benchmark="toy_questions")
    expected |= jobs("answers", model="toy", mode="letter-greedy", variant="same", setting="layout")
    expected |= jobs("variant", variant="same", setting="layout", split="benchmark") | jobs(
        "variant_table", variant="same"
    )
    expected |= jobs("grpo", base="demonstration", recipe="flat", method="grpo_nothing")
    assert expected <= place.planned("paper", "external")


def test_a_simulator_and_an_asset_pack(fresh: Place, tmp_path: Path):
    place = fresh.copy(tmp_path)
    add(place, "spacenum/simulators/toy/__init__.py", "def check(settings): ...\ndef load(*job): ...\n")
    add(place, "spacenum/simulators/toy/settings.py", SIMULATOR)
    add(place, "scripts/fetch_toys.py", "")
    (place.project / "spacenum/scenes/assets/toys.yaml").write_text("{}\n")
    place.configure(simulators={"transition": "blender", "layout": "toy"}, toy={"rays": 2}, pack="toys")
    frames = "data/frames/layout/base/benchmark-000/frames.jsonl"
    layouts = {"setting": "layout", "shard": "benchmark-000"}
    assert place.planned(frames) == jobs("pack", pack="toys") | jobs("scenes", **layouts) | jobs("frames", **layouts)
    place.configure(simulators={"transition": "toy", "layout": "blender"})
    told = "config/test.yaml: key 'simulators.transition' is 'toy'; it can be blender or ai2thor"
    assert place.snakemake("-n", frames).sentence() == told


def test_an_asset(place: Place):
    add(place, "spacenum/scenes/assets/procedural/toy.py", ASSET)
    size = "[[0.1, 0.1, 0.1], [0.2, 0.2, 0.2]]"
    entry = f"{{id: toy, category: toy, file: toy.py, size: {size}, stands: surface, layout: {{desk: [other]}}}}"
    place.append("spacenum/scenes/assets/procedural/manifest.yaml", f"  - {entry}\n")
    layouts = {"setting": "layout", "shard": "benchmark-000"}
    planned = place.planned("data/frames/layout/base/benchmark-000/frames.jsonl")
    assert planned == jobs("scenes", **layouts) | jobs("frames", **layouts)
