"""Select the training items of one recipe, and check that the benchmark shows none of their scenes."""

from __future__ import annotations

from pathlib import Path

import yaml

from spacenum.core.errors import run_script
from spacenum.core.provenance import read_jsonl, write_jsonl, write_text
from spacenum.core.stage import leave_meta, params, parser
from spacenum.items.schema import ITEM
from spacenum.scenes.spec import SCENE
from spacenum.tuning.recipes import check_disjoint, select, summary
from spacenum.tuning.settings import RecipeParams


def main() -> None:
    cli = parser(__doc__)
    cli.add_argument("--train", type=Path, nargs="+", required=True)
    cli.add_argument("--benchmark", type=Path, nargs="+", required=True)
    cli.add_argument("--scenes", type=Path, nargs="+", required=True)
    cli.add_argument("--out", type=Path, required=True)
    cli.add_argument("--summary", type=Path, required=True)
    args = cli.parse_args()
    job = params(args, RecipeParams)
    train, benchmark = (
        [item for path in paths for item in read_jsonl(path, ITEM)] for paths in (args.train, args.benchmark)
    )
    scenes = {(scene.setting, scene.id): scene for path in args.scenes for scene in read_jsonl(path, SCENE)}
    chosen = select(job, train)
    told = summary(job, train, chosen, check_disjoint(chosen, benchmark, scenes))
    write_jsonl(args.out, chosen)
    write_text(args.summary, yaml.safe_dump(told.model_dump(mode="json"), sort_keys=False))
    leave_meta("recipe", args, RecipeParams, [*args.train, *args.benchmark, *args.scenes], [args.out, args.summary])


if __name__ == "__main__":
    run_script(main)
