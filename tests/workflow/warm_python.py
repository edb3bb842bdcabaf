"""``python -m`` without the start: a process that has imported Snakemake and other packages, but nothing of this
project, forks one process for each command. That saves a third of a dry run.

As a program it reads commands from standard input, a line of JSON each, and answers each with its exit status.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

PACKAGES = (
    "snakemake.cli", "snakemake.report", "snakemake_interface_executor_plugins.registry", "PIL.Image", "jinja2",
    "numpy", "matplotlib.figure", "pandas", "pydantic", "scipy.stats", "yaml",
)  # fmt: skip


class WarmPython:
    """Runs commands one after the other, with the output of each in a file."""

    def __init__(self) -> None:
        command = [sys.executable, __file__]
        self._server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")

    def run(self, arguments: Sequence[str], cwd: Path, env: Mapping[str, str]) -> tuple[int, str]:
        """The exit status and the output of ``python -m arguments…``; of ``env``, PYTHONPATH must be ``cwd``."""
        assert env["PYTHONPATH"] == str(cwd) and self._server.stdin and self._server.stdout
        with tempfile.NamedTemporaryFile(encoding="utf-8", mode="r") as output:
            call = {"arguments": list(arguments), "cwd": str(cwd), "env": dict(env), "output": output.name}
            self._server.stdin.write(json.dumps(call) + "\n")
            self._server.stdin.flush()
            return int(self._server.stdout.readline()), output.read()

    def close(self) -> None:
        """End it: it reads no more commands."""
        self._server.communicate()


def become(call: Mapping) -> None:
    """Do in this process what a new one would do."""
    os.environ.clear()
    os.environ.update(call["env"])
    os.chdir(call["cwd"])
    sys.path[0] = call["cwd"]
    for target, path, flags in ((0, os.devnull, os.O_RDONLY), (1, call["output"], os.O_WRONLY)):
        opened = os.open(path, flags)
        os.dup2(opened, target)
        os.close(opened)
    os.dup2(1, 2)
    module, *_ = call["arguments"]
    sys.argv = call["arguments"]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def main() -> None:
    for package in PACKAGES:
        import_module(package)
    assert not any(name.split(".")[0] in {"spacenum", "paper_figures", "scripts"} for name in sys.modules)
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            return become(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
