"""Isaac Sim in a process of its own: started, watched, and started again when it dies or hangs."""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spacenum.core.errors import SpaceNumError
from spacenum.simulators.isaacsim import runner
from spacenum.simulators.isaacsim.batch import EngineVersion
from spacenum.simulators.isaacsim.installation import VARIABLE

LAST_WORDS_S = 10
ASKS_LICENCE = re.compile(rb"accept[^\n]{0,40}EULA[^\n]{0,20}\?", re.IGNORECASE)
"""The question that Isaac Sim's documentation shows: "Do you accept the EULA? (Yes/No)"."""
OWN_VARIABLES = ("PYTHONPATH", "PYTHONHOME")  # of this environment, whose OpenUSD and numpy aren't Isaac's


@dataclass(frozen=True)
class Limits:
    """Seconds that Isaac may take to start (shaders compile the first time) and for one view; restarts a job."""

    start_s: float = 1200
    view_s: float = 600
    restarts: int = 2


class _Failed(Exception):
    """The runner died, hung, or said that a view failed."""


class _Final(_Failed):
    """A failure that a new start would only repeat, a question for the licence among them."""


class Runner:
    """One serving runner; started when it is first needed. ``log`` keeps all that Isaac prints."""

    def __init__(self, python: Path, log: Path, limits: Limits | None = None) -> None:
        self._python, self._log = python, log
        self._limits = limits or Limits()
        self._restarts = self._limits.restarts
        self._process: subprocess.Popen[bytes] | None = None
        self._events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._engine: EngineVersion | None = None

    @property
    def engine(self) -> EngineVersion:
        """What renders; starts it if need be."""
        if self._engine is None:
            self._insist(lambda: None)
        assert self._engine is not None
        return self._engine

    def render(self, batch: Path) -> None:
        """Render what a batch folder lacks; SpaceNumError names the log if it can't be done."""

        def attempt() -> None:
            assert self._process is not None and self._process.stdin is not None
            try:
                self._process.stdin.write(f"{batch.resolve()}\n".encode())
                self._process.stdin.flush()
            except OSError:
                raise _Failed(f"it ended{self._status()}") from None
            self._await_batch()

        self._insist(attempt)

    def close(self) -> None:
        """End the runner and everything that it started; the log then has its last words."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self._pump.join(LAST_WORDS_S)

    def _insist(self, attempt: Callable[[], None]) -> None:
        """Do something with a living runner, with a new one if that fails, while restarts are left."""
        while True:
            try:
                self._start()
                attempt()
                return
            except _Failed as reason:
                self.close()
                if isinstance(reason, _Final) or self._restarts == 0:
                    raise SpaceNumError(self._sentence(str(reason))) from None
                self._restarts -= 1

    def _sentence(self, reason: str) -> str:
        tried = self._limits.restarts - self._restarts
        again = f" ({tried} restarts didn't help)" if tried else ""
        return f"Isaac Sim ({self._python}) failed: {reason}{again}; what it said is in {self._log}"

    def _start(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        self._log.parent.mkdir(parents=True, exist_ok=True)
        said_before = self._log.stat().st_size if self._log.exists() else 0
        self._events = queue.Queue()
        try:
            self._process = subprocess.Popen(
                [str(self._python), str(Path(runner.__file__).resolve()), "--serve"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={name: value for name, value in os.environ.items() if name not in OWN_VARIABLES},
            )
        except OSError as error:
            raise SpaceNumError(f"{self._python} can't be run ({error.strerror}); set {VARIABLE} to another") from None
        self._pump = threading.Thread(target=_pump, args=(self._process, self._log, self._events), daemon=True)
        self._pump.start()
        try:
            ready = self._next(self._limits.start_s, "it did not start")
        except _Failed as reason:
            self.close()
            if ASKS_LICENCE.search(self._log.read_bytes()[said_before:]):
                raise _Final(
                    "it asks for its licence to be accepted, which is yours to do: start it once by hand and answer, "
                    f"or set OMNI_KIT_ACCEPT_EULA as its documentation says ({reason})"
                ) from None
            raise
        if ready["event"] != "ready":
            raise _Failed("it did not start")
        self._engine = EngineVersion(name=ready["name"], version=ready["version"])

    def _await_batch(self) -> None:
        reasons: list[str] = []
        final = False
        while True:
            event = self._next(self._limits.view_s, "a view took too long")
            if event["event"] == "failed":
                reasons.append(str(event.get("reason")))
                final = final or event.get("final") is True
            if event["event"] == "batch":
                if reasons or event.get("failed"):
                    raise (_Final if final else _Failed)(" ".join((reasons or ["a view failed"])[0].split()))
                return

    def _status(self) -> str:
        """With which status the runner ended, in words; nothing if that isn't known."""
        assert self._process is not None
        try:
            return f" with status {self._process.wait(LAST_WORDS_S)}"
        except subprocess.TimeoutExpired:
            return ""

    def _next(self, seconds: float, late: str) -> dict[str, Any]:
        try:
            event = self._events.get(timeout=seconds)
        except queue.Empty:
            raise _Failed(f"{late} within {seconds:.0f} s") from None
        if event is None:
            raise _Failed(f"it ended{self._status()}")
        return event


def _pump(process: subprocess.Popen[bytes], log: Path, events: queue.Queue[dict[str, Any] | None]) -> None:
    """Copy what the runner prints into the log, and its events into the queue; None when it ends."""
    assert process.stdout is not None
    with log.open("ab") as file:
        for line in process.stdout:
            file.write(line)
            file.flush()
            event = parse_event(line.decode("utf-8", errors="replace"))
            if event is not None:
                events.put(event)
    events.put(None)


def parse_event(line: str) -> dict[str, Any] | None:
    """The runner's event in a line of output; None if the line is the engine's own."""
    if not line.startswith(runner.PREFIX):
        return None
    try:
        event = json.loads(line.removeprefix(runner.PREFIX))
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None
