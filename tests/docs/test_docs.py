"""The README and the pages of docs/: commands that exist, links that lead somewhere, examples that parse."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from spacenum.cli.main import main
from spacenum.core.provenance import PROJECT
from spacenum.study.loading import load_study

README = PROJECT / "README.md"
PAGES = [README, *sorted((PROJECT / "docs").glob("*.md")), *sorted(PROJECT.glob("*/README.md"))]
PAGES += [PROJECT / "CONTRIBUTING.md", PROJECT / "SECURITY.md", PROJECT / "checkpoints/demonstration/README.md"]
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
RULES = {
    name
    for path in [PROJECT / "Snakefile", *(PROJECT / "rules").glob("*.smk")]
    for name in re.findall(r"^rule (\w+):", path.read_text(), re.MULTILINE)
}


def named(paths: list[Path]) -> list[object]:
    return [pytest.param(path, id=str(path.relative_to(PROJECT))) for path in paths]


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and mkdocs write them."""
    heads = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text()), re.MULTILINE)
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)|`", r"\1", head).strip().lower() for head in heads]
    return {re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", head)) for head in plain}


def commands(path: Path) -> list[str]:
    """Shell commands of a page, in code blocks and in the text, without comments."""
    blocks = [block.split("\n", 1) for block in FENCE.findall(path.read_text())]
    shell = "\n".join(body for head, body in blocks if head in ("```", "```bash"))
    starts = ("make ", "snakemake ", "spacenum ", "python -m ")
    lines = [*shell.replace("\\\n", " ").split("\n"), *re.findall(r"`([^`\n]+)`", FENCE.sub("", path.read_text()))]
    return [line.split(" #")[0].strip() for line in lines if line.startswith(starts)]


def test_the_readme_is_short():
    lines = README.read_text().split("\n")
    assert len(lines) <= 121 and max(map(len, lines)) <= 160


@pytest.mark.parametrize("page", named(PAGES))
def test_links_lead_to_files_and_headings(page: Path):
    dead = []
    for target, anchor in LINK.findall(FENCE.sub("", page.read_text())):
        path = (page.parent / target).resolve() if target else page
        if not path.exists() or (anchor and path.suffix == ".md" and anchor not in anchors(path)):
            dead.append(f"{target}#{anchor}")
    assert dead == []


@pytest.mark.parametrize("page", named([path for path in PAGES if commands(path)]))
def test_commands_name_what_exists(page: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any):
    heads = re.findall(r"^([\w -]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    makefile = {target for head in heads for target in head.split()}
    for line in commands(page):
        words = shlex.split(line.replace("…", ""))
        if words[0] == "make":
            assert {word for word in words[1:] if "=" not in word} <= makefile, line
        elif words[0] == "python":
            assert find_spec(words[2]), line
        elif words[0] == "spacenum":
            check_options(words[1:], line, capsys, monkeypatch)
        else:
            check_snakemake(words[1:], line)


def check_options(words: list[str], line: str, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    """Each option of a ``spacenum`` command is one of those that its help names."""
    depth = 2 if words[0] in ("items", "frames", "answers") else 0 if words[0].startswith("-") else 1
    monkeypatch.setattr(sys, "argv", ["spacenum", *words[:depth], "--help"])
    with pytest.raises(SystemExit):
        main()
    said = capsys.readouterr().out
    assert all(word in said for word in words[depth:] if word.startswith("--")), line


def check_snakemake(words: list[str], line: str) -> None:
    """Config files and profiles that lie in the project are there; a target without a slash is a rule."""
    for option, value in pairwise(words):
        if option in ("--configfile", "--workflow-profile") and "/" in value:
            assert (PROJECT / value).exists(), line
    last = words[-1]
    assert re.fullmatch(r"\w+", last) is None or last in RULES or words[-2].startswith("-"), line


OVERLAYS = re.findall(r"^## (.+?)$.*?^```yaml\n(.*?)^```", (PROJECT / "docs/studies.md").read_text(), re.M | re.DOTALL)


@pytest.mark.parametrize(("name", "text"), OVERLAYS, ids=[name for name, _ in OVERLAYS])
def test_example_studies_are_valid(name: str, text: str, tmp_path: Path):
    overlay = tmp_path / "my.yaml"
    overlay.write_text(text)
    study = load_study([overlay])
    assert study.plan.config.study == yaml.safe_load(text)["study"]


def test_there_are_six_example_studies():
    assert len(OVERLAYS) == 6


def test_every_column_is_explained():
    contract = yaml.safe_load((PROJECT / "tests/workflow/contract/columns_and_keys.yaml").read_text())
    page = (PROJECT / "docs/columns.md").read_text()
    unexplained = {
        (table, column)
        for table, columns in contract["columns"].items()
        for column in columns
        if f"`{column}`" not in page and "." not in column
    }
    assert unexplained == set()


@pytest.mark.skipif(not find_spec("material"), reason="needs mkdocs-material: pip install '.[docs]'")
def test_the_site_builds_without_a_warning(tmp_path: Path):
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    )
    assert (done.returncode, done.stderr) == (0, "")
    pages = [page.read_text() for page in (tmp_path / "site").rglob("*.html")]
    fetched = [
        url for page in pages for url in re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=.?(https?:\S+)", page)
    ]
    assert len(pages) > 30 and fetched == []
