"""A class or type alias has a name of its own: no other module defines one called so."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from spacenum.core.provenance import PROJECT

PACKAGES = ("spacenum", "paper_figures", "bench")
EXEMPT: frozenset[str] = frozenset()


def defined(source: str) -> Iterator[str]:
    """Names of a module's classes and type aliases: capitalised, and no constants, which are all capitals."""
    for node in ast.parse(source).body:
        match node:
            case ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                names = [name]
            case ast.Assign(targets=targets):
                names = [target.id for target in targets if isinstance(target, ast.Name)]
            case _:
                names = []
        yield from (name for name in names if name.lstrip("_")[:1].isupper() and not name.isupper())


def defined_twice(folder: Path) -> dict[str, list[str]]:
    modules = defaultdict(list)
    for path in sorted(path for package in PACKAGES for path in (folder / package).rglob("*.py")):
        for name in defined(path.read_text(encoding="utf-8")):
            modules[name].append(path.relative_to(folder).as_posix())
    return {name: paths for name, paths in modules.items() if len(paths) > 1 and name not in EXEMPT}


def test_no_name_is_defined_twice():
    assert defined_twice(PROJECT) == {}


@pytest.mark.parametrize("again", ["class Cell:\n    pass\n", "Cell = tuple[str, ...]\n", "Cell: TypeAlias = str\n"])
def test_what_is_defined_twice_is_found(tmp_path, again):
    for package, source in (("spacenum", "class Cell:\n    pass\n\nCELLS = ()\n"), ("bench", f"{again}CELLS = ()\n")):
        (tmp_path / package).mkdir()
        (tmp_path / package / "cells.py").write_text(source)
    assert defined_twice(tmp_path) == {"Cell": ["bench/cells.py", "spacenum/cells.py"]}
