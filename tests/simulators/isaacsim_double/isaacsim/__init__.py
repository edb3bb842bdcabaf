"""A double of Isaac Sim for tests: the part of its API that the runner uses, strict about the order of calls.

It renders every labelled prim of a stage as its box, by the tests' own ray caster; its frames say that they are a
double's. Faults are asked for through the environment variable SPACENUM_DOUBLE_FAULT; with "black" every picture is
black, with "lags" it is that of the view before.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import signal
import sys

SPACENUM_DOUBLE = "boxes, ray-cast"
FAULT = os.environ.get("SPACENUM_DOUBLE_FAULT", "")
calls: list[str] = []
if FAULT == "asks_licence":
    print("By installing or using Isaac Sim, I agree to the terms of the LICENSE AGREEMENT (EULA)")
    input("Do you accept the EULA? (Yes/No): ")


def record(call: str) -> None:
    """Note a call; each must come after the application has started."""
    if not calls and call != "SimulationApp":
        raise RuntimeError(f"{call} before SimulationApp")
    calls.append(call)
    if path := os.environ.get("SPACENUM_DOUBLE_CALLS"):
        with open(path, "a") as file:
            file.write(call + "\n")


def rendered() -> int:
    return calls.count("step")


class SimulationApp:
    def __init__(self, launch_config: dict) -> None:
        loaded = [name for name in sys.modules if name.split(".")[0] in ("omni", "carb", "pxr")]
        if loaded:
            raise RuntimeError(f"{loaded[0]} was imported before SimulationApp")
        if launch_config.get("headless") is not True or len(sys.argv) != 1:
            raise RuntimeError("not headless, or arguments left for Kit")
        record("SimulationApp")
        for argument in launch_config.get("extra_args", []):
            record(argument)
        if FAULT == "hang_at_start":
            ctypes.PyDLL(None).sleep(600)  # with Python's lock held, as an engine's own code may
        if FAULT == "dies_at_start":
            print("no RTX device found")
            os._exit(3)
        signal.signal(signal.SIGINT, lambda *_: os._exit(0))
        atexit.register(self.close)
        print("[0.1s] app started, line without end", end="", flush=True)

    def update(self) -> None:
        record("update")

    def close(self) -> None:
        record("close")
        os._exit(0)  # as Kit's fast shutdown does
