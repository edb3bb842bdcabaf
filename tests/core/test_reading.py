"""Damaged and hostile files are one sentence."""

from __future__ import annotations

import errno
import io
import os
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError, plain_os_errors, run_script
from spacenum.core.pictures import UnreadableImageError, open_picture
from spacenum.core.provenance import atomic_path
from spacenum.core.reading import parse_json, parse_yaml, read_text
from spacenum.frames.store import read_image
from spacenum.models.checkpoints import check_files
from spacenum.study.checks import check_writable
from spacenum.study.loading import load_study


def sentence(call) -> str:
    with pytest.raises(SpaceNumError) as raised, plain_os_errors():
        call()
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 700
    return str(raised.value)


@pytest.mark.parametrize("text", ["[" * 100_000, "9" * 5000, '"\\ud800"', "{", "\0"])
def test_json_that_cannot_be_read(text):
    assert sentence(lambda: parse_json(text, "a.json", 3)).startswith("a.json, line 3: not ")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 3000,
        "[" * 200_000,
        "- " * 900,
        "2001-99-99",
        "!!bool x",
        "!!int ''",
        "!!timestamp x",
        "a: [",
        "\0",
        "!!python/object:os.x {}",
    ],
)
def test_yaml_that_cannot_be_read(text):
    assert sentence(lambda: parse_yaml(text, "a.yaml")).startswith("a.yaml: not valid YAML: ")


@pytest.mark.parametrize("data", [b"- a\n", b"\xff\xfe", b"3", b"2001-99-99", b"[" * 3000, b"'", b"false", b"[]"])
def test_a_config_that_is_none(tmp_path, data):
    (tmp_path / "study.yaml").write_bytes(data)
    assert "study.yaml: " in sentence(lambda: load_study([tmp_path / "study.yaml"]))


@pytest.mark.parametrize("name", ["a" * 5000, "a/" * 5000, "a\0b", "."])
def test_a_config_at_an_impossible_path(name):
    assert "can't be read as a file" in sentence(lambda: load_study([Path(name)]))
    assert "can't be read as a file" in sentence(lambda: read_text(Path(name)))


def bomb(side: int) -> bytes:
    """A PNG of side x side grey pixels in a file of some hundred kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compressobj()
    body = b"".join(rows.compress(bytes(1 + side)) for _ in range(side)) + rows.flush()
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [9000, 20_000])
def test_an_image_of_too_many_pixels(tmp_path, side):
    (tmp_path / "bomb.png").write_bytes(bomb(side))
    assert "64000000" in sentence(lambda: read_image(tmp_path / "bomb.png"))


def test_formats_for_which_pillow_starts_programs_are_no_images():
    file = io.BytesIO(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n")
    with pytest.raises(UnreadableImageError, match="cannot identify"):
        open_picture(file)


def test_an_image_that_is_whole_is_read(tmp_path):
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert np.array_equal(read_image(tmp_path / "a.png"), pixels)


def test_weights_that_are_cut_short(tmp_path):
    numpy = pytest.importorskip("safetensors.numpy")
    path = tmp_path / "model.safetensors"
    (tmp_path / "config.json").write_text("{}")
    numpy.save_file({"a": np.zeros((8, 8), np.float32)}, path)
    config = ModelConfig(kind="vlm", backend="transformers", checkpoint=str(tmp_path))
    check_files(config)
    whole = path.read_bytes()
    for size in (0, 4, 20, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert str(path) in sentence(lambda: check_files(config))


def test_a_full_disk_names_what_was_written(tmp_path, monkeypatch):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"x" * 100)

    def full(*given):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "sendfile", full)
    assert f"full while writing {target};" in sentence(lambda: shutil.copyfile(source, target))

    def copy() -> None:
        with atomic_path(target) as temporary:
            shutil.copyfile(source, temporary)

    assert f"full while writing {target};" in sentence(copy)
    with pytest.raises(SystemExit, match=f"full while writing {target};"):
        run_script(copy)


@pytest.mark.parametrize("error", [errno.EACCES, errno.EROFS, errno.ENAMETOOLONG, errno.ENOTDIR])
def test_a_closed_folder_or_an_impossible_path_is_one_sentence(error):
    def fail() -> None:
        raise OSError(error, os.strerror(error), "answer_store/ab/cd.jsonl")

    assert sentence(fail).startswith("answer_store/ab/cd.jsonl: ") and os.strerror(error) in sentence(fail)


def test_what_is_no_users_to_mend_keeps_its_traceback():
    def fail() -> None:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", "x")

    with pytest.raises(FileNotFoundError):
        run_script(fail)


def test_a_study_whose_logs_cannot_be_written_is_refused(tmp_path, monkeypatch):
    check_writable(tmp_path)
    (tmp_path / "logs").mkdir()
    check_writable(tmp_path)
    closed = tmp_path / "logs"
    monkeypatch.setattr(os, "access", lambda path, mode: path != closed)  # of the superuser, no folder is closed
    assert sentence(lambda: check_writable(tmp_path)).startswith(f"{closed}: can't be written into")
    closed.rmdir()
    closed.write_text("")
    assert sentence(lambda: check_writable(tmp_path)).startswith(f"{closed}: is a file")
