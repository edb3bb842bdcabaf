"""A variant's items from base items: changed fields, words and pictures; ids, families and answers stay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image as Images

from spacenum.core.errors import SpaceNumError
from spacenum.core.progress import Progress
from spacenum.core.provenance import anew, atomic_folder, sha256_of, stable_hash
from spacenum.frames.records import FrameRecord
from spacenum.items.layout import layout_prompt
from spacenum.items.prompts import Prompts
from spacenum.items.schema import Image, Item, LayoutItem, TransitionItem
from spacenum.items.transition import transition_prompt
from spacenum.variants.base import Picture, Variant

Finished = Callable[[], None]


@dataclass(frozen=True)
class Pictures:
    """A variant's pictures. by_base: frames by the path of the base image that each stands for."""

    by_base: Mapping[str, FrameRecord]

    @property
    def frames(self) -> list[FrameRecord]:
        return list(self.by_base.values())

    def path(self, image: str) -> str:
        return self.by_base[image].image


def chosen(
    variant: Variant, items: Sequence[Item], frames: Mapping[str, FrameRecord], families: int | None = None
) -> list[tuple[Item, Item]]:
    """Each base item that the variant has, with its changed fields; SpaceNumError if what must stay does not.

    frames: base frames by image path. families: of each cell that a variant with ``expand`` is made of; None for all. A
    family of which an item became the same question as one before is left out: two families of a layout may ask for the
    same placement, among other options.
    """
    if variant.expand is not None:
        pairs = [(item, new) for item in some_families(items, families) for new in variant.expand(item)]
    else:
        changes = ((item, variant.item(item, frames[base_images([item])[0]])) for item in items)
        pairs = [(item, changed) for item, changed in changes if changed is not None]
        _check_kept(pairs)
    repeated = _repeated_families(pairs)
    return [pair for pair in pairs if pair[1].family not in repeated]


def some_families(items: Sequence[Item], count: int | None) -> list[Item]:
    """The items of ``count`` families of each cell (None for all), in their order: a family of each scene first, then a
    second, each in an order that a hash of its name gives."""
    if count is None:
        return list(items)
    in_scene: dict[tuple[str, str], set[str]] = defaultdict(set)
    for item in items:
        in_scene[item.cell, item.scene].add(item.family)
    ranked: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for (cell, scene), members in in_scene.items():
        lots = enumerate(sorted(members, key=stable_hash))
        ranked[cell] += [(rank, stable_hash(f"{cell}/{scene}"), family) for rank, family in lots]
    kept = {family for cell in ranked.values() for _, _, family in sorted(cell)[:count]}
    return [item for item in items if item.family in kept]


def _check_kept(pairs: Sequence[tuple[Item, Item]]) -> None:
    for base, changed in pairs:
        kept = ("id", "family", "cell", "task", "answer", "scene")
        lost = [name for name in kept if getattr(base, name) != getattr(changed, name)]
        if lost:
            raise SpaceNumError(f"item {base.id}: a variant must keep '{lost[0]}', or its results can't be paired")


def _repeated_families(pairs: Sequence[tuple[Item, Item]]) -> set[str]:
    seen: set[str] = set()
    repeated = set()
    for base, changed in pairs:
        options = [(option.letter, option.value, option.image) for option in changed.options]
        stated = changed.truth.corners if isinstance(changed, LayoutItem) else changed.truth
        question = repr((changed.cell, base_images([base]), stated, options))
        if question in seen:
            repeated.add(changed.family)
        seen.add(question)
    return repeated


def base_images(items: Sequence[Item]) -> list[str]:
    """Paths of the pictures that items show, each once, in their order."""
    return list(dict.fromkeys(part.image for item in items for part in item.prompt if isinstance(part, Image)))


def draw_pictures(
    variant: Variant,
    images: Sequence[str],
    frames: Mapping[str, FrameRecord],
    folder: Path,
    final: Path,
    finished: Finished = lambda: None,
) -> Pictures:
    """The variant's pictures. frames: base frames by image path.

    Drawn pictures are written into ``folder``, which will stand at ``final``; what isn't drawn stays the base's.
    """
    if variant.draw is None:
        return Pictures({image: variant.record(frames[image]) for image in images})
    drawn = {}
    for image in images:
        path = folder / Path(image).name
        Images.fromarray(variant.draw(Picture(frames[image], Path()))).save(path, optimize=False, compress_level=6)
        changed = {"image": str(final / path.name), "sha256": (sha256_of(path), *frames[image].sha256[1:])}
        drawn[image] = variant.record(frames[image]).model_copy(update=changed)
        finished()
    return Pictures(drawn)


def rendered_pictures(
    images: Sequence[str], frames: Mapping[str, FrameRecord], rendered: Mapping[str, FrameRecord]
) -> Pictures:
    """Pictures of another render of the same views. frames: by image path; rendered:
    by id, which both renders share."""
    missing = [image for image in images if frames[image].id not in rendered]
    if missing:
        raise SpaceNumError(f"{missing[0]}: this view is missing from the variant's render; {anew('rerender')}")
    return Pictures({image: rendered[frames[image].id] for image in images})


def variant_items(name: str, variant: Variant, pairs: Sequence[tuple[Item, Item]], pictures: Pictures) -> list[Item]:
    """The variant's items, in the base items' order."""
    prompts = Prompts()
    return [_item(name, variant, base, changed, pictures, prompts) for base, changed in pairs]


def _item(name: str, variant: Variant, base: Item, changed: Item, pictures: Pictures, prompts: Prompts) -> Item:
    options = [
        option.model_copy(update={"image": pictures.path(option.image)}) if option.image else option
        for option in changed.options
    ]
    item = changed.model_copy(update={"variant": name, "options": options})
    shown = [pictures.by_base[part.image] for part in base.prompt if isinstance(part, Image)]
    images, preface = [frame.image for frame in shown], variant.preface(item, shown[0])
    if isinstance(item, LayoutItem):
        return item.model_copy(update={"prompt": layout_prompt(item, images[0], prompts, variant.notation, preface)})
    assert isinstance(item, TransitionItem)
    before, after = images[:2]
    if variant.swaps_images:
        before, after = after, before
    prompt = transition_prompt(item, before, after, prompts, variant.notation, preface)
    return item.model_copy(update={"prompt": prompt})


def pictures_of(
    variant: Variant,
    pairs: Sequence[tuple[Item, Item]],
    frames: Mapping[str, FrameRecord],
    rendered: Iterable[FrameRecord],
    folder: Path,
    label: str,
) -> Pictures:
    """The pictures of a variant's items, which were ``rendered`` anew, or are drawn into ``folder`` here. frames: base
    frames by image path. label: what progress is called."""
    images = base_images([item for item, _ in pairs])
    with atomic_folder(folder) as drawn:
        if variant.scene:
            return rendered_pictures(images, frames, {frame.id: frame for frame in rendered})
        return draw_pictures(variant, images, frames, drawn, folder, Progress(label, len(images)).step)
