"""The pack of BlenderKit models: a service that misbehaves, files made by Blender here, and what becomes of them."""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT, sha256_of
from spacenum.scenes.assets.blenderkit.pack import fetch
from spacenum.scenes.assets.blenderkit.pinning import Pinner
from spacenum.scenes.assets.blenderkit.selection import (
    SELECTION,
    BlenderKitSelection,
    Pin,
    read_selection,
    write_selection,
)
from spacenum.scenes.assets.blenderkit.service import Offer, Service
from spacenum.scenes.assets.manifest import Axis, Size3, load_pack
from tests.scenes.blenderkit_server import KEY, Shelf, serving

pytest.importorskip("bpy", reason="needs the extra 'blender'")

from spacenum.simulators.blender.normalising import normalise
from tests.scenes.blends import write_stool

STOOL, OTHER, THIRD = (f"{digit * 8}-1111-4111-8111-{digit * 12}" for digit in "abc")
CRITERIA = {"licences": ["cc_zero", "royalty_free"], "free": True, "max_faces": 1000, "resolution": "resolution_1K"}


@pytest.fixture(scope="module")
def blend(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("blend") / "stool.blend"
    write_stool(path)
    return path.read_bytes()


@pytest.fixture
def shelf(blend: bytes) -> Iterator[Shelf]:
    with serving() as made:
        made.add(STOOL, "Simple stool", blend)
        yield made


@pytest.fixture
def service(shelf: Shelf) -> Callable[[], Service]:
    return lambda: Service(shelf.address, KEY, pause_s=0)


def pin(content: bytes, base_id: str = STOOL, **changes: Any) -> Pin:
    known = {
        "base_id": base_id, "version": 2, "resolution": "resolution_1K", "name": "Simple stool", "author": "Ada Maker",
        "licence": "cc_zero", "sha256": hashlib.sha256(content).hexdigest(), "front": "x",
    }  # fmt: skip
    return Pin(**(known | changes))


def selection(*pins: Pin, category: str = "stool") -> BlenderKitSelection:
    wanted = {category: {"query": category, "models": [*pins, "to-be-pinned"]}}
    return BlenderKitSelection.model_validate({"stretch": 0.04, "criteria": CRITERIA, "categories": wanted})


def copied(blend: Path, front: Axis, out: Path) -> Size3:
    """In place of ``normalise`` where Blender isn't what is tested."""
    out.write_bytes(blend.read_bytes())
    return (0.36, 0.4, 0.5)


def gone() -> Service:
    raise AssertionError("the service was asked, though everything is here")


def written(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


# ---- the pack


def test_a_pack_says_where_its_models_come_from_and_is_completed(
    tmp_path: Path, blend: bytes, service: Callable[[], Service]
) -> None:
    pack = fetch(tmp_path, selection(pin(blend)), normalise, service)
    (stool,) = pack.of_category("stool")
    assert (stool.licence, stool.author, stool.stands) == ("CC0-1.0", "Ada Maker", "floor")
    assert stool.sha256 == sha256_of(tmp_path / stool.file) and not stool.faces
    for part in (STOOL, "version 2", "resolution_1K"):
        assert part in stool.source
    assert stool.download_sha256 == hashlib.sha256(blend).hexdigest()
    assert stool.measured == pytest.approx((0.36, 0.4, 0.5), abs=1e-6)
    assert stool.size == ((0.346, 0.384, 0.48), (0.4, 0.416, 0.52))
    assert {asset.category for asset in pack.assets} == {asset.category for asset in load_pack("procedural").assets}
    assert pack.asset("bed").licence == "MIT"
    assert f"Simple stool | Ada Maker | CC0-1.0 | {STOOL}" in (tmp_path / "ATTRIBUTION.txt").read_text()


def test_after_the_download_nobody_asks_the_service(
    tmp_path: Path, blend: bytes, service: Callable[[], Service]
) -> None:
    fetch(tmp_path, selection(pin(blend)), normalise, service)
    before = written(tmp_path)
    shutil.rmtree(tmp_path / "models")
    (tmp_path / "manifest.yaml").unlink()
    fetch(tmp_path, selection(pin(blend)), normalise, gone)
    assert written(tmp_path) == before


def test_nothing_is_pinned_so_there_is_no_pack(tmp_path: Path) -> None:
    with pytest.raises(SpaceNumError, match=r"pins no model yet.*BLENDERKIT_API_KEY.*scripts\.pin_blenderkit"):
        fetch(tmp_path, selection(), normalise, gone)
    assert not written(tmp_path)


def test_a_model_that_cannot_be_what_it_stands_for_is_named(
    tmp_path: Path, blend: bytes, service: Callable[[], Service]
) -> None:
    with pytest.raises(SpaceNumError, match=r"'Simple stool'.* measures \[0\.36, 0\.4, 0\.5\] m, which is no bed"):
        fetch(tmp_path, selection(pin(blend), category="bed"), normalise, service)
    assert not (tmp_path / "manifest.yaml").exists()


@pytest.mark.parametrize("overrides", [{"stands": "sky"}, {"colour": "red"}])
def test_overrides_that_no_manifest_knows_are_named(
    tmp_path: Path, blend: bytes, service: Callable[[], Service], overrides: dict
) -> None:
    key = next(iter(overrides))
    with pytest.raises(
        SpaceNumError, match=f"'blenderkit_{STOOL.replace('-', '_')}' can't be one of a manifest: {key}: "
    ):
        fetch(tmp_path, selection(pin(blend, overrides=overrides)), copied, service)


def test_another_front_makes_another_mesh_of_the_same_download(
    tmp_path: Path, blend: bytes, service: Callable[[], Service]
) -> None:
    pack = fetch(tmp_path, selection(pin(blend)), normalise, service)
    old = pack.of_category("stool")[0]
    again = fetch(tmp_path, selection(pin(blend, front="-x")), normalise, gone)
    assert again.of_category("stool")[0].sha256 != old.sha256
    assert not list(tmp_path.glob(".*"))


# ---- the service


@pytest.mark.parametrize(
    ("trouble", "message"),
    [
        ({"search": [401]}, r"refused the API key in BLENDERKIT_API_KEY"),
        ({"downloads": [404]}, r"no longer has version 2 of 'Simple stool'.*pin_blenderkit"),
        ({"downloads": [403]}, r"doesn't give version 2 of 'Simple stool'.* to this account"),
        ({"search": [429] * 9}, r"limits requests \(status 429\) for the search; .*later"),
        ({"files": [500] * 99}, r"failed 3 times: its link was refused with status 500"),
        ({"files": ["cut"] * 3}, r"failed 3 times: the transfer broke off"),
    ],
)
def test_what_the_service_refuses_is_said_in_one_sentence(
    tmp_path: Path, blend: bytes, shelf: Shelf, service: Callable[[], Service], trouble: dict, message: str
) -> None:
    shelf.trouble = trouble
    with pytest.raises(SpaceNumError, match=message) as caught:
        fetch(tmp_path, selection(pin(blend)), copied, service)
    assert "Signature" not in str(caught.value) and KEY not in str(caught.value) and not written(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"versionNumber": 3}, r"offers version 3 of 'Simple stool' \(.*, version 2, resolution_1K\) now"),
        ({"assetBaseId": OTHER}, r"no longer offers 'Simple stool'"),
        ({"files": []}, r"no longer offers the file resolution_1K"),
    ],
)
def test_a_version_that_moved_on_is_named(
    tmp_path: Path, blend: bytes, shelf: Shelf, service: Callable[[], Service], changes: dict, message: str
) -> None:
    shelf.add(STOOL, "Simple stool", blend, **changes)
    with pytest.raises(SpaceNumError, match=message):
        fetch(tmp_path, selection(pin(blend)), copied, service)


@pytest.mark.parametrize(
    ("trouble", "links"),
    [({"files": [403]}, 2), ({"files": ["cut", 403]}, 3), ({"search": [429, 503]}, 1), ({"downloads": [502]}, 1)],
)
def test_an_expired_link_a_cut_transfer_and_a_busy_service_are_overcome(
    tmp_path: Path, blend: bytes, shelf: Shelf, service: Callable[[], Service], trouble: dict, links: int
) -> None:
    shelf.trouble = trouble
    fetch(tmp_path, selection(pin(blend)), copied, service)
    assert (tmp_path / "downloads" / pin(blend).file_name).read_bytes() == blend
    assert shelf.signed[STOOL] == links


def test_a_changed_download_is_refused_and_not_kept(
    tmp_path: Path, blend: bytes, shelf: Shelf, service: Callable[[], Service]
) -> None:
    shelf.add(STOOL, "Simple stool", blend + b"!")
    with pytest.raises(SpaceNumError, match=f"has sha256 .*, not the {pin(blend).sha256} that is pinned"):
        fetch(tmp_path, selection(pin(blend)), copied, service)
    assert not written(tmp_path)


def test_a_changed_file_of_the_cache_is_refused(tmp_path: Path, blend: bytes, service: Callable[[], Service]) -> None:
    fetch(tmp_path, selection(pin(blend)), copied, service)
    kept = tmp_path / "downloads" / pin(blend).file_name
    kept.write_bytes(blend + b"!")
    with pytest.raises(SpaceNumError, match=f"{kept.name}: not the file that was pinned .* delete it"):
        fetch(tmp_path, selection(pin(blend)), copied, gone)


def test_an_interrupted_download_goes_on_where_it_was(
    tmp_path: Path, blend: bytes, shelf: Shelf, service: Callable[[], Service]
) -> None:
    shelf.add(OTHER, "Other stool", blend + b" ")
    chosen = selection(pin(blend), pin(blend + b" ", OTHER))
    shelf.trouble = {"files": [None, "cut", "cut", "cut"]}
    with pytest.raises(SpaceNumError, match=f"{OTHER}.*failed 3 times.*keeps what is already there"):
        fetch(tmp_path, chosen, copied, service)
    assert [Path(name).name for name in written(tmp_path)] == [pin(blend).file_name]
    fetch(tmp_path, chosen, copied, service)
    assert shelf.signed == {STOOL: 1, OTHER: 4}


# ---- the key


def test_the_key_goes_to_the_service_alone(
    tmp_path: Path, blend: bytes, shelf: Shelf, service: Callable[[], Service]
) -> None:
    with serving() as stranger:
        shelf.models[STOOL][0]["files"][1]["downloadUrl"] = f"{stranger.address}/api/v1/downloads/{STOOL}/"
        with pytest.raises(
            SpaceNumError, match=r"names another server .*, and the key isn't sent there; .*BLENDERKIT_SERVER"
        ):
            fetch(tmp_path, selection(pin(blend)), copied, service)
        assert not stranger.asked
    with pytest.raises(SpaceNumError, match="it must be an https:// address"):
        Service("http://service.example", KEY)


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("BLENDERKIT")}
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=PROJECT, env={**own, "PYTHONPATH": str(PROJECT), **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_without_a_key_a_user_hears_what_to_do_at_once(tmp_path: Path, blend: bytes) -> None:
    chosen = tmp_path / "list.yaml"
    chosen.write_text("# list\n")
    write_list(chosen, selection(pin(blend)))
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = run("scripts.fetch_blenderkit", "--out", str(tmp_path / "pack"), "--list", str(chosen))
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - used < 2 and done.returncode == 1
    assert done.stderr.startswith("spacenum: the pack blenderkit needs an account: ") and done.stderr.count("\n") == 1
    assert "BLENDERKIT_API_KEY" in done.stderr and "pack: procedural" in done.stderr


def test_the_key_is_written_nowhere(tmp_path: Path, blend: bytes, shelf: Shelf) -> None:
    chosen, pack = tmp_path / "list.yaml", tmp_path / "pack"
    write_list(chosen, selection())
    at = {"BLENDERKIT_API_KEY": KEY, "BLENDERKIT_SERVER": shelf.address}
    pinned = run("scripts.pin_blenderkit", "--out", str(pack), "--list", str(chosen), **at)
    assert (pinned.returncode, "1 models are pinned, 0 are still to be" in pinned.stdout) == (0, True), pinned.stderr
    made = run("scripts.fetch_blenderkit", "--out", str(pack), "--list", str(chosen))
    assert made.returncode == 0 and "1 models of 1 categories" in made.stdout, made.stderr
    shelf.trouble = {"search": [401]}
    (pack / "downloads" / pin(blend).file_name).unlink()
    refused = run("scripts.fetch_blenderkit", "--out", str(pack), "--list", str(chosen), **at)
    assert refused.returncode == 1 and "refused the API key" in refused.stderr
    said = [text for done in (pinned, made, refused) for text in (done.stdout, done.stderr)]
    assert not any(KEY in text for text in said)
    assert not any(KEY.encode() in content for content in written(tmp_path).values())
    assert shelf.with_key["search"] and shelf.with_key["downloads"] and not shelf.with_key["files"]


# ---- pinning


def write_list(path: Path, chosen: BlenderKitSelection) -> None:
    path.write_text("# what people should know\n\n")
    write_selection(chosen, path)


def test_the_first_model_that_fits_is_pinned(
    tmp_path: Path, blend: bytes, shelf: Shelf, service: Callable[[], Service]
) -> None:
    shelf.models.clear()
    unfit: dict[str, dict[str, Any]] = {
        "Paid stool": {"isFree": False}, "Heavy stool": {"dictParameters": {"faceCount": 2000}},
        "Bar stool set": {}, "Footstool": {}, "Newer stool": {"sourceAppVersion": "5.0.0"},
        "Barred stool": {"canDownload": False}, "Only a picture of a stool": {"files": []},
        "Giant stool": {"dictParameters": {"dimensionX": 40, "dimensionY": 40.0, "dimensionZ": 50}},
    }  # fmt: skip
    for number, (name, changes) in enumerate(unfit.items()):
        shelf.add(f"{number}{STOOL[1:]}", name, blend, **changes)
    shelf.add(STOOL, "Ugly stool", blend)
    shelf.add(OTHER, "Broken stool", b"no blend file")
    shelf.add(THIRD, "Fitting stool", blend, license="royalty_free")
    path, said = tmp_path / "list.yaml", []
    chosen = selection()
    wanted = chosen.categories["stool"].model_copy(update={"unlike": ("set",), "rejected": (STOOL,)})
    write_list(path, chosen.model_copy(update={"categories": {"stool": wanted}}))
    Pinner(service(), normalise, tmp_path / "downloads", said.append).fill(path)
    ((category, found),) = read_selection(path).pins()
    assert (category, found) == (
        "stool", pin(blend, THIRD, name="Fitting stool", licence="royalty_free", front="-y", seen=False),
    )  # fmt: skip
    assert path.read_text().startswith("# what people should know\n")
    assert len(said) == 2 and "can't use 'Broken stool'" in said[0] and "can't open this file" in said[0]


@pytest.mark.parametrize(
    ("offered", "wanted", "taken"),
    [
        (["blend", "resolution_2K", "resolution_0_5K"], "resolution_1K", "resolution_0_5K"),
        (["resolution_4K", "blend", "resolution_2K"], "resolution_1K", "resolution_2K"),
        (["resolution_2K", "resolution_1K"], "resolution_1K", "resolution_1K"),
        (["thumbnail", "blend", "gltf"], "resolution_1K", "blend"),
        (["resolution_1K", "blend"], "blend", "blend"),
        (["thumbnail", "gltf"], "resolution_1K", None),
        (["resolution_1K"], "blend", None),
    ],
)
def test_a_model_without_the_wanted_file_gives_the_nearest_as_in_the_add_on(offered, wanted, taken) -> None:
    files = [{"fileType": kind, "downloadUrl": "https://library/a"} for kind in offered]
    offer = Offer.model_validate({"assetBaseId": STOOL, "name": "stool", "versionNumber": 1, "files": files})
    assert offer.nearest(wanted) == taken


def test_which_file_was_taken_is_pinned_and_said(
    tmp_path: Path, blend: bytes, shelf: Shelf, service: Callable[[], Service]
) -> None:
    files = [
        {"fileType": kind, "downloadUrl": f"{shelf.address}/api/v1/downloads/{STOOL}/"}
        for kind in ("blend", "resolution_4K", "resolution_2K")
    ]
    shelf.add(STOOL, "Simple stool", blend, files=files)
    path, said = tmp_path / "list.yaml", []
    write_list(path, selection())
    chosen = Pinner(service(), normalise, tmp_path / "downloads", said.append).fill(path)
    ((_, found),) = read_selection(path).pins()
    assert found.resolution == "resolution_2K" and "resolution_2K" in said[0]
    assert [file.name for file in (tmp_path / "downloads").iterdir()] == [f"{STOOL}_v2_resolution_2K.blend"]
    pack = fetch(tmp_path / "pack", chosen, normalise, service)
    assert "resolution_2K" in pack.of_category("stool")[0].source


def test_places_for_which_nothing_fits_stay_free(
    tmp_path: Path, shelf: Shelf, service: Callable[[], Service], blend: bytes
) -> None:
    path, said = tmp_path / "list.yaml", []
    write_list(path, selection(category="bed"))
    shelf.add(OTHER, "Simple bed", blend)  # half a metre wide
    after = Pinner(service(), normalise, tmp_path / "downloads", said.append).fill(path, ["bed"])
    assert after.categories["bed"].missing == 1 and read_selection(path) == after
    assert "which is no bed" in said[0] and "found nothing for 1 of its places" in said[1]


# ---- the list


def test_the_list_asks_for_everything_that_layouts_use() -> None:
    chosen = read_selection()
    assert set(chosen.categories) == {asset.category for asset in load_pack("procedural").assets if asset.layout}


def test_the_list_is_as_it_would_be_written(tmp_path: Path) -> None:
    copy = tmp_path / "list.yaml"
    shutil.copy(SELECTION, copy)
    write_selection(read_selection(copy), copy)
    assert copy.read_text() == SELECTION.read_text()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("sha256", "abc", r"list\.yaml: .*sha256"),
        ("base_id", "to be found", r"list\.yaml: .*base_id"),
        ("licence", "cc_by", r"list\.yaml: .*licence"),
        ("colour", "red", r"list\.yaml: .*colour"),
    ],
)
def test_a_bad_pin_is_named(tmp_path: Path, blend: bytes, key: str, value: str, message: str) -> None:
    path = tmp_path / "list.yaml"
    data = selection(pin(blend)).model_dump(mode="json")
    data["categories"]["stool"]["models"][0][key] = value
    path.write_text(yaml.safe_dump(data))
    with pytest.raises(SpaceNumError, match=message):
        read_selection(path)


def test_a_model_pinned_twice_is_named(tmp_path: Path, blend: bytes) -> None:
    path = tmp_path / "list.yaml"
    path.write_text(yaml.safe_dump(selection(pin(blend), pin(blend, version=1)).model_dump(mode="json")))
    with pytest.raises(SpaceNumError, match=f"{STOOL} is pinned twice"):
        read_selection(path)
