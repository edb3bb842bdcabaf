"""Isaac's Python for tests: this interpreter with the double's modules in place of Isaac's;
and who runs on this machine."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from spacenum.core.provenance import PROJECT

DOUBLE = PROJECT / "tests" / "simulators" / "isaacsim_double"


def python_of_double(folder: Path, fault: str = "", calls: Path | None = None) -> Path:
    """A 'python.sh' in ``folder``, which waits for Python as the real one does. fault: see the double's docstring; it
    strikes in every process. calls: a log of them."""
    script = folder / "python.sh"
    script.write_text(
        "#!/bin/sh\n"
        f"export PYTHONPATH={DOUBLE}:{PROJECT} SPACENUM_DOUBLE_FAULT={fault} SPACENUM_DOUBLE_CALLS={calls or ''}\n"
        f'{sys.executable} "$@" || exit $?\n'
    )
    script.chmod(0o755)
    return script


def living() -> list[tuple[int, str]]:
    """Process group and command line of all that runs here; not of what has ended and waits to be collected."""
    listing = subprocess.run(["ps", "-wweo", "pgid=,stat=,args="], capture_output=True, encoding="utf-8", check=True)
    rows = [line.split(None, 2) for line in listing.stdout.splitlines()]
    return [(int(row[0]), row[2]) for row in rows if len(row) == 3 and not row[1].startswith("Z")]


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Wait until it holds; AssertionError if it doesn't in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"still not so after {seconds} s"
        time.sleep(0.1)
