"""``vllm serve`` as a part of the job: started, watched, and gone with it."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
from pydantic import SecretStr

from spacenum.core.devices import held
from spacenum.core.errors import SpaceNumError
from spacenum.models.vllm_engine import guard
from spacenum.models.vllm_engine.settings import VllmMachine

HOST = "127.0.0.1"
POLL_S, SAY_S = 0.25, 15.0
LOG_CHARACTERS = 400
ERROR = re.compile(r"(?:^|\]:? )((?:\w+\.)*\w*(?:Error|Exception)(?:: .*)?)$")
"""A line of a log that names what went wrong, after the place that vLLM puts first."""
WRAPPER = "root cause"
"""What vLLM names when it says that its engine ended, after the engine has said why."""


@dataclass
class Server:
    """A server of one model. command: all of it but host and port. name: what it calls the model. log: its output.

    Whatever ends this process, SIGKILL included, ends the server: ``guard`` stands between them. A key that only this
    process knows keeps other users of the machine out, and tells this server from another on the same port.
    """

    command: Sequence[str]
    name: str
    log: Path
    machine: VllmMachine
    key: SecretStr = field(default_factory=lambda: SecretStr(secrets.token_hex(16)))
    port: int = field(init=False)
    _guard: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        if shutil.which(self.command[0]) is None:
            raise SpaceNumError(
                f"there is no command '{self.command[0]}' here; install vLLM in an environment of its own "
                "(envs/vllm.yaml) and run `export SPACENUM_VLLM=/path/to/vllm`"
            )
        self.port = self.machine.port or free_port()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        key = self.key.get_secret_value()
        with self.log.open("wb") as output:
            self._guard = subprocess.Popen(
                [sys.executable, guard.__file__, str(self.machine.stop_s), *self.command]
                + ["--host", HOST, "--port", str(self.port)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=held(os.environ),  # a server that outlives a killed job for a moment still has its GPUs
                start_new_session=True,  # Ctrl-C is for this process, which then closes the server in order
                env={**os.environ, "VLLM_API_KEY": key, "VLLM_NO_USAGE_STATS": "1", "PYTHONUNBUFFERED": "1"},
            )

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def died(self) -> str | None:
        """A sentence if the server has ended by itself, with the end of its log."""
        status = self._guard.poll()
        if status is None:
            return None
        how = f"killed by signal {status - 128}" if status > 128 else f"exit status {status}"
        return f"the vLLM server of '{self.name}' ended ({how}); {self._cause() or self.said()}"

    def said(self) -> str:
        """The last words of the log, and where the rest is."""
        return f"its log {self.log} ends: {_in_one_line(self._lines())[-LOG_CHARACTERS:] or '(nothing)'}"

    def _cause(self) -> str | None:
        """The last error that the log names, and what it says of it, if it names one."""
        lines = self._lines()
        named = [(k, found[1]) for k, line in enumerate(lines) if WRAPPER not in line and (found := ERROR.search(line))]
        if not named:
            return None
        place, error = named[-1]
        return f"its log {self.log} says: {_in_one_line([error, *lines[place + 1 :]])[:LOG_CHARACTERS]}"

    def _lines(self) -> list[str]:
        return self.log.read_text(errors="replace").split("\n")

    def wait(self) -> None:
        """Until it is healthy and serves the model; SpaceNumError if it ends, takes too long or serves another."""
        start = said = time.monotonic()
        print(f"vllm: starting a server of {self.name}, log in {self.log}", file=sys.stderr, flush=True)
        while not self._healthy():
            if sentence := self.died():
                raise SpaceNumError(f"{sentence}; mend that, and run the same command again")
            now = time.monotonic()
            if now - start > self.machine.start_timeout_s:
                raise SpaceNumError(
                    f"the vLLM server of '{self.name}' was not healthy after {self.machine.start_timeout_s:g} s; allow "
                    f"more in SPACENUM_VLLM_START_TIMEOUT_S if it only needs time ({self.said()})"
                )
            if now - said > SAY_S:
                said = now
                print(f"vllm: not ready after {now - start:.0f} s; {self.said()}", file=sys.stderr, flush=True)
            time.sleep(POLL_S)
        self._check_model()
        print(f"vllm: ready after {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)

    def tokens(self, text: str) -> list[int]:
        """The tokens of ``text``, with no special ones around them."""
        asked = {"model": self.name, "prompt": text, "add_special_tokens": False}
        return [int(token) for token in self._ask("POST", "/tokenize", json=asked)["tokens"]]

    def rendered(self, messages: Any, generation: bool, variables: Mapping[str, Any]) -> str:
        """A chat as the checkpoint's template writes it. generation: whether the words that open the model's turn
        follow. variables: of the template."""
        asked = {"model": self.name, "messages": messages, "add_generation_prompt": generation}
        tokens = self._ask("POST", "/tokenize", json=asked | {"chat_template_kwargs": dict(variables)})["tokens"]
        return str(self._ask("POST", "/detokenize", json={"model": self.name, "tokens": tokens})["prompt"])

    def close(self) -> None:
        """Stop the server, and wait until nothing of it is left."""
        if self._guard.stdin:
            self._guard.stdin.close()
        self._guard.wait()

    def _healthy(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health", timeout=5, trust_env=False).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def _check_model(self) -> None:
        names = [model["id"] for model in self._ask("GET", "/v1/models")["data"]]
        if self.name not in names:
            raise SpaceNumError(
                f"the server at {self.url} serves {', '.join(names) or 'nothing'} instead of '{self.name}'"
            )

    def _ask(self, method: str, path: str, json: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.key.get_secret_value()}"}
        try:
            response = httpx.request(method, self.url + path, json=json, headers=headers, timeout=60, trust_env=False)
            response.raise_for_status()
            return response.json()
        except (httpx.HTTPError, ValueError) as error:
            problem = (
                self.died() or f"the server at {self.url} doesn't answer {path} as vLLM does ({type(error).__name__})"
            )
            raise SpaceNumError(problem) from None


def _in_one_line(lines: Sequence[str]) -> str:
    return " / ".join(line.strip() for line in lines if line.strip())


def free_port() -> int:
    """A port of the loopback interface that nothing listens on at this moment."""
    with socket.socket() as tried:
        tried.bind((HOST, 0))
        port: int = tried.getsockname()[1]
        return port
