"""Whether a picture is of its view: true pictures pass, wrong ones of every kind don't."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from spacenum.core.arrays import Pixels
from spacenum.frames.colour import (
    WrongPicture,
    blank_share,
    check_picture,
    edge_agreement,
    edge_sharpness,
    strip_share,
    uniform_share,
    wrong,
)
from spacenum.frames.colour_ends import agreements, check_sweep, mixed_share, same_share, seen_by_both, step_error
from spacenum.frames.colour_placements import change_agreements, check_placements
from spacenum.frames.controls import smallest_difference
from spacenum.frames.plan import MAGNITUDES
from spacenum.frames.settings import ControlsConfig
from spacenum.geometry.camera import Intrinsics, to_world, unproject
from spacenum.geometry.poses import DIRECTIONS, Action, CameraPose, Direction, Group, motion_of, moved
from spacenum.simulators.base import Sensing
from tests.geometry.raycast import ROOM, furnished, sense

CAMERA = Intrinsics.from_vertical_fov(96, 96, 90)
CONTROLS = ControlsConfig()
MIDDLE = CameraPose(position=(0, 0, 1.5), yaw=20, horizon=10)


def paint(view: Sensing, noise: float = 3.0, seed: int = 0) -> Pixels:
    """A true picture: things of their own colours with a pattern of squares, darker with distance, and noise."""
    rng = np.random.default_rng(seed)
    colours = np.random.default_rng(1).uniform(60, 255, (100, 3))[view.ids]
    points = to_world(unproject(view.depth, view.camera), view.pose)
    squares = np.floor(points / 0.3 + 0.001).sum(axis=-1) % 2
    shown = colours * ((0.75 + 0.25 * squares) / (1 + 0.1 * view.depth))[..., None]
    return np.clip(shown + rng.normal(0, noise, shown.shape), 0, 255).astype(np.uint8)


def view_at(pose: CameraPose, seed: int = 0) -> Sensing:
    return sense(furnished(seed), pose, CAMERA, ROOM)


def sweep(
    group: Group, direction: Direction, magnitudes: tuple[float, ...], seed: int = 0
) -> tuple[list[Sensing], list[Pixels]]:
    """Views and pictures of a start and its ends."""
    start = MIDDLE.model_copy(update={"horizon": {"up": 50.0, "down": -20.0}.get(direction, 10.0)})
    poses = [start, *(moved(start, motion_of(Action(group, direction, magnitude))) for magnitude in magnitudes)]
    views = [view_at(pose, seed) for pose in poses]
    return views, [paint(view, seed=k) for k, view in enumerate(views)]


def check(views: list[Sensing], pictures: list[Pixels]) -> None:
    """All that collection asks of the pictures of a start and its ends."""
    for view, picture in zip(views, pictures, strict=True):
        check_picture(view, picture, CONTROLS)
    if smallest_difference(pictures[1:]) < CONTROLS.min_option_difference:
        raise WrongPicture("candidate images too alike")
    check_sweep(views[0], pictures[0], views[1:], pictures[1:], CONTROLS)


STEPS = [
    (group, direction, MAGNITUDES[group][first : first + 4])
    for group, both in DIRECTIONS.items()
    for direction in both
    for first in range(0, len(MAGNITUDES[group]) - 3, 2)
    if not (group == "move_forward_backward" and first > 4)  # the room is small
]
"""Neighbouring magnitudes, whose views differ least."""


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_true_pictures_pass_and_those_that_lag_one_pose_behind_do_not(step):
    """Collection takes the ends first, then the start; before them some other view."""
    for seed in (0, 1):
        views, pictures = sweep(*step, seed)
        check(views, pictures)
        other = paint(view_at(MIDDLE.model_copy(update={"yaw": 170.0}), seed))
        with pytest.raises(WrongPicture):
            check(views, [pictures[-1], other, *pictures[1:-1]])


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_a_start_alone_that_is_another_view_does_not_pass_the_comparison_with_its_ends(step):
    views, pictures = sweep(*step)
    other = paint(view_at(MIDDLE.model_copy(update={"yaw": 170.0})))
    with pytest.raises(WrongPicture, match="colour disagrees between start and end"):
        check_sweep(views[0], other, views[1:], pictures[1:], CONTROLS)


def test_ends_whose_pictures_are_exchanged_agree_better_with_each_other():
    views, pictures = sweep("move_left_right", "left", (0.2, 0.4, 0.6, 0.8))
    pictures[2:4] = pictures[3:1:-1]
    with pytest.raises(WrongPicture, match=r"agrees better|disagrees between"):
        check_sweep(views[0], pictures[0], views[1:], pictures[1:], CONTROLS)


def test_an_end_that_shows_the_start_again_is_named_as_such():
    views, pictures = sweep("rotate_left_right", "left", (10, 20, 30, 40))
    with pytest.raises(WrongPicture, match="start and candidate images too alike"):
        check_sweep(views[0], pictures[0], views[1:], [pictures[0], *pictures[2:]], CONTROLS)


def test_an_end_of_which_a_part_is_the_view_before():
    """A readback that was torn: the lower half is still the neighbour's."""
    views, pictures = sweep("move_left_right", "right", (0.4, 0.6, 0.8, 1.0))
    torn = pictures[2].copy()
    torn[48:] = pictures[1][48:]
    assert same_share(views[1], pictures[1], views[2], torn) == 1
    assert same_share(views[1], pictures[1], views[2], pictures[2]) < 0.1
    with pytest.raises(WrongPicture, match="the same picture at two poses"):
        check_sweep(views[0], pictures[0], views[1:], [pictures[1], torn, *pictures[3:]], CONTROLS)


def test_exposure_and_tint_change_no_agreement():
    views, pictures = sweep("move_left_right", "right", (0.4, 0.6, 0.8, 1.0))
    for k in range(5):
        pictures[k] = (pictures[k] * (0.8 + 0.05 * k) * (1, 0.9, 0.8)).astype(np.uint8)
    check(views, pictures)


def short(group: Group, direction: Direction, magnitudes: tuple[float, ...], part: float) -> list[Pixels]:
    """Pictures of a start and of ends that lack a part of a step."""
    lacking = part * (magnitudes[1] - magnitudes[0])
    return sweep(group, direction, tuple(magnitude - lacking for magnitude in magnitudes))[1]


@pytest.mark.parametrize("step", [s for s in STEPS if s[0].startswith("rotate")], ids=str)
def test_ends_that_lack_a_tenth_of_a_step(step):
    """Of moves the points of so small an image go too few pixels."""
    views, pictures = sweep(*step)
    steps = [abs(step_error(views[0], pictures[0], v, c, step[2][1] - step[2][0]) or 0) for v, c in
             zip(views[1:], pictures[1:], strict=True)]  # fmt: skip
    assert max(steps) < CONTROLS.max_step_error
    with pytest.raises(WrongPicture, match=r"a step of another length|agrees better|disagrees between|displaced"):
        check(views, short(*step, part=0.1))


def one_end(spoil: Callable[[Pixels], Pixels]) -> Callable[[list[Pixels]], list[Pixels]]:
    return lambda pictures: [*pictures[:2], spoil(pictures[2]), *pictures[3:]]


def blurred(picture: Pixels) -> Pixels:
    return gaussian_filter(picture, (1.5, 1.5, 0))


def with_bar(axis: int, level: int) -> Callable[[Pixels], Pixels]:
    def spoilt(picture: Pixels) -> Pixels:
        barred = picture.copy()
        barred[(slice(None),) * axis + (slice(44, 52),)] = level
        return barred

    return spoilt


def mixed(pictures: list[Pixels]) -> list[Pixels]:
    """Each but the start with three tenths of the picture before it."""
    before = [pictures[0], pictures[-1], *pictures[1:-1]]
    return [pictures[0], *((0.7 * own + 0.3 * old).astype(np.uint8) for own, old in
            zip(pictures[1:], before[1:], strict=True))]  # fmt: skip


def zoomed(pictures: list[Pixels]) -> list[Pixels]:
    rows, columns = (np.clip((np.arange(96) - 47.5) / 1.05 + 47.5, 0, 95).round().astype(int) for _ in range(2))
    return [picture[rows][:, columns] for picture in pictures]


ODD: dict[str, tuple[Callable[[list[Pixels]], list[Pixels]], str]] = {
    "a blurred end": (one_end(blurred), "blurred or displaced"),
    "a dark end": (one_end(lambda picture: picture // 2), "exposure differs between start and end"),
    "an end of another gamma": (
        one_end(lambda picture: (255 * (picture / 255) ** 2.2).astype(np.uint8)), "exposure differs"
    ),
    "a black bar": (one_end(with_bar(0, 0)), "part of the colour blank"),
    "a white strip in all": (lambda pictures: list(map(with_bar(1, 255), pictures)), "part of the colour blank"),
    "the picture before shows through": (mixed, "shows through|agrees better|disagrees between"),
    "all are zoomed in by a twentieth": (zoomed, "displaced|step of another length|disagrees"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ODD)
def test_pictures_that_are_odd_in_less_than_their_view(kind):
    spoil, reason = ODD[kind]
    for seed in (0, 1):
        views, pictures = sweep("rotate_left_right", "left", (20, 30, 40, 50), seed)
        with pytest.raises(WrongPicture, match=reason):
            check(views, spoil(pictures))


def test_how_much_of_another_picture_shows_through():
    views, pictures = sweep("rotate_left_right", "left", (20, 30, 40, 50))
    for part in (0, 0.2, 0.4):
        shown = ((1 - part) * pictures[1] + part * pictures[4]).astype(np.uint8)
        assert mixed_share(views[0], pictures[0], views[1], shown, pictures[4]) == pytest.approx(part, abs=0.06)


@pytest.mark.parametrize("spoil", [lambda c: c // 12, lambda c: (110 + (c - 110.0) * 0.08).astype(np.uint8)])
def test_a_right_picture_that_is_dark_or_bland_is_named_as_that(spoil):
    noise = np.random.default_rng(0)
    for seed in range(3):
        view = view_at(MIDDLE, seed)
        dull = np.clip(spoil(paint(view)) + noise.normal(0, 3, (96, 96, 3)), 0, 255).astype(np.uint8)
        with pytest.raises(WrongPicture, match=r"nearly uniform|colour too dark or bland to compare"):
            check_picture(view, dull, ControlsConfig(min_edge_agreement=0.9))
    assert str(wrong("another", dull)) == "colour too dark or bland to compare"
    assert str(wrong("another", paint(view))) == "another"


def test_points_that_both_views_see_are_the_same_points():
    views, _ = sweep("rotate_left_right", "left", (10, 20, 30, 40))
    there, here = seen_by_both(views[0], views[3])
    a, b = (to_world(unproject(v.depth, v.camera), v.pose)[at] for v, at in ((views[0], there), (views[3], here)))
    assert 0.3 < len(a) / 96**2 < 0.8 and np.median(np.linalg.norm(a - b, axis=-1)) < 0.05


def test_what_has_no_contrast_or_nothing_in_common_tells_nothing():
    views, pictures = sweep("rotate_left_right", "left", (10, 20, 30, 40))
    flat = np.full_like(pictures[0], 90)
    assert agreements(views[0], flat, views[1], [flat]) == [None]
    assert agreements(views[0], pictures[0], views[1], [flat]) == [0]
    behind = view_at(moved(views[0].pose, motion_of(Action("rotate_left_right", "left", 180))))
    assert agreements(views[0], pictures[0], behind, [pictures[1]]) == [None]


# ---- one picture


def of_level(level: int, noise: float) -> Callable[[Pixels], Pixels]:
    def spoilt(picture: Pixels) -> Pixels:
        noisy = level + np.random.default_rng(0).normal(0, noise, picture.shape)
        return np.clip(noisy, 0, 255).astype(np.uint8)

    return spoilt


def with_logo(picture: Pixels) -> Pixels:
    black = np.zeros_like(picture)
    black[4:30, 4:30] = (255, 40, 0)
    return black


def lower_half(level: int) -> Callable[[Pixels], Pixels]:
    def spoilt(picture: Pixels) -> Pixels:
        half = picture.copy()
        half[48:] = level
        return half

    return spoilt


def gradient(picture: Pixels) -> Pixels:
    return np.broadcast_to(np.linspace(0, 255, 96).astype(np.uint8)[:, None, None], picture.shape).copy()


WRONG: dict[str, tuple[Callable[[Pixels], Pixels], str]] = {
    "black": (of_level(0, 0), "colour nearly uniform"),
    "white": (of_level(255, 0), "colour nearly uniform"),
    "grey": (of_level(127, 0), "colour nearly uniform"),
    "black with noise": (of_level(0, 10), "colour nearly uniform"),
    "grey with noise": (of_level(127, 15), "colour nearly uniform"),
    "far too dark": (lambda picture: picture // 24, "colour nearly uniform"),
    "black with a logo": (with_logo, "colour nearly uniform"),
    "half black": (lower_half(0), "part of the colour blank"),
    "half white": (lower_half(255), "part of the colour blank"),
    "a gradient": (gradient, "part of the colour blank|colour disagrees with ids and depth"),
    "noise": (of_level(127, 90), "colour disagrees with ids and depth"),
    "upside down": (lambda picture: picture[::-1].copy(), "colour disagrees with ids and depth"),
    "mirrored": (lambda picture: picture[:, ::-1].copy(), "colour disagrees with ids and depth"),
    "moved by 8 pixels": (lambda picture: np.roll(picture, 8, axis=1), "colour disagrees with ids and depth"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_picture_is_told_by_its_own_view(kind):
    spoil, reason = WRONG[kind]
    for seed in range(3):
        view = view_at(MIDDLE, seed)
        check_picture(view, paint(view), CONTROLS)
        with pytest.raises(WrongPicture) as raised:
            check_picture(view, spoil(paint(view)), CONTROLS)
        assert re.fullmatch(reason, str(raised.value))


def test_measures_of_one_picture():
    view = view_at(MIDDLE)
    true, black = paint(view), np.zeros((96, 96, 3), np.uint8)
    assert uniform_share(black) == 1 and uniform_share(true) < 0.6
    assert blank_share(view, black) == 1 and blank_share(view, true) == 0
    assert strip_share(view, black) == 1 and strip_share(view, true) == 0
    sharp = [edge_sharpness(view, shown) or 0 for shown in (true, blurred(true), np.roll(true, 2, axis=1))]
    assert edge_sharpness(view, black) is None and sharp[0] > 0.6 and max(sharp[1:]) < 0.4
    assert edge_agreement(view, black) == 0.5
    by_ids = (view.ids * 20).astype(np.uint8)[..., None].repeat(3, axis=-1)
    assert edge_agreement(replace(view, depth=np.ones((96, 96))), by_ids) == 1
    empty = replace(view, ids=np.ones((96, 96), int), depth=np.ones((96, 96)))
    assert edge_agreement(empty, true) is None and blank_share(empty, true) == 0


def test_depth_has_edges_too():
    """Of things that are one instance: a table's top before its foot."""
    depth = np.full((96, 96), 2.0)
    depth[30:60, 20:80] = 1.2
    view = replace(view_at(MIDDLE), ids=np.ones((96, 96), int), depth=depth)
    shown = np.full((96, 96, 3), 50, np.uint8)
    shown[30:60, 20:80] = 200
    assert edge_agreement(view, shown) == 1
    assert edge_agreement(view, np.roll(shown, 20, axis=0)) < 0.7


# ---- placements of a layout

ABOVE = CameraPose(position=(-2, 0, 2), yaw=0, horizon=40)


def placements(offsets: tuple[float, ...], sizes: tuple[float, ...]) -> tuple[list[Sensing], list[Pixels]]:
    """A box at four places or of four sizes among others, through one camera."""
    others = [np.array([[-0.6, y - 0.2, 0], [-0.2, y + 0.2, 0.5]]) for y in (-1.5, 1.5)]
    targets = [
        np.array([[0.1 - s / 2, y - s / 2, 0], [0.1 + s / 2, y + s / 2, s]])
        for y, s in zip(offsets, sizes, strict=True)
    ]
    views = [sense([*others, target], ABOVE, CAMERA, ROOM) for target in targets]
    return views, [paint(view, seed=k) for k, view in enumerate(views)]


LAYOUTS = {
    "position": ((-0.6, -0.2, 0.2, 0.6), (0.4,) * 4),
    "size": ((0.0,) * 4, (0.3, 0.45, 0.6, 0.75)),
    "both": ((-0.3, -0.3, 0.3, 0.3), (0.3, 0.6, 0.3, 0.6)),
}


ORDERS = [order for order in permutations(range(4)) if order != (0, 1, 2, 3)]


@pytest.mark.parametrize("variation", LAYOUTS)
def test_placements_whose_pictures_stand_in_any_other_order_are_told_though_the_camera_does_not_move(variation):
    """Late by one, two exchanged with each other, and all others."""
    views, pictures = placements(*LAYOUTS[variation])
    agreement = check_placements(views, pictures, CONTROLS)
    assert agreement == change_agreements(views, pictures)[0] and agreement > 0.8
    for order in ORDERS:
        with pytest.raises(WrongPicture, match=r"disagrees with what changed|another order"):
            check_placements(views, [pictures[k] for k in order], CONTROLS)


@pytest.mark.parametrize("noise", [0, 1, 2, 3])
@pytest.mark.parametrize("variation", LAYOUTS)
def test_a_placement_that_shows_another_one_drawn_anew(variation, noise):
    views, pictures = placements(*LAYOUTS[variation])
    rng = np.random.default_rng(noise)
    for place, of in permutations(range(4), 2):
        stale = np.clip(pictures[of] + rng.normal(0, noise, (96, 96, 3)), 0, 255).astype(np.uint8)
        with pytest.raises(WrongPicture, match="disagrees with what changed"):
            check_placements(views, [*pictures[:place], stale, *pictures[place + 1 :]], CONTROLS)


def test_a_placement_whose_picture_is_of_another_scene():
    views, pictures = placements(*LAYOUTS["position"])
    mirrored = [pictures[0], pictures[1], pictures[2][:, ::-1], pictures[3]]
    with pytest.raises(WrongPicture, match="colour disagrees between placements"):
        check_placements(views, mirrored, CONTROLS)


def test_a_placement_that_is_darker_than_the_others():
    views, pictures = placements(*LAYOUTS["position"])
    with pytest.raises(WrongPicture, match="exposure differs between placements"):
        check_placements(views, [*pictures[:2], pictures[2] // 2, pictures[3]], CONTROLS)


def test_placements_that_do_not_differ_tell_nothing():
    views, pictures = placements(*LAYOUTS["position"])
    assert change_agreements(views[:1] * 2, pictures[:2]) == [None, None]
