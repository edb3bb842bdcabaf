"""The package as pip installs it, in an environment of its own, with the newest versions that its ranges allow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from spacenum.core.provenance import PROJECT, read_jsonl
from spacenum.items.schema import ITEM, SETTINGS
from tests.models.endpoint.fake_endpoint import running
from tests.models.endpoint.sight import sighted
from tests.release.made import items_path, release
from tests.release.replay import Replay

pytestmark = pytest.mark.slow  # downloads some 100 MB
NEEDS_A_CLONE = {
    "verify": "takes the project's own folder",
    "frames import x": "takes the project's own folder",
    "frames export --setting layout --out x": "takes the project's own folder",
    "answers list": "no answer store",
    "annotate --person human --cell transition.num2space.rotate_left_right": "no such file",
    "items import x --name y": "no such file",
}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    built = subprocess.run([*pip, "wheel", "--no-deps", "-w", folder, PROJECT], capture_output=True, text=True)
    if built.returncode and "hatchling" in built.stderr:
        pytest.skip("the package index can't be reached")
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", folder / "env"], check=True)
    subprocess.run([folder / "env/bin/python", "-m", "pip", "-q", "install", wheel], check=True)
    return folder / "env/bin"


def run(environment: Path, folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": str(environment), "HOME": str(folder)}
    return subprocess.run([environment / "spacenum", *args], cwd=folder, env=env, capture_output=True, text=True)


def test_every_command_works_or_says_what_it_needs(environment: Path, tmp_path: Path):
    assert run(environment, tmp_path, "--version").stdout.startswith("spacenum 0.")
    for command, said in NEEDS_A_CLONE.items():
        done = run(environment, tmp_path, *command.split())
        assert (done.returncode, done.stdout) == (1, "") and said in done.stderr, (command, done.stderr)
        assert done.stderr.startswith("spacenum: ") and done.stderr.count("\n") == 1


def test_a_release_is_asked_and_scored(environment: Path, study: Path, tmp_path: Path):
    where = release(tmp_path / "out")
    items = [item for setting in SETTINGS for item in read_jsonl(items_path("base", setting), ITEM)]
    with running() as endpoint:
        endpoint.answer = sighted(replay := Replay(items, study))
        options = ["--items", str(where), "--base-url", endpoint.url, "--model", "some", "--yes", "--directory", "mine"]
        done = run(environment, tmp_path, "run", *options)
    assert done.returncode == 0, done.stderr
    assert set(replay.exact) == {item.id for item in items}
    rows = pd.read_csv(tmp_path / "mine/results/run/some.csv").set_index("model")
    assert rows.loc["some", "n_items"] == len(items)


def test_numpy_is_of_the_second_generation_where_no_blender_is(environment: Path):
    said = subprocess.run([environment / "python", "-c", "import numpy; print(numpy.__version__)"], capture_output=True)
    assert said.stdout.startswith(b"2.")
