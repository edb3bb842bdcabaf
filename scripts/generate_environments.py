"""Write, into the files of ``envs``, the packages behind those that they name, as envs/constraints.txt pins them.

Run as ``python -m scripts.generate_environments`` in an environment with everything installed. What stands above the
mark is written by hand. vLLM's and Ovis2.5's environments have versions of their own, which nothing here knows.
"""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import yaml
from packaging.requirements import Requirement

ENVS = Path(__file__).parents[1] / "envs"
MARK = "      # Behind these, as envs/constraints.txt has them (python -m scripts.generate_environments):\n"
OWN_VERSIONS = ("vllm", "ovis", "isaacsim")


def main() -> None:
    for path in sorted(ENVS.glob("*.yaml")):
        if path.stem not in OWN_VERSIONS:
            path.write_text(completed(path.read_text()))


def completed(text: str) -> str:
    """An environment's file with what stands below the mark."""
    by_hand = text.partition(MARK)[0]
    named = [Requirement(line) for line in yaml.safe_load(by_hand)["dependencies"][-1]["pip"]]
    pins = constraints()
    missing = sorted(behind(named) - {plain(need.name) for need in named})
    lines = [f"      - {pins[name]}\n" for name in missing if name in pins]
    return by_hand + (MARK + "".join(lines) if lines else "")


def constraints() -> dict[str, str]:
    """Lines of the constraints, by package."""
    lines = [line.strip() for line in (ENVS / "constraints.txt").read_text().splitlines()]
    return {plain(line.split("==")[0]): line for line in lines if "==" in line and not line.startswith("#")}


def behind(named: list[Requirement]) -> set[str]:
    """Packages and all that they need, as installed here; of what isn't installed, only its name."""
    seen, open_ = set[str](), [(plain(need.name), need.extras) for need in named]
    while open_:
        name, extras = open_.pop()
        if name in seen and not extras:
            continue
        seen.add(name)
        try:
            needs = [Requirement(line) for line in requires(name) or []]
        except PackageNotFoundError:
            continue
        for need in needs:
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                open_.append((plain(need.name), need.extras))
    return seen


def plain(name: str) -> str:
    """A package's normalised name."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main()
