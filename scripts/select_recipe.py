"""Select the training items of one recipe, and check that the benchmark shows none of their scenes."""

from __future__ import annotations

import yaml

from spacenum.core.provenance import read_jsonl, write_jsonl, write_text
from spacenum.core.stage import Inputs, Output, run_stage
from spacenum.items.schema import ASKED_ITEM
from spacenum.scenes.spec import SCENE
from spacenum.tuning.recipes import check_disjoint, check_unseen, select, summarise
from spacenum.tuning.settings import RecipeParams


def select_recipe(
    params: RecipeParams,
    *,
    train: Inputs,
    checks: Inputs,
    benchmark: Inputs,
    scenes: Inputs,
    chosen: Output,
    summary: Output,
) -> None:
    items, asked = ([item for path in paths for item in read_jsonl(path, ASKED_ITEM)] for paths in (train, benchmark))
    selected = select(params, items)
    if params.recipe.imported:
        compared = check_unseen(selected, asked)
    else:
        drawn = {(scene.setting, scene.id): scene for path in scenes for scene in read_jsonl(path, SCENE)}
        compared = check_disjoint(selected, asked, drawn)
    made = summarise(params, items, selected, asked, compared)
    write_jsonl(chosen, selected)
    write_text(summary, yaml.safe_dump(made.model_dump(mode="json"), sort_keys=False))


if __name__ == "__main__":
    run_stage(select_recipe)
