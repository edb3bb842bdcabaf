"""What is given to harnesses is what the study asks, and what they keep comes back as the study's own answers. The
harnesses themselves run in tests/workflow/test_harnesses.py."""

from __future__ import annotations

import csv
import json
import math
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from spacenum.asking.base import Context
from spacenum.asking.modes import Mode
from spacenum.asking.questions import letters_of
from spacenum.asking.settings import ModelConfig
from spacenum.asking.shown import asked_hash_of
from spacenum.asking.store import Contents
from spacenum.cli.main import main
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import read_jsonl, write_jsonl
from spacenum.items.schema import ITEM, SETTINGS, Item
from spacenum.models.imported import ImportedOptions, imported, load
from spacenum.release.harness import lmms_task
from spacenum.release.harness.export import export
from spacenum.release.harness.logs import ZSTANDARD
from spacenum.release.harness.take import take_answers
from spacenum.scoring.rows import score_answers
from spacenum.tables.easi import accuracy_table, question_table
from tests.release.made import items_path, release
from tests.release.replay import of_item, pixels, stored_answers, stored_reply

pyarrow = pytest.importorskip("pyarrow")
CONFIG = ModelConfig(kind="vlm", backend="imported", options={"harness": "inspect_ai"})


@pytest.fixture
def items(study: Path) -> list[Item]:
    return [item for setting in SETTINGS for item in read_jsonl(items_path("base", setting), ITEM)]


@pytest.fixture
def exported(study: Path, tmp_path: Path) -> Path:
    assert export(release(tmp_path / "out"), "lmms-eval", "base", tmp_path / "lmms") == 8
    return tmp_path / "lmms"


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted(folder.glob("items/*.jsonl")) for line in path.open()]


def test_an_export_asks_what_the_study_asks(items, exported, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lmms_task, "FOLDER", exported)
    by_id = {item.id: item for item in items}
    for line in lines(exported):
        item = by_id[line["id"]]
        (message,) = lmms_task.doc_to_messages(line)
        shown = [part.get("text") or pixels(part["url"]) for part in message["content"]]
        assert shown == [*of_item(item, Path())], "text, pixels and order"
        assert line["asked"] == asked_hash_of(item, Contents(Path()).image)
        assert (line["letters"], line["answer"]) == ([*letters_of(item)], item.answer)
    with pytest.raises(ValueError, match="leave out --force_simple"):
        lmms_task.doc_to_visual(lines(exported)[0])
    with pytest.raises(SpaceNumError, match="is there already"):
        export(exported, "inspect", "base", exported)


def test_a_failed_request_has_no_score(items, exported):
    line, reply = lines(exported)[0], f"{lmms_task.FAILED[0]} after 5 retries] no"
    failed = lmms_task.process_results(line, [reply])["accuracy"]
    right, wrong = (
        lmms_task.process_results(line, [letter])["accuracy"]
        for letter in (line["answer"], next(letter for letter in line["letters"] if letter != line["answer"]))
    )
    assert failed["failed"] and "score" not in failed
    assert lmms_task.accuracy([right, failed]) == 1 and lmms_task.accuracy([right, wrong, failed]) == 0.5
    assert math.isnan(lmms_task.accuracy([failed]))
    assert "score" not in lmms_task.process_results(line | {"answer": None}, ["A"])["accuracy"]


def inspect_log(path: Path, items: list[Item], asked: dict[str, str]) -> Path:
    """As inspect_ai's own JSON has it."""
    samples = [
        {
            "id": item.id, "epoch": 1, "metadata": {"asked": asked[item.id]},
            "output": {"choices": [{"stop_reason": "stop"}], "completion": stored_reply(item)},
        }
        for item in items
    ]  # fmt: skip
    path.write_text(json.dumps({"status": "success", "eval": {}, "samples": samples}))
    return path


def eval_log(path: Path, items: list[Item], asked: dict[str, str]) -> Path:
    """The same as inspect_ai packs it: a zip archive of Zstandard."""
    inspect_log(path, items, asked)
    samples = json.loads(path.read_text())["samples"]
    with zipfile.ZipFile(path, "w") as archive:
        for sample in samples:
            name, data = f"samples/{sample['id']}_epoch_1.json", json.dumps(sample).encode()
            archive.writestr(name, pyarrow.compress(data, codec="zstd", asbytes=True))
            entry = archive.getinfo(name)
            entry.compress_type, entry.file_size = ZSTANDARD, len(data)
    return path


def lmms_log(path: Path, items: list[Item], asked: dict[str, str]) -> Path:
    rows = [{"filtered_resps": stored_reply(i), "accuracy": {"id": i.id, "asked": asked[i.id]}} for i in items]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def vlmevalkit_log(path: Path, items: list[Item], asked: dict[str, str]) -> Path:
    rows = [{"index": k, "id": i.id, "asked": asked[i.id], "prediction": stored_reply(i)} for k, i in enumerate(items)]
    path.write_text(json.dumps(rows))
    return path


def plain_log(path: Path, items: list[Item], asked: dict[str, str]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "reply"])
        writer.writerows([item.id, stored_reply(item)] for item in items)
    return path


LOGS = {
    "inspect_ai": (inspect_log, "log.json"),
    "inspect_ai packed": (eval_log, "log.eval"),
    "lmms-eval": (lmms_log, "x_samples_spacenum_all.jsonl"),
    "VLMEvalKit": (vlmevalkit_log, "m_SpaceNum.json"),
    "by hand": (plain_log, "table.csv"),
}


def log_of(harness: str, folder: Path, items: list[Item]) -> Path:
    write, name = LOGS[harness]
    folder.mkdir(exist_ok=True)
    return write(folder / name, items, {item.id: asked_hash_of(item, Contents(Path()).image) for item in items})


def answers_of(items: list[Item], model: str = "m") -> list[Any]:
    sheets = [Path(path) for setting in SETTINGS for path in imported(model, "base", setting)]
    return [*load(CONFIG, Context(frames={}, root=Path(), seed=0, sheets=sheets)).answer(items)]


@pytest.mark.parametrize("harness", LOGS)
def test_what_a_harness_kept_is_scored_as_the_study_scores(items, tmp_path: Path, harness: str):
    said = take_answers(
        [log_of(harness, tmp_path / "logs", items)],
        "m",
        ImportedOptions(harness=harness.removesuffix(" packed")),
        "base",
    )
    assert said == ["8 of 8 items have a reply"]
    assert score_answers(items, answers_of(items)) == score_answers(items, stored_answers(items))


def test_what_is_missing_is_said_and_counts_as_nothing(items, tmp_path: Path):
    log = log_of("inspect_ai", tmp_path, items)
    whole = json.loads(log.read_text())
    whole["samples"] = whole["samples"][1:]
    whole["samples"][0]["error"] = {"message": "no"}
    whole["samples"][1]["output"]["choices"][0]["stop_reason"] = "max_tokens"
    whole["samples"][2]["output"] = {"choices": [{"stop_reason": "content_filter"}], "completion": ""}
    log.write_text(json.dumps(whole))
    said = take_answers([log], "m", ImportedOptions(harness="inspect_ai"), "base")
    assert said == [
        "6 of 8 items have a reply",
        f"1 requests failed; their items are missing, and count as nothing: {items[1].id}",
        f"1 items stand in no log, and are missing: {items[0].id}",
    ]
    outcomes = [answer.outcome for answer in answers_of(items)]
    assert outcomes[:2] == ["missing", "missing"] and answers_of(items)[3].refused == "content_filter"
    assert [row.item for row in score_answers(items, answers_of(items))] == [item.id for item in items[2:]]

    moved = items[4].model_copy(update={"prompt": items[4].prompt[::-1]})
    assert answers_of([moved])[0].reason == "what was imported is a reply to another question"


@pytest.mark.parametrize(
    "spoil,said",
    [
        (lambda rows: rows.append(dict(rows[0])), "has a reply already, in"),
        (lambda rows: rows[0].update(id="layout.none.000001"), "layout.none.000001 is no item of this study's 'base'"),
        (lambda rows: rows[0].update(asked="0" * 16), "was asked something else than this study's"),
        (lambda rows: rows[0].pop("reply"), "no keys 'id' and 'reply'"),
        (lambda rows: rows[0].update(reply=3), r"reply.*valid string"),
        (lambda rows: rows.clear(), "has no row"),
    ],
)
def test_what_is_wrong_with_a_table_is_one_sentence(items, tmp_path: Path, spoil, said: str):
    rows = [{"id": item.id, "reply": "A"} for item in items]
    spoil(rows)
    path = tmp_path / "replies.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(SpaceNumError, match=said):
        take_answers([path], "m", ImportedOptions(harness="mine"), "base")
    assert not imported("m", "base", "layout")


def test_a_model_s_replies_are_of_one_harness(items, tmp_path: Path):
    log = log_of("lmms-eval", tmp_path, items)
    with pytest.raises(SpaceNumError, match=r"is of lmms-eval, but .* 'options\.harness: inspect_ai'"):
        take_answers([log], "m", ImportedOptions(harness="inspect_ai"), "base")
    assert CONFIG.info("m").label == "m (by inspect_ai)"
    assert CONFIG.answers_in(Mode.of("letter-greedy")) and not CONFIG.answers_in(Mode.of("reasoning-greedy"))


def test_the_command_says_which_file_is_missing(items, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def said(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["spacenum", "answers", "import", str(tmp_path), "--model", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return str(ended.value)

    assert "there is no config/models/none.yaml; copy config/models/imported.yaml" in said("none")
    assert "its key 'backend' is 'baselines.chance', not 'imported'" in said("chance")
    assert "holds no log" in said("imported")


def test_easi_s_form(items):
    answers = stored_answers(items)
    rows = score_answers(items, answers)
    table = question_table(items, answers, rows)
    assert table["hit"].tolist() == [row.score for row in rows]
    assert [len(eval(options)) for options in table["options"]] == [row.n_options for row in rows]
    overall = accuracy_table(rows).set_index("category").loc["Overall"]
    hits, chance = table["hit"].sum(), sum(1 / row.n_options for row in rows)
    assert overall["chance_adjusted_accuracy"] == pytest.approx(100 * (hits - chance) / (len(rows) - chance))
    several = [*answers, answers[0].model_copy(update={"repeat": 1})]
    with pytest.raises(SpaceNumError, match="one reply an item"):
        question_table(items, several, rows)


def test_kept_replies_are_a_file_of_the_study(items, tmp_path: Path):
    take_answers([log_of("by hand", tmp_path, items)], "m", ImportedOptions(harness="by hand"), "base")
    (path,) = imported("m", "base", "layout")
    kept = path and Path(path).read_text()
    write_jsonl(Path(path), [])
    take_answers([log_of("by hand", tmp_path, items)], "m", ImportedOptions(harness="by hand"), "base")
    assert Path(path).read_text() == kept and "table.csv" in kept
