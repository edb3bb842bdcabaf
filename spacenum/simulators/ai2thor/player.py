"""A player under watch: it is started, asked, and started anew when it hangs or dies."""

from __future__ import annotations

import contextlib
import math
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT, sha256_of
from spacenum.simulators.ai2thor.build import COMMIT, HOW, Executable, client_environment, releases_folder
from spacenum.simulators.ai2thor.messages import Failed, Launch
from spacenum.simulators.ai2thor.observation import Observation
from spacenum.simulators.ai2thor.settings import Ai2ThorConfig
from spacenum.simulators.settings import CameraConfig

VISIBILITY_M = 20.0
START_VARIABLE = "SPACENUM_AI2THOR_START_S"
SCENE_VARIABLE = "SPACENUM_AI2THOR_SCENE_S"
STEP_VARIABLE = "SPACENUM_AI2THOR_STEP_S"
CONFIG = ".config"


@dataclass(frozen=True)
class Patience:
    """How long to wait before a player counts as lost, in seconds, and how often to start it anew without any success
    in between. A matter of the machine, not of the study: it comes from the environment.

    start_s: for its first word. scene_s: for a floor plan to load. step_s: for any other action.
    """

    start_s: float = 300.0
    scene_s: float = 300.0
    step_s: float = 60.0
    restarts: int = 3

    @classmethod
    def from_environment(cls) -> Patience:
        """From SPACENUM_AI2THOR_START_S, _SCENE_S, _STEP_S and _RESTARTS; SpaceNumError if one is no number above 0."""
        return cls(
            _positive(START_VARIABLE, cls.start_s),
            _positive(SCENE_VARIABLE, cls.scene_s),
            _positive(STEP_VARIABLE, cls.step_s),
            int(_positive("SPACENUM_AI2THOR_RESTARTS", cls.restarts)),
        )


def _positive(variable: str, default: float) -> float:
    text = os.environ.get(variable, "")
    try:
        value = float(text or default)
    except ValueError:
        value = math.nan
    if not (0 < value < math.inf):
        raise SpaceNumError(f"environment variable {variable} is '{text}'; it must be a number above 0")
    return value


class PlayerLost(Exception):
    """The player hung, died or spoke nonsense; the message says which.

    variables: environment variables that give it more time for what it was doing.
    """

    def __init__(self, message: str, *variables: str) -> None:
        super().__init__(message)
        self.variables = variables


class UnknownScene(Exception):
    """The player has no scene of that name."""


def _environment(home: Path, given: Mapping[str, str]) -> dict[str, str]:
    """For a client that lives in ``home``, but knows the user's X server."""
    theirs = {"HOME": home, "TMPDIR": home, "XDG_CONFIG_HOME": home / CONFIG, "PYTHONPATH": PROJECT}
    display = {"XAUTHORITY": str(Path.home() / ".Xauthority"), **given}
    return {**display, **{name: str(path) for name, path in theirs.items()}}


class Player:
    """The client and its Unity player in a process group of their own, with a home of their own.

    The home keeps the client from pruning other versions' releases in the user's ``~/.ai2thor``.
    """

    def __init__(self, executable: Executable, camera: CameraConfig, config: Ai2ThorConfig, patience: Patience) -> None:
        self.executable, self.patience = executable, patience
        self._camera, self._config = camera, config
        self._home = Path(tempfile.mkdtemp(prefix="spacenum-ai2thor-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None

    @property
    def running(self) -> bool:
        return self._process is not None

    @property
    def version(self) -> str:
        """The Unity build, or the first digits of another player's checksum; and the client."""
        player = COMMIT[:8] if self.executable.official else sha256_of(self.executable.path)[:8]
        return f"{player}, client {version('ai2thor')}"

    @property
    def grid_m(self) -> float:
        """Spacing of the reachable positions, in metres."""
        return self._config.grid_m

    def start(self) -> Observation:
        """Launch the player, ending the one before; returns its first event. Raises PlayerLost."""
        self.stop()
        self._prepare_home()
        ours, theirs = multiprocessing.Pipe()
        with (self._home / "client.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "spacenum.simulators.ai2thor.child", str(theirs.fileno())],
                pass_fds=[theirs.fileno()], start_new_session=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=_environment(self._home, client_environment(self.executable, self._config, os.environ)),
            )  # fmt: skip
        theirs.close()
        self._connection = ours
        wait = self.patience.start_s + self.patience.scene_s  # the client opens a first scene by itself
        return self._exchange(self._launch(), wait, "starting up", START_VARIABLE, SCENE_VARIABLE)

    def ask(self, request: str | dict[str, Any]) -> Observation:
        """Open a scene (by name) or do an action; raises PlayerLost, or UnknownScene."""
        if isinstance(request, str):
            return self._exchange(request, self.patience.scene_s, f"opening {request}", SCENE_VARIABLE)
        return self._exchange(request, self.patience.step_s, f"doing {request['action']}", STEP_VARIABLE)

    def stop(self) -> None:
        """Kill client and player, if they run; before the pipe closes, at which the client would remove the home."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._connection is not None:
            self._connection.close()
        self._connection = self._process = None

    def close(self) -> None:
        """Stop for good, and remove the home."""
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def last_words(self) -> str:
        """The end of what Unity, the player and the client logged."""
        unity = sorted((self._home / CONFIG / "unity3d").glob("*/*/Player.log"))
        logs = [*unity, self._home / ".ai2thor" / "log" / "unity.log", self._home / "client.log"]
        texts = [path.read_text(errors="replace")[-1500:].strip() for path in logs if path.is_file()]
        return "\n".join(text for text in texts if text)

    def _exchange(self, request: Any, wait_s: float, what: str, *variables: str) -> Observation:
        assert self._connection is not None, "start the player first"
        try:
            self._connection.send(request)
            if not self._connection.poll(wait_s):
                raise PlayerLost(f"no answer within {wait_s:g} s while {what}", *variables)
            reply = self._connection.recv()
        except (EOFError, OSError) as error:
            said = self.last_words().splitlines()[-1:] or [type(error).__name__]
            raise PlayerLost(f"its process died while {what} ({said[0]})", *variables) from None
        if isinstance(reply, Failed):
            message = f"{reply.message} (while {what})"
            raise UnknownScene(message) if reply.unknown_scene else PlayerLost(message, *variables)
        assert isinstance(reply, Observation)
        return reply

    def _launch(self) -> Launch:
        return Launch(
            executable=None if self.executable.official else str(self.executable.path),
            build=self._config.build,
            commit=COMMIT,
            width=self._camera.width,
            height=self._camera.height,
            start_s=self.patience.start_s,
            scene_s=self.patience.scene_s,
            step_s=self.patience.step_s,
            display=os.environ.get("DISPLAY") or (None if self.executable.official else ":0"),
            home=str(self._home),
            initialization={
                "quality": self._config.quality, "snapToGrid": False, "gridSize": self._config.grid_m,
                "fieldOfView": self._camera.vertical_fov, "visibilityDistance": VISIBILITY_M,
                "renderDepthImage": True, "renderInstanceSegmentation": True,
            },
        )  # fmt: skip

    def _prepare_home(self) -> None:
        """A client's folder that holds this build only, by a link."""
        releases = self._home / ".ai2thor" / "releases"
        releases.mkdir(parents=True, exist_ok=True)
        build = self.executable.path.parent
        if self.executable.official and not (releases / build.name).exists():
            (releases / build.name).symlink_to(releases_folder().resolve() / build.name, target_is_directory=True)


def lost_sentence(reason: PlayerLost, player: Player, where: str) -> SpaceNumError:
    """What to tell a user when starting anew didn't help."""
    words = player.last_words()
    logged = f"; its last words were: {words}" if words else ""
    return SpaceNumError(
        f"AI2-THOR's player was lost {player.patience.restarts + 1} times in a row {where}: {reason}; if it only needs "
        f"longer, raise {' or '.join(reason.variables)}; "
        f"scenes that were finished are kept; {HOW}{logged}"
    )
