"""Python code that a checkpoint brings along is never run without the word of the model's file."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from spacenum.asking.settings import ModelConfig
from spacenum.core.errors import SpaceNumError

pytest.importorskip("torch")
loading = pytest.importorskip("spacenum.models.transformers.loading")

from spacenum.models.checkpoints import model_type  # noqa: E402
from spacenum.models.transformers.families import family_of  # noqa: E402
from spacenum.models.transformers.settings import LocalMachine, TransformersOptions  # noqa: E402
from tests.models.tiny import build  # noqa: E402

CLASSES = {
    "config.json": {"AutoConfig": "own.Own", "AutoModelForImageTextToText": "own.Own"},
    "preprocessor_config.json": {"AutoImageProcessor": "own.Own", "AutoProcessor": "own.Own"},
    "processor_config.json": {"AutoProcessor": "own.Own", "AutoImageProcessor": "own.Own"},
    "tokenizer_config.json": {"AutoTokenizer": ["own.Own", "own.Own"]},
}
NAMES = ("model_type", "image_processor_type", "tokenizer_class", "processor_class")
"""What says which of transformers' own classes it is."""


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("qwen3_vl", tmp_path_factory.mktemp("checkpoint"))


def bring_code(folder: Path, file: str, renamed: bool) -> Path:
    """Let a file of a checkpoint name code of its own; returns what that code writes. renamed: whether the class is
    none of transformers'."""
    written = folder / "written"
    (folder / "own.py").write_text(f"open({str(written)!r}, 'w').close()\nclass Own: pass\n")
    path = folder / file
    data = json.loads(path.read_text()) if path.exists() else {}
    for block in (data, data.get("image_processor", {})):
        block["auto_map"] = CLASSES[file]
        block |= {name: "Unknown" for name in NAMES if renamed and name in block}
    path.write_text(json.dumps(data))
    return written


@pytest.mark.parametrize("renamed", [False, True])
@pytest.mark.parametrize("file", CLASSES)
def test_code_of_a_checkpoint_is_not_run_whatever_is_typed(checkpoint, tmp_path, monkeypatch, file, renamed):
    for path in checkpoint.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    config = ModelConfig(kind="vlm", backend="transformers", checkpoint=str(tmp_path), dtype="float32")
    family = family_of(model_type(config), str(tmp_path))
    written = bring_code(tmp_path, file, renamed)
    typed = io.StringIO("y\n" * 20)
    monkeypatch.setattr("sys.stdin", typed)
    try:
        loading.load(config, TransformersOptions(), LocalMachine(), family)
    except SpaceNumError as error:
        assert "needs Python code of its own" in str(error)
    assert typed.tell() == 0 and not written.exists()
