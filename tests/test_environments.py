"""Conda environments hold what the scripts that run in them import."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from scripts.generate_environments import OWN_VERSIONS, behind, completed, constraints, plain

ROOT = Path(__file__).parents[1]
OWN = ("spacenum", "scripts", "paper_figures")
ENGINES = ("spacenum.models.", "spacenum.simulators.")
BY_BACKEND = {
    "transformers": ["spacenum.models.transformers"],
    "vllm": ["spacenum.models.vllm", "spacenum.models.vllm_engine"],
    "openai": ["spacenum.models.openai"],
    "ovis": ["spacenum.models.ovis"],
    "smollm2_text": ["spacenum.models.smollm2_text"],
}
BESIDE = {
    "blender": {"mathutils"},  # bpy brings it
    "isaacsim": {"carb", "isaacsim", "omni"},  # of the engine, which its own installer brings
    "ovis": {"peft"},  # its backend refuses adapters
    "vllm": {"huggingface_hub"},  # vllm, which isn't installed here, brings it
}
"""What scripts import that an environment's file needn't name, and why."""
ASKING = ("scripts.on_gpus", "scripts.answer_items", "scripts.judge_traces")
RENDERING = ("scripts.on_gpus", "scripts.render_frames", "scripts.rerender_frames")


def rule_scripts() -> dict[str, set[str]]:
    """Scripts by environment, of the rules that name both."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "rules").glob("*.smk")):
        for rule in re.split(r"^(?:use )?rule |^    rule:", path.read_text(), flags=re.MULTILINE)[1:]:
            for environment in re.findall(r'"\.\./envs/(\w+)\.yaml"', rule):
                found[environment] |= set(re.findall(r"scripts\.\w+", rule))
    return found


ROOTS = {
    **rule_scripts(),
    **{name: {*ASKING, *modules} for name, modules in BY_BACKEND.items()},
    **{name: {*RENDERING, f"spacenum.simulators.{name}"} for name in ("blender", "ai2thor", "isaacsim")},
}
ROOTS["spacenum"] |= set(ASKING)
ROOTS["transformers"] |= rule_scripts()["transformers"]


def file_of(module: str) -> Path | None:
    path = ROOT.joinpath(*module.split("."))
    return next((p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()), None)


@cache
def imported(module: str) -> frozenset[str]:
    """Modules that a module imports when it is imported; of engines, which wait until they are needed, what their
    functions import too."""
    path = file_of(module)
    if path is None:
        return frozenset()
    inside = module.startswith(ENGINES) and not module.startswith("spacenum.models.baselines")
    return frozenset(_imports(ast.parse(path.read_text()).body, inside))


def _imports(body: list[ast.stmt], inside: bool) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module.split(".")[0] in OWN:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.dump(node.test):
            yield from _imports([*node.body, *node.orelse], inside)
        elif inside and isinstance(node, ast.FunctionDef | ast.ClassDef | ast.With | ast.Try):
            yield from _imports(node.body, inside)


def closure(roots: set[str]) -> set[str]:
    """Packages of others that modules import, those behind them too."""
    seen, open_ = set[str](), [*roots]
    while open_:
        module = open_.pop()
        parents = [".".join(module.split(".")[:k]) for k in range(1, module.count(".") + 1)]
        if module in seen:
            continue
        seen.add(module)
        if module.split(".")[0] in OWN:
            open_ += [*imported(module), *parents]
    tops = {module.split(".")[0] for module in seen}
    return {top for top in tops if top not in sys.stdlib_module_names and top not in OWN}


@pytest.mark.parametrize("environment", sorted(ROOTS))
def test_an_environment_holds_what_its_scripts_import(environment: str):
    pip = yaml.safe_load((ROOT / f"envs/{environment}.yaml").read_text())["dependencies"][-1]["pip"]
    held = behind([Requirement(line) for line in pip])
    makers = packages_distributions()
    wanted = {top: {plain(name) for name in makers.get(top, [top])} for top in closure(ROOTS[environment])}
    assert {top for top, names in wanted.items() if not names & held} - BESIDE.get(environment, set()) == set()


@pytest.mark.parametrize("path", sorted((ROOT / "envs").glob("*.yaml")), ids=lambda path: path.stem)
def test_an_environment_pins_what_stands_behind_it(path: Path):
    if path.stem in OWN_VERSIONS:
        pytest.skip("it has versions of its own")
    assert path.read_text() == completed(path.read_text()), "run python -m scripts.generate_environments"
    pip = yaml.safe_load(path.read_text())["dependencies"][-1]["pip"]
    assert all("==" in line for line in pip)


def test_the_closure_follows_imports_and_no_type_checks():
    found = closure({"scripts.make_main_table"})
    assert {"pandas", "pydantic"} <= found and not found & {"torch", "bpy", "cv2"}
    assert {"httpx", "jinja2", "numpy"} <= closure(ROOTS["vllm"])


EXTRAS = {
    "spacenum": ["workflow"], "blender": ["blender"], "ai2thor": ["ai2thor"], "isaacsim": ["usd"], "openai": [],
    "transformers": ["transformers"], "smollm2_text": ["transformers", "smollm2"], "external": ["workflow", "external"],
}  # fmt: skip
"""Conda environments, and the extras that each holds; vLLM and the code of Ovis2.5 need versions of their own."""
BASE = {"spacenum.cli.main", "spacenum.cli.run", "spacenum.models.openai", "spacenum.tables.main_table"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def pins(lines: list[str]) -> dict[str, str]:
    """Version of each package that is pinned, by its normalised name."""
    split = (line.split("==") for line in lines if "==" in line and not line.startswith("#"))
    return {plain(name): version for name, version in split}


def test_pins_agree():
    pinned = pins([*constraints().values()])
    extras = {name: pins(lines) for name, lines in PROJECT["optional-dependencies"].items()}
    assert all(wanted.items() <= pinned.items() for wanted in extras.values())
    for name, held in EXTRAS.items():
        conda = pins(yaml.safe_load((ROOT / f"envs/{name}.yaml").read_text())["dependencies"][-1]["pip"])
        assert name in OWN_VERSIONS or conda.items() <= pinned.items()
        assert all(extras[extra].items() <= conda.items() for extra in held)


def test_ranges_hold_the_pins():
    pinned = pins([*constraints().values()])
    assert all(pinned[plain(need.name)] in need.specifier for need in map(Requirement, PROJECT["dependencies"]))


def test_the_light_wheel_brings_what_its_commands_import():
    """Reading items, asking an endpoint, reading replies, scoring and the main table."""
    held = {plain(Requirement(line).name) for line in PROJECT["dependencies"]}
    makers = packages_distributions()
    wanted = {top: {plain(name) for name in makers.get(top, [top])} for top in closure(BASE)}
    brought = held | behind([Requirement("pydantic")])
    assert {top for top, names in wanted.items() if not names & brought} == set()
