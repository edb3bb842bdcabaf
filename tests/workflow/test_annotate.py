"""A person's answers, given to the command's server, reach the table like a model's."""

from __future__ import annotations

import csv
import json
import re
import signal
import subprocess
import sys
from urllib.request import Request, urlopen

import pytest

from spacenum.items.schema import CELLS
from spacenum.models.person import sheet_path
from tests.workflow.conftest import Place, jobs

CELL = "layout.num2space.1d.desk"


def answer(place: Place, letters: str) -> None:
    """Answer the cell's first items through ``spacenum annotate``."""
    command = [
        sys.executable,
        "-m",
        "spacenum.cli.main",
        "annotate",
        "--person",
        "human",
        "--cell",
        CELL,
        "--port",
        "0",
    ]
    with subprocess.Popen(
        [*command, "--directory", str(place.study)], cwd=place.project, stdout=subprocess.PIPE, text=True
    ) as server:
        url = re.search(r"http://\S+/", server.stdout.readline())[0]
        for at, letter in enumerate(letters):
            body = json.dumps({"letter": letter, "seconds": 1}).encode()
            with urlopen(Request(f"{url}answer/{at}", body, method="PUT")) as reply:
                assert reply.status == 200
        server.send_signal(signal.SIGINT)
        assert f"{len(letters)} of 4 items are answered" in server.stdout.read()
    assert server.returncode == 0


@pytest.mark.slow
def test_a_person_s_answers_reach_the_table(place: Place):
    place.configure(models=["chance", "human"])
    answer(place, "AAAA")
    run = place.snakemake("results/main_table.csv")
    assert run.status == 0, run.terminal
    with (place.study / "results/main_table.csv").open() as file:
        row = next(row for row in csv.DictReader(file) if row["model"] == "human")
    assert (row["kind"], row["n_items"], row["average"]) == ("human", "4", "")
    filled = {cell: row[cell] for cell in CELLS if row[cell]}
    assert filled == {CELL: "50"}, "a constant answer is right once in a family of two; what nobody answered is empty"
    sheet = place.study / sheet_path("human", "base", CELL)
    sheet.write_text("".join(sheet.read_text().splitlines(keepends=True)[:-1]))
    layouts = {"model": "human", "mode": "letter-greedy", "variant": "base", "setting": "layout"}
    retaken = jobs("answers", **layouts) | jobs("scores", **layouts)
    assert place.planned("results/main_table.csv") == retaken | jobs("main_table")
