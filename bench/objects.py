"""What training scenes of the demonstration model share with benchmarks: scenes (none may be), and names of objects.

Run as ``python -m bench.objects``. Draws the scenes of the configs and renders nothing. Prints a line of CSV for each
config: the benchmark's scenes, those that training shows too by content, those of the benchmark that steered the
training, and the layouts whose origin anchor, direction anchor and target have the names of some training layout's.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator

from spacenum.core.provenance import PROJECT
from spacenum.scenes import layouts, rooms
from spacenum.scenes.assets.manifest import load_pack
from spacenum.scenes.spec import LayoutScene, RoomScene, Split
from spacenum.study.loading import load_study
from spacenum.study.study import Study
from spacenum.tuning.recipes import content

TRAINED = "demonstration"
CONFIGS = ("config", TRAINED, "demonstration_check")


def scenes(study: Study, split: Split) -> Iterator[LayoutScene | RoomScene]:
    """The scenes of a split, drawn anew."""
    pack = load_pack(study.plan.config.pack)
    for setting, module in (("transition", rooms), ("layout", layouts)):
        for shard in study.plan.shards(setting, split):  # type: ignore[arg-type]
            params = study.collection.scenes(setting, shard).params  # type: ignore[arg-type]
            yield from (module.draw(request, params, pack) for request in params.scenes)  # type: ignore[attr-defined]


def names(scene: LayoutScene) -> tuple[str, str, str]:
    """Of origin anchor, direction anchor and target."""
    by_name = {placed.name: placed.category for placed in scene.objects}
    return by_name[scene.origin_anchor], by_name[scene.direction_anchor], scene.placements[0].category


def main() -> None:
    studies = {name: load_study([PROJECT / "config" / f"{name}.yaml"]) for name in CONFIGS}
    trained = list(scenes(studies[TRAINED], "train"))
    shown = {content(scene) for scene in trained}
    known = {names(scene) for scene in trained if isinstance(scene, LayoutScene)}
    steered = {content(scene) for scene in scenes(studies[TRAINED], "benchmark")}
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["config", "scenes", "also_trained", "steered_training", "layouts", "known_objects"])
    for name, study in studies.items():
        asked = list(scenes(study, "benchmark"))
        drawn = [scene for scene in asked if isinstance(scene, LayoutScene)]
        contents = [content(scene) for scene in asked]
        counts = [sum(one in shown for one in contents), sum(one in steered for one in contents)]
        out.writerow([f"config/{name}.yaml", len(asked), *counts, len(drawn), sum(names(s) in known for s in drawn)])


if __name__ == "__main__":
    main()
