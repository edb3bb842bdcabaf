"""The controls of collection, and the parameters of the job that takes frames."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from spacenum.core.blocks import Block
from spacenum.simulators.settings import CameraConfig, SimulatorName


class ControlsConfig(Block):
    """What a frame, a transition or a layout must satisfy to be kept; measured and recorded for each."""

    min_overlap: float = Field(
        0.12, ge=0, le=1, description="share of each view that the other also sees, agreeing in depth"
    )
    min_anchors: int = Field(
        3, ge=0, le=50, description="objects in every frame: a piece of furniture is one; walls, doors … don't count"
    )
    min_anchor_pixels: int = Field(
        80, ge=1, description="pixels that make an object count, at 320 x 320; scales with the image"
    )
    min_shared_anchors: int = Field(1, ge=0, le=50, description="objects visible both before and after")
    max_position_error_m: float = Field(1e-3, gt=0, le=0.1, description="measured against commanded position")
    max_angle_error_deg: float = Field(0.1, gt=0, le=5, description="measured against commanded yaw and pitch")
    max_depth_scale_error: float = Field(
        0.002, gt=0, le=0.1, description="depth against the measured move, moves: 0.002 is 2 mm in a metre"
    )
    min_option_difference: float = Field(
        2 / 255, ge=0, le=1, description="mean absolute difference between candidate images, transitions"
    )
    # Below that of transitions: a moved target changes a few percent of the pixels, a moved camera nearly all of them.
    min_layout_difference: float = Field(
        0.6 / 255, ge=0, le=1, description="mean absolute difference between placements of a layout"
    )
    min_changed_share: float = Field(
        0.008, ge=0, le=1, description="pixels whose id or depth differs between placements, known before any colour"
    )
    min_target_pixels: int = Field(
        300, ge=1, description="visible pixels of a layout's target and anchors, at 320 x 320"
    )
    min_visible_share: float = Field(
        0.45, ge=0, le=1, description="visible share of the outline of the target's box, layouts"
    )
    min_anchor_visible_share: float = Field(0.3, ge=0, le=1, description="the same for the two anchors")
    min_footprint_share: float = Field(
        0.4, ge=0, le=1, description="of where the target and the anchors stand, seen: edges of the base, lower half"
    )
    min_solved_share: float = Field(
        1.0, ge=0, le=1, description="share of a family's items that depth, masks and intrinsics must solve"
    )
    max_uniform_share: float = Field(
        0.85, ge=0, le=1, description="share of a picture near its median colour: black, white, grey pictures"
    )
    max_blank_share: float = Field(
        0.15, ge=0, le=1, description="share of a picture's tiles whose edges, as ids and depth say, no colour shows"
    )
    max_strip_share: float = Field(
        0.03, ge=0, le=1, description="share of a picture's rows, or columns, whose edges no colour shows: bars"
    )
    min_edge_agreement: float = Field(
        0.65, ge=0, le=1, description="colour with the edges of ids and depth: 0.5 is a picture of something else"
    )
    min_edge_sharpness: float = Field(
        0.35, ge=0, le=1, description="part of an edge's step of colour that lies on the edge: blurred or displaced"
    )
    max_same_share: float = Field(
        0.5,
        ge=0,
        le=1,
        description="pixels of other things but the same colour in two pictures, in any quarter, transitions",
    )
    min_colour_agreement: float = Field(
        0.7, ge=0, le=1, description="correlation of the start's colours with each end's, warped by depth and pose"
    )
    min_agreement_margin: float = Field(
        0.02, ge=0, le=1, description="by how much the end's own picture agrees better than any other of its family"
    )
    max_mixed_share: float = Field(
        0.15, ge=0, le=1, description="how much of another picture of its family shows through an end's"
    )
    max_step_error: float = Field(
        0.06, ge=0, le=1, description="what a picture shows against its pose, in steps between ends, transitions"
    )
    max_exposure_ratio: float = Field(
        1.3, ge=1, description="the brightest picture's mean over the darkest's where start and end show the same"
    )
    min_pair_agreement: float = Field(
        0.7, ge=0, le=1, description="colour with what differs between two placements, anywhere in the picture"
    )
    min_change_agreement: float = Field(
        0.7, ge=0, le=1, description="colour with what differs between placements of a layout: 0.5 is no agreement"
    )
    min_order_margin: float = Field(
        0.01, ge=-1, le=1, description="by how much placements' pictures agree better than in any other order"
    )


class FramesParams(Block):
    setting: Literal["transition", "layout"]
    simulator: SimulatorName
    pack: str
    camera: CameraConfig
    settings: dict[str, Any] = Field(description="the config block of the simulator's own name")
    controls: ControlsConfig
    attempts: int
    families_per_scene: int
    seed: int
