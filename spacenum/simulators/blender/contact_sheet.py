"""Contact sheets: every kind of object, and every kind of room, in one labelled picture each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from spacenum.core.provenance import atomic_path
from spacenum.geometry.camera import Intrinsics
from spacenum.geometry.poses import CameraPose
from spacenum.scenes.assets.manifest import Asset, Pack
from spacenum.scenes.assets.mesh import Material, box
from spacenum.scenes.rooms import SIZES_M, build_room
from spacenum.scenes.spec import PlacedObject
from spacenum.simulators.blender.engine import BlenderEngine
from spacenum.simulators.blender.lights import add_area_light
from spacenum.simulators.blender.meshes import build_object, object_from_parts
from spacenum.simulators.blender.settings import BlenderConfig
from spacenum.simulators.blender.simulator import BlenderSimulator

TILE_PX, ROOM_PX, LABEL_PX, COLUMNS = 192, 384, 22, 9


def draw_objects(out: Path, pack: Pack, kinds: Sequence[str] = (), variants: int = 1) -> None:
    """Write one picture of all assets of a pack (or of the ids ``kinds``), ``variants`` seeds each."""
    assets = [pack.asset(kind) for kind in kinds] if kinds else list(pack.assets)
    engine = BlenderEngine(BlenderConfig(samples=12, lighting="full"))
    tiles = [(asset.category, _portrait(engine, pack, asset, seed)) for asset in assets for seed in range(variants)]
    save_sheet(out, tiles)


def draw_rooms(out: Path, pack: Pack, seeds: Sequence[int] = (0, 1)) -> None:
    """Write one picture of each kind of room, from a corner, for each of ``seeds``."""
    camera = Intrinsics.from_vertical_fov(ROOM_PX, ROOM_PX, 90)
    simulator = BlenderSimulator(pack, camera, BlenderConfig(samples=12, lighting="full"))
    tiles = []
    for seed in seeds:
        for kind in SIZES_M:
            scene = build_room(f"{kind}-{seed}", "train", kind, seed, pack)
            simulator.open(scene)
            corner = np.array([scene.room.width, scene.room.depth]) / 2 - 0.35
            yaw = float(np.degrees(np.arctan2(-corner[1], -corner[0])))
            simulator.go_to(CameraPose(position=(corner[0], corner[1], 2.0), yaw=yaw % 360, horizon=18))
            tiles.append((kind.replace("_", " "), Image.fromarray(simulator.photograph())))
    save_sheet(out, tiles, columns=len(SIZES_M))


def _portrait(engine: BlenderEngine, pack: Pack, asset: Asset, seed: int) -> Image.Image:
    rng = np.random.default_rng(seed)
    w, d, h = (float(v) for v in rng.uniform(*asset.size))
    size = (w, w if asset.round else d, h)
    engine.reset()
    engine.ambient((1, 1, 1), 0.5, 2.0)
    placed = PlacedObject(
        name=asset.id, asset=asset.id, category=asset.category, size=size, position=(0, 0, 0), yaw=0, seed=seed
    )
    build_object(placed, pack, 1)
    reach = float(np.linalg.norm(size))
    ground = Material((0.82, 0.81, 0.79), 0.9)
    object_from_parts("ground", [box((20 * reach, 20 * reach, 0.1), (0, 0, -0.1), ground, bevel=0)])
    add_area_light((-1.2 * reach, -1.6 * reach, 2.2 * reach), (0, 0, 0), 1.2 * reach, 60 * reach**2)
    camera = Intrinsics.from_vertical_fov(TILE_PX, TILE_PX, 30)
    engine.aim(_looking_at(np.array([0, 0, size[2] / 2]), 2.25 * reach, azimuth=-65, elevation=24), camera)
    return Image.fromarray(engine.colour())


def _looking_at(target: np.ndarray, distance: float, azimuth: float, elevation: float) -> CameraPose:
    """A pose that looks at ``target`` from ``azimuth`` (degrees from +X) and ``elevation`` above the horizontal."""
    a, e = np.radians([azimuth, elevation])
    position = target + distance * np.array([np.cos(a) * np.cos(e), np.sin(a) * np.cos(e), np.sin(e)])
    return CameraPose(position=tuple(position), yaw=(azimuth + 180) % 360, horizon=elevation)


def save_sheet(out: Path, tiles: Sequence[tuple[str, Image.Image]], columns: int = COLUMNS) -> None:
    """Write labelled tiles of equal size as one PNG."""
    width, height = tiles[0][1].size
    columns = min(columns, len(tiles))
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (columns * width, rows * (height + LABEL_PX)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    for index, (label, tile) in enumerate(tiles):
        x, y = index % columns * width, index // columns * (height + LABEL_PX)
        sheet.paste(tile, (x, y + LABEL_PX))
        draw.text((x + width / 2, y + LABEL_PX / 2), label, fill="black", font=font, anchor="mm")
    with atomic_path(out) as temporary:
        sheet.save(temporary)
