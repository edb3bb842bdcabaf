"""Taking frames: try views on the cheap depth and id render, keep those that pass every
control, then pay for colour."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from spacenum.core.arrays import Pixels
from spacenum.core.errors import SpaceNumError
from spacenum.frames.colour import WrongPicture, check_picture
from spacenum.frames.colour_ends import check_sweep
from spacenum.frames.colour_placements import check_placements
from spacenum.frames.controls import (
    Rejected,
    anchors,
    changed_share,
    depth_scale,
    difference,
    footprint_share,
    overlap,
    scaled,
    smallest_difference,
    visible_share,
)
from spacenum.frames.plan import Sweep
from spacenum.frames.records import Family, LayoutFamily, SweepEnd, TransitionFamily
from spacenum.frames.settings import ControlsConfig
from spacenum.frames.store import FrameWriter, as_stored
from spacenum.geometry.observe import Reference, View, best_agreements, measured_corners, nearest_option
from spacenum.geometry.poses import Action, CameraPose, Motion, motion_between, motion_of, moved, pose_error
from spacenum.scenes.spec import AnyScene, LayoutScene, PlacedObject, TransitionScene, pairs_1d
from spacenum.simulators.base import Collision, Sensing, Simulator

PITCH_STARTS_DEG = {"up": (40.0, 50.0, 60.0), "down": (-30.0, -20.0, -10.0)}
"""Start pitches from which every magnitude up to 70 degrees stays within iTHOR's limits: the start tells nothing."""
LEVEL_STARTS_DEG = (0.0, 10.0, 20.0)
OTHER_FAILED = "another magnitude failed"
WRONG_DEPTHS = 8  # in a room's first moves, before depth itself counts as wrong
WRONG_PICTURES = 8  # a scene's first starts or cameras with colour, before the engine's pictures count as wrong
BLOCKED_STARTS = 100  # start poses from which something is in the way, before an attempt counts as failed


class CandidateCount(BaseModel):
    """How often candidates of one kind ended in one way.

    For transitions a candidate is a start pose with one magnitude of a direction; for layouts a camera on a layout
    (group is then the scale, direction the variation, and there is no magnitude). outcome:
    "kept", or why it was rejected.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    scene: str
    group: str
    direction: str
    magnitude: float | None
    outcome: str
    count: int


class Coverage:
    """Counts what became of every candidate."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str, float | None, str]] = Counter()

    def add(self, scene: str, group: str, direction: str, magnitude: float | None, outcome: str) -> None:
        self._counts[scene, group, direction, magnitude, outcome] += 1

    def add_sweep(self, scene: str, sweep: Sweep, outcome: str, magnitudes: Sequence[float] | None = None) -> None:
        """The same outcome for all magnitudes of a sweep, or for those given."""
        for magnitude in sweep.magnitudes if magnitudes is None else magnitudes:
            self.add(scene, sweep.group, sweep.direction, magnitude, outcome)

    def extend(self, outcomes: Iterable[CandidateCount]) -> None:
        for one in outcomes:
            self._counts[one.scene, one.group, one.direction, one.magnitude, one.outcome] += one.count

    def outcomes(self) -> list[CandidateCount]:
        """All counts, in a stable order."""
        ordered = sorted(self._counts.items(), key=lambda entry: (*entry[0][:3], entry[0][3] or 0.0, entry[0][4]))
        return [
            CandidateCount(
                scene=scene, group=group, direction=direction, magnitude=magnitude, outcome=outcome, count=count
            )
            for (scene, group, direction, magnitude, outcome), count in ordered
        ]

    def csv(self) -> str:
        """The counts as a table with a column for each field of ``CandidateCount``."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(CandidateCount.model_fields)
        writer.writerows(outcome.model_dump().values() for outcome in self.outcomes())
        return text.getvalue()


class PictureCount:
    """Counts the starts (of transitions) or cameras (of layouts) whose colours were not of their views."""

    def __init__(self, engine: str, fewest_scenes: int = 1) -> None:
        """fewest_scenes: how many, one after the other, must be wrong to blame the engine. One alone may be a rare
        scene whose things have the colours of what is behind them."""
        self._engine, self._fewest_scenes = engine, fewest_scenes
        self._wrong: dict[str, list[str]] = {}
        self._right: set[str] = set()

    def judge(self, scene: str, wrong: WrongPicture | None) -> None:
        """Count one; SpaceNumError if all of the first were wrong: then it is no matter of what stands where."""
        if wrong is None:
            self._right.add(scene)
            self._wrong.clear()
        elif scene not in self._right:
            self._wrong.setdefault(scene, []).append(str(wrong))
        blamed = [name for name, reasons in self._wrong.items() if len(reasons) >= WRONG_PICTURES]
        if len(blamed) >= self._fewest_scenes:
            counts = Counter(reason for name in blamed for reason in self._wrong[name]).most_common()
            names = f"scene{'s' * (len(blamed) > 1)} {', '.join(map(repr, blamed))}"
            raise SpaceNumError(
                f"{names}: the pictures of {self._engine} are not of its views from any of the first "
                f"{WRONG_PICTURES} poses that were photographed: "
                f"{', '.join(f'{reason} ({count})' for reason, count in counts)}; look at what the engine draws, or, "
                "if its pictures are right, change the limits in the config (key 'controls')"
            )


def view_of(sensing: Sensing) -> View:
    """The part of a sensing that an observer may use, with depth as it will stand on disk."""
    return View(as_stored(sensing).depth, sensing.ids, sensing.camera)


class TransitionCapture:
    """Takes the sweeps of one room."""

    def __init__(
        self, simulator: Simulator, controls: ControlsConfig, attempts: int, writer: FrameWriter, coverage: Coverage,
        pictures: PictureCount,
    ) -> None:  # fmt: skip
        self._sim, self._controls, self._attempts = simulator, controls, attempts
        self._writer, self._coverage, self._pictures = writer, coverage, pictures
        self._scales: list[float] = []

    def take(self, scene: TransitionScene, sweeps: Sequence[Sweep], seed: int) -> list[Family]:
        """Open the room and take every sweep that it allows; sweeps that share a start share its frame."""
        self._sim.open(scene)
        self._scene = scene.id
        rng = np.random.default_rng([scene.seed, seed, 1])
        positions = self._sim.start_positions()
        families: list[Family] = []
        level = [sweep for sweep in sweeps if sweep.group != "rotate_up_down"]
        families += self._take_from_shared_starts(level, positions, LEVEL_STARTS_DEG, rng)
        for sweep in sweeps:
            if sweep.group == "rotate_up_down":
                families += self._take_from_shared_starts([sweep], positions, PITCH_STARTS_DEG[sweep.direction], rng)
        return families

    def _take_from_shared_starts(
        self,
        sweeps: Sequence[Sweep],
        positions: NDArray[np.float64],
        horizons: Sequence[float],
        rng: np.random.Generator,
    ) -> list[Family]:
        """Draw start poses until each sweep has one; those with no free way are cheap and count apart."""
        waiting, families = list(sweeps), list[Family]()
        for _ in range(self._attempts if len(positions) else 0):
            if not waiting:
                break
            pose, free = self._free_start(waiting, positions, horizons, rng)
            taken = self._take_from(pose, free)
            families += taken
            for family in taken:
                waiting.remove(next(s for s in free if (s.group, s.direction) == (family.group, family.direction)))
        return families

    def _free_start(
        self,
        sweeps: Sequence[Sweep],
        positions: NDArray[np.float64],
        horizons: Sequence[float],
        rng: np.random.Generator,
    ) -> tuple[CameraPose, list[Sweep]]:
        """A random start pose and the sweeps, one of each direction, that nothing blocks from there; maybe none."""
        pose, free = CameraPose(position=(0, 0, 0), yaw=0, horizon=0), list[Sweep]()
        for _ in range(BLOCKED_STARTS):
            position = positions[int(rng.integers(len(positions)))]
            pose = CameraPose(
                position=tuple(round(float(v), 4) for v in position),  # type: ignore[arg-type]
                yaw=float(rng.integers(0, 72) * 5),
                horizon=float(rng.choice(horizons)),
            )
            distinct = {(sweep.group, sweep.direction): sweep for sweep in reversed(sweeps)}
            free = [sweep for sweep in sweeps if sweep in distinct.values() and self._is_free(pose, sweep)]
            if free:
                break
        return pose, free

    def _take_from(self, pose: CameraPose, sweeps: Sequence[Sweep]) -> list[TransitionFamily]:
        """The sweeps that work from ``pose``; the start is sensed and photographed at most once."""
        start: Sensing | None = None
        before: Pixels | None = None
        families: list[TransitionFamily] = []
        wrong: WrongPicture | None = None
        for sweep in sweeps:
            try:
                if start is None:
                    start = self._sensed(pose)
                poses, views, ends = self._sense_ends(pose, start, sweep)
                stored = [as_stored(view) for view in views]
                after = [self._photograph(p, view) for p, view in zip(poses, stored, strict=True)]
                difference = smallest_difference(after)
                if difference < self._controls.min_option_difference:
                    raise WrongPicture("candidate images too alike")
                if before is None:
                    before = self._photograph(pose, as_stored(start))
                agreements = check_sweep(as_stored(start), before, stored, after, self._controls)
            except Rejected as reason:
                wrong = reason if isinstance(reason, WrongPicture) else wrong
                self._coverage.add_sweep(self._scene, sweep, str(reason), reason.magnitudes)
                self._coverage.add_sweep(self._scene, sweep, OTHER_FAILED, reason.passed)
                continue
            start_name = self._writer.write(self._scene, pose, start, before)
            ends = [
                end.model_copy(update={"colour_agreement": _told(a)}) for end, a in zip(ends, agreements, strict=True)
            ]
            families.append(self._write(sweep, start_name, poses, views, after, ends, difference))
            self._coverage.add_sweep(self._scene, sweep, "kept")
        if families or wrong:
            self._pictures.judge(self._scene, None if families else wrong)
        return families

    def _photograph(self, pose: CameraPose, view: Sensing) -> Pixels:
        """The picture at ``pose``, whose view is known; WrongPicture if it can't be of it."""
        self._sim.go_to(pose)
        colour = self._sim.photograph()
        check_picture(view, colour, self._controls)
        return colour

    def _is_free(self, pose: CameraPose, sweep: Sweep) -> bool:
        """Whether all four actions are possible; the farthest first, since it fails most."""
        for action in reversed(sweep.actions()):
            self._sim.go_to(pose)
            try:
                self._sim.act(action)
            except Collision as reason:
                self._coverage.add_sweep(self._scene, sweep, reason.outcome, [action.magnitude])
                return False
        return True

    def _checked(self, view: Sensing) -> Sensing:
        if len(anchors(view, self._controls)) < self._controls.min_anchors:
            raise Rejected("too few objects in view")
        return view

    def _sense_ends(
        self, pose: CameraPose, start: Sensing, sweep: Sweep
    ) -> tuple[list[CameraPose], list[Sensing], list[SweepEnd]]:
        poses, views, ends = [], [], []
        for action in reversed(sweep.actions()):
            try:
                view = self._sensed(pose, action)
                ends.append(self._end(start, view, action.magnitude, motion_of(action)))
            except Rejected as reason:
                passed = [end.magnitude for end in ends]
                raise Rejected(str(reason), magnitudes=[action.magnitude], passed=passed) from None
            views.append(view)
            poses.append(moved(pose, motion_of(action)))
        poses, views, ends = poses[::-1], views[::-1], ends[::-1]
        self._check_solvable(start, views, sweep)
        return poses, views, ends

    def _sensed(self, pose: CameraPose, action: Action | None = None) -> Sensing:
        """What is seen at ``pose``, or after ``action`` from there."""
        self._sim.go_to(pose)
        try:
            if action is not None:
                self._sim.act(action)
            view = self._sim.sense()
        except Collision as reason:
            raise Rejected(reason.outcome) from None
        return self._checked(view)

    def _end(self, start: Sensing, view: Sensing, magnitude: float, commanded: Motion) -> SweepEnd:
        metres, degrees = pose_error(commanded, motion_between(start.pose, view.pose))
        error = max(metres / self._controls.max_position_error_m, degrees / self._controls.max_angle_error_deg)
        if error > 1:
            raise Rejected("measured pose differs from the command")
        shared = len(anchors(start, self._controls) & anchors(view, self._controls))
        if shared < self._controls.min_shared_anchors:
            raise Rejected("no shared object")
        share = overlap(start, view)
        if share < self._controls.min_overlap:
            raise Rejected("overlap under the floor")
        scale = self._depth_scale(start, view)
        return SweepEnd(
            magnitude=magnitude, frame="", overlap=round(share, 4), shared_anchors=shared, pose_error=round(error, 4),
            depth_scale=None if scale is None else round(scale, 5),
        )  # fmt: skip

    def _depth_scale(self, start: Sensing, view: Sensing) -> float | None:
        """Depth against the measured move; SpaceNumError if it is wrong in all of the first moves that tell."""
        scale = depth_scale(start, view)
        if scale is None:
            return None
        self._scales.append(scale)
        wrong = [abs(s - 1) > self._controls.max_depth_scale_error for s in self._scales]
        if len(wrong) == WRONG_DEPTHS and all(wrong):
            raise SpaceNumError(
                f"scene '{self._scene}': {self._sim.name} says {np.median(self._scales):.4f} m of depth for each metre "
                f"that the camera moved, in all of the first {WRONG_DEPTHS} moves; what it says of depth or of poses "
                "isn't in metres, so no answer could be checked (config key 'controls.max_depth_scale_error')"
            )
        if wrong[-1]:
            raise Rejected("depth disagrees with the measured move")
        return scale

    def _check_solvable(self, start: Sensing, views: Sequence[Sensing], sweep: Sweep) -> None:
        """Whether depth, masks and intrinsics tell the four magnitudes apart, both ways."""
        try:
            agree = best_agreements(view_of(start), [view_of(v) for v in views], sweep.actions())
        except ValueError as error:
            raise Rejected(str(error)) from None
        right = [agree.argmax(axis=axis) == np.arange(len(agree)) for axis in (0, 1)]
        if np.mean(right) < self._controls.min_solved_share:
            raise Rejected("not solvable from depth and masks")

    def _write(
        self,
        sweep: Sweep,
        start_name: str,
        poses: Sequence[CameraPose],
        views: Sequence[Sensing],
        colours: Sequence[Pixels],
        ends: Sequence[SweepEnd],
        difference: float,
    ) -> TransitionFamily:
        family = f"{start_name}.{sweep.group}.{sweep.direction}"
        frames = [
            self._writer.write(self._scene, pose, view, colour)
            for pose, view, colour in zip(poses, views, colours, strict=True)
        ]
        return TransitionFamily(
            id=family, scene=self._scene, group=sweep.group, direction=sweep.direction, start=start_name,
            ends=tuple(end.model_copy(update={"frame": frame}) for end, frame in zip(ends, frames, strict=True)),
            option_difference=round(difference, 4),
        )  # fmt: skip


class LayoutCapture:
    """Takes the four placements of one layout, through the first of its cameras that passes."""

    def __init__(
        self, simulator: Simulator, controls: ControlsConfig, writer: FrameWriter, coverage: Coverage,
        pictures: PictureCount,
    ) -> None:  # fmt: skip
        self._sim, self._controls, self._writer, self._coverage = simulator, controls, writer, coverage
        self._pictures = pictures

    def take(self, scene: LayoutScene) -> list[Family]:
        """The layout's family, or none if no camera passes."""
        self._sim.open(scene)
        for pose in scene.cameras:
            try:
                family = self._take_through(pose, scene)
            except Rejected as reason:
                if isinstance(reason, WrongPicture):
                    self._pictures.judge(scene.id, reason)
                self._coverage.add(scene.id, scene.scale, scene.variation, None, str(reason))
                continue
            self._pictures.judge(scene.id, None)
            self._coverage.add(scene.id, scene.scale, scene.variation, None, "kept")
            return [family]
        return []

    def _take_through(self, pose: CameraPose, scene: LayoutScene) -> LayoutFamily:
        views = []
        for target in scene.placements:
            self._sim.place_target(target)
            self._sim.go_to(pose)
            views.append(self._checked(self._sim.sense(), scene, target))
        if min(changed_share(a, b) for a, b in combinations(views, 2)) < self._controls.min_changed_share:
            raise Rejected("candidate images too alike")
        self._check_solvable(views, scene)
        colours, stored = [], [as_stored(view) for view in views]
        for target, view in zip(scene.placements, stored, strict=True):
            self._sim.place_target(target)
            self._sim.go_to(pose)
            colours.append(self._sim.photograph())
            check_picture(view, colours[-1], self._controls)
        if smallest_difference(colours) < self._controls.min_layout_difference:
            raise Rejected("candidate images too alike")
        agreement = check_placements(stored, colours, self._controls)
        frames = tuple(
            self._writer.write(scene.id, pose, view, colour, str(target.model_dump()))
            for target, view, colour in zip(scene.placements, views, colours, strict=True)
        )
        return LayoutFamily(
            id=scene.id,
            scene=scene.id,
            frames=frames,
            visible_objects=tuple(len(anchors(view, self._controls)) for view in views),
            differences=tuple(tuple(round(difference(a, b), 4) for b in colours) for a in colours),
            change_agreement=_told(agreement),
        )

    def _checked(self, view: Sensing, scene: LayoutScene, target: PlacedObject) -> Sensing:
        if len(anchors(view, self._controls)) < self._controls.min_anchors:
            raise Rejected("too few objects in view")
        pixels = {i.name: i.visible_px for i in view.instances}
        floor = scaled(self._controls.min_target_pixels, view.camera)
        if min(pixels.get(name, 0) for name in (scene.origin_anchor, scene.direction_anchor, target.name)) < floor:
            raise Rejected("target or anchor hidden")
        floors = {
            scene.origin_anchor: self._controls.min_anchor_visible_share,
            scene.direction_anchor: self._controls.min_anchor_visible_share,
            target.name: self._controls.min_visible_share,
        }
        shown = [i for i in view.instances if i.name in floors]
        if any(footprint_share(view, i) < self._controls.min_footprint_share for i in shown):
            raise Rejected("target or anchor's foot hidden")
        if any(visible_share(view, i) < floors[i.name] for i in shown):
            raise Rejected("target or anchor mostly hidden")
        return view

    def _check_solvable(self, views: Sequence[Sensing], scene: LayoutScene) -> None:
        """Whether depth and masks tell the four placements apart in the numbers of every dimension."""
        shown = [view_of(view) for view in views]  # once: each finds its camera's pitch
        for d in (1, 2, 3):
            options = [scene.map_corners(target)[:, :d] for target in scene.placements]
            measured = [
                _measure(sensing, view, scene, target, d)
                for sensing, view, target in zip(views, shown, scene.placements, strict=True)
            ]
            pairs = [pair[:2] for pair in pairs_1d(scene.variation)]
            for chosen in pairs if d == 1 else [(0, 1, 2, 3)]:
                by_number = [nearest_option(measured[k], [options[i] for i in chosen]) for k in chosen]
                by_image = [nearest_option(options[k], [measured[i] for i in chosen]) for k in chosen]
                if by_number != list(range(len(chosen))) or by_image != list(range(len(chosen))):
                    raise Rejected("not solvable from depth and masks")


def _told(agreement: float | None) -> float | None:
    return None if agreement is None else round(agreement, 4)


def _measure(sensing: Sensing, view: View, scene: LayoutScene, target: PlacedObject, d: int) -> NDArray[np.float64]:
    by_name = {o.name: o for o in scene.objects}
    masks = {i.name: view.ids == i.id for i in sensing.instances}
    origin, direction = (
        Reference(scene.map_corners(by_name[name])[:, :d], masks[name])
        for name in (scene.origin_anchor, scene.direction_anchor)
    )
    try:
        return measured_corners(view, origin, direction, masks[target.name])
    except ValueError as error:
        raise Rejected(str(error)) from None


def capture(
    simulator: Simulator,
    scene: AnyScene,
    sweeps: Sequence[Sweep],
    controls: ControlsConfig,
    attempts: int,
    writer: FrameWriter,
    coverage: Coverage,
    seed: int,
    pictures: PictureCount | None = None,
) -> list[Family]:
    """Take all families of a scene; ``sweeps``, ``attempts`` and ``seed`` are for transitions. pictures: of other
    scenes, too."""
    pictures = pictures or PictureCount(simulator.name)
    if isinstance(scene, LayoutScene):
        return LayoutCapture(simulator, controls, writer, coverage, pictures).take(scene)
    return TransitionCapture(simulator, controls, attempts, writer, coverage, pictures).take(scene, sweeps, seed)
