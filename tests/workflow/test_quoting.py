"""Nothing that a study names is run by a shell, and a study may lie in any folder."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT
from spacenum.study.checks import check_given
from spacenum.study.config import load_model
from spacenum.study.loading import load_study
from tests.external.published import omnispatial
from tests.workflow.conftest import ODD, Place

SNAKEFILES = [PROJECT / "Snakefile", *sorted((PROJECT / "rules").glob("*.smk"))]
SHELL = re.compile(r"^ *shell:\n(?P<text>(?:^ +[^\n]*\n)+)", re.MULTILINE)
FIELD = re.compile(r"(?<!\{)\{[^{}]+\}")
SHELLS = ("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput")
INJECTED = "$(touch executed)"


def unquoted(source: str) -> list[str]:
    """Fields of the shell commands of rules that a shell would read anew."""
    commands = [found["text"] for found in SHELL.finditer(source)]
    assert len(commands) == source.count("shell"), "a shell command that isn't under 'shell:'"
    return [field for command in commands for field in FIELD.findall(command) if not field.endswith(":q}")]


def shells(source: str) -> Iterator[str]:
    """Calls of a Python module that hand a text to a shell."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in SHELLS or any(word.arg == "shell" for word in node.keywords):
                yield f"line {node.lineno}: {name}"


@pytest.mark.parametrize("path", SNAKEFILES, ids=lambda path: path.name)
def test_every_field_of_a_shell_command_is_quoted(path):
    assert unquoted(path.read_text()) == []


def test_no_module_hands_a_text_to_a_shell():
    modules = [
        path
        for folder in ("spacenum", "scripts", "paper_figures", "bench")
        for path in (PROJECT / folder).rglob("*.py")
    ]
    assert len(modules) > 100
    assert {str(path): found for path in modules if (found := [*shells(path.read_text())])} == {}


def test_what_is_unquoted_is_found():
    rule = 'rule a:\n    shell:\n        "python {input} --to {output.x:q}"\n        " {params.names} | tee {log:q}"\n'
    assert unquoted(rule) == ["{input}", "{params.names}"]
    assert unquoted(rule.replace("{input}", "{input:q}").replace("names}", "names:q} {{}}")) == []
    assert [*shells("run(['a'])\nrun(x, shell=True)\nos.system(x)\n")] == ["line 2: run", "line 3: os.system"]


def executed(place: Place) -> list[Path]:
    return [path for folder in (place.project.parent, place.project, place.study) for path in folder.rglob("executed*")]


def test_a_study_in_a_folder_of_an_odd_name_is_made_and_verified(finished: Place):
    assert finished.study.parent.name == ODD and executed(finished) == []
    verified = finished.verify()
    assert verified.status == 0 and "0 of them stale" in verified.terminal, verified.terminal
    assert finished.planned("all") == set()


def test_a_published_file_of_an_odd_name_is_read(fresh: Place, tmp_path):
    pytest.importorskip("pyarrow", reason="needs the extra 'external'")
    place = fresh.copy(tmp_path)
    omnispatial(place.study / f"{INJECTED}.zip")
    place.configure(external=[{"benchmark": "omnispatial_motion", "path": f"{INJECTED}.zip"}])
    run = place.snakemake("data/external/omnispatial_motion/questions.jsonl")
    assert run.status == 0, run.terminal
    assert executed(place) == []


def test_a_model_of_an_odd_name_is_refused_in_one_sentence(fresh: Place, tmp_path):
    place = fresh.copy(tmp_path)
    (place.project / f"config/models/y{INJECTED}.yaml").write_text("base: chance\n")
    place.configure(models=[f"y{INJECTED}"])
    assert (
        "'models.0': 'y$(touch executed)' is no name; a name has letters, digits" in place.snakemake("all").sentence()
    )
    assert executed(place) == [] and place.made() == {}


OMNISPATIAL = {"benchmark": "omnispatial_motion"}


@pytest.mark.parametrize(
    ("key", "values", "said"),
    [
        ("imported", [f"y{INJECTED}"], "key 'imported.0': 'y$(touch executed)' is no name"),
        ("variants", [f"y{INJECTED}"], "key 'variants' names 'y$(touch executed)'"),
        ("tables", [f"y{INJECTED}"], "key 'tables.0': there is no such table"),
        (
            "external",
            [{"benchmark": f"y{INJECTED}", "path": "x"}],
            "key 'external' names the benchmark 'y$(touch executed)'",
        ),
        (
            "external",
            [OMNISPATIAL | {"revision": "a" * 40, "repo": "../.."}],
            "key 'external.0.repo': String should match",
        ),
        ("external", [OMNISPATIAL | {"path": "a\nb.zip"}], "'a\\nb.zip': no path can have line breaks"),
        ("traces", {"sheets": [f"{INJECTED}.csv"]}, "name the file after the person, in plain letters"),
    ],
)
def test_a_name_that_is_none_is_refused(tmp_path, key, values, said):
    config = tmp_path / "study.yaml"
    config.write_text(yaml.safe_dump({key: values}))
    with pytest.raises(SpaceNumError) as raised:
        check_given(load_study([config]).plan, tmp_path)
    assert said in str(raised.value)


def test_a_base_of_an_odd_name_is_refused(tmp_path):
    (tmp_path / "mine.yaml").write_text("base: ../../mine\n")
    with pytest.raises(SpaceNumError, match=r"mine\.yaml, key 'base', names '\.\./\.\./mine', which is no name"):
        load_model("mine", tmp_path)
