"""Atomic files, JSON Lines and hashes of code."""

from __future__ import annotations

import ast
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from spacenum.core import provenance
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import (
    PROJECT,
    atomic_folder,
    atomic_folders,
    atomic_path,
    code_hash,
    digest,
    hashes_of,
    imported_names,
    meta_path,
    read_jsonl,
    read_meta,
    sha256_of,
    stable_hash,
    write_jsonl,
    write_meta,
)


class Row(BaseModel):
    text: str
    number: float | None


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# ---- atomic writes


def test_a_file_appears_whole_and_replaces_the_old_one(tmp_path):
    path = tmp_path / "new" / "a.csv"
    for text in ("old", "new"):
        with atomic_path(path) as temporary:
            temporary.write_text(text)
            assert not path.exists() or path.read_text() == "old"
        assert path.read_text() == text
    assert names(path.parent) == {"a.csv"}
    assert path.stat().st_mode & 0o777 == 0o644


def test_an_exception_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "old" and names(tmp_path) == {"a.csv"}


def test_a_folder_appears_whole_and_replaces_the_old_one(tmp_path):
    path = tmp_path / "shard"
    for name in ("old.png", "new.png"):
        with atomic_folder(path) as temporary:
            (temporary / "deep").mkdir()
            (temporary / "deep" / name).touch()
        assert names(path / "deep") == {name}
    with pytest.raises(ZeroDivisionError), atomic_folder(path) as temporary:
        (temporary / "half.png").touch()
        raise ZeroDivisionError
    assert names(path) == {"deep"} and names(tmp_path) == {"shard"}


def test_what_a_killed_writer_left_goes_and_what_others_write_stays(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from spacenum.core.provenance import atomic_folder, atomic_path;"
        "here = Path(sys.argv[1]); file, folder = atomic_path(here / 'a.csv'), atomic_folder(here / 'shard');"
        "file.__enter__(); (folder.__enter__() / 'x').touch(); print(flush=True); time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, cwd=PROJECT)
    assert other.stdout and other.stdout.readline()
    begun = names(tmp_path)
    for text in ("while it runs", "once it is dead"):
        with atomic_path(tmp_path / "a.csv") as here, atomic_folder(tmp_path / "shard"):
            here.write_text(text)
        assert names(tmp_path) == {"a.csv", "shard"} | (begun if text == "while it runs" else set())
        other.kill()
        other.wait()
    assert len(begun) == 2


def test_folders_take_their_places_together_or_not_at_all(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b" / "deep"
    with atomic_folders([first, second]) as folders:
        for folder in folders:
            (folder / "old").touch()
    for wanted in (first, tmp_path / "fresh"):
        with pytest.raises(IsADirectoryError), atomic_folders([wanted, second]):
            shutil.rmtree(second, ignore_errors=True)
            second.touch()  # in whose place no folder can be
        assert names(first) == {"old"} and names(tmp_path) == {"a", "b"} and names(second.parent) == {"deep"}
        second.unlink()
        second.mkdir()
    with atomic_folders([tmp_path / "new", first]) as (new, again):
        (new / "x").touch()
        (again / "y").touch()
    assert names(tmp_path / "new") == {"x"} and names(first) == {"y"} and names(tmp_path) == {"a", "b", "new"}


def test_two_processes_that_write_one_folder_leave_a_whole_one(tmp_path):
    code = (
        "import sys; from pathlib import Path; from spacenum.core.provenance import atomic_folder\n"
        "for _ in range(200):\n"
        "    with atomic_folder(Path(sys.argv[1]) / 'shard') as folder:\n"
        "        [(folder / str(k)).write_text(sys.argv[2]) for k in range(5)]\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    both = [subprocess.Popen([*command, name], stderr=subprocess.PIPE, cwd=PROJECT) for name in ("one", "other")]
    assert [(other.communicate()[1], other.returncode) for other in both] == [(b"", 0), (b"", 0)]
    assert names(tmp_path) == {"shard"} and names(tmp_path / "shard") == {*"01234"}
    assert len({path.read_text() for path in (tmp_path / "shard").iterdir()}) == 1


# ---- JSON Lines


@given(
    rows=st.lists(st.builds(Row, text=st.text(), number=st.none() | st.floats(allow_nan=False, allow_infinity=False)))
)
def test_records_survive_json_lines(tmp_path_factory, rows):
    """Any text: replies of models hold line separators that aren't newlines."""
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    write_jsonl(path, rows)
    assert read_jsonl(path, Row) == rows
    assert path.read_bytes().count(b"\n") == len(rows)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"text": "b", "number": "many"}', ["line 2", "number", "many"]),
        ('{"number": 1}', ["line 2", "text", "Field required"]),
        ('{"text": "b", "num', ["line 2", "not valid JSON"]),
    ],
)
def test_a_bad_line_is_named(tmp_path, line, told):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "a", "number": 1}\n' + line + "\n")
    with pytest.raises(SpaceNumError) as raised:
        read_jsonl(path, Row)
    assert all(word in str(raised.value) for word in [*told, str(path)])


def test_a_file_that_is_missing_or_no_text_is_named(tmp_path):
    with pytest.raises(SpaceNumError, match=r"rows\.jsonl: no such file"):
        read_jsonl(tmp_path / "rows.jsonl", Row)
    (tmp_path / "rows.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(SpaceNumError, match=r"rows\.jsonl: not UTF-8"):
        read_jsonl(tmp_path / "rows.jsonl", Row)


# ---- hashes


def test_hashes_are_the_same_in_every_process():
    assert stable_hash("benchmark-kitchen-000") == 4205856211857573822
    assert digest({"b": 1, "a": [1, 2.5]}) == digest({"a": [1, 2.5], "b": 1}) != digest({"a": [2.5, 1], "b": 1})


def test_meta_names_inputs_and_outputs_with_their_bytes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("in.txt", "out.csv", "out.txt"):
        Path(name).write_text(name)
    write_meta("rule", {"seed": 1}, "abc", hashes_of([Path("in.txt")]), [Path("out.csv"), Path("out.txt")], "cube 1")
    meta = read_meta(meta_path(Path("out.csv")))
    assert meta.inputs == {"in.txt": sha256_of(Path("in.txt"))}
    assert meta.outputs == {name: sha256_of(Path(name)) for name in ("out.csv", "out.txt")}
    assert (meta.rule, meta.params, meta.code, meta.engine) == ("rule", {"seed": 1}, "abc", "cube 1")


def test_no_bit_of_a_meta_file_can_flip_unseen(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("out.csv").touch()
    write_meta("rule", {"seed": 1.5, "names": ["ä", ""]}, "abc", {"in.txt": "0"}, [Path("out.csv")])
    path = meta_path(Path("out.csv"))
    written, told = path.read_bytes(), read_meta(path)
    for bit in random.Random(0).sample(range(8 * len(written)), 1000):
        data = bytearray(written)
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        with pytest.raises(SpaceNumError, match=r"^out\.csv\.meta\.json is damaged$"):
            read_meta(path)
    without = {key: value for key, value in json.loads(written).items() if key != "checksum"}
    path.write_text(json.dumps(without))  # as files of before
    assert read_meta(path) == told


FILES = {
    "scripts/run.py": "import numpy\nfrom spacenum.a import thing\n",
    "scripts/lazy.py": "def main():\n    from spacenum import deep\n",
    "spacenum/__init__.py": "",
    "spacenum/a.py": "import spacenum.deep.leaf\nthing = 1\n",
    "spacenum/deep/__init__.py": "",
    "spacenum/deep/leaf.py": "from spacenum import a  # a circle\n",
    "spacenum/plugin.py": "import spacenum.helper\n",
    "spacenum/helper.py": "",
    "spacenum/unrelated.py": "",
    "spacenum/words.txt": "words",
}


@pytest.fixture
def project(tmp_path, monkeypatch) -> Any:
    monkeypatch.setattr(provenance, "PROJECT", tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    def hashed(script: str = "run.py", *extra: str) -> str:
        provenance._source_hash.cache_clear()  # kept for a process's life, in which code doesn't change
        provenance._local_imports.cache_clear()
        return code_hash(tmp_path / "scripts" / script, [tmp_path / name for name in extra])

    return tmp_path, hashed


@pytest.mark.parametrize(
    ("changed", "matters"),
    [
        ("scripts/run.py", True),
        ("spacenum/__init__.py", True),
        ("spacenum/a.py", True),
        ("spacenum/deep/__init__.py", True),
        ("spacenum/deep/leaf.py", True),
        ("spacenum/plugin.py", False),
        ("spacenum/unrelated.py", False),
        ("spacenum/words.txt", False),
    ],
)
def test_code_hash_follows_imports_and_nothing_else(project, changed, matters):
    root, hashed = project
    before = hashed()
    (root / changed).write_text(FILES[changed] + "#")  # one byte, and no code
    assert (hashed() != before) == matters
    (root / changed).write_text(FILES[changed])
    assert hashed() == before


@pytest.mark.parametrize("changed", ["spacenum/plugin.py", "spacenum/helper.py", "spacenum/words.txt"])
def test_code_hash_takes_what_is_loaded_by_name(project, changed):
    root, hashed = project
    before = hashed("run.py", "spacenum/plugin.py", "spacenum/words.txt")
    (root / changed).write_text(FILES[changed] + "#")
    assert hashed("run.py", "spacenum/plugin.py", "spacenum/words.txt") != before


def test_code_hash_sees_imports_within_functions_and_moved_files(project):
    root, hashed = project
    before = hashed("lazy.py")
    (root / "spacenum/deep/__init__.py").write_text("#")
    assert hashed("lazy.py") != before
    (root / "spacenum/deep/__init__.py").write_text("")
    (root / "spacenum/deep/__init__.py").rename(root / "spacenum/deep.py")
    assert hashed("lazy.py") != before


def test_code_hash_does_not_depend_on_where_the_project_lies(project, tmp_path_factory, monkeypatch):
    root, hashed = project
    here, elsewhere = hashed(), tmp_path_factory.mktemp("elsewhere")
    root.rename(elsewhere / "project")
    monkeypatch.setattr(provenance, "PROJECT", elsewhere / "project")
    assert code_hash(elsewhere / "project" / "scripts" / "run.py") == here


def test_no_module_uses_relative_imports_which_code_hash_does_not_follow():
    import ast

    for path in [*PROJECT.glob("spacenum/**/*.py"), *PROJECT.glob("scripts/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            assert not (isinstance(node, ast.ImportFrom) and node.level), path


def parsed_names(source: str) -> set[str]:
    """Dotted names of absolute imports, as Python's own parser finds them."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_imports_are_found_by_text_as_by_the_parser():
    modules = [
        path for name in ("spacenum", "paper_figures", "scripts", "tests") for path in (PROJECT / name).rglob("*.py")
    ]
    assert len(modules) > 400
    for path in modules:
        source = path.read_text(encoding="utf-8")
        assert parsed_names(source) <= set(imported_names(source)), path
    odd = "if x:\n    from a.b import (  # why\n        c as d,\n        e,\n    )\n"
    odd += "import f.g as h, i\nfrom j import k, \\\n    l\n"
    assert {"a.b.c", "a.b.e", "f.g", "i", "j.k", "j.l"} <= set(imported_names(odd))
