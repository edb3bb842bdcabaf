"""Where the simulator's views come from: rendered when they are asked for, or elsewhere and brought here."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from spacenum.core.errors import SpaceNumError
from spacenum.geometry.camera import Intrinsics
from spacenum.simulators.isaacsim.batch import VIEWS, EngineVersion, Rendered, read_record, read_view, write_batch
from spacenum.simulators.isaacsim.process import Runner
from spacenum.simulators.isaacsim.settings import IsaacSimConfig
from spacenum.simulators.isaacsim.stage import UsdStage


class ViewStore(Protocol):
    """A store of rendered views."""

    @property
    def engine(self) -> EngineVersion:
        """What renders: 'isaacsim', or a test's double, and its version."""

    def open(self, scene: str) -> None:
        """The views that follow are of this scene."""

    def get(self, wanted: UsdStage, together: Sequence[UsdStage]) -> Rendered:
        """The view of a stage; the others of ``together`` will be asked for soon."""

    def close(self) -> None:
        """End what renders, and remove what is no longer needed."""


class LiveViews:
    """Renders what is missing, a whole pose in one batch; keeps the views of the open scene only. folder: its own."""

    def __init__(self, runner: Runner, folder: Path, camera: Intrinsics, settings: IsaacSimConfig) -> None:
        self._runner, self._folder, self._camera, self._settings = runner, folder, camera, settings
        self._batch = folder

    @property
    def engine(self) -> EngineVersion:
        return self._runner.engine

    def open(self, scene: str) -> None:
        if self._batch not in (self._folder, self._folder / scene):
            shutil.rmtree(self._batch, ignore_errors=True)
        self._batch = self._folder / scene

    def get(self, wanted: UsdStage, together: Sequence[UsdStage]) -> Rendered:
        found = self._read(wanted)
        if found is None:
            write_batch(self._batch, together, self._camera, self._settings)
            self._runner.render(self._batch)
            found = self._read(wanted)
        if found is None:
            raise SpaceNumError(
                f"{self._batch / VIEWS / wanted.id}: Isaac Sim said that it rendered this view, but it isn't there"
            )
        return found

    def close(self) -> None:
        self._runner.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _read(self, wanted: UsdStage) -> Rendered | None:
        """A view, unless another renderer left it here."""
        record = read_record(self._batch, wanted.id)
        if record is not None and record.renderer != self._runner.engine:
            shutil.rmtree(self._batch / VIEWS / wanted.id)
            return None
        return read_view(self._batch, wanted, self._camera)


class ImportedViews:
    """Views of a batch that was rendered elsewhere; SpaceNumError if one is missing."""

    def __init__(self, batch: Path, camera: Intrinsics) -> None:
        self._batch, self._camera = batch, camera
        self._scene = ""
        self.engine = self._one_engine()

    def _one_engine(self) -> EngineVersion:
        folders = sorted(path.parent.name for path in self._batch.glob(f"{VIEWS}/[!.]*/view.json"))
        records = [record for record in (read_record(self._batch, name) for name in folders) if record]
        names = sorted({f"{record.renderer.name} {record.renderer.version}" for record in records})
        if not names:
            raise SpaceNumError(
                f"{self._batch}: holds no rendered view; run runner.py there first (its README.md says how)"
            )
        if len(names) > 1:
            raise SpaceNumError(
                f"{self._batch}: rendered by more than one engine ({', '.join(names)}); render it with one"
            )
        return records[0].renderer

    def open(self, scene: str) -> None:
        self._scene = scene

    def get(self, wanted: UsdStage, together: Sequence[UsdStage]) -> Rendered:
        found = read_view(self._batch, wanted, self._camera)
        if found is None and (self._batch / "stages" / f"{wanted.id}.usdc").is_file():
            raise SpaceNumError(
                f"{self._batch}: a view of layout '{self._scene}' isn't rendered yet ({wanted.id}); run runner.py again"
            )
        if found is None:
            raise SpaceNumError(
                f"{self._batch}: layout '{self._scene}' needs a camera that wasn't exported, since the earlier ones "
                "were rejected (or the scenes or settings have changed); export again with more --cameras into the "
                "same folder, run runner.py there and import again"
            )
        return found

    def close(self) -> None:
        """Nothing was started, and the batch is the user's."""
