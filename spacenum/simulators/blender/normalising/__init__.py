"""Foreign .blend files as meshes of ours. No part of what renders frames, so that a change here renders none anew."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from spacenum.core.errors import SpaceNumError
from spacenum.scenes.assets.manifest import Axis, Size3

PROGRAM = "spacenum.simulators.blender.normalising.convert"


def normalise(blend: Path, front: Axis, out: Path) -> Size3:
    """``convert.convert`` in a process of its own, so that a file on which Blender crashes or hangs on to memory does
    no harm here; SpaceNumError in every such case.
    """
    command = [sys.executable, "-m", PROGRAM, str(blend), f"--front={front}", str(out)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    said = done.stderr.strip().splitlines() or ["nothing"]
    if done.returncode < 0:
        raise SpaceNumError(f"{blend}: Blender crashed on this file (signal {-done.returncode}); choose another model")
    if done.returncode == 1 and said[-1].startswith("spacenum: "):
        raise SpaceNumError(said[-1].removeprefix("spacenum: "))
    if said[-1].startswith(("ImportError", "ModuleNotFoundError")):
        raise SpaceNumError(
            f"Blender can't start ({said[-1]}); install it with pip install 'spacenum[blender]' in Python 3.11, and "
            "let scripts/check_system.py name the system libraries that are missing"
        )
    if done.returncode:
        raise SpaceNumError(f"{blend}: Blender failed on this file and said: {said[-1]}; choose another model")
    width, depth, height = json.loads(done.stdout.splitlines()[-1])
    return width, depth, height
