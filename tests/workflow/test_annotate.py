"""A person's answers, given to the command's server, reach the table like a model's."""

from __future__ import annotations

import csv
import json
import re
import signal
import subprocess
import sys
from urllib.request import Request, urlopen

from spacenum.items.schema import ITEM
from spacenum.models.person import sheet_path
from spacenum.provenance import read_jsonl
from tests.workflow.conftest import Place, jobs
from tests.workflow.test_reruns import FROM_SCORES

CELL = "layout.num2space.1d.desk"


def answer(place: Place, letters: dict[int, str]) -> None:
    """Give answers, by place, through ``spacenum annotate``."""
    command = [sys.executable, "-m", "spacenum.cli", "annotate", "--person", "human", "--cell", CELL, "--port", "0"]
    with subprocess.Popen(
        [*command, "--directory", str(place.study)], cwd=place.project, stdout=subprocess.PIPE, text=True
    ) as server:
        url = re.search(r"http://\S+/", server.stdout.readline())[0]
        for at, letter in letters.items():
            body = json.dumps({"letter": letter, "seconds": 1}).encode()
            with urlopen(Request(f"{url}answer/{at}", body, method="PUT")) as reply:
                assert reply.status == 200
        server.send_signal(signal.SIGINT)
        assert "of 4 items are answered" in server.stdout.read()
    assert server.returncode == 0


def row(place: Place) -> dict[str, str]:
    with (place.study / "results/main_table.csv").open() as file:
        return next(row for row in csv.DictReader(file) if row["model"] == "human")


def test_a_person_s_answers_reach_the_table(place: Place):
    place.configure(models=["chance", "human"])
    answer(place, {0: "A", 1: "A", 2: "A"})
    assert place.snakemake("results/main_table.csv").status == 0
    assert (row(place)["kind"], row(place)["n_items"], row(place)[CELL]) == ("human", "0", ""), "3 of 4 are no cell"
    answer(place, {3: "A"})
    layouts = {"model": "human", "mode": "letter-greedy", "variant": "base", "setting": "layout"}
    own = jobs("answers", **layouts) | jobs("scores", **layouts)
    assert place.planned("all") == own | FROM_SCORES | jobs("gallery")
    assert place.snakemake("results/main_table.csv").status == 0
    items = {item.id: item for item in read_jsonl(place.study / "data/items/benchmark/base/layout.jsonl", ITEM)}
    sheet = (place.study / sheet_path("human", "base", CELL)).read_text().splitlines()
    right = sum(items[json.loads(line)["item"]].answer == "A" for line in sheet)
    made = row(place)
    assert (made["n_items"], float(made[CELL]), made["average"]) == ("4", 25 * right, "")
    assert right == 2, "a constant answer is right once per family of two"
