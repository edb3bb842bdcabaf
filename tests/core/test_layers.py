"""Who imports whom: packages only what stands before them, and no module one that leads back to it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from spacenum.core.provenance import PROJECT

LAYERS = (
    "core", "console", "geometry", "scenes", "simulators", "frames", "items", "variants", "asking", "models",
    "external", "release", "scoring", "tables", "traces", "claims", "paper", "gallery", "site", "tuning", "pretraining",
    "annotate", "paper_figures", "study", "remote_frames", "lineage", "cli",
)  # fmt: skip


def modules() -> dict[str, Path]:
    """Dotted name -> file, of all modules of the project's packages."""
    paths = [path for root in ("spacenum", "paper_figures") for path in (PROJECT / root).rglob("*.py")]
    return {".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


def imported(name: str, path: Path, known: set[str]) -> Iterator[str]:
    """The project's modules that a module imports anywhere, also within functions."""
    package = name.split(".") if path.stem == "__init__" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) + 1 - node.level] if node.level else []
            base = ".".join([*start, *(node.module or "").split(".")]).strip(".")
            within = [f"{base}.{alias.name}" for alias in node.names]
            yield from (module for module in within if module in known)
            if base in known and not all(module in known for module in within):
                yield base


def imports() -> dict[str, set[str]]:
    """Module -> the project's modules that it imports."""
    known = modules()
    found = {name: set(imported(name, path, set(known))) for name, path in known.items()}
    assert "spacenum.core.errors" in found["spacenum.core.provenance"]
    return found


def package_of(module: str) -> str:
    first, *rest = module.split(".")
    return rest[0] if first == "spacenum" and rest else first


def test_every_package_has_its_place():
    assert {package_of(module) for module in modules()} - {"spacenum"} == set(LAYERS)


def test_packages_import_only_what_stands_before_them():
    place = {package: number for number, package in enumerate(LAYERS)}
    upwards = [
        f"{module} imports {other}"
        for module, others in imports().items()
        for other in others
        if place[package_of(other)] > place[package_of(module)]
    ]
    assert sorted(upwards) == []


def test_no_module_leads_back_to_itself():
    try:
        TopologicalSorter(imports()).prepare()
    except CycleError as error:
        raise AssertionError(" imports ".join(reversed(error.args[1]))) from None


def test_imports_are_found(tmp_path):
    path = tmp_path / "module.py"
    path.write_text("from . import near\nfrom ..far import thing\n\ndef later():\n    import a.b.deep, json\n")
    known = {"a.b.near", "a.far", "a.b.deep", "a.b"}
    assert list(imported("a.b.module", path, known)) == ["a.b.near", "a.far", "a.b.deep"]
