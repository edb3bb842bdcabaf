"""What a build of items must pass. Each check raises SpaceNumError that names the item and the file.

Most hold for every build. Those of ``CheckName`` may not hold for a variant of the items, which then says why.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from spacenum.core.arrays import Pixels
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import anew, digest, images_anew, sha256_of
from spacenum.frames.colour import WrongPicture, check_picture
from spacenum.frames.colour_ends import check_sweep
from spacenum.frames.colour_placements import check_placements
from spacenum.frames.controls import anchors, depth_scale, overlap
from spacenum.frames.plan import MAGNITUDES
from spacenum.frames.records import FrameRecord
from spacenum.frames.settings import ControlsConfig
from spacenum.frames.store import colour_of, depth_of, ids_of, read_image
from spacenum.geometry.poses import Action, Direction, Group, motion_between, motion_of, pose_error
from spacenum.items.numbers import DECIMAL, Notation, rounded, write_corners, write_magnitude
from spacenum.items.schema import Corners, Image, Item, LayoutItem, Letter, Setting, Text, TransitionItem, cells_of
from spacenum.items.settings import SplitItems, cell_size
from spacenum.simulators.base import Sensing

ROUNDING_SLACK = 1e-6
FRAMES_ANEW = "take the frames again (docs/simulators.md says what colour must agree with)"
OVERLAP_SLACK = 0.005  # depth on disk comes in steps of a quarter millimetre

CheckName = Literal["coverage", "distinct", "poses", "continuity", "objects", "colour"]
"""coverage: magnitudes are asked for alike. distinct: no two images of an item are identical. poses: measured motions
are the commanded ones. continuity: views overlap and share an object. objects:
enough of them in every view of a layout. colour: pictures are of the views that depth and ids describe."""


class Checks:
    """Checks items against the frames that they are made from.

    frames: by image path. skips: checks that don't hold for these items. notation: how their prompts write numbers.
    """

    def __init__(
        self,
        frames: Mapping[str, FrameRecord],
        controls: ControlsConfig,
        uneven: Literal["fail", "report"] = "fail",
        skips: Collection[CheckName] = (),
        notation: Notation = DECIMAL,
    ) -> None:
        self._frames, self._controls, self._uneven = frames, controls, uneven
        self._skips, self._notation = skips, notation
        self._overlaps: dict[tuple[str, str], float] = {}
        self._sound: set[str] = set()
        self._of_scene: dict[str, list[str]] = defaultdict(list)
        for image, frame in frames.items():
            self._of_scene[frame.scene].append(image)
        self._coloured: set[tuple[str, ...]] = set()

    def check(self, items: Collection[Item]) -> None:
        """Run every check on every item, and the balance of each cell. Goes through the items several times."""
        check_no_duplicates(items)
        check_balance(items)
        if self._uneven == "fail" and "coverage" not in self._skips:
            check_coverage(items)
        for item in items:
            check_options_differ(item, self._notation)
            check_prompt(item, self._notation)
            self.check_images(item)
            if isinstance(item, TransitionItem):
                self.check_transition(item)
            else:
                self.check_layout(item)
        if "colour" not in self._skips:
            for first in (True, False):  # the sweeps of Num2Space hold the others' pairs
                for item in items:
                    if (item.task == "num2space") is first:
                        self.check_colour(item)

    def _frame(self, item: Item, image: str) -> FrameRecord:
        if image not in self._frames:
            raise SpaceNumError(f"item {item.id}: shows {image}, which no frames.jsonl lists")
        return self._frames[image]

    def check_images(self, item: Item) -> None:
        """Every image is there, whole and unchanged, and no two candidates are the same."""
        images = [part.image for part in item.prompt if isinstance(part, Image)]
        for image in images:
            frame = self._frame(item, image)
            if image in self._sound:
                continue
            for file, expected in zip((frame.image, frame.depth, frame.ids), frame.sha256, strict=True):
                try:
                    read_image(Path(file))
                except SpaceNumError as error:
                    raise SpaceNumError(f"item {item.id}: {error}") from None
                if sha256_of(Path(file)) != expected:
                    told = f"item {item.id}: {file} is not the image that was rendered"
                    raise SpaceNumError(f"{told}; {images_anew(Path(file))}")
            self._sound.add(image)
        hashes = [self._frame(item, image).sha256[0] for image in images]
        if "distinct" not in self._skips and len(set(hashes)) < len(hashes):
            raise SpaceNumError(f"item {item.id}: two of its images are identical")

    def check_transition(self, item: TransitionItem) -> None:
        """Measured poses agree with the command; enough objects, a shared one, enough overlap, for each option."""
        images = [part.image for part in item.prompt if isinstance(part, Image)]
        before = self._frame(item, images[0])
        if item.task == "num2space":
            pairs = [(self._frame(item, o.image), o.value) for o in item.options if o.image]
        else:
            pairs = [(self._frame(item, images[1]), item.truth.magnitude)]
        for after, magnitude in pairs:
            commanded = motion_of(Action(item.group, item.truth.direction, magnitude))
            metres, degrees = pose_error(commanded, motion_between(before.measured_pose, after.measured_pose))
            wrong = metres > self._controls.max_position_error_m or degrees > self._controls.max_angle_error_deg
            if wrong and "poses" not in self._skips:
                raise SpaceNumError(
                    f"item {item.id}: the measured pose of {after.image} is {metres:.4f} m and {degrees:.3f}° off the "
                    f"commanded {item.truth.direction} by {write_magnitude(magnitude, item.truth.unit)}"
                )
            if "continuity" not in self._skips:
                self._check_continuity(item, before, after)
        right = next(option for option in item.options if option.letter == item.answer)
        if right.value != item.truth.magnitude:
            raise SpaceNumError(
                f"item {item.id}: answer {item.answer} is {right.value}, the truth {item.truth.magnitude}"
            )

    def _check_continuity(self, item: Item, before: FrameRecord, after: FrameRecord) -> None:
        key = (before.image, after.image)
        if key not in self._overlaps:
            a, b = _sensing(before), _sensing(after)
            seen = [anchors(view, self._controls) for view in (a, b)]
            for frame, names in zip((before, after), seen, strict=True):
                if len(names) < self._controls.min_anchors:
                    raise SpaceNumError(f"item {item.id}: {frame.image} shows {len(names)} object instances, fewer "
                                        f"than {self._controls.min_anchors}")  # fmt: skip
            if len(seen[0] & seen[1]) < self._controls.min_shared_anchors:
                raise SpaceNumError(f"item {item.id}: {before.image} and {after.image} share no anchor object")
            self._check_depth(item, before, after, depth_scale(a, b))
            self._overlaps[key] = overlap(a, b)
        share = self._overlaps[key]
        if share < self._controls.min_overlap - OVERLAP_SLACK:
            raise SpaceNumError(f"item {item.id}: {before.image} and {after.image} overlap by {share:.3f}, under the "
                                f"floor of {self._controls.min_overlap}")  # fmt: skip

    def _check_depth(self, item: Item, before: FrameRecord, after: FrameRecord, scale: float | None) -> None:
        if scale is not None and abs(scale - 1) > self._controls.max_depth_scale_error:
            raise SpaceNumError(
                f"item {item.id}: depth says {scale:.4f} m for each metre that the camera moved between {before.image} "
                f"and {after.image}; take the frames again with this version"
            )

    def check_colour(self, item: Item) -> None:
        """Pictures are of their views: those after an action agree with the one before, those of a layout's placements
        with each other."""
        frames = [self._frame(item, part.image) for part in item.prompt if isinstance(part, Image)]
        if isinstance(item, LayoutItem):
            of_scene = [self._frame(item, image) for image in self._of_scene[frames[0].scene]]
            frames = [frame for frame in of_scene if frame.pose == frames[0].pose]
        else:
            frames = [frames[0], *sorted(frames[1:], key=lambda frame: frame.image)]
        if not self._is_new(frames):
            return
        views, colours = self._pictures(item, frames)
        try:
            if isinstance(item, LayoutItem):
                check_placements(views, colours, self._controls)
            else:
                check_sweep(views[0], colours[0], views[1:], colours[1:], self._controls)
                self._coloured |= {(frames[0].image, frame.image) for frame in frames[1:]}
        except WrongPicture as reason:
            shown = ", ".join(frame.image for frame in frames)
            raise SpaceNumError(f"item {item.id}: {reason}, in {shown}; {FRAMES_ANEW}") from None

    def _is_new(self, frames: Sequence[FrameRecord]) -> bool:
        """Whether these pictures together weren't checked yet; from now on they count as checked."""
        key = tuple(frame.image for frame in frames)
        new = key not in self._coloured
        self._coloured.add(key)
        return new

    def _pictures(self, item: Item, frames: Sequence[FrameRecord]) -> tuple[list[Sensing], list[Pixels]]:
        """Views and colours of frames, after the checks of each alone."""
        views = [_sensing(frame) for frame in frames]
        colours = [colour_of(frame, Path()) for frame in frames]
        for frame, view, colour in zip(frames, views, colours, strict=True):
            if self._is_new([frame]):
                try:
                    check_picture(view, colour, self._controls)
                except WrongPicture as reason:
                    raise SpaceNumError(f"item {item.id}: {reason}, in {frame.image}; {FRAMES_ANEW}") from None
        return views, colours

    def check_layout(self, item: LayoutItem) -> None:
        """The numbers in the item are the scene's, for the anchors, the truth and the placement in each image."""
        images = [part.image for part in item.prompt if isinstance(part, Image)]
        shown = {o.image: o.value for o in item.options if o.image} or {images[0]: item.truth.corners}
        for image, corners in shown.items():
            frame = self._frame(item, str(image))
            entries = [(item.truth.target, corners)]
            entries += [(a.name, a.corners) for a in (item.truth.anchors.origin, item.truth.anchors.direction)]
            for name, written in entries:
                found = self._scene_corners(item, frame, name)
                if found != written:
                    raise SpaceNumError(
                        f"item {item.id}: {name} is written as {write_corners(written)}, but in {frame.image} it is at "
                        f"{write_corners(found)}"
                    )
            objects = len(anchors(_sensing(frame), self._controls)) if "objects" not in self._skips else None
            if objects is not None and objects < self._controls.min_anchors:
                raise SpaceNumError(
                    f"item {item.id}: {frame.image} shows {objects} object instances, fewer than "
                    f"{self._controls.min_anchors}"
                )
        right = next(option for option in item.options if option.letter == item.answer)
        if right.value != item.truth.corners or not (right.position_ok and right.size_ok):
            raise SpaceNumError(
                f"item {item.id}: answer {item.answer} is not the truth {write_corners(item.truth.corners)}"
            )

    def _scene_corners(self, item: LayoutItem, frame: FrameRecord, name: str) -> Corners:
        boxes = [instance.box for instance in frame.instances if instance.category == name and instance.box]
        if len(boxes) != 1:
            raise SpaceNumError(f"item {item.id}: {frame.image} shows {len(boxes)} objects named '{name}', not one")
        d = int(item.group[0])
        corners = ((np.array(boxes[0]) - item.truth.frame.origin) / item.truth.frame.unit_m)[:, :d]
        if np.abs(corners - corners.round(1)).max() > ROUNDING_SLACK:
            raise SpaceNumError(
                f"item {item.id}: the corners of {name} in {frame.image} are no whole tenths: {corners.tolist()}"
            )
        return rounded(corners.tolist())


def _sensing(frame: FrameRecord) -> Sensing:
    depth, ids = depth_of(frame, Path()), ids_of(frame, Path())
    return Sensing(frame.measured_pose, frame.camera, depth, ids, frame.instances)


def check_sizes(items: Iterable[Item], setting: Setting, sizes: SplitItems, path: Path) -> None:
    """Every cell has as many items as the config says, and there are no others. path: of the items' file."""
    held = Counter(item.cell for item in items)
    wanted = {cell: cell_size(cell, sizes) for cell in cells_of(setting)}
    for cell in sorted(held.keys() | wanted.keys()):
        if held[cell] != wanted.get(cell, 0):
            raise SpaceNumError(
                f"{path}: cell {cell} has {held[cell]} items, not the {wanted.get(cell, 0)} of config key 'items'; "
                f"{anew(path)}"
            )


def check_no_duplicates(items: Iterable[Item]) -> None:
    """No id twice, and no question twice."""
    seen: dict[str, str] = {}
    for item in items:
        question = digest(repr((item.prompt, [(o.letter, o.value, o.image) for o in item.options])))
        for key in (f"id {item.id}", question):
            if key in seen:
                raise SpaceNumError(f"item {item.id}: duplicates item {seen[key]}")
            seen[key] = item.id


def check_options_differ(item: Item, notation: Notation = DECIMAL) -> None:
    """No option is written like another."""
    if isinstance(item, TransitionItem):
        written = [notation.magnitude(option.value, option.unit) for option in item.options]
    else:
        written = [notation.corners(option.value) for option in item.options]
    twins = [text for text, count in Counter(written).items() if count > 1]
    if twins:
        raise SpaceNumError(f"item {item.id}: two options are both written '{twins[0]}'")


def check_prompt(item: Item, notation: Notation = DECIMAL) -> None:
    """The prompt shows the options' images in their order, and states the number that the truth holds."""
    images = [part.image for part in item.prompt if isinstance(part, Image)]
    text = "\n".join(part.text for part in item.prompt if isinstance(part, Text))
    if item.task == "num2space":
        stated = (
            notation.magnitude(item.truth.magnitude, item.truth.unit)
            if isinstance(item, TransitionItem)
            else notation.corners(item.truth.corners)
        )
        if images[-len(item.options) :] != [option.image for option in item.options]:
            raise SpaceNumError(f"item {item.id}: the prompt's images are not the options' in their order")
        if not text.endswith(stated):
            raise SpaceNumError(f"item {item.id}: the prompt doesn't end in the number that is asked about, {stated}")
    for option in item.options:
        if f"Option {option.letter}:" not in text:
            raise SpaceNumError(f"item {item.id}: the prompt doesn't name option {option.letter}")


def uneven_cells(items: Iterable[Item]) -> dict[str, str]:
    """Benchmark cells of transitions that don't ask for every magnitude of a direction equally often, to within one;
    for each, in words, what is asked for least and most."""
    asked: dict[tuple[str, Group, Direction], Counter[float]] = defaultdict(Counter)
    for item in items:
        if isinstance(item, TransitionItem) and item.split == "benchmark":
            asked[item.cell, item.group, item.truth.direction][item.truth.magnitude] += 1
    uneven = {}
    for (cell, group, direction), counts in asked.items():
        least, most = (pick(MAGNITUDES[group], key=lambda magnitude: counts[magnitude]) for pick in (min, max))
        if counts[most] - counts[least] > 1:
            uneven[cell] = (
                f"{direction} {least:g} is asked for {counts[least]} times, {direction} {most:g} {counts[most]} times"
            )
    return uneven


def check_coverage(items: Iterable[Item]) -> None:
    """In the benchmark, magnitudes are covered alike (see ``uneven_cells``)."""
    for cell, words in uneven_cells(items).items():
        raise SpaceNumError(
            f"cell {cell}: its magnitudes are not covered alike: {words}; raise 'scenes.transition.benchmark' or "
            "'scenes.transition.families_per_scene' for more to choose from (results/tables/coverage.md says what was "
            "rejected), or set 'items.uneven_magnitudes' to 'report'"
        )


def check_balance(items: Iterable[Item]) -> None:
    """In the benchmark every letter is right equally often in each cell, and once in each family; in training sets,
    where one family may be cut, counts differ by one at most."""
    right: dict[tuple[str, Letter], str] = {}
    keys: dict[str, Counter[Letter]] = {}
    last: dict[str, Item] = {}
    for item in items:
        same = right.setdefault((item.family, item.answer), item.id)
        if same != item.id:
            raise SpaceNumError(f"item {item.id}: {item.answer} is right twice in its family, as in item {same}")
        keys.setdefault(item.cell, Counter({option.letter: 0 for option in item.options}))[item.answer] += 1
        last[item.cell] = item
    for cell, counts in keys.items():
        spread = max(counts.values()) - min(counts.values())
        if spread > (0 if last[cell].split == "benchmark" else 1):
            held = ", ".join(f"{letter} {count}" for letter, count in counts.items())
            raise SpaceNumError(f"item {last[cell].id}: the answer key of cell {cell} is not balanced ({held})")


def report(items: Collection[Item], images: int) -> dict[str, Any]:
    """What ``checks.json`` says of items that passed: counts of each cell and letter. images: that were described."""
    key: dict[str, Counter[Letter]] = defaultdict(Counter)
    for item in items:
        key[item.cell][item.answer] += 1
    cells = {cell: {"items": own.total(), "letters": dict(sorted(own.items()))} for cell, own in key.items()}
    return {"items": len(items), "images": images, "cells": cells, "uneven_magnitudes": uneven_cells(items)}
