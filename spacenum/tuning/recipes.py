"""Recipes: which training items an adapter sees. A selection is a function of recipe, items and seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from spacenum.core.blocks import Block
from spacenum.core.errors import ConfigError, SpaceNumError
from spacenum.core.provenance import digest, stable_hash
from spacenum.items.schema import CELLS, LETTERS, AnyItem, AnySetting, Cell, Image, LayoutItem, cells_of
from spacenum.scenes.spec import AnyScene
from spacenum.tuning.settings import Recipe, RecipeParams


class Summary(Block):
    """What a recipe selected; ``data/recipes/<name>.yaml``.

    selection: a hash of the chosen items, prompts and answers included, that no other selection shares. letters: how
    often each is the right answer. cut_families: of which some items only were taken. scenes: that the items show;
    benchmark_scenes: of which none is among them, neither by name nor by content; of an imported set, those that the
    study's imported benchmarks show, and shared_images: images of these that the selection shows too.
    benchmark_layouts: of the benchmark's scenes, the layouts; known_objects: those of them whose origin anchor,
    direction anchor and target are, by name, those of some layout of the selection (other objects of those names,
    elsewhere).
    """

    recipe: str
    asked: Recipe
    selection: str
    items: int
    settings: dict[str, int]
    cells: dict[str, int]
    letters: dict[str, int]
    families: int
    cut_families: int
    scenes: int
    benchmark_scenes: int
    shared_images: int = 0
    benchmark_layouts: int
    known_objects: int


def quotas(name: str, recipe: Recipe, pool: Mapping[str, int]) -> dict[str, int]:
    """How many items of each cell a recipe takes, in proportion to what each cell of ``pool`` has.

    ConfigError if a setting has too few for its share.
    """
    cells = {s: {c: pool.get(c, 0) for c in cells_of(s) if _takes(recipe, Cell.of(c))} for s in recipe.settings}
    if recipe.size is None:
        return {cell: count for of_setting in cells.values() for cell, count in of_setting.items()}
    moving = round(recipe.size * recipe.transition_percent / 100)
    shares = {"transition": moving, "layout": recipe.size - moving}
    found: dict[str, int] = {}
    for setting, counts in cells.items():
        if shares[setting] > sum(counts.values()):
            raise ConfigError(
                f"tuning.recipes.{name}",
                f"asks for {shares[setting]} items of setting {setting}, but {_place(recipe)} has "
                f"{sum(counts.values())} that it may take; lower its size"
                + ("" if recipe.imported else " or raise 'items.train'"),
            )
        found |= _in_proportion(counts, shares[setting])
    return found


def _place(recipe: Recipe) -> str:
    return f"the imported set '{recipe.imported}'" if recipe.imported else "'items.train'"


def _takes(recipe: Recipe, cell: Cell) -> bool:
    return cell.setting == "transition" or cell.group in recipe.dimensions


def _in_proportion(counts: Mapping[str, int], total: int) -> dict[str, int]:
    """``total`` cut in proportion to ``counts``, by largest remainders; the first of equal ones wins."""
    every = sum(counts.values())
    exact = {cell: total * count / every if every else 0.0 for cell, count in counts.items()}
    found = {cell: int(share) for cell, share in exact.items()}
    left = sorted(exact, key=lambda cell: found[cell] - exact[cell])[: total - sum(found.values())]
    return {cell: count + (cell in left) for cell, count in found.items()}


def select(job: RecipeParams, items: Sequence[AnyItem]) -> list[AnyItem]:
    """The recipe's items, in the order of ``items``: of each cell whole families, in an order that is drawn once for
    all recipes, so that a larger recipe holds a smaller one; only the last family of a cell may be cut. Of an imported
    set all, or of the 20 cells alone if the recipe has a size."""
    if job.recipe.takes_all:
        return list(items)
    pool: dict[str, dict[str, list[AnyItem]]] = {cell: {} for cell in CELLS}
    for item in items:
        if item.cell in pool:
            pool[item.cell].setdefault(item.family, []).append(item)
    wanted = quotas(job.name, job.recipe, Counter(item.cell for item in items))
    taken: set[str] = set()
    for cell, count in wanted.items():
        order = sorted(pool[cell], key=lambda family: stable_hash(f"{job.seed}/{family}"))
        ids = [id for family in order for id in sorted(item.id for item in pool[cell][family])]
        taken |= set(ids[:count])
    return [item for item in items if item.id in taken]


def summarise(
    job: RecipeParams,
    pool: Sequence[AnyItem],
    chosen: Sequence[AnyItem],
    benchmark: Sequence[AnyItem],
    scenes: int,
) -> Summary:
    """What was chosen from ``pool``; scenes: how many of ``benchmark`` were compared with."""
    layouts, known = _objects(benchmark), set(_objects(chosen).values())
    whole = Counter((item.cell, item.family) for item in pool)
    taken = Counter((item.cell, item.family) for item in chosen)
    cells, letters = Counter(item.cell for item in chosen), Counter(item.answer for item in chosen)
    return Summary(
        recipe=job.name,
        asked=job.recipe,
        selection=digest([item.model_dump(mode="json") for item in chosen]),
        items=len(chosen),
        settings=dict(sorted(Counter(item.setting for item in chosen).items())),
        cells={cell: cells[cell] for cell in (*CELLS, *sorted({*cells} - {*CELLS})) if cells[cell]},
        letters={letter: letters[letter] for letter in LETTERS},
        families=len(taken),
        cut_families=sum(taken[family] < whole[family] for family in taken),
        scenes=len({(item.setting, item.scene) for item in chosen}),
        benchmark_scenes=scenes,
        shared_images=len(_images(chosen) & _images(benchmark)) if job.recipe.imported else 0,
        benchmark_layouts=len(layouts),
        known_objects=sum(objects in known for objects in layouts.values()),
    )


def _images(items: Iterable[AnyItem]) -> set[str]:
    """Names of the images that items show; of an imported set, the hashes of their bytes."""
    return {Path(part.image).name for item in items for part in item.prompt if isinstance(part, Image)}


def _objects(items: Iterable[AnyItem]) -> dict[str, tuple[str, str, str]]:
    """The names of origin anchor, direction anchor and target in each layout, by its scene."""
    truths = [(item.scene, item.truth) for item in items if isinstance(item, LayoutItem)]
    return {scene: (t.anchors.origin.name, t.anchors.direction.name, t.target) for scene, t in truths}


def check_unseen(chosen: Iterable[AnyItem], benchmark: Iterable[AnyItem]) -> int:
    """How many scenes the imported benchmark shows. SpaceNumError if training asks one of its items: the same words
    about the same images."""
    asked = list(benchmark)
    held_out = {_asked(item): item.id for item in asked}
    for item in chosen:
        if twin := held_out.get(_asked(item)):
            raise SpaceNumError(
                f"training item {item.id} asks what the benchmark's item {twin} asks, of the same images; leave it out "
                "of the imported set, or training would see what is tested"
            )
    return len({item.scene for item in asked})


def _asked(item: AnyItem) -> tuple[str, ...]:
    """Words and images of an item; its images by the hashes that are their names."""
    return tuple(Path(part.image).name if isinstance(part, Image) else part.text for part in item.prompt)


def check_disjoint(
    chosen: Iterable[AnyItem], benchmark: Iterable[AnyItem], scenes: Mapping[tuple[AnySetting, str], AnyScene]
) -> int:
    """How many scenes the benchmark shows. SpaceNumError if training shows one of them, or one with the same content.

    scenes: by setting and id, of both splits.
    """
    held_out = {content(scenes[item.setting, item.scene]): item.scene for item in benchmark}
    for item in chosen:
        twin = held_out.get(content(scenes[item.setting, item.scene]))
        if twin is not None:
            raise SpaceNumError(
                f"training item {item.id} shows scene '{item.scene}', which is the benchmark's scene '{twin}'; give it "
                f"another seed (config key 'scenes.{item.setting}.seeds'), or training would see what is tested"
            )
    return len(held_out)


def content(scene: AnyScene) -> str:
    """A hash of what a scene shows: neither its name nor its split; of a room that an engine brings, which it is."""
    apart = {"id", "split", "seed"}
    return digest(scene.model_dump(mode="json", exclude=apart))
