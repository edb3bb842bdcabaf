"""Which training items a recipe takes, what its summary says, and that the benchmark stays unseen."""

from __future__ import annotations

from collections import Counter

import pytest

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT
from spacenum.items.schema import CELLS, LETTERS, Cell, cells_of
from spacenum.scenes.spec import IthorScene
from spacenum.study.loading import load_study
from spacenum.tuning.recipes import check_disjoint, quotas, select, summarise
from spacenum.tuning.settings import Recipe, RecipeParams
from tests.scoring.fakes import family
from tests.tuning.shades import shades

CONFIG = PROJECT / "config"


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    """Items of all cells, of families of four, in unlike numbers."""
    [one] = shades(tmp_path_factory.mktemp("pool"), 1)
    items = []
    for place, cell in enumerate(CELLS):
        task, setting = Cell.of(cell).task, Cell.of(cell).setting
        for k in range(12 + 4 * place):
            new = {"id": f"{cell}.{k}", "cell": cell, "task": task, "setting": setting, "family": f"{cell}.{k // 4}"}
            items.append(one.model_copy(update={**new, "answer": LETTERS[k % 4]}))
    return items


def chosen(pool, seed=0, **recipe):
    return select(RecipeParams(name="r", recipe=Recipe(**recipe), seed=seed), pool)


def test_the_share_of_transitions_at_a_fixed_total(pool):
    for percent in (0, 25, 50, 75, 100):
        settings = Counter(item.setting for item in chosen(pool, size=101, transition_percent=percent))
        assert settings == Counter({"transition": round(1.01 * percent), "layout": 101 - round(1.01 * percent)})


def test_cells_in_proportion_and_families_whole_but_one_a_cell(pool):
    items = chosen(pool, size=200, transition_percent=50)
    taken, whole = Counter(item.cell for item in items), Counter(item.cell for item in pool)
    for setting in ("transition", "layout"):
        of_setting = sum(whole[cell] for cell in cells_of(setting))
        for cell in cells_of(setting):
            assert abs(taken[cell] - 100 * whole[cell] / of_setting) < 1
            cut = [n for (of, _), n in Counter((i.cell, i.family) for i in items).items() if of == cell and n < 4]
            assert len(cut) <= 1


def test_one_dimension_only_and_all_of_it(pool):
    for dimension in ("1d", "2d", "3d"):
        items = chosen(pool, dimensions=[dimension])
        assert items == [item for item in pool if f".{dimension}." in item.cell]


def test_a_selection_follows_from_recipe_and_seed_and_grows_with_its_size(pool):
    small, large = (chosen(pool, size=size, transition_percent=50) for size in (60, 120))
    assert chosen(pool[::-1], size=60, transition_percent=50) == small[::-1]
    assert {item.id for item in small} <= {item.id for item in large}
    assert chosen(pool, seed=1, size=60, transition_percent=50) != small


def test_a_summary_names_the_selection(pool):
    job = RecipeParams(name="r", recipe=Recipe(size=60, transition_percent=50), seed=0)
    items = select(job, pool)
    told = summarise(job, pool, items, [], scenes=7)
    assert (told.items, told.settings, sum(told.cells.values())) == (60, {"layout": 30, "transition": 30}, 60)
    assert sum(told.letters.values()) == 60 and told.benchmark_scenes == 7
    other = [*items[:-1], items[-1].model_copy(update={"answer": "A" if items[-1].answer != "A" else "B"})]
    assert summarise(job, pool, other, [], scenes=7).selection != told.selection
    assert summarise(job, pool, list(items), [], scenes=7) == told


def test_a_summary_counts_the_layouts_whose_objects_are_known():
    """A layout counts if one of the selection has the same names in the same roles; the rest of it may differ."""
    items = family("layout.num2space.2d.desk", 0)

    def layout(scene: str, target: str):
        truth = items[0].truth.model_copy(update={"target": target})
        return items[0].model_copy(update={"scene": scene, "truth": truth})

    known, other = layout("benchmark-desk-000", items[0].truth.target), layout("benchmark-desk-001", "something else")
    told = summarise(RecipeParams(name="r", recipe=Recipe(), seed=0), items, items, [known, known, other], scenes=2)
    assert (told.benchmark_layouts, told.known_objects) == (2, 1)


def test_more_than_there_is(pool):
    with pytest.raises(SpaceNumError, match=r"'tuning\.recipes\.r' asks for 400 items of setting transition"):
        quotas("r", Recipe(size=400, transition_percent=100), Counter(item.cell for item in pool))


def test_no_scene_of_the_benchmark_under_whatever_name(tmp_path):
    trained, tested = shades(tmp_path, 2)
    tested = tested.model_copy(update={"scene": "benchmark-kitchen-000"})

    def rooms(trained_on: str):
        ids = {"train-kitchen-000": trained_on, "benchmark-kitchen-000": "FloorPlan30"}
        return {
            ("transition", id): IthorScene(id=id, split=id.split("-")[0], seed=k, kind="kitchen", floor_plan=plan)
            for k, (id, plan) in enumerate(ids.items())
        }

    assert check_disjoint([trained], [tested], rooms("FloorPlan1")) == 1
    with pytest.raises(SpaceNumError, match=r"shows scene 'train-kitchen-000', which is the benchmark's scene"):
        check_disjoint([trained], [tested], rooms("FloorPlan30"))


def test_the_papers_recipes_have_the_papers_sizes():
    study = load_study([CONFIG / "paper.yaml"])
    assert len(study.plan.tuned_models) == 2 * (3 + 7) + 2
    tuned = study.plan.tuned_models["qwen3_vl_8b-transition_25_of_17640-sft"]
    assert tuned.base == "qwen3_vl_8b" and tuned.checkpoint == study.plan.models["qwen3_vl_8b"].checkpoint
    assert not set(study.plan.tuned_models) & set(study.plan.models)
