"""Rules on written traces of each failure, of mixtures and of sound reasoning."""

from __future__ import annotations

import random
import time
from collections import Counter
from functools import cache

import pytest

from spacenum.core.provenance import PROJECT
from spacenum.traces.labels import FAILURES, TraceLabels
from spacenum.traces.rules import label_by_rules
from tests.traces.conftest import entries, trace_of

PATIENCE_S = 0.1
FILES = ("traces", "held_out")


@cache
def labels_of(name: str) -> dict[str, TraceLabels]:
    """What the rules say of the written traces of a file, by id."""
    return {
        entry["id"]: label_by_rules(
            trace_of(entry["id"], entry["text"].strip(), setting=entry["setting"], large=entry.get("large"))
        )
        for entry in entries(name)
    }


@pytest.mark.parametrize("name", FILES)
def test_written_traces(name):
    """The rules say what a person says, or what the file has as their known mistake."""
    said = {trace: sorted(found.failures) for trace, found in labels_of(name).items()}
    assert said == {entry["id"]: sorted(entry.get("rules", entry["expected"])) for entry in entries(name)}
    unclear = {trace for trace, found in labels_of(name).items() if found.outcome == "unclear"}
    assert unclear == {entry["id"] for entry in entries(name) if entry.get("unclear")}


def test_the_written_traces_show_every_mixture():
    written = [frozenset(entry["expected"]) for name in FILES for entry in entries(name)]
    kinds = Counter(written)
    assert len(written) >= 53 and len(kinds) == 2 ** len(FAILURES) and kinds[frozenset()] >= 15


@pytest.mark.parametrize("name", FILES)
def test_the_page_says_how_often_the_rules_are_right(name):
    page = (PROJECT / "docs" / "traces.md").read_text(encoding="utf-8")
    pairs = [(set(entry["expected"]), set(labels_of(name)[entry["id"]].failures)) for entry in entries(name)]
    for failure in FAILURES:
        truly = sum(failure in expected for expected, _ in pairs)
        said = sum(failure in found for _, found in pairs)
        both = sum(failure in expected & found for expected, found in pairs)
        assert f"| `{name}` | `{failure}` | {both} of {said} | {both} of {truly} |" in page
    assert f"| `{name}` | all labels | {sum(a == b for a, b in pairs)} of {len(pairs)} | |" in page


def test_evidence_is_the_words_that_stand_there():
    for name, entry in [(file, entry) for file in FILES for entry in entries(file)]:
        found, text = labels_of(name)[entry["id"]], entry["text"].strip()
        assert {evidence.failure for evidence in found.evidence} == set(found.failures)
        assert all(text[one.start : one.end] == one.text and one.text for one in found.evidence)


WORDS = (
    *("x", "y", "it", "axis", "direction", "runs", "points", "goes", "from", "to", "the", "1", "0.8", "20°", "than"),
    *("while", "not", "would", "if", "had", "moved", "was", "left", "right", "image", "top", "very", "big", "change"),
    *("changed", "so", "agent", "camera", "more", "only", "number", "angle", "must", "be", "a", ".", ",", "\n", "half"),
    *("along", "sofa", "line", "→", "gone", "of"),
)
"""Words that signs start or end with."""


def test_no_trace_takes_long():
    """Any few of these words over and over, 100 kB of them; on a quiet core none takes 50 ms."""
    label_by_rules(trace_of("i", "the sofa " * 100))  # patterns are compiled once
    rng = random.Random(0)
    loops = [" ".join(rng.choices(WORDS, k=rng.randint(1, 5))) + " " for _ in range(150)]
    for loop in [
        "The sofa moved left. ",
        "0.8 m ",
        "x=1, y=2 ",
        ". ",
        "if ",
        "\n",
        "x from ",
        "large . 1 more ",
        *loops,
    ]:
        text = loop * (100_000 // len(loop))
        taken = min(_seconds(text) for _ in range(2))  # something else may have run
        assert taken < PATIENCE_S, f"{loop}: {taken * 1000:.0f} ms"


def _seconds(text: str) -> float:
    start = time.process_time()
    label_by_rules(trace_of("i", text))
    return time.process_time() - start


def test_a_trace_that_is_too_long_to_be_searched_is_unclear():
    """No label rests on a part of it; a long one that soon shows care is labelled."""
    words = "The chair stands by the wall. " * 4000
    found = label_by_rules(trace_of("i", words))
    assert (found.outcome, found.failures, found.reason) == ("unclear", (), "too long to be searched for all signs")
    assert label_by_rules(trace_of("i", words[:4500])).outcome == "labelled"
    cared = "It turned by 20° rather than 40°, for a larger turn would hide the lamp. " + words[:40_000]
    assert label_by_rules(trace_of("i", cared)).outcome == "labelled"


def test_a_cut_trace_is_unclear():
    text = "The sofa is no longer visible in the second image, and the lamp is on the other side, so that I think"
    assert label_by_rules(trace_of("i", text)).failures == ("coarse_cue",)
    cut = label_by_rules(trace_of("i", text, finished=False))
    assert (cut.outcome, cut.failures, cut.reason) == ("unclear", (), "the reply was cut before its end")


def test_a_change_jumps_only_to_a_large_number():
    text = (
        "The scene has changed a lot between the two images, there is a big change, "
        "and I think that it is a large turn."
    )
    assert label_by_rules(trace_of("i", text)).failures == ("no_counterfactual",)
    assert label_by_rules(trace_of("i", text, large=True)).failures == ("no_counterfactual",)
    small = label_by_rules(trace_of("i", text, large=False))
    assert [(found.failure, found.sign, found.text) for found in small.evidence] == [("coarse_cue", "stops", text)]
    denied = text.replace("has changed a lot", "is as it was").replace("there is a big", "there is no big")
    assert label_by_rules(trace_of("i", denied, large=True)).failures == ("coarse_cue",)
