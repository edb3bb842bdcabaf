"""What the Snakefile does beside listing rules."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

from spacenum.core.provenance import PROJECT
from spacenum.study.snakefile import _end_aside


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
