"""Cycles as a deterministic camera: settings, the colour render, and the depth and id passes."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spacenum.core.errors import SpaceNumError
from spacenum.geometry.camera import Intrinsics
from spacenum.geometry.poses import CameraPose, pose_from_matrix, world_from_camera
from spacenum.simulators.blender.settings import BlenderConfig

FULL_DISK_BYTES = 4 << 20
_BLENDER_FROM_OPENCV = np.diag([1.0, -1.0, -1.0, 1.0])  # Blender's camera looks along -Z with +Y up


class BlenderEngine:
    """One Blender process with an empty scene, a camera and a render configuration."""

    def __init__(self, settings: BlenderConfig, threads: int = 1) -> None:
        self.settings = settings
        self._scratch = tempfile.TemporaryDirectory(prefix="spacenum-blender-")
        self._threads = threads
        self.reset()

    def close(self) -> None:
        """Remove the scratch folder."""
        self._scratch.cleanup()

    def reset(self) -> None:
        """Empty the scene, as if the process had just started."""
        bpy.ops.wm.read_factory_settings(use_empty=True)
        scene = bpy.context.scene
        scene.world = bpy.data.worlds.new("world")
        scene.world.use_nodes = True
        self.ambient((1.0, 1.0, 1.0), 0.35, 2.0)
        data = bpy.data.cameras.new("camera")
        data.sensor_fit = "VERTICAL"
        data.clip_start, data.clip_end = 0.01, 100.0
        self._camera = bpy.data.objects.new("camera", data)
        scene.collection.objects.link(self._camera)
        scene.camera = self._camera
        self._configure(scene)
        self._add_pass_output(scene)
        self._plain = _plain_material()

    def ambient(self, colour: tuple[float, float, float], strength: float, reach: float) -> None:
        """Uniform light from the world; with fast lighting, also what a bounce sees up to ``reach`` metres away."""
        bpy.context.scene.world.light_settings.distance = reach
        background = bpy.context.scene.world.node_tree.nodes["Background"]
        background.inputs[0].default_value = (*colour, 1)
        background.inputs[1].default_value = strength

    def _configure(self, scene: Any) -> None:
        render, cycles = scene.render, scene.cycles
        render.engine = "CYCLES"
        render.threads_mode, render.threads = "FIXED", self._threads
        render.use_persistent_data = True
        render.use_compositing = True
        scene.view_settings.view_transform, scene.view_settings.look = "AgX", "AgX - Medium High Contrast"
        cycles.seed, cycles.use_animated_seed, cycles.use_adaptive_sampling = 0, False, False
        cycles.use_light_tree = False
        cycles.max_bounces, cycles.diffuse_bounces = self.settings.bounces, min(1, self.settings.bounces)
        cycles.caustics_reflective = cycles.caustics_refractive = False
        cycles.sample_clamp_indirect = 4.0
        cycles.use_fast_gi, cycles.fast_gi_method = self.settings.lighting == "fast", "REPLACE"
        cycles.ao_bounces_render = 1
        cycles.denoiser, cycles.denoising_input_passes = "OPENIMAGEDENOISE", "RGB_ALBEDO_NORMAL"
        cycles.denoising_prefilter, cycles.denoising_use_gpu = "FAST", False
        self._choose_device(cycles)

    def _choose_device(self, cycles: Any) -> None:
        if self.settings.device == "cpu":
            cycles.device = "CPU"
            return
        wanted = self.settings.device.upper()
        preferences = bpy.context.preferences.addons["cycles"].preferences
        try:
            preferences.compute_device_type = wanted
        except TypeError:
            preferences.compute_device_type = "NONE"
        preferences.get_devices()
        found = [device for device in preferences.devices if device.type == wanted]
        if preferences.compute_device_type != wanted or not found:
            raise SpaceNumError(
                f"config key 'blender.device' is '{self.settings.device}', but Blender finds no such device on this "
                "machine; set it to 'cpu', or run where an NVIDIA GPU and its driver are"
            )
        for device in preferences.devices:
            device.use = device.type == wanted
        cycles.device = "GPU"

    def _add_pass_output(self, scene: Any) -> None:
        """Depth and object indices as the red and green of one file, uncompressed, since it is read at once."""
        layer = bpy.context.view_layer
        layer.use_pass_z = layer.use_pass_object_index = True
        scene.use_nodes = True
        tree = scene.node_tree
        tree.nodes.clear()
        layers = tree.nodes.new("CompositorNodeRLayers")
        both = tree.nodes.new("CompositorNodeCombineColor")
        tree.links.new(layers.outputs["Depth"], both.inputs["Red"])
        tree.links.new(layers.outputs["IndexOB"], both.inputs["Green"])
        files = tree.nodes.new("CompositorNodeOutputFile")
        files.base_path = self._scratch.name
        files.format.file_format, files.format.color_mode, files.format.color_depth = "OPEN_EXR", "RGB", "32"
        files.format.exr_codec = "NONE"
        files.file_slots.clear()
        files.file_slots.new("passes")
        tree.links.new(both.outputs["Image"], files.inputs["passes"])
        scene.use_nodes = False

    def aim(self, pose: CameraPose, camera: Intrinsics) -> CameraPose:
        """Put the camera at ``pose`` and return the pose that Blender then reports for it."""
        render = bpy.context.scene.render
        render.resolution_x, render.resolution_y, render.resolution_percentage = camera.width, camera.height, 100
        self._camera.data.angle = 2 * np.arctan(camera.height / 2 / camera.fy)
        self._camera.matrix_world = (world_from_camera(pose) @ _BLENDER_FROM_OPENCV).T.tolist()
        bpy.context.view_layer.update()
        seen = self._camera.evaluated_get(bpy.context.evaluated_depsgraph_get())
        return pose_from_matrix(np.array(seen.matrix_world) @ _BLENDER_FROM_OPENCV)

    def colour(self) -> NDArray[np.uint8]:
        """Path-trace the view: sRGB [height, width, 3]."""
        scene = bpy.context.scene
        scene.use_nodes, bpy.context.view_layer.material_override = False, None
        scene.cycles.samples, scene.cycles.use_denoising = self.settings.samples, True
        scene.cycles.filter_width, scene.cycles.max_bounces = 1.5, self.settings.bounces
        scene.render.image_settings.file_format, scene.render.image_settings.color_mode = "PNG", "RGB"
        scene.render.image_settings.compression = 0
        path = Path(self._scratch.name) / "colour.png"
        scene.render.filepath = str(path)
        with quiet(), self._enough_room():
            bpy.ops.render.render(write_still=True)
            return np.array(Image.open(path).convert("RGB"))

    def depth_and_ids(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Metres along the view axis and object indices, both [height, width], of the rays through pixel centres."""
        scene = bpy.context.scene
        scene.use_nodes = True
        scene.cycles.samples, scene.cycles.use_denoising, scene.cycles.max_bounces = 1, False, 0
        scene.cycles.filter_width = 0.01  # one ray through each pixel's centre, so that depth means one point
        # Shading takes five times as long as finding what a ray hits, which only textures with holes have a part in.
        plain = None if any(map(_has_holes, bpy.data.materials)) else self._plain
        bpy.context.view_layer.material_override = plain
        with quiet(), self._enough_room():
            bpy.ops.render.render()
            passes = self._read_passes()
        return passes[..., 0].astype(np.float64), np.rint(passes[..., 1]).astype(np.int64)

    @contextmanager
    def _enough_room(self) -> Iterator[None]:
        """Blender doesn't say that its scratch folder's disk is full: it writes nothing, or half an image."""
        try:
            yield
        except (RuntimeError, OSError, ValueError):
            if shutil.disk_usage(self._scratch.name).free < FULL_DISK_BYTES:
                raise OSError(errno.ENOSPC, "no space left", self._scratch.name) from None
            raise

    def _read_passes(self) -> NDArray[np.float32]:
        """Depth, object index and two more channels [height, width, 4]."""
        (path,) = Path(self._scratch.name).glob("passes*.exr")
        image = bpy.data.images.load(str(path))
        width, height = image.size
        flat = np.empty(width * height * 4, np.float32)
        image.pixels.foreach_get(flat)
        bpy.data.images.remove(image)
        path.unlink()
        return flat.reshape(height, width, 4)[::-1]


def _plain_material() -> Any:
    """A material that needs no light to be shaded."""
    made = bpy.data.materials.new("plain")
    made.use_nodes = True
    made.cycles.emission_sampling = "NONE"
    tree = made.node_tree
    tree.nodes.clear()
    shader, out = tree.nodes.new("ShaderNodeEmission"), tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(shader.outputs["Emission"], out.inputs["Surface"])
    return made


def _has_holes(material: Any) -> bool:
    """Whether a texture says where a material is transparent."""
    nodes = material.node_tree.nodes if material.use_nodes else ()
    return any(node.type == "BSDF_PRINCIPLED" and node.inputs["Alpha"].is_linked for node in nodes)


@contextmanager
def quiet() -> Iterator[None]:
    """Send what Blender prints to its own file descriptor 1 nowhere; failures come as exceptions."""
    kept = os.dup(1)
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(null)
