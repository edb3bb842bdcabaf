"""Renders batches of OpenUSD stages with NVIDIA Isaac Sim. Run by Isaac's own Python; needs nothing but this file.

    ~/isaacsim/python.sh runner.py BATCH          # render a batch, skip what is there, print progress
    ~/isaacsim/python.sh runner.py --serve        # one folder a line on stdin

Whoever starts it with --serve gives it a process group of its own, which is killed, engine and all, when stdin closes.
The engine itself then has an empty stdin: what it asks there (for its licence to be accepted, say) nobody can answer,
and it ends at once. That is as NVIDIA's own tools do it (github.com/isaac-sim/IsaacLab, pull request 4991).

A batch is a folder with ``views.jsonl`` (id, stage, sha256, width, height, camera, renderer, samples, subframes,
bounces, specular_bounces) and the stages. For each view it gets a folder ``views/<id>/``, which appears whole or not at
all:

    colour.png   sRGB, 8 bit, [height, width, 3]
    depth.npy    metres along the view axis, float32 [height, width]; inf where nothing is hit
    ids.npy      the renderer's instance ids, uint32 [height, width]
    view.json    stage's sha256, prim path of each id, 2D boxes, the camera and the settings as the renderer had them,
                 what rendered it

Each event is one line on stdout that starts with PREFIX; whatever else stands there is the engine's own. The exit
status is 0 if all views are there, else 1.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import select
import shutil
import signal
import struct
import sys
import time
import traceback
import zlib
from pathlib import Path

PREFIX = "SPACENUM "
RENDER_MODES = {"real_time": "RealTimePathTracing", "path_traced": "PathTracing"}
SETTLE_UPDATES = 8
LOADING_SECONDS = 300.0


class Final(RuntimeError):
    """A failure that would be the same with the engine started anew."""


def say(event: str, **values: object) -> None:
    """One event on a line of its own, even if the engine left one open."""
    print("\n" + PREFIX + json.dumps({"event": event, **values}), flush=True)


class Renderer:
    """The started engine. Everything of Isaac's is imported after its application runs, as it demands."""

    def __init__(self) -> None:
        arguments, sys.argv = sys.argv, sys.argv[:1]  # Kit would take our arguments for its own
        import isaacsim
        from isaacsim import SimulationApp

        settings = {"headless": True, "renderer": "RealTimePathTracing", "multi_gpu": False}
        if os.environ.get("CUDA_VISIBLE_DEVICES"):
            # The renderer counts GPUs as Vulkan does, whatever CUDA may see: this lets it take CUDA's first. The comma
            # keeps Kit from reading the value as a number, which it would leave aside.
            settings["extra_args"] = ["--/renderer/multiGpu/activeCudaGpus=0,"]
        self.app = SimulationApp(settings)
        sys.argv = arguments
        signal.signal(signal.SIGINT, signal.default_int_handler)  # the application's own handler exits with 0
        import carb.settings
        import omni.kit.app
        import omni.replicator.core as rep
        import omni.usd

        self._rep, self._usd, self._settings = rep, omni.usd, carb.settings.get_settings()
        double = getattr(isaacsim, "SPACENUM_DOUBLE", None)
        version = str(omni.kit.app.get_app().get_app_version())
        self.identity = {"name": "isaacsim-double" if double else "isaacsim", "version": version}
        rep.orchestrator.set_capture_on_play(False)

    def render(self, stage: Path, view: dict) -> dict:
        """Arrays ``rgb``, ``depth``, ``ids`` and the rest of what the annotators say of a view."""
        self._open(stage)
        self._configure(view)
        product = self._rep.create.render_product(view["camera"], (view["width"], view["height"]))
        annotators = self._annotators()
        try:
            for annotator in annotators.values():
                annotator.attach(product)
            for _ in range(SETTLE_UPDATES):  # materials compile in the background
                self.app.update()
            self._rep.orchestrator.step(delta_time=0.0, rt_subframes=view["subframes"])
            self._rep.orchestrator.wait_until_complete()
            seen = {name: annotator.get_data() for name, annotator in annotators.items()}
            return {**seen, "settings": self._settings_held(view)}
        finally:
            for annotator in annotators.values():
                annotator.detach()
            product.destroy()

    def _open(self, stage: Path) -> None:
        context = self._usd.get_context()
        if not context.open_stage(str(stage)):
            raise RuntimeError(f"Isaac Sim can't open {stage}")
        until = time.monotonic() + LOADING_SECONDS
        while context.get_stage_loading_status()[2] > 0:
            if time.monotonic() > until:
                raise RuntimeError(f"{stage} is still loading after {LOADING_SECONDS:.0f} s")
            self.app.update()

    def _configure(self, view: dict) -> None:
        """Render settings, anew for each stage: opening one may reset them."""
        for path, value in render_settings(view).items():
            self._settings.set(path, value)

    def _settings_held(self, view: dict) -> dict:
        """The render settings as they are now; Final if the engine has changed one that was set."""
        wanted = render_settings(view)
        held = {path: self._settings.get(path) for path in wanted}
        for path, value in wanted.items():
            if held[path] != value:
                raise Final(f"Isaac Sim rendered with {path} = {held[path]!r}, where {value!r} was set")
        return held

    def _annotators(self) -> dict:
        get = self._rep.AnnotatorRegistry.get_annotator
        labels = {"semanticTypes": ["class"]}
        return {
            "rgb": get("rgb"),
            "depth": get("distance_to_image_plane"),
            "ids": get("instance_segmentation", init_params={"colorize": False, **labels}),
            "boxes": get("bounding_box_2d_tight", init_params=labels),
            "camera": get("camera_params"),
        }

    def close(self) -> None:
        self.app.close()


def render_settings(view: dict) -> dict:
    """Setting's path -> value, for all that decides how a view is sampled and lit.

    SimulationApp sets them when it starts (github.com/isaac-sim/IsaacSim, simulation_app.py): 64 as the most samples a
    frame (clampSpp; 0 is no limit), and the bounces of the mode that it starts in, which isn't the one that renders.
    """
    values = {
        "/rtx/rendermode": RENDER_MODES[view["renderer"]],
        "/rtx/post/dlss/execMode": 2,  # quality: the vendor's advice for data
    }
    if view["renderer"] == "real_time":
        values["/rtx/rtpt/maxBounces"] = view["bounces"]
        values["/rtx/rtpt/maxSpecularAndTransmissionBounces"] = view["specular_bounces"]
        return values
    return values | {
        "/rtx/pathtracing/clampSpp": 0,
        "/rtx/pathtracing/spp": view["samples"],
        "/rtx/pathtracing/totalSpp": view["samples"] * view["subframes"],
        "/rtx/pathtracing/maxBounces": view["bounces"],
        "/rtx/pathtracing/maxSpecularAndTransmissionBounces": view["specular_bounces"],
        "/rtx/pathtracing/optixDenoiser/enabled": True,
    }


def render_batch(renderer: Renderer, batch: Path) -> int:
    """Render what a batch lacks; returns how many views failed, each told as an event."""
    views = [json.loads(line) for line in (batch / "views.jsonl").read_text().splitlines()]
    failed = 0
    for number, view in enumerate(views, start=1):
        seconds = time.monotonic()
        try:
            if not is_finished(batch, view):
                render_view(renderer, batch, view)
        except Exception as error:  # the next view may still work
            traceback.print_exc()
            failed += 1
            say("failed", id=view["id"], reason=str(error)[:300], final=isinstance(error, Final))
            continue
        say("view", id=view["id"], done=number, of=len(views), seconds=round(time.monotonic() - seconds, 2))
    return failed


def is_finished(batch: Path, view: dict) -> bool:
    """Whether a view was rendered from this very stage."""
    try:
        record = json.loads((batch / "views" / view["id"] / "view.json").read_text())
    except (FileNotFoundError, ValueError):
        return False
    return record.get("sha256") == view["sha256"]


def render_view(renderer: Renderer, batch: Path, view: dict) -> None:
    stage = batch / view["stage"]
    if hashlib.sha256(stage.read_bytes()).hexdigest() != view["sha256"]:
        raise Final(f"{stage} isn't the stage that views.jsonl names; export the batch again")
    data = renderer.render(stage.resolve(), view)
    final = batch / "views" / view["id"]
    temporary = final.with_name(f".{view['id']}.{os.getpid()}.part")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        write_view(temporary, view, data, renderer.identity)
        shutil.rmtree(final, ignore_errors=True)
        temporary.rename(final)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_view(folder: Path, view: dict, data: dict, identity: dict) -> None:
    """Write the four files of a view; Final if an annotator gave something of another shape."""
    import numpy as np

    shape = (view["height"], view["width"])
    colour, depth = np.asarray(data["rgb"]), np.asarray(data["depth"], np.float32)
    ids = np.asarray(data["ids"]["data"]).astype(np.uint32)
    for name, array in (("rgb", colour), ("distance_to_image_plane", depth), ("instance_segmentation", ids)):
        if array.shape[:2] != shape:
            raise Final(f"the annotator {name} gave an array of shape {list(array.shape)}, not {list(shape)}")
    (folder / "colour.png").write_bytes(png(np.ascontiguousarray(colour[..., :3], np.uint8)))
    np.save(folder / "depth.npy", depth.reshape(shape))
    np.save(folder / "ids.npy", ids.reshape(shape))
    camera = data["camera"]
    record = {
        "id": view["id"],
        "sha256": view["sha256"],
        "renderer": identity,
        "prims": {str(key): str(path) for key, path in data["ids"]["info"]["idToLabels"].items()},
        "boxes": boxes(data["boxes"]),
        "view_matrix": np.asarray(camera["cameraViewTransform"], float).reshape(4, 4).tolist(),
        "projection": np.asarray(camera["cameraProjection"], float).reshape(4, 4).tolist(),
        "settings": data["settings"],
    }
    (folder / "view.json").write_text(json.dumps(record, indent=1) + "\n")


def boxes(found: dict) -> list:
    """Tight 2D boxes as the renderer sees them: prim path, then x_min, y_min, x_max, y_max in pixels."""
    paths = found["info"].get("primPaths", [])
    corners = [[int(row[name]) for name in ("x_min", "y_min", "x_max", "y_max")] for row in found["data"]]
    return [[str(path), *corner] for path, corner in zip(paths, corners, strict=False)]


def png(pixels) -> bytes:  # noqa: ANN001 (numpy is imported once the engine runs)
    """An 8-bit RGB PNG of an array [height, width, 3]."""
    height, width = pixels.shape[:2]

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + pixels[row].tobytes() for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def taken_stdin():  # noqa: ANN201
    """stdin as a file of the runner's own, which lets this process group be killed when it closes or this process ends.

    By a process, since an engine that hangs in its own code may hold Python's lock, and no thread would run. It keeps
    no end of stdout, so that whoever reads that sees the engine's end. The engine's stdin is empty.
    """
    runner = os.getpid()
    if os.fork():
        folders = os.fdopen(os.dup(0), encoding="utf-8")
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        return folders
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    closed = select.poll()
    closed.register(0, 0)  # nothing but the hang-up: what comes in is the runner's
    while os.getppid() == runner and not closed.poll(1000):
        pass
    os.killpg(0, signal.SIGKILL)


def serve(renderer: Renderer, folders) -> int:  # noqa: ANN001
    """Render one batch folder a line of ``folders``; batches that fail don't end it."""
    for line in folders:
        batch = Path(line.rstrip("\n"))
        try:
            failed = render_batch(renderer, batch)
        except Exception as error:
            traceback.print_exc()
            say("failed", id="", reason=str(error)[:300])
            failed = 1
        say("batch", folder=str(batch), failed=failed)
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("batch", type=Path, nargs="?", help="the folder with views.jsonl")
    parser.add_argument("--serve", action="store_true", help="read folders from stdin, as the leader of a group")
    args = parser.parse_args()
    if args.serve == (args.batch is not None):
        parser.error("name a batch, or say --serve")
    if args.batch and not (args.batch / "views.jsonl").is_file():
        parser.error(f"{args.batch} has no views.jsonl")
    folders = taken_stdin() if args.serve else None
    try:
        renderer = Renderer()
        say("ready", **renderer.identity)
        failed = serve(renderer, folders) if args.serve else render_batch(renderer, args.batch)
        if args.batch:
            say("batch", folder=str(args.batch), failed=failed)
    except BaseException as error:
        traceback.print_exc()
        leave(130 if isinstance(error, KeyboardInterrupt) else 1)
    if failed:
        leave(1)
    sys.stdout.flush()
    renderer.close()


def leave(status: int) -> None:
    """End with this status. The application can't: its close(), which also runs at any exit of Python's, ends the
    process with 0 (github.com/isaac-sim/IsaacSim, pull request 717); later versions of it do the same as here."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
