"""A stand-in for AI2-THOR's Unity player that the real ``ai2thor`` client launches and talks to, for tests only.

It speaks the client's FIFO protocol: each message is fields (header "!BI": type, length; then the body) up to an empty
field of type 255. Actions come as JSON; an event goes back as msgpack metadata and bottom-up image buffers. Its room is
6 x 6 m with boxes along the walls, in Unity's world: left-handed, x right, y up, z forward, yaw clockwise from +z.

Every event says ``double``. FAULT in the environment makes it fail once, when the file MARK doesn't exist yet (it is
made then; without MARK it fails each time): "never" (says nothing), "dies" (at start), "killed:N", "hangs:N" or
"garbage:N" at the N-th action. Four faults stay: "loads:SECONDS" opens every scene that slowly, "stuck" none but the
first that the client asks for; "black" has a black picture after each Teleport, "lags" the picture of the event before.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

import msgpack
import numpy as np

LASTING = ("loads", "stuck", "black", "lags")
METADATA, ACTION, COLOUR, DEPTH, IDS, END = 1, 2, 4, 5, 9, 255
HALF, HEIGHT, EYE, RADIUS, NEAR, FAR = 3.0, 2.5, 0.675, 0.2, 0.1, 20.0
TYPES = ("Fridge", "Chair", "DiningTable", "Sofa", "GarbageCan", "TVStand", "FloorLamp", "Box")
SPOTS = ((-2.5, 2.5), (0.0, 2.6), (2.4, 2.4), (2.6, 0.0), (-2.6, 0.2), (2.4, -2.5), (-2.4, -2.4), (0.4, -2.6))
SCENES = [f"FloorPlan{first + k}_physics" for first in (1, 201, 301, 401) for k in range(30)]
WITH_FRONT = "FloorPlan15_physics"
"""A kitchen with a counter, its drawers, doors and knobs, two doors of a wall cabinet, a refrigerator; nothing else."""
FRONT = {
    "CounterTop": ((0, 0.92, 2.7), (2.4, 0.04, 0.6)),
    **{f"{kind} {k}": ((-0.9 + 0.6 * k, 0.45, 2.69), (0.58, 0.86, 0.56))
       for k, kind in enumerate(("Cabinet", "Drawer", "Drawer", "Cabinet"))},
    **{f"StoveKnob {k}": ((0.2 + 0.12 * k, 0.85, 2.38), (0.05, 0.05, 0.04)) for k in range(3)},
    **{f"Cabinet up {k}": ((-0.3 + 0.6 * k, 1.9, 2.8), (0.58, 0.7, 0.4)) for k in range(2)},
    "Fridge": ((-2.5, 0.9, 2.6), (0.8, 1.8, 0.7)),
}  # fmt: skip
MOVES = {"MoveAhead": (0, 1), "MoveBack": (0, -1), "MoveLeft": (-1, 0), "MoveRight": (1, 0)}


def vector(x: float, y: float, z: float) -> dict[str, float]:
    return {"x": float(x), "y": float(y), "z": float(z)}


class Room:
    """Boxes by name: [smallest, largest] corner; things along the walls, and the building."""

    def __init__(self, scene: str) -> None:
        rng = np.random.default_rng(list(scene.encode()))
        self.things: dict[str, np.ndarray] = {}
        front = FRONT if scene == WITH_FRONT else {}
        for name, (centre, size) in front.items():
            middle, half = np.array(centre), np.array(size) / 2
            place = "|".join(f"{value:+06.2f}" for value in centre)
            self.things[f"{name.split()[0]}|{place}"] = np.array([middle - half, middle + half])
        for kind, (x, z) in [] if front else zip(TYPES, SPOTS, strict=True):
            w, h, d = rng.uniform((0.4, 0.5, 0.4), (0.8, 1.8, 0.8))
            low, high = np.array([x - w / 2, 0, z - d / 2]), np.array([x + w / 2, h, z + d / 2])
            self.things[f"{kind}|{x:+06.2f}|{h / 2:+06.2f}|{z:+06.2f}"] = np.array([low, high])
        edge = HALF + 0.1
        self.building = {
            "Floor|+00.00|+00.00|+00.00": [[-edge, -0.1, -edge], [edge, 0, edge]],
            "Ceiling_1": [[-edge, HEIGHT, -edge], [edge, HEIGHT + 0.1, edge]],
            "Wall_1": [[-edge, 0, HALF], [edge, HEIGHT, edge]],
            "Wall_2": [[-edge, 0, -edge], [edge, HEIGHT, -HALF]],
            "Wall_3": [[HALF, 0, -edge], [edge, HEIGHT, edge]],
            "Wall_4": [[-edge, 0, -edge], [-HALF, HEIGHT, edge]],
        }
        self.boxes = {**self.things, **{name: np.array(box, float) for name, box in self.building.items()}}
        self.colours = {name: (37 * k % 256, 91 * k % 256, 151 * k % 256) for k, name in enumerate(self.boxes, start=1)}

    def hit(self, x: float, z: float) -> str | None:
        """What an agent that stands here would touch."""
        if max(abs(x), abs(z)) > HALF - RADIUS:
            return "Wall"
        for name, (low, high) in self.things.items():
            gap = np.maximum(np.maximum(low[[0, 2]] - (x, z), (x, z) - high[[0, 2]]), 0)
            if np.hypot(*gap) < RADIUS:
                return name.split("|")[0]
        return None


class Agent:
    """The room, the agent in it, and what the client asked for."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.settings: dict[str, Any] = {}
        self.reset("FloorPlan1_physics")

    def reset(self, scene: str) -> None:
        self.scene, self.room = scene, Room(scene)
        self.position, self.yaw, self.horizon = np.array([0.0, 0.9, 0.0]), 0.0, 0.0

    def do(self, action: dict[str, Any]) -> tuple[bool, str, Any]:
        """Success, error message and return value of an action."""
        name = action["action"]
        if name in MOVES:
            return self._move(np.array(MOVES[name], float) * action["moveMagnitude"])
        if name in ("RotateLeft", "RotateRight"):
            self.yaw = (self.yaw + action["degrees"] * (1 if name == "RotateRight" else -1)) % 360
            return True, "", None
        if name in ("LookUp", "LookDown"):
            return self._look(self.horizon + action["degrees"] * (1 if name == "LookDown" else -1))
        if name == "Teleport":
            return self._teleport(action)
        if name == "GetReachablePositions":
            steps = np.arange(-14, 15) * self.settings["gridSize"]
            return True, "", [vector(x, 0.9, z) for x in steps for z in steps if not self.room.hit(x, z)]
        if name == "ChangeResolution":
            self.width, self.height = int(action["x"]), int(action["y"])
        elif name == "Initialize":
            self.settings = action
            return True, "", {"cameraNearPlane": NEAR, "cameraFarPlane": FAR}
        elif name not in ("Pass", "GetScenesInBuild", "ChangeQuality"):
            raise ValueError(f"the double knows no {name}")
        return True, "", SCENES if name == "GetScenesInBuild" else None

    def _move(self, step: np.ndarray) -> tuple[bool, str, Any]:
        yaw = np.radians(self.yaw)
        right, ahead = np.array([np.cos(yaw), -np.sin(yaw)]), np.array([np.sin(yaw), np.cos(yaw)])
        way = step[0] * right + step[1] * ahead
        for share in np.linspace(0, 1, 50):
            x, z = self.position[[0, 2]] + share * way
            if thing := self.room.hit(x, z):
                return False, f"{thing} is blocking Agent 0 from moving", None
        self.position[[0, 2]] += way
        return True, "", None

    def _look(self, horizon: float) -> tuple[bool, str, Any]:
        if not -30 <= horizon <= 60:
            return False, "can't look beyond the limits of the agent's neck", None
        self.horizon = horizon
        return True, "", None

    def _teleport(self, action: dict[str, Any]) -> tuple[bool, str, Any]:
        at = action["position"]
        if thing := self.room.hit(at["x"], at["z"]):
            return False, f"Collided with: {thing}.", None
        self.position = np.array([at["x"], at["y"], at["z"]])
        self.yaw, self.horizon = action["rotation"]["y"] % 360, action["horizon"]
        return True, "", None

    def render(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Colour, depth along the view axis, and segmentation colours."""
        yaw, pitch = np.radians(self.yaw), np.radians(self.horizon)
        ahead = np.array([np.sin(yaw) * np.cos(pitch), -np.sin(pitch), np.cos(yaw) * np.cos(pitch)])
        right = np.array([np.cos(yaw), 0.0, -np.sin(yaw)])
        up = np.cross(ahead, right)  # left-handed
        reach = np.tan(np.radians(self.settings.get("fieldOfView", 90)) / 2)
        u = ((np.arange(self.width) + 0.5) / self.width * 2 - 1) * reach * self.width / self.height
        v = (1 - (np.arange(self.height) + 0.5) / self.height * 2) * reach
        rays = ahead + u[None, :, None] * right + v[:, None, None] * up
        eye = self.position + [0, EYE, 0]
        depth, ids = np.full(rays.shape[:2], FAR, np.float32), np.zeros(rays.shape, np.uint8)
        for name, (low, high) in self.room.boxes.items():
            with np.errstate(divide="ignore", invalid="ignore"):
                a, b = (low - eye) / rays, (high - eye) / rays
            enter, leave = np.minimum(a, b).max(-1), np.maximum(a, b).min(-1)
            nearer = (enter < leave) & (enter > 0) & (enter < depth)
            depth[nearer], ids[nearer] = enter[nearer], self.room.colours[name]
        squares = np.floor((eye + rays * depth[..., None]) / 0.25).astype(int).sum(-1) % 2
        shade = (0.7 + 0.3 * squares) / (1 + 0.05 * depth)
        return (ids * shade[..., None]).astype(np.uint8), depth, ids

    def event(self, action: dict[str, Any], outcome: tuple[bool, str, Any]) -> list[tuple[int, bytes]]:
        """The fields of the answer to an action."""
        success, message, returned = outcome
        metadata = {
            "double": True, "agentId": 0, "sequenceId": action.get("sequenceId", 0), "sceneName": self.scene,
            "screenWidth": self.width, "screenHeight": self.height, "lastAction": action["action"],
            "lastActionSuccess": success, "errorMessage": message, "errorCode": "", "actionReturn": returned,
            "agent": {
                "position": vector(*self.position), "rotation": vector(0, self.yaw, 0), "cameraHorizon": self.horizon,
            },
            "cameraPosition": vector(*(self.position + [0, EYE, 0])), "depthFormat": "Meters", "thirdPartyCameras": [],
            "objects": [self._thing(name, box) for name, box in self.room.boxes.items() if "|" in name],
            "colors": [{"name": name, "color": list(colour)} for name, colour in self.room.colours.items()],
        }  # fmt: skip
        whole = {
            "sequenceId": metadata["sequenceId"],
            "activeAgentId": 0,
            "agents": [metadata],
            "thirdPartyCameras": [],
        }
        colour, depth, ids = (image[::-1] for image in self.render())
        opaque = np.dstack([ids, np.full(ids.shape[:2], 255, np.uint8)])
        short = (depth / FAR * (FAR - NEAR)).astype(np.float32)  # as the build's shader says it: 19.9 / 20 of metres
        images = [(COLOUR, colour.tobytes()), (DEPTH, short.tobytes()), (IDS, opaque.tobytes())]
        shown = images if self.settings.get("renderDepthImage") else images[:1]
        return [(METADATA, msgpack.packb(whole)), *shown]

    def _thing(self, name: str, box: np.ndarray) -> dict[str, Any]:
        low, high = box
        corners = [[float(x), float(y), float(z)]
                   for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])]  # fmt: skip
        return {
            "objectId": name, "objectType": name.split("|")[0], "name": name, "visible": True,
            "axisAlignedBoundingBox": {"cornerPoints": corners},
        }  # fmt: skip


class Fault:
    """One failure, of the kind and at the action that the environment names; none once it has happened."""

    def __init__(self) -> None:
        kind, _, at = os.environ.get("FAULT", "").partition(":")
        self._kind, self._left, self._mark = kind, int(at or 0), os.environ.get("MARK")
        self._scenes = 0
        self._before: bytes | None = None

    def _now(self) -> bool:
        if not self._kind or (self._mark and Path(self._mark).exists()):
            return False
        if self._mark:
            Path(self._mark).touch()
        return True

    def at_start(self) -> None:
        if self._kind in ("never", "dies") and self._now():
            log = Path(
                os.environ["XDG_CONFIG_HOME"], "unity3d", "Allen Institute for Artificial Intelligence", "AI2-THOR"
            )
            log.mkdir(parents=True, exist_ok=True)
            (log / "Player.log").write_text(f"no X server for {os.environ['XAUTHORITY']}\n")  # as Unity does
            time.sleep(60 if self._kind == "never" else 0)
            sys.exit(3)

    def at_scene(self) -> None:
        if self._kind == "loads":
            time.sleep(self._left)
        self._scenes += 1
        if self._kind == "stuck" and self._scenes > 1:
            time.sleep(60)

    def at_action(self, out: BinaryIO) -> None:
        if self._kind in LASTING:
            return
        self._left -= 1
        if self._left or not self._now():
            return
        if self._kind == "killed":
            os.abort()
        if self._kind == "hangs":
            time.sleep(60)
        out.write(b"\x07garbage" * 20)  # no field has type 7
        out.flush()

    def pictured(self, fields: list[tuple[int, bytes]], name: str) -> list[tuple[int, bytes]]:
        """The answer to an action with the colour that this player gives it."""
        shown = next(body for kind, body in fields if kind == COLOUR)
        before, self._before = self._before or shown, shown
        if self._kind == "black" and name == "Teleport":
            shown = bytes(len(shown))
        if self._kind == "lags" and len(before) == len(shown):
            shown = before
        return [(kind, shown if kind == COLOUR else body) for kind, body in fields]


def send(out: BinaryIO, fields: list[tuple[int, bytes]]) -> None:
    for kind, body in [*fields, (END, b"")]:
        out.write(struct.pack("!BI", kind, len(body)) + body)
    out.flush()


def receive(inp: BinaryIO) -> dict[str, Any] | None:
    """The next action; None when the client is gone."""
    action = None
    while len(header := inp.read(5)) == 5:
        kind, length = struct.unpack("!BI", header)
        if kind == END:
            return action
        action = json.loads(inp.read(length))
    return None


def main() -> None:
    options = dict(zip(sys.argv[1::1], sys.argv[2::1], strict=False))
    agent, fault = Agent(int(options["-screen-width"]), int(options["-screen-height"])), Fault()
    fault.at_start()
    with open(os.environ["AI2THOR_FIFO_SERVER_PIPE_PATH"], "wb") as out:
        send(out, agent.event({"action": "Initialize"}, (True, "", None)))
        with open(os.environ["AI2THOR_FIFO_CLIENT_PIPE_PATH"], "rb") as inp:
            while (action := receive(inp)) is not None:
                fault.at_action(out)
                if action["action"] == "Reset":
                    fault.at_scene()
                    agent.reset(action["sceneName"])
                    send(out, agent.event(action, (True, "", None)))
                else:
                    send(out, fault.pictured(agent.event(action, agent.do(action)), action["action"]))


if __name__ == "__main__":
    main()
