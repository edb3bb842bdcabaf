"""``spacenum answers``: what looks after the answer store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from spacenum.asking.store import VARIABLE, AnswerStore
from spacenum.cli.main import main
from tests.asking.test_store import IDENTITY, put, replies_of, root, unit_of

__all__ = ["root"]


@pytest.fixture
def command(monkeypatch, capsys, root):
    """``spacenum answers``; gives what it says."""
    monkeypatch.setenv(VARIABLE, str(root / "store"))

    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["spacenum", "answers", *arguments])
        try:
            main()
        except SystemExit as ended:
            return str(ended.code)
        return capsys.readouterr().out

    return run


def test_the_command_lists_exports_and_drops(root, command):
    store = AnswerStore(root / "store")
    assert "there is no answer store" in command("list")
    for model, words in (("one", "a"), ("one", "b"), ("two", "c")):
        put(store, unit_of(root, words), replies_of(words), model)
    assert (
        "one\tletter-greedy\t6 replies\t2 files\ntwo\tletter-greedy\t3 replies\t1 files\n9 replies in all"
        in command("list")
    )
    exported = [json.loads(line) for line in command("export", "--model", "two").splitlines()]
    assert [line["item"] for line in exported] == ["item-0", "item-1", "item-2"]
    assert exported[0]["reply"]["text"].startswith("c 0") and exported[0]["identity"] == IDENTITY
    assert "2 files would be removed" in command("drop", "--model", "one")
    assert len(list(store.files())) == 3
    assert "0 files removed" in command("drop", "--older-than", "1", "--yes")
    assert "2 files removed" in command("drop", "--model", "o*", "--yes")
    [left] = store.files()
    left.write_bytes(left.read_bytes()[:-3])
    stale = left.with_name(".x.part")
    stale.touch()
    assert "1 files would be removed" in command("drop", "--damaged")
    old = (datetime.now(UTC) - timedelta(days=2)).timestamp()
    os.utime(stale, (old, old))
    assert "2 files removed" in command("drop", "--damaged", "--yes")
    assert list(store.files()) == [] and store.leftovers() == []


def test_refused_questions_are_found_and_dropped_alone(root, command):
    store = AnswerStore(root / "store")
    refused = replace(replies_of("b")[1], text="", refused="content_filter: no")
    put(store, unit_of(root, "a"), replies_of("a"), "one")
    put(store, unit_of(root, "b"), [*replies_of("b", 2), refused], "one")
    assert json.loads(command("export", "--refused").splitlines()[-1])["reply"]["refused"] == "content_filter: no"
    assert "one\tletter-greedy\t3 replies\t1 files" in command("list", "--refused")
    assert "1 files removed" in command("drop", "--refused", "--model", "one", "--yes")
    assert [store.get(unit_of(root, words)) is None for words in "ab"] == [False, True]


def test_a_reader_that_has_enough_ends_an_export_without_a_word(root):
    store = AnswerStore(root / "store")
    for number in range(40):
        put(store, unit_of(root, str(number)), replies_of("long " * 2000), f"model{number}")
    export = f"{sys.executable} -m spacenum.cli answers export --store {root / 'store'}"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", f"{export} | head -1"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (141, "") and done.stdout.count("\n") == 1


def test_the_study_in_another_folder_is_meant(root, command, monkeypatch):
    put(AnswerStore(root / "study/answer_store"), unit_of(root, "a"), replies_of("a"), "one")
    monkeypatch.delenv(VARIABLE)
    monkeypatch.chdir(root)
    assert "answer_store" in command("list") and "3 replies in all" in command("list", "--directory", "study")
