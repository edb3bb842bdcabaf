"""Isaac's Python for tests: this interpreter with the double's modules in place of Isaac's."""

from __future__ import annotations

import sys
from pathlib import Path

from spacenum.provenance import PROJECT

DOUBLE = PROJECT / "tests" / "simulators" / "isaacsim_double"


def python_of_double(folder: Path, fault: str = "", calls: Path | None = None) -> Path:
    """A 'python.sh' in ``folder``. fault: see the double's docstring; it strikes in every process. calls: a log of them."""
    script = folder / "python.sh"
    script.write_text(
        "#!/bin/sh\n"
        f"export PYTHONPATH={DOUBLE}:{PROJECT} SPACENUM_DOUBLE_FAULT={fault} SPACENUM_DOUBLE_CALLS={calls or ''}\n"
        f'exec {sys.executable} "$@"\n'
    )
    script.chmod(0o755)
    return script
