"""What the Snakefile does beside listing rules."""

from __future__ import annotations

import os
import signal
import threading

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
