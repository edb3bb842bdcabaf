"""A layout with its target at one placement, seen through one camera, as an OpenUSD stage: metres, Z up.

The stage is all that a renderer gets: size of the image and render settings stand in the layer's custom data. The
same scene, placement, pose and settings give the same bytes, so that a digest of them can name the rendered view.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pxr import Gf, Sdf, Tf, Usd, UsdGeom, UsdLux, UsdSemantics

from spacenum.geometry.camera import Intrinsics
from spacenum.geometry.poses import CameraPose, world_from_camera
from spacenum.scenes.assets.generate import generate
from spacenum.scenes.assets.manifest import Pack
from spacenum.scenes.assets.mesh import Part
from spacenum.scenes.assets.meshfile import parts_of_file
from spacenum.scenes.spec import LayoutScene, PlacedObject
from spacenum.scenes.surroundings import layout_ambient, layout_fixtures, layout_lamp
from spacenum.simulators.base import Instance, fixture_instance, instance_of
from spacenum.simulators.isaacsim.settings import IsaacSimConfig
from spacenum.simulators.isaacsim.units import NITS_PER_RADIANCE
from spacenum.simulators.isaacsim.usdmesh import add_parts

ROOT = "/World"
CAMERA = f"{ROOT}/camera"
CUSTOM = "spacenum"
FOCAL_MM = 24.0
CLIP_M = (0.01, 100.0)
USD_FROM_OPENCV = np.diag([1.0, -1.0, -1.0, 1.0])  # a USD camera looks along -Z with +Y up


@dataclass(frozen=True)
class LayoutView:
    """What one image shows: a placement of the scene's target, seen from a pose."""

    scene: LayoutScene
    target: PlacedObject
    pose: CameraPose


@dataclass(frozen=True)
class UsdStage:
    """A stage as a binary USD file's bytes; ``instances`` by the path of their prim."""

    data: bytes
    instances: dict[str, Instance]

    @property
    def id(self) -> str:
        """The view's name: a digest of the stage."""
        return hashlib.sha256(self.data).hexdigest()[:32]


def author(view: LayoutView, pack: Pack, camera: Intrinsics, settings: IsaacSimConfig) -> UsdStage:
    """The stage of a view; SpaceNumError if an asset's file is missing or wrong."""
    with tempfile.TemporaryDirectory(prefix="spacenum-usd-") as folder:
        path = Path(folder) / "stage.usdc"
        stage, instances = build(Usd.Stage.CreateNew(str(path)), view, pack, camera, settings)
        stage.GetRootLayer().Save()
        return UsdStage(path.read_bytes(), instances)


def build(
    stage: Usd.Stage, view: LayoutView, pack: Pack, camera: Intrinsics, settings: IsaacSimConfig
) -> tuple[Usd.Stage, dict[str, Instance]]:
    """Fill an empty ``stage``; ids are given to objects, fixtures and the target, in that order, from 1."""
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, ROOT).GetPrim())
    request = {"width": camera.width, "height": camera.height, "camera": CAMERA, **settings.model_dump(mode="json")}
    stage.GetRootLayer().customLayerData = {CUSTOM: request}
    instances = {}
    for instance, parts, position, turn in _things(view, pack):
        path = f"{ROOT}/{Tf.MakeValidIdentifier(instance.name)}_{instance.id}"
        _add_thing(stage, path, instance, parts, position, turn)
        instances[path] = instance
    _add_lights(stage, view.scene)
    _add_camera(stage, view.pose, camera)
    return stage, instances


def _things(
    view: LayoutView, pack: Pack
) -> Iterator[tuple[Instance, Sequence[Part], Sequence[float], Sequence[float]]]:
    """Instance, parts, position and turn (degrees about x, y, z) of all that stands in the view."""
    scene, target = view.scene, view.target
    fixtures = list(layout_fixtures(scene))
    for number, placed in enumerate(scene.objects, start=1):
        yield instance_of(placed, number), _parts(placed, pack), placed.position, (0.0, 0.0, placed.yaw)
    for number, fixture in enumerate(fixtures, start=len(scene.objects) + 1):
        yield fixture_instance(fixture.name, number), fixture.parts, fixture.position, fixture.turn
    number = len(scene.objects) + len(fixtures) + 1
    yield instance_of(target, number), _parts(target, pack), target.position, (0.0, 0.0, target.yaw)


def _parts(placed: PlacedObject, pack: Pack) -> Sequence[Part]:
    asset = pack.asset(placed.asset)
    if asset.file.endswith(".py"):
        return generate(asset, placed)
    return parts_of_file(asset, pack.folder, placed.size)


def _add_thing(
    stage: Usd.Stage,
    path: str,
    instance: Instance,
    parts: Sequence[Part],
    position: Sequence[float],
    turn: Sequence[float],
) -> None:
    thing = UsdGeom.Xform.Define(stage, path)
    thing.AddTranslateOp().Set(Gf.Vec3d(*position))
    thing.AddRotateXYZOp(UsdGeom.XformOp.PrecisionDouble).Set(Gf.Vec3d(*turn))
    prim = thing.GetPrim()
    UsdSemantics.LabelsAPI.Apply(prim, "class").CreateLabelsAttr().Set([instance.category])
    prim.SetCustomDataByKey(f"{CUSTOM}:id", instance.id)
    prim.SetCustomDataByKey(f"{CUSTOM}:name", instance.name)
    add_parts(stage, path, parts)


def _add_lights(stage: Usd.Stage, scene: LayoutScene) -> None:
    colour, radiance = layout_ambient(scene)
    dome = UsdLux.DomeLight.Define(stage, f"{ROOT}/ambient")
    dome.CreateIntensityAttr(radiance * NITS_PER_RADIANCE)
    dome.CreateColorAttr(Gf.Vec3f(*colour))
    lamp = layout_lamp(scene)
    light = UsdLux.RectLight.Define(stage, f"{ROOT}/lamp")
    light.CreateWidthAttr(lamp.size)
    light.CreateHeightAttr(lamp.size)
    light.CreateIntensityAttr(lamp.watts / (np.pi * lamp.size**2) * NITS_PER_RADIANCE)
    light.CreateColorAttr(Gf.Vec3f(*lamp.colour))
    # RTX's own attribute, which other renderers ignore: the camera doesn't see the lamp.
    light.GetPrim().CreateAttribute("visibleInPrimaryRay", Sdf.ValueTypeNames.Bool).Set(False)
    look = Gf.Matrix4d().SetLookAt(Gf.Vec3d(*lamp.position), Gf.Vec3d(0, 0, 0), Gf.Vec3d(0, 0, 1))
    light.AddTransformOp().Set(look.GetInverse())


def _add_camera(stage: Usd.Stage, pose: CameraPose, intrinsics: Intrinsics) -> None:
    """A camera with exactly these intrinsics: apertures and focal length in millimetres, of which only ratios count."""
    camera = UsdGeom.Camera.Define(stage, CAMERA)
    camera.CreateProjectionAttr(UsdGeom.Tokens.perspective)
    camera.CreateFocalLengthAttr(FOCAL_MM)
    camera.CreateHorizontalApertureAttr(FOCAL_MM * intrinsics.width / intrinsics.fx)
    camera.CreateVerticalApertureAttr(FOCAL_MM * intrinsics.height / intrinsics.fy)
    camera.CreateHorizontalApertureOffsetAttr(FOCAL_MM * (intrinsics.width / 2 - intrinsics.cx) / intrinsics.fx)
    camera.CreateVerticalApertureOffsetAttr(FOCAL_MM * (intrinsics.cy - intrinsics.height / 2) / intrinsics.fy)
    camera.CreateClippingRangeAttr(Gf.Vec2f(*CLIP_M))
    camera.CreateFStopAttr(0.0)  # everything in focus
    matrix = world_from_camera(pose) @ USD_FROM_OPENCV
    camera.AddTransformOp().Set(Gf.Matrix4d(matrix.T.tolist()))  # USD multiplies row vectors
