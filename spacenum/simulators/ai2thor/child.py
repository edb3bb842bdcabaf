"""The process that holds the ``ai2thor`` client: launched by ``player``,
talked to through a pipe, killed when it hangs.

``python -m spacenum.simulators.ai2thor.child FD`` receives a ``Launch`` on the pipe, then one request at a time: a
scene name (a string) to open, or an action (a dict) to do. Each is answered with an ``Observation`` or ``Failed``. It
leads a process group, the player in it, that ends when the other end of the pipe closes, even while the client hangs.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import threading
from multiprocessing.connection import Connection
from typing import Any

import ai2thor.platform
from ai2thor.controller import Controller
from ai2thor.server import Event

from spacenum.simulators.ai2thor.messages import Failed, Launch
from spacenum.simulators.ai2thor.observation import Observation, Thing


class WatchedController(Controller):
    """The client, ended with its player: by itself it would wait for a dead one,
    before the pipe is open even for ever."""

    def _start_unity_thread(self, *arguments: Any, **more: Any) -> None:
        super()._start_unity_thread(*arguments, **more)
        threading.Thread(target=self._end_with_player, daemon=True).start()

    def _end_with_player(self) -> None:
        status = self.server.unity_proc.wait()
        print(f"the player ended with status {status}", file=sys.stderr, flush=True)
        os._exit(1)


def end_with_parent(connection: Connection, home: str) -> None:
    """Wait until the parent is gone, then kill this process group and remove its home.

    A shell outside of the group does both, in this order, since whoever is in it doesn't live to remove anything.
    """
    hung_up = select.poll()
    hung_up.register(connection, 0)  # nothing but the hang-up: what the parent sends isn't ours
    hung_up.poll()
    ending = ["/bin/sh", "-c", 'kill -s KILL -- "-$0"; rm -rf -- "$1"', str(os.getpgrp()), home]
    subprocess.run(ending, start_new_session=True)


def start(launch: Launch) -> Controller:
    """The client with its player running and any scene open."""
    which = {"local_executable_path": launch.executable} if launch.executable else {
        "platform": getattr(ai2thor.platform, launch.build), "commit_id": launch.commit
    }  # fmt: skip
    return WatchedController(
        **which, width=launch.width, height=launch.height, x_display=launch.display,
        server_timeout=launch.scene_s, server_start_timeout=launch.start_s, **launch.initialization,
    )  # fmt: skip


def seen(event: Event, planes: tuple[float, float]) -> Observation:
    """The parts of an event that cross the pipe. planes: near and far, in metres."""
    data = event.metadata
    agent, camera = data["agent"], data["cameraPosition"]
    return Observation(
        success=bool(data["lastActionSuccess"]),
        message=str(data["errorMessage"]),
        returned=data["actionReturn"],
        agent=_point(agent["position"]),
        camera=_point(camera),
        yaw=float(agent["rotation"]["y"]),
        horizon=float(agent["cameraHorizon"]),
        things=tuple(_thing(thing) for thing in data["objects"]),
        names={tuple(colour): name for colour, name in event.color_to_object_id.items()},
        frame=event.frame.copy(),
        depth=event.depth_frame.copy(),
        planes=planes,
        ids=event.instance_segmentation_frame[..., :3].copy(),
        double=bool(data.get("double", False)),
    )


def _point(point: dict[str, float]) -> tuple[float, float, float]:
    return (float(point["x"]), float(point["y"]), float(point["z"]))


def _thing(data: dict[str, Any]) -> Thing:
    corners = (data.get("axisAlignedBoundingBox") or {}).get("cornerPoints")
    box = None
    if corners:
        low, high = (tuple(float(f(axis)) for axis in zip(*corners, strict=True)) for f in (min, max))
        box = (low, high)
    return Thing(data["objectId"], data["objectType"], box)  # type: ignore[arg-type]


def answer(controller: Controller, request: str | dict[str, Any] | None, launch: Launch) -> Observation | Failed:
    """Open a scene or do an action, each within its own limit of time; None: what the client saw last."""
    try:
        if request is None:
            return _seen_last(controller)
        if isinstance(request, str):
            known = controller.scenes_in_build
            if known and Controller.normalize_scene(request) not in known:
                return Failed(f"the player has no scene '{request}'; it has {len(known)} others", unknown_scene=True)
            controller.server.timeout = launch.scene_s
            controller.reset(request)
        else:
            controller.server.timeout = launch.step_s
            controller.step(request)
        return _seen_last(controller)
    except Exception as error:  # whatever the client raises, the parent decides
        return Failed(f"{type(error).__name__}: {' '.join(str(error).split())[:500]}")


def _seen_last(controller: Controller) -> Observation:
    """The last event, with the camera's planes as the player reported them when it was initialised."""
    return seen(controller.last_event, (controller.server.camera_near_plane, controller.server.camera_far_plane))


def main() -> None:
    connection = Connection(int(sys.argv[1]))
    launch: Launch = connection.recv()
    watch = threading.Thread(target=end_with_parent, args=(connection, launch.home), daemon=True)
    watch.start()
    with contextlib.suppress(EOFError, OSError):  # the parent is gone
        try:
            controller = start(launch)
        except Exception as error:
            connection.send(Failed(f"{type(error).__name__}: {' '.join(str(error).split())[:500]}"))
        else:
            connection.send(answer(controller, None, launch))
            while True:
                connection.send(answer(controller, connection.recv(), launch))
    watch.join()  # which ends this process, with what it started


if __name__ == "__main__":
    main()
