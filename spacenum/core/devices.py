"""GPUs for jobs side by side: each takes free ones of those that it may see, and holds them for as long as it lives.

A GPU is held by a lock (``flock``) on a file of its own, which the kernel lets go when the last process that has it
open ends, however it ends. Jobs of one user, on one machine, keep out of each other's way so; other users' and other
programs' work is not seen. Needs nothing but Python: it runs before a job's own program,
and is no part of what that makes.
"""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from spacenum.core.errors import SpaceNumError

VISIBLE, ORDER = "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"
FOLDER, HELD = "SPACENUM_GPU_LOCK_FOLDER", "SPACENUM_GPU_LOCKS_HELD"
POLL_S = 0.5
LISTING_S = 60
_ONE_MACHINE = "--multi_gpu --num_machines 1 --main_process_port 0 --mixed_precision no --dynamo_backend no"
_ACCELERATE = ["accelerate", "launch", *_ONE_MACHINE.split(), "--num_processes"]


@dataclass(frozen=True)
class Device:
    """name: what CUDA_VISIBLE_DEVICES calls it. id: what stays the same whatever it is called here."""

    name: str
    id: str


def installed() -> list[Device]:
    """The machine's GPUs as ``nvidia-smi`` lists them, by number; of a GPU in MIG mode its
    slices; none without a driver."""
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=LISTING_S)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return parse(listed.stdout) if listed.returncode == 0 else []


def parse(listing: str) -> list[Device]:
    """The devices in the output of ``nvidia-smi -L``."""
    found: list[Device] = []
    for line in listing.splitlines():
        if gpu := re.match(r"GPU (\d+):.*\(UUID: (GPU-[^)]+)\)", line):
            found.append(Device(gpu[1], gpu[2]))
        elif slice_ := re.match(r"\s+MIG .*\(UUID: (MIG-[^)]+)\)", line):
            if found and found[-1].id.startswith("GPU-"):
                found.pop()  # CUDA doesn't show a GPU that is cut into slices
            found.append(Device(slice_[1], slice_[1]))
    return found


def visible(environment: Mapping[str, str], machine: Sequence[Device]) -> list[Device]:
    """The devices that a program may see: all of ``machine``'s, or those that CUDA_VISIBLE_DEVICES names, in its order.

    As CUDA reads it: numbers, UUIDs, beginnings of UUIDs; what follows an entry that names none is left out. GPUs go by
    their number, which every program understands, if the machine can tell it.
    """
    if VISIBLE not in environment:
        return list(machine)
    found: list[Device] = []
    for entry in filter(None, (word.strip() for word in environment[VISIBLE].split(","))):
        if not re.match(r"\d+$|GPU-|MIG-", entry):  # -1, NoDevFiles
            break
        known = machine or [Device(entry, entry)]
        named = [device for device in known if entry == device.name or device.id.startswith(entry)]
        if len(named) != 1:
            break
        found += named
    return list(dict.fromkeys(found))


def count_of_gpus() -> int:
    """GPUs that jobs may share here; 1 where none is seen, so that what needs one runs, and says so itself."""
    return max(1, gpus_seen())


def gpus_seen() -> int:
    """GPUs that this process may see."""
    return len(visible(os.environ, installed()))


def lock_folder(environment: Mapping[str, str]) -> Path:
    """Where this user's locks lie: SPACENUM_GPU_LOCK_FOLDER, or a folder in /tmp, the same in all sessions and jobs.

    A Slurm job's locks lie apart: Slurm gives GPUs to jobs, and may number them from 0 in each, so that locks only keep
    apart what runs side by side within one. SpaceNumError if the folder is another user's.
    """
    folder = Path(environment.get(FOLDER) or f"/tmp/spacenum-gpus-{os.getuid()}")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise SpaceNumError(f"{folder} isn't this user's, so GPUs can't be locked there; name another in {FOLDER}")
    folder /= environment.get("SLURM_JOB_ID", "machine")
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


class Locks:
    """Locks in a folder, one file for each device."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self, devices: Sequence[Device], count: int) -> dict[Device, int] | None:
        """``count`` of the devices, with the file descriptors that hold them; None,
        and none taken, if fewer are free."""
        taken: dict[Device, int] = {}
        with self._alone():
            for device in devices:
                if (lock := self._try(device)) is not None:
                    taken[device] = lock
                if len(taken) == count:
                    return taken
            for lock in taken.values():
                os.close(lock)
        return None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """So that two jobs that need two GPUs each don't take one each, for ever."""
        door = os.open(self._folder / "door", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(door, fcntl.LOCK_EX)
            yield
        finally:
            os.close(door)

    def _try(self, device: Device) -> int | None:
        path = self._folder / re.sub(r"[^A-Za-z0-9-]", "_", device.id)
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return None
        os.utime(path)  # what tidies /tmp goes by age
        return lock


def claim(count: int, environment: Mapping[str, str]) -> dict[str, str]:
    """Wait for ``count`` free GPUs and hold them; returns the environment of a program that is to see only these.

    The descriptors that hold them are inherited by what this process becomes (``os.exec``), not by its children. Where
    no GPU is to be seen (no driver, no nvidia-smi), nothing is held and nothing changed: the program itself says what
    it lacks. SpaceNumError if there are some, but fewer than ``count``.
    """
    devices = visible(environment, installed())
    if not devices:
        return dict(environment)
    if len(devices) < count:
        shown = f" ({VISIBLE} is '{environment[VISIBLE]}')" if VISIBLE in environment else ""
        raise SpaceNumError(
            f"this job needs {count} GPUs, but {len(devices)} can be seen here{shown}; run it where there are enough, "
            "or lower 'gpus' in the model's file if it fits into fewer (if all of its replies are "
            "kept: export SPACENUM_DEVICE=cpu)"
        )
    taken = _wait(Locks(lock_folder(environment)), devices, count)
    for lock in taken.values():
        os.set_inheritable(lock, True)
    return {
        **environment,
        VISIBLE: ",".join(device.name for device in taken),
        ORDER: "PCI_BUS_ID",  # as nvidia-smi counts; CUDA's own order puts the fastest first
        HELD: ",".join(map(str, taken.values())),
    }


def _wait(locks: Locks, devices: Sequence[Device], count: int) -> dict[Device, int]:
    said = False
    while (taken := locks.take(devices, count)) is None:
        if not said:
            names = ", ".join(device.name for device in devices)
            print(
                f"waiting for {count} free GPU{'s' * (count > 1)} of {len(devices)} "
                f"({names}): other jobs have the rest",
                file=sys.stderr,
                flush=True,
            )
            said = True
        time.sleep(POLL_S)
    return taken


def held(environment: Mapping[str, str]) -> list[int]:
    """The descriptors that hold this process's GPUs, for a child that may outlive it; none if it wasn't given any."""
    found = []
    for word in filter(None, environment.get(HELD, "").split(",")):
        with suppress(ValueError, OSError):
            os.fstat(int(word))
            found.append(int(word))
    return found


def run_module(count: int, module: str, arguments: Sequence[str], process_per_gpu: bool = False) -> None:
    """Become a Python module's program on ``count`` GPUs; with none, it is shown none. process_per_gpu: start it once
    for each of several, by accelerate."""
    launch = [*_ACCELERATE, str(count)] if process_per_gpu and count > 1 else [sys.executable]
    asked = {**os.environ, "SPACENUM_GPUS": str(count)}
    environment = claim(count, asked) if count else {**asked, VISIBLE: ""}
    run([*launch, "-m", module, *arguments], environment)


def run(command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Become ``command``."""
    try:
        os.execvpe(command[0], list(command), environment)
    except OSError as error:
        raise SpaceNumError(f"'{command[0]}' can't be run ({error.strerror})") from None
