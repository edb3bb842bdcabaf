"""The views of a shard once more, through the same cameras, of layouts that a variant changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from spacenum.core.errors import SpaceNumError
from spacenum.frames.records import FrameRecord, LayoutFamily
from spacenum.frames.store import FrameWriter
from spacenum.scenes.spec import LayoutScene
from spacenum.simulators.base import Simulator
from spacenum.variants.base import Variant


def rerender(
    variant: Variant,
    families: Sequence[LayoutFamily],
    scenes: Mapping[str, LayoutScene],
    frames: Mapping[str, FrameRecord],
    simulator: Simulator,
    writer: FrameWriter,
    finished: Callable[[], None] = lambda: None,
) -> None:
    """Write each frame of ``families`` anew; scenes and (base) frames by id. New frames have the ids of the old.

    SpaceNumError if the variant moves what the items describe: the frame, the anchors or a placement.
    """
    assert variant.scene is not None
    for family in families:
        scene = scenes[family.scene]
        changed = variant.scene(scene)
        _check_same_question(scene, changed)
        simulator.open(changed)
        for placement, name in zip(changed.placements, family.frames, strict=True):
            pose = frames[name].pose
            simulator.place_target(placement)
            simulator.go_to(pose)
            view, colour = simulator.sense(), simulator.photograph()
            written = writer.write(changed.id, pose, view, colour, str(placement.model_dump()))
            if written != name:
                raise SpaceNumError(
                    f"frame {name}: its camera or placement is not the base scene's; render the base anew"
                )
        finished()


def _check_same_question(scene: LayoutScene, changed: LayoutScene) -> None:
    by_name = {placed.name: placed for placed in changed.objects}
    anchors = [placed for placed in scene.objects if placed.name in (scene.origin_anchor, scene.direction_anchor)]
    same = (scene.id, scene.frame, scene.placements) == (changed.id, changed.frame, changed.placements)
    if not same or any(by_name.get(anchor.name) != anchor for anchor in anchors):
        raise SpaceNumError(f"scene {scene.id}: a variant must leave its frame, anchors and placements as they are")
