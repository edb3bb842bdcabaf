"""What a user is told when the machine lacks something that pip can't install; and that the pins agree."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scripts import check_system

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("version", "system", "machine", "told"),
    [
        ((3, 11, 7), "Linux", "x86_64", None),
        ((3, 12, 1), "Linux", "x86_64", "Python 3.12"),
        ((3, 11, 0), "Linux", "aarch64", "Linux on aarch64"),
        ((3, 11, 0), "Darwin", "arm64", "Darwin on arm64"),
    ],
)
def test_platform(version, system, machine, told):
    problem = check_system.platform_problem(version, system, machine)
    assert problem is None if told is None else told in problem


def test_a_library_that_is_not_there_does_not_load():
    assert check_system.loads("libc.so.6")
    assert not check_system.loads("libspacenum-nowhere.so.1")
    assert check_system.still_missing(["libc.so.6", "libspacenum-nowhere.so.1"]) == ["libspacenum-nowhere.so.1"]


def test_missing_libraries_end_in_one_sentence_with_their_packages(monkeypatch):
    gone = ["libSM.so.6", "libXi.so.6"]
    monkeypatch.setattr(check_system, "missing_libraries", lambda: gone)
    monkeypatch.setattr(check_system, "can_apt", lambda: False)
    monkeypatch.setattr(sys, "argv", ["check_system.py"])
    with pytest.raises(SystemExit) as ended:
        check_system.main()
    assert str(ended.value) == (
        "spacenum: Blender needs libSM.so.6, libXi.so.6, missing here: run `sudo apt-get install libsm6 libxi6` "
        "(Debian, Ubuntu) or `sudo dnf install libSM libXi` (Fedora), then the same command again."
    )


@pytest.mark.parametrize(("works", "problem"), [(True, None), (False, "libXi.so.6, missing here")])
def test_root_installs_what_is_missing(monkeypatch, works, problem):
    asked: list[list[str]] = []
    monkeypatch.setattr(check_system, "missing_libraries", lambda: ["libXi.so.6", "libGL.so.1"])
    monkeypatch.setattr(check_system, "can_apt", lambda: True)
    monkeypatch.setattr(check_system, "apt_install", asked.append)
    monkeypatch.setattr(check_system, "still_missing", lambda names: [] if works else names[:1])
    told = check_system.libraries_problem()
    assert asked == [["libgl1", "libxi6"]]
    assert told is None if problem is None else problem in told


def test_a_browser_that_only_pretends_is_passed_over(tmp_path):
    for name, status in {"chromium": 1, "google-chrome": 0}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {status}\n")
        (tmp_path / name).chmod(0o755)
    assert check_system.find_browser({"PATH": str(tmp_path)}) == str(tmp_path / "google-chrome")
    (tmp_path / "google-chrome").unlink()
    assert check_system.find_browser({"PATH": str(tmp_path)}) is None


def test_a_named_browser_must_start(monkeypatch):
    monkeypatch.setenv("SPACENUM_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(SystemExit, match="SPACENUM_CHROMIUM is '/nowhere/chromium'"):
        check_system.chromium()
