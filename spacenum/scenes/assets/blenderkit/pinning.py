"""Looking models up by the list's criteria, and pinning those that can stand for their category."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import sha256_of
from spacenum.scenes.assets.blenderkit.pack import Normalise, check_size, could_be
from spacenum.scenes.assets.blenderkit.selection import (
    BlenderKitSelection,
    Category,
    Criteria,
    Pin,
    read_selection,
    write_selection,
)
from spacenum.scenes.assets.blenderkit.service import Offer, Service, Unavailable
from spacenum.scenes.assets.manifest import Asset, load_pack
from spacenum.scenes.assets.packing import own_entry

NEWEST_BLENDER = (4, 5)
"""The release whose files can be opened for certain: that of the pinned ``bpy``."""


class _Unfit(Exception):
    """A model that can't stand for its category."""


@dataclass(frozen=True)
class Pinner:
    """Fills a list's free places.

    downloads: folder in which the files are kept, for the pack to be made of. say: is told of each model that was
    pinned or can't be used.
    """

    service: Service
    normalise: Normalise
    downloads: Path
    say: Callable[[str], None]

    def fill(self, path: Path, categories: Sequence[str] = ()) -> BlenderKitSelection:
        """Pin a model in each free place of the list at ``path``, or of ``categories`` in it; return the list.

        The list is written after each pin, so that an interrupted run goes on. Places for which nothing fits stay free.
        Raises SpaceNumError if the service fails or a category isn't in the list.
        """
        selection, procedural = read_selection(path), load_pack("procedural")
        unknown = sorted(set(categories) - set(selection.categories))
        if unknown:
            raise SpaceNumError(f"{path} has no category '{unknown[0]}'; it has {', '.join(selection.categories)}")
        for name in categories or list(selection.categories):
            category, like = selection.categories[name], own_entry(procedural, name, path.name)
            if not category.missing:
                continue
            for pin in self._fitting(category, like, selection):
                selection = selection.with_pin(name, pin)
                write_selection(selection, path)
                self.say(f"{name}: pinned {pin.title} by {pin.author}")
                if not selection.categories[name].missing:
                    break
            else:
                left = selection.categories[name].missing
                self.say(f"{name}: found nothing for {left} of its places; change its 'query' or 'unlike'")
        return selection

    def _fitting(self, category: Category, like: Asset, selection: BlenderKitSelection) -> Iterator[Pin]:
        """What can be downloaded, normalised, and be a ``like`` by its size, best first."""
        for pin, offer in self._offers(category, like, selection):
            file = self.downloads / pin.file_name
            try:
                if not file.is_file():
                    self.service.download(offer, pin.resolution, file)
                self._try(pin, file, like, category.any_size)
            except (Unavailable, _Unfit) as error:
                self.say(f"{like.category}: can't use {pin.title}: {error}")
                continue
            yield pin.model_copy(update={"sha256": sha256_of(file)})

    def _offers(self, category: Category, like: Asset, selection: BlenderKitSelection) -> Iterator[tuple[Pin, Offer]]:
        """What fits the criteria and is pinned nowhere, licence by licence in the list's order; no checksums yet."""
        criteria, known = selection.criteria, {pin.base_id for _, pin in selection.pins()}
        filters = [f"faceCount_lte:{criteria.max_faces}", *(["is_free:true"] if criteria.free else [])]
        for licence in criteria.licences:
            for offer in self.service.search(category.query, [f"license:{licence}", *filters]):
                resolution = offer.nearest(criteria.resolution)
                if (
                    resolution is not None
                    and offer.license == licence
                    and offer.asset_base_id not in known
                    and fits(offer, category, like, criteria)
                ):
                    known.add(offer.asset_base_id)
                    yield Pin(
                        base_id=offer.asset_base_id, version=offer.version_number, resolution=resolution,
                        sha256="0" * 64, name=offer.name, author=offer.author_name, licence=licence,
                    ), offer  # fmt: skip

    def _try(self, pin: Pin, file: Path, like: Asset, any_size: bool) -> None:
        """_Unfit unless a download can be normalised and measures what a ``like`` may."""
        try:
            with tempfile.TemporaryDirectory(prefix="spacenum-blenderkit-") as folder:
                measured = self.normalise(file, pin.front, Path(folder) / "model.glb")
            if not any_size:
                check_size(measured, like, pin.title)
        except SpaceNumError as error:
            raise _Unfit(str(error)) from None


def fits(offer: Offer, category: Category, like: Asset, criteria: Criteria) -> bool:
    """Whether what the service says of a model fulfils the criteria, which it may read less strictly than we do."""
    name = set(re.findall(r"\w+", offer.name.lower()))
    faces = offer.dict_parameters.get("faceCount")
    made_with = re.match(r"(\d+)\.(\d+)", offer.source_app_version or "")
    return (
        offer.can_download
        and offer.asset_base_id not in category.rejected
        and (offer.is_free or not criteria.free)
        and (faces is None or int(faces) <= criteria.max_faces)
        and (made_with is None or tuple(map(int, made_with.groups())) <= NEWEST_BLENDER)
        and (category.any_size or offer.dimensions is None or could_be(offer.dimensions, like))
        and category.query.lower().split()[-1] in name
        and not name & set(category.unlike)
    )
