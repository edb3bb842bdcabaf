"""Whose unfinished files are whose, and which of them are nobody's any more."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from spacenum.core.owners import OWNER, has_ended, left_behind, own_place, owner
from spacenum.core.provenance import PROJECT

TELL = "import time; from spacenum.core.owners import owner; print(owner(), flush=True); time.sleep(60)"


@pytest.fixture
def running():
    """Another process, and its name as an owner."""
    process = subprocess.Popen([sys.executable, "-c", TELL], stdout=subprocess.PIPE, text=True, cwd=PROJECT)
    assert process.stdout
    yield process, process.stdout.readline().strip()
    process.kill()
    process.wait()


def changed(name: str, **parts: str) -> str:
    found = OWNER.fullmatch(name)
    assert found
    return "-".join((found.groupdict() | parts).values())


def test_only_a_process_of_this_host_is_known_to_have_ended(running):
    process, name = running
    assert not has_ended(owner()) and not has_ended(name) and not has_ended("a.csv")
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert has_ended(name)  # though its parent hasn't asked for its status
    process.wait()
    assert has_ended(name) and has_ended(f".a.csv.{name}.abcdefgh.part.csv")
    assert not has_ended(changed(name, host="000000"))
    assert not has_ended(changed(name, space="000000"))


def test_a_number_that_was_given_again_and_a_boot_are_told_apart():
    assert has_ended(changed(owner(), begun="1"))
    assert has_ended(changed(owner(), boot="000000", space="000000"))


def test_the_work_of_a_dead_process_is_gone_on_with_and_no_other_s(running, tmp_path):
    _, name = running
    dead = [changed(owner(), begun=begun) for begun in ("1", "2")]
    other = changed(owner(), host="000000")
    for place in (name, other, *dead):
        (tmp_path / place).mkdir()
        (tmp_path / place / "work").write_text(place)
    assert left_behind(tmp_path) == [tmp_path / place for place in dead]
    own = own_place(tmp_path)
    assert own_place(tmp_path) == own == tmp_path / owner() and (own / "work").read_text() == dead[0]
    assert {path.name for path in tmp_path.iterdir()} == {own.name, name, other}
