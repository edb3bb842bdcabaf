"""A person's answers, given to the command's server, reach the table like a model's."""

from __future__ import annotations

import csv
import json
import re
import signal
import subprocess
import sys
from urllib.request import Request, urlopen

from tests.workflow.conftest import Place, jobs

WHOLE, PART = "layout.num2space.1d.desk", "layout.num2space.1d.room"


def answer(place: Place, cell: str, letters: str) -> None:
    """Answer a cell's first items through ``spacenum annotate``."""
    command = [sys.executable, "-m", "spacenum.cli", "annotate", "--person", "human", "--cell", cell, "--port", "0"]
    with subprocess.Popen(
        [*command, "--directory", str(place.study)], cwd=place.project, stdout=subprocess.PIPE, text=True
    ) as server:
        url = re.search(r"http://\S+/", server.stdout.readline())[0]
        for at, letter in enumerate(letters):
            body = json.dumps({"letter": letter, "seconds": 1}).encode()
            with urlopen(Request(f"{url}answer/{at}", body, method="PUT")) as reply:
                assert reply.status == 200
        server.send_signal(signal.SIGINT)
        assert "of 4 items are answered" in server.stdout.read()
    assert server.returncode == 0


def test_a_person_s_answers_reach_the_table(place: Place):
    place.configure(models=["chance", "human"])
    answer(place, WHOLE, "AAAA")
    answer(place, PART, "AAA")
    run = place.snakemake("results/main_table.csv")
    assert run.status == 0, run.terminal
    with (place.study / "results/main_table.csv").open() as file:
        row = next(row for row in csv.DictReader(file) if row["model"] == "human")
    assert (row["kind"], row["n_items"], row["average"]) == ("human", "4", "")
    assert float(row[WHOLE]) == 50, "a constant answer is right once in a family of two"
    assert row[PART] == "", "3 of 4 are no cell"
    answer(place, PART, "AAAB")
    layouts = {"model": "human", "mode": "letter-greedy", "variant": "base", "setting": "layout"}
    retaken = jobs("answers", **layouts) | jobs("scores", **layouts)
    assert place.planned("results/main_table.csv") == retaken | jobs("main_table")
