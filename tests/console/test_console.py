"""What a user sees of a run."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from snakemake.logging import LoggerPluginRegistry
from snakemake.settings.enums import Quietness
from snakemake_interface_logger_plugins.common import LogEvent

from spacenum.console.ending import where_to_look
from spacenum.console.handler import LogHandler
from spacenum.console.left import TimeLeft, spoken


def handler(**settings: Any) -> LogHandler:
    usual = {"verbose": False, "dryrun": False, "debug_dag": False, "stdout": True, "quiet": None}
    usual |= {"printshellcmds": False, "show_failed_logs": False}
    return LogHandler(SimpleNamespace(**(usual | settings)), None)  # type: ignore[arg-type]


def record(message: str | None, at: float = 0.0, level: int = logging.INFO, **told: Any) -> logging.LogRecord:
    made = logging.makeLogRecord({"msg": message, "levelno": level, "levelname": logging.getLevelName(level), **told})
    made.created = at
    return made


def started(jobid: int, rule: str, at: float, **wildcards: str) -> logging.LogRecord:
    return record(f" Rule: {rule}", at, event=LogEvent.JOB_INFO, jobid=jobid, rule_name=rule, wildcards=wildcards)


def counts(**stats: int) -> logging.LogRecord:
    return record("Job stats:", event=LogEvent.RUN_INFO, stats={**stats, "total": sum(stats.values())})


def test_snakemake_finds_the_console():
    assert "spacenum" in LoggerPluginRegistry().plugins


def test_a_line_a_job_with_what_it_made_and_what_is_left(capsys: pytest.CaptureFixture):
    console = handler()
    console.emit(record("Building DAG of jobs..."))
    console.emit(counts(answers=3, scores=1))
    console.emit(started(4, "answers", at=0.0, model="some", setting="layout"))
    console.emit(record("Execute 1 jobs...", event=LogEvent.JOB_STARTED, jobs=[4]))
    console.emit(record("Finished jobid: 4", 60.0, event=LogEvent.JOB_FINISHED, job_id=4))
    console.emit(record(None, event=LogEvent.PROGRESS, done=1, total=4))
    assert capsys.readouterr().out.splitlines() == [
        "4 jobs: 3 answers, 1 scores",
        "[1 of 4, about 2 min left] answers some layout (60 s)",  # two more of a minute each, and a score
    ]


def test_a_failed_job_is_said_once_with_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.chdir(tmp_path)
    Path("logs").mkdir()
    Path("logs/frames.log").touch()
    console = handler()
    console.emit(counts(frames=1))
    console.emit(started(1, "frames", at=0.0, setting="layout", shard="benchmark-000"))
    told = {"rule_name": "frames", "jobid": 1, "log": ["logs/frames.log"], "aux": {}, "shellcmd": "python -m scripts"}
    console.emit(record("Error in rule frames", level=logging.ERROR, event=LogEvent.JOB_ERROR, **told))
    command = "RuleException:\nCalledProcessError in file x.smk\nCommand 'python -m scripts' returned"
    console.emit(record(command, level=logging.ERROR, event=LogEvent.ERROR, exception="RuleException"))
    (line,) = capsys.readouterr().out.splitlines()[1:]
    assert line.startswith("FAILED: frames layout benchmark-000. Its log: logs/frames.log.") and "python" not in line


def failed(jobid: int, log: str = "logs/some.log") -> logging.LogRecord:
    told = {"rule_name": "frames", "jobid": jobid, "log": [log], "aux": {}, "shellcmd": "python -m scripts"}
    return record("Error in rule", level=logging.ERROR, event=LogEvent.JOB_ERROR, **told)


def test_a_job_that_the_user_stopped_has_not_failed(capsys: pytest.CaptureFixture):
    console = handler()
    console.emit(counts(frames=1))
    console.emit(started(0, "frames", at=0.0, shard="s"))
    console.emit(record("Terminating processes on user request, this might take some time."))
    console.emit(failed(0, "logs/nowhere.log"))
    assert capsys.readouterr().out.splitlines()[-1] == "stopped: frames s; the same command goes on from here"


def test_a_log_that_was_never_written_is_not_named(capsys: pytest.CaptureFixture):
    console = handler()
    console.emit(failed(0, "logs/nowhere.log"))
    assert "nowhere" not in capsys.readouterr().out


def test_all_failures_are_named_at_the_end_and_no_longer_awaited(capsys: pytest.CaptureFixture):
    console = handler()
    console.emit(counts(frames=3))
    for number in range(3):
        console.emit(started(number, "frames", at=0.0, shard=f"s{number}"))
    console.emit(failed(0))
    console.emit(failed(1))
    console.emit(record("", 1.0, event=LogEvent.JOB_FINISHED, job_id=2))
    for said in (
        "Exiting because a job execution failed. Look",
        "WorkflowError:\nAt least one job did not complete s.",
    ):
        console.emit(record(said, level=logging.ERROR, event=LogEvent.ERROR))
    *_, finished, last = capsys.readouterr().out.splitlines()
    assert finished == "[1 of 3, about 1 s left] frames s2 (1 s)"
    assert last == "2 failed: frames s0, frames s1"


@pytest.mark.parametrize(("quiet", "lines"), [({Quietness.ALL}, 1), ({Quietness.PROGRESS}, 2), ({Quietness.RULES}, 4)])
def test_quiet_leaves_failures(quiet: set[Quietness], lines: int, capsys: pytest.CaptureFixture):
    console = handler(quiet=quiet)
    console.emit(counts(frames=2))
    console.emit(started(1, "frames", at=0.0, shard="s"))
    console.emit(record("", 1.0, event=LogEvent.JOB_FINISHED, job_id=1))
    console.emit(record("a note"))
    console.emit(failed(2))
    *_, last = said = capsys.readouterr().out.splitlines()
    assert len(said) == lines and last.startswith("FAILED: frames")


def test_what_is_asked_for_by_options_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture):
    (tmp_path / "some.log").write_text("deep trouble")
    console = handler(printshellcmds=True, show_failed_logs=True)
    console.emit(record("echo hello", event=LogEvent.SHELLCMD, shellcmd="echo hello", indent=False))
    console.emit(failed(1, str(tmp_path / "some.log")))
    said = capsys.readouterr().out
    assert "echo hello" in said and "deep trouble" in said


def test_a_reader_that_left_stops_nothing():
    console = "from tests.console.test_console import counts, handler; console = handler()"
    program = f"{console}\nfor _ in range(9): console.emit(counts(frames=1))\nprint('end')"
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([sys.executable, "-c", program], stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


def test_other_errors_and_warnings_are_shown(capsys: pytest.CaptureFixture):
    console = handler()
    console.emit(
        record("WorkflowError in file x", level=logging.ERROR, event=LogEvent.ERROR, exception="WorkflowError")
    )
    console.emit(record("take care", level=logging.WARNING))
    console.emit(record("Nothing to be done (all requested files are present and up to date)."))
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_a_plan_is_counted_once_and_names_what_is_asked(capsys: pytest.CaptureFixture):
    console = handler(dryrun=True)
    for _ in range(2):
        console.emit(counts(answers=1))
        for model in ("one", "two"):
            console.emit(started(1, "answers", at=0.0, model=model, variant="base"))
    said = capsys.readouterr().out
    assert said.count("Job stats") == 1 and "Will be asked: models: one, two; variants: base" in said


def test_time_left_follows_the_jobs_of_this_run():
    left = TimeLeft({"frames": 10, "scores": 100}, now=0.0)
    for _ in range(5):
        left.finish("frames", 40.0)
    for _ in range(50):
        left.finish("scores", 1.0)
    assert left.seconds(now=125.0) == pytest.approx((5 * 40 + 50) / 2), "two ran side by side"
    assert (left.done, left.total) == (55, 110)


@pytest.mark.parametrize(("seconds", "words"), [(0.2, "1 s"), (89, "89 s"), (120, "2 min"), (7200, "2.0 h")])
def test_durations_are_no_more_exact_than_known(seconds: float, words: str):
    assert spoken(seconds) == words


def test_the_end_names_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("results").mkdir()
    rows = [("chance", "reference", 30.0), ("weak", "vlm", 31.0), ("strong", "vlm", 44.44), ("order", "shortcut", None)]
    pd.DataFrame(rows, columns=["model", "kind", "average"]).to_csv("results/main_table.csv")
    Path("results/main_table.md").touch()
    first, _, *pages = where_to_look({"results/main_table.md", "results/claims.html"})
    assert first == "Average of the cells, in %: chance 30.0, strong 44.4." and len(pages) == 1
    assert not [*where_to_look({"results/claims.html"})], "what wasn't made is not named"
