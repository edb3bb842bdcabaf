"""Container definitions: one script fills both, and Snakemake can print one of its own."""

from __future__ import annotations

import re
import tomllib

import pytest

from spacenum.core.provenance import PROJECT
from tests.workflow.conftest import Place, copy_project

ENVS = PROJECT / "envs"
CONDA = """#!/bin/sh
case "$*" in
*--version*) echo "conda 24.11.0" ;;
*) echo '{"conda_prefix": "/opt/conda", "platform": "linux-64", "get": {"channel_priority": "strict"}}' ;;
esac
"""
"""A stand-in: Snakemake asks conda where it is and for which platform, and makes nothing."""


@pytest.mark.parametrize("definition", ["Dockerfile", "apptainer.def"])
def test_definitions_run_the_script_in_the_checkout_and_find_its_programs(definition: str):
    text, script = (ENVS / definition).read_text(), (ENVS / "container.sh").read_text()
    project, environment = re.findall(r"PROJECT:-(.+?)}|-m venv (\S+)", script)
    assert f". {project[0]}\n" in text and f"sh {project[0]}/envs/container.sh\n" in text
    assert f"PATH={environment[1]}/bin:$PATH" in text


def test_the_script_installs_extras_that_there_are_and_libraries_that_the_check_names():
    script = (ENVS / "container.sh").read_text()
    (extras,) = re.findall(r"EXTRAS:-([\w,]+)}", script)
    known = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert {*extras.split(",")} <= known.keys()
    assert script.index("python3.11 scripts/check_system.py") < script.index("-m venv")


def test_snakemake_prints_a_definition(tmp_path, monkeypatch):
    place = Place(tmp_path / "project", tmp_path / "study")
    copy_project(place.project)
    conda = tmp_path / "bin/conda"
    conda.parent.mkdir()
    conda.write_text(CONDA)
    conda.chmod(0o755)
    monkeypatch.setenv("PATH", f"{conda.parent}:/usr/bin:/bin")
    run = place.snakemake("--containerize")
    assert run.status == 0, run.terminal
    assert {"blender", "spacenum"} <= {*re.findall(r"^COPY \S*envs/(\w+)\.yaml", run.terminal, re.MULTILINE)}
