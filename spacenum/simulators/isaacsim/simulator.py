"""The ``isaacsim`` simulator: layouts only, through a store of rendered views."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spacenum.core.errors import SpaceNumError
from spacenum.geometry.camera import Intrinsics
from spacenum.geometry.poses import Action, CameraPose
from spacenum.scenes.assets.manifest import Pack
from spacenum.scenes.spec import AnyScene, LayoutScene, PlacedObject
from spacenum.simulators.base import Instance, Sensing, count_instances
from spacenum.simulators.isaacsim.batch import Rendered
from spacenum.simulators.isaacsim.settings import IsaacSimConfig
from spacenum.simulators.isaacsim.stage import LayoutView, UsdStage, author
from spacenum.simulators.isaacsim.views import ViewStore


class IsaacSimulator:
    """Implements ``simulators.base.Simulator``. Boxes come from the scene, pixels from the renderer."""

    def __init__(self, views: ViewStore, pack: Pack, camera: Intrinsics, settings: IsaacSimConfig) -> None:
        self._views, self._pack, self._camera, self._settings = views, pack, camera, settings
        self._scene: LayoutScene | None = None
        self._target: PlacedObject | None = None
        self._pose: CameraPose | None = None
        self._stages: dict[int, UsdStage] = {}
        self._rendered_with: dict[str, bool | int | float | str] = {}

    @property
    def notes(self) -> dict[str, Any]:
        """The renderer's settings as it held them in the last view, by their paths."""
        return {"render_settings": self._rendered_with} if self._rendered_with else {}

    @property
    def name(self) -> str:
        """What renders: a double's frames carry the double's name."""
        return self._views.engine.name

    @property
    def version(self) -> str:
        return self._views.engine.version

    def open(self, scene: AnyScene) -> None:
        if not isinstance(scene, LayoutScene):
            raise TypeError(f"{scene.id} is no layout")
        self._scene, self._target, self._pose = scene, None, None
        self._stages = {}
        self._views.open(scene.id)

    def start_positions(self) -> NDArray[np.float64]:
        raise NotImplementedError("nobody walks in layouts")

    def place_target(self, target: PlacedObject) -> None:
        self._target = target

    def go_to(self, pose: CameraPose) -> None:
        if pose != self._pose:
            self._pose, self._stages = pose, {}

    def act(self, action: Action) -> None:
        raise NotImplementedError("nobody walks in layouts")

    def sense(self) -> Sensing:
        stage, rendered = self._view()
        ids = our_ids(rendered, stage.instances)
        known = tuple(stage.instances.values())
        return Sensing(rendered.record.pose, self._camera, rendered.depth, ids, count_instances(ids, known))

    def photograph(self) -> NDArray[np.uint8]:
        return self._view()[1].colour

    def close(self) -> None:
        self._views.close()

    def _view(self) -> tuple[UsdStage, Rendered]:
        assert self._scene is not None and self._target is not None, "open a layout and place its target first"
        placements = self._scene.placements
        wanted = placements.index(self._target)
        stages = [self._stage(number) for number in range(len(placements))]
        rendered = self._views.get(stages[wanted], stages)
        self._rendered_with = rendered.record.settings
        return stages[wanted], rendered

    def _stage(self, placement: int) -> UsdStage:
        """The stage of a placement at the current pose, authored once a pose."""
        assert self._scene is not None and self._pose is not None, "go to a pose first"
        if placement not in self._stages:
            view = LayoutView(self._scene, self._scene.placements[placement], self._pose)
            self._stages[placement] = author(view, self._pack, self._camera, self._settings)
        return self._stages[placement]


def our_ids(rendered: Rendered, instances: dict[str, Instance]) -> NDArray[np.int64]:
    """The renderer's ids [h, w] as ours; 0 for what it saw but the stage doesn't label.

    The renderer may name a labelled prim or a mesh below it.
    """
    ids = np.zeros_like(rendered.ids)
    paths = set(rendered.record.prims.values())
    if not any(path == p or path.startswith(p + "/") for path in paths for p in instances):
        raise SpaceNumError(
            f"view {rendered.record.id}: the renderer's ids name nothing of the stage (they name {sorted(paths)[:3]}); "
            "this version of Isaac Sim names ids in another way than its documentation says"
        )
    for key, path in rendered.record.prims.items():
        owner = next((p for p in instances if path == p or path.startswith(p + "/")), None)
        if owner is not None:
            ids[rendered.ids == int(key)] = instances[owner].id
    return ids
