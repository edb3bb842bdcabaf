"""The fetched pack, with models made by hand: what the manifest says, what is checked, and what Blender makes of it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import sha256_of
from spacenum.scenes.assets import packing, sweethome3d
from spacenum.scenes.assets.manifest import Pack, load_pack
from spacenum.scenes.categories import ROOM_CATEGORIES
from spacenum.scenes.spec import PlacedObject

# A wedge of 40 x 80 x 20 (X, Z, Y) in the catalogue's axes, Y up: its one upper edge is at the front (+Z). One loose
# vertex far away belongs to no face.
WEDGE = """mtllib wedge.mtl
v 0 5 0
v 40 5 0
v 40 5 80
v 0 5 80
v 0 25 80
v 40 25 80
v 999 999 999
vt 0 0
vt 3e9 0
vt 1 1
usemtl paint
f 1/1 2/2 3/3 4/3
f 4/1 3/2 6/3 5/3
usemtl cloth
f 1/1 5/2 6/3 2/3
f 1/1 4/2 5/3
f 2/1 6/2 3/3
"""
MATERIALS = "newmtl paint\nKd {red} 0.2 0.1\nd 1\nnewmtl cloth\nKd 0.1 0.6 0.2\nmap_Kd {texture}\n"
CATALOGUE = """
id#1=Scopia#wedge
name#1=Wedge
creator#1=Somebody
model#1=/scopia/wedge/wedge.obj
width#1=40
depth#1=80
height#1=20

id#2=Scopia#turned
name#2=Turned wedge
model#2=/scopia/wedge/wedge.obj
width#2=80
depth#2=40
height#2=20
modelRotation#2=0 0 1 0 1 0 -1 0 0
"""
SELECTION = sweethome3d.SweetHomeSelection(
    0.1,
    {"sofa": [sweethome3d.ModelChoice(model="Scopia#wedge")], "book": [sweethome3d.ModelChoice(model="Scopia#turned")]},
)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A catalogue of one file that stands for two models."""
    path = tmp_path / "Tiny.sh3f"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("PluginFurnitureCatalog.properties", CATALOGUE)
        made.writestr("scopia/wedge/wedge.obj", WEDGE)
        made.writestr("scopia/wedge/wedge.mtl", MATERIALS.format(red=0.8, texture="lost.png"))
        made.writestr("scopia/wedge/LICENSE.txt", "free")
        made.writestr("scopia/other/other.obj", "")
    return path


@pytest.fixture
def pack(tmp_path: Path, archive: Path) -> Pack:
    folder = tmp_path / "pack"
    folder.mkdir()
    sweethome3d.make_pack(folder, [archive], SELECTION)
    return load_pack("sweethome3d", folder / "manifest.yaml")


def test_manifest_says_where_a_model_comes_from_and_how_it_stands(pack: Pack) -> None:
    wedge, turned = pack.asset("scopia_wedge"), pack.asset("scopia_turned")
    assert (wedge.category, wedge.licence, wedge.author) == ("sofa", "CC-BY-3.0", "Somebody")
    assert wedge.sha256 == sha256_of(pack.folder / wedge.file)
    assert (wedge.up, wedge.front, turned.front) == ("y", "z", "-x")
    assert (wedge.stands, wedge.against_wall, turned.stands) == ("floor", True, "surface")
    assert wedge.size == ((0.36, 0.72, 0.18), (0.44, 0.88, 0.22))


def test_sizes_of_models_for_layouts_hold_a_whole_number_of_steps() -> None:
    low, high = packing.sizes((0.634, 0.049, 1.0), 0.02, [0.1])
    assert low == (0.6, 0.048, 0.98) and high == (0.647, 0.1, 1.02)


def test_a_pack_is_completed_so_that_every_room_and_layout_can_be_built(pack: Pack) -> None:
    own = load_pack("procedural")
    assert {asset.category for asset in pack.assets} == {asset.category for asset in own.assets} >= ROOM_CATEGORIES
    assert pack.asset("bed").licence == "MIT" and pack.asset("bed").sha256 is None
    assert [asset.file for asset in pack.of_category("sofa")] == ["models/scopia/wedge/wedge.obj"]


def test_a_pack_names_its_authors_and_lists_its_files(pack: Pack) -> None:
    assert "Wedge | Somebody | CC-BY-3.0 | Scopia#wedge" in (pack.folder / "ATTRIBUTION.txt").read_text()
    sums = (pack.folder / "SHA256SUMS").read_text()
    assert "models/scopia/wedge/LICENSE.txt" in sums and "manifest.yaml" in sums and "other.obj" not in sums


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("Scopia#none", "the catalogues have no model 'Scopia#none'"),
        ("Scopia#wrong", "isn't shaped like"),
        ("Scopia#odd", "turned by an odd angle"),
    ],
)
def test_models_that_do_not_fit_the_catalogue_are_refused(tmp_path: Path, model: str, message: str) -> None:
    path = tmp_path / "Tiny.sh3f"
    wrong = (
        CATALOGUE.replace("#turned", "#wrong").replace("width#2=80", "width#2=40").replace("depth#2=40", "depth#2=80")
    )
    odd = CATALOGUE.replace("#turned", "#odd").replace("#2=0 0 1 0 1 0 -1 0 0", "#2=0.7 0 0.7 0 1 0 -0.7 0 0.7")
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("PluginFurnitureCatalog.properties", odd if model.endswith("odd") else wrong)
        made.writestr("scopia/wedge/wedge.obj", WEDGE)
    chosen = sweethome3d.SweetHomeSelection(0.1, {"sofa": [sweethome3d.ModelChoice(model=model)]})
    with pytest.raises(SpaceNumError, match=message):
        sweethome3d.make_pack(tmp_path / "pack", [path], chosen)


def test_the_selection_is_of_known_categories_and_reads() -> None:
    known = {asset.category for asset in load_pack("procedural").assets}
    selection = sweethome3d.read_selection()
    assert set(selection.models) <= known
    chosen = [choice.model for choices in selection.models.values() for choice in choices]
    assert len(chosen) == len(set(chosen)) > 100


def test_another_version_of_the_package_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deb = tmp_path / "sweethome3d-furniture_9.9_all.deb"
    deb.write_bytes(b"something else")
    monkeypatch.setattr(sweethome3d, "_run", lambda *arguments, folder: "9.9\n")
    with pytest.raises(SpaceNumError, match=r"sweethome3d-furniture 9\.9 .* change the pin"):
        sweethome3d.fetch(tmp_path / "pack", deb)
    assert not (tmp_path / "pack").exists()


def test_a_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpaceNumError, match="'apt-get' isn't installed"):
        sweethome3d.fetch(tmp_path / "pack")


# ---- Blender


@pytest.fixture
def build(pack: Pack) -> Callable[..., object]:
    """Builds an asset of the pack in an empty scene."""
    bpy = pytest.importorskip("bpy")
    bpy.ops.wm.read_factory_settings(use_empty=True)
    from spacenum.simulators.blender.imports import import_mesh

    def built(asset_id: str, size: tuple[float, float, float] = (0.4, 0.8, 0.2)) -> object:
        asset = pack.asset(asset_id)
        placed = PlacedObject(
            name="thing", asset=asset_id, category=asset.category, size=size, position=(1, 2, 3), yaw=30, seed=0
        )
        return import_mesh(asset, pack.folder, placed, 7)

    return built


def _faces(made: object) -> np.ndarray:
    """Vertices [n, 3] of all faces' corners."""
    mesh = made.data  # type: ignore[attr-defined]
    return np.array([mesh.vertices[loop.vertex_index].co for loop in mesh.loops])


def _colours(made: object) -> list[tuple[tuple[float, ...], bool]]:
    """Each material's base colour and whether a texture lies over it."""
    shaders = [
        next(node for node in slot.material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
        for slot in made.material_slots  # type: ignore[attr-defined]
    ]
    inputs = [shader.inputs["Base Color"] for shader in shaders]
    return [(tuple(round(value, 3) for value in entry.default_value), entry.is_linked) for entry in inputs]


@pytest.mark.parametrize("asset_id", ["scopia_wedge", "scopia_turned"])
def test_a_model_fills_its_size_about_its_base_centre(build: Callable[..., object], asset_id: str) -> None:
    made = build(asset_id, (0.5, 0.3, 0.7))
    corners = _faces(made)
    np.testing.assert_allclose(corners.min(axis=0), [-0.25, -0.15, 0], atol=1e-6)
    np.testing.assert_allclose(corners.max(axis=0), [0.25, 0.15, 0.7], atol=1e-6)
    assert np.array(made.data.vertices[-1].co).max() < 1  # type: ignore[attr-defined]
    assert (made.name, made.pass_index) == ("thing", 7)  # type: ignore[attr-defined]


def test_a_models_front_looks_along_minus_y(build: Callable[..., object]) -> None:
    corners = _faces(build("scopia_wedge"))
    np.testing.assert_allclose(corners[corners[:, 2] > 0.1][:, 1], -0.4, atol=1e-6)
    corners = _faces(build("scopia_turned"))
    np.testing.assert_allclose(np.abs(corners[corners[:, 2] > 0.1][:, 0]), 0.2, atol=1e-6)


def test_a_lost_texture_gives_way_to_the_diffuse_colour(build: Callable[..., object]) -> None:
    paint, cloth = _colours(build("scopia_wedge"))
    assert paint == ((0.604, 0.033, 0.01, 1.0), False)
    assert cloth == ((0.01, 0.319, 0.033, 1.0), False)


def test_a_texture_that_is_there_is_kept(build: Callable[..., object], pack: Pack) -> None:
    from PIL import Image

    folder = pack.folder / "models" / "scopia" / "wedge"
    Image.new("RGB", (4, 4), "red").save(folder / "lost.png")
    assert [linked for _, linked in _colours(build("scopia_wedge"))] == [False, True]


def test_texture_coordinates_stay_within_reason(build: Callable[..., object]) -> None:
    layer = build("scopia_wedge").data.uv_layers[0]  # type: ignore[attr-defined]
    assert max(abs(value) for entry in layer.uv for value in entry.vector) <= 1


def test_models_with_materials_of_one_name_keep_their_own(build: Callable[..., object], pack: Pack) -> None:
    first = build("scopia_wedge")
    materials = pack.folder / "models" / "scopia" / "wedge" / "wedge.mtl"
    (pack.folder / "SHA256SUMS").unlink()
    from spacenum.scenes.assets import integrity

    integrity._sums.cache_clear()
    materials.write_text(MATERIALS.format(red=0.0, texture="lost.png"))
    second = build("scopia_wedge")
    assert _colours(first)[0][0][0] > 0.5 and _colours(second)[0][0][0] == 0


@pytest.mark.parametrize("name", ["wedge.obj", "wedge.mtl"])
def test_a_changed_file_is_noticed_and_named(build: Callable[..., object], pack: Pack, name: str) -> None:
    path = pack.folder / "models" / "scopia" / "wedge" / name
    path.write_text(path.read_text() + "# changed\n")
    with pytest.raises(SpaceNumError, match=f"{name}: not the file that the asset pack was made with"):
        build("scopia_wedge")


def test_the_manifest_is_plain_yaml(pack: Pack) -> None:
    data = yaml.safe_load((pack.folder / "manifest.yaml").read_text())
    assert data["pack"] == "sweethome3d" and all(entry["licence"] for entry in data["assets"])
