"""The procedural pack: every asset fills its box with solid parts, at any size and seed."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
import trimesh

from spacenum.core.errors import SpaceNumError
from spacenum.scenes.assets.manifest import Asset, Pack, load_pack
from spacenum.scenes.assets.mesh import Part, bounds
from spacenum.scenes.categories import ROOM_CATEGORIES

PACK = load_pack("procedural")


def build(asset: Asset, size: np.ndarray, seed: int) -> list[Part]:
    module = importlib.import_module(f"spacenum.scenes.assets.procedural.{asset.file.removesuffix('.py')}")
    return module.build(tuple(float(v) for v in size), np.random.default_rng(seed))


def sizes(asset: Asset) -> list[np.ndarray]:
    low, high = np.array(asset.size)
    anywhere = np.random.default_rng(len(asset.id)).uniform(low, high)
    if asset.round:
        anywhere[1] = anywhere[0]
    return [low, high, anywhere, anywhere, anywhere]


@pytest.mark.parametrize("asset", PACK.assets, ids=lambda asset: asset.id)
def test_an_asset_is_solid_and_fills_its_box(asset):
    for seed, size in enumerate(sizes(asset)):
        parts = build(asset, size, seed)
        box = [[-size[0] / 2, -size[1] / 2, 0], [size[0] / 2, size[1] / 2, size[2]]]
        np.testing.assert_allclose(bounds(parts), box, atol=1e-6)
        for number, part in enumerate(parts):
            mesh = trimesh.Trimesh(part.vertices, part.faces, process=False)
            mesh.merge_vertices()
            assert mesh.is_watertight and mesh.volume > 0, f"part {number} of {asset.id} at {size}, seed {seed}"


@pytest.mark.parametrize("asset", PACK.assets, ids=lambda asset: asset.id)
def test_an_asset_is_the_same_each_time_and_varies_with_its_seed(asset):
    size = sizes(asset)[2]

    def looks(seed: int) -> list:
        return [(p.vertices.tobytes(), p.faces.tobytes(), p.material, p.smooth) for p in build(asset, size, seed)]

    assert looks(1) == looks(1)
    assert any(looks(seed) != looks(1) for seed in range(2, 6))


def test_rooms_find_every_category_and_every_floor_asset_is_used():
    categories = {asset.category for asset in PACK.assets}
    assert categories >= ROOM_CATEGORIES
    unused = {asset.category for asset in PACK.assets if not asset.layout} - ROOM_CATEGORIES
    assert not unused, "these can stand nowhere"


def test_ids_and_files_are_unique_and_there():
    assert len({asset.id for asset in PACK.assets}) == len(PACK.assets)
    on_disk = {path.name for path in PACK.folder.glob("*.py")} - {"__init__.py"}
    assert {asset.file for asset in PACK.assets} == on_disk


def test_layout_sizes_are_round_where_the_asset_is():
    round_ones = [asset for asset in PACK.assets if asset.round]
    assert round_ones
    for asset in round_ones:
        assert {size[0] for size in asset.size} == {size[1] for size in asset.size}, asset.id


def test_a_manifest_that_is_wrong_is_named(tmp_path):
    entry = {"id": "a", "category": "a", "file": "a.py", "size": [[2, 1, 1], [1, 1, 1]], "stands": "floor"}
    with pytest.raises(ValueError, match="size of asset 'a'"):
        Pack.model_validate({"pack": "p", "licence": "x", "author": "y", "assets": [entry]})
    with pytest.raises(SpaceNumError, match="no such manifest for the asset pack 'p'"):
        load_pack("p", tmp_path / "manifest.yaml")
    (tmp_path / "manifest.yaml").write_text("pack: p\nassets: [{id: 1}]")
    with pytest.raises(SpaceNumError, match="not a valid asset manifest"):
        load_pack("q", tmp_path / "manifest.yaml")
    with pytest.raises(SpaceNumError, match="no asset 'unicorn'"):
        PACK.asset("unicorn")
