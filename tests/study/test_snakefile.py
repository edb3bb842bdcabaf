"""What the Snakefile does beside listing rules."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from types import SimpleNamespace

from spacenum.core.provenance import PROJECT
from spacenum.study.snakefile import _asks, _end_aside, one_evaluation_at_a_time


def test_a_handler_of_sigterm_may_wait_for_what_the_main_thread_holds():
    lock, got, ended = threading.Lock(), list[bool](), threading.Event()

    def handler(*given: object) -> None:
        got.append(lock.acquire(timeout=20))
        ended.set()

    before = signal.signal(signal.SIGTERM, handler)
    try:
        _end_aside()
        with lock:
            os.kill(os.getpid(), signal.SIGTERM)
        assert ended.wait(30) and got == [True]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_plan_loads_no_statistics():
    """They take a second to load, and every start of Snakemake plans."""
    code = "import sys; from spacenum.study.loading import load_study; load_study([]).outputs(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert not {"scipy", "statsmodels", "pandas", "sklearn", "matplotlib"} & {*done.stdout.split()}


def test_one_evaluation_waits_however_many_jobs_have_finished():
    scheduler = SimpleNamespace(_open_jobs=threading.Semaphore(0))
    one_evaluation_at_a_time(scheduler)
    for _ in range(50):
        scheduler._schedule_reevalutation(0.1)
    assert scheduler._open_jobs.acquire(timeout=10)
    assert not scheduler._open_jobs.acquire(timeout=0.5), "one evaluation for all of them"
    scheduler._schedule_reevalutation(0.1)
    assert scheduler._open_jobs.acquire(timeout=10), "and the next one for what comes later"


def test_snakemake_still_has_what_is_replaced():
    from snakemake.scheduling.job_scheduler import JobScheduler

    assert callable(JobScheduler._schedule_reevalutation)


def test_jobs_that_merge_answers_ask_no_model():
    def job(rule: str, *parts: str) -> SimpleNamespace:
        return SimpleNamespace(rule=SimpleNamespace(name=rule), input=SimpleNamespace(parts=parts))

    assert _asks(job("answers")) and _asks(job("answers_part"))
    assert not _asks(job("answers", "one.jsonl", "two.jsonl")) and not _asks(job("scores"))
