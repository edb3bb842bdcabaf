"""Looking models up by the list's criteria, and pinning those that can stand for their category."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from spacenum.errors import SpaceNumError
from spacenum.provenance import sha256_of
from spacenum.scenes.assets.blenderkit.pack import Normalise, check_size
from spacenum.scenes.assets.blenderkit.selection import (
    Category,
    Criteria,
    Licence,
    Pin,
    Selection,
    read_selection,
    write_selection,
)
from spacenum.scenes.assets.blenderkit.service import Offer, Service, Unavailable
from spacenum.scenes.assets.manifest import Asset, load_pack
from spacenum.scenes.assets.packing import own_entry

NEWEST_BLENDER = (4, 5)
"""The release whose files can be opened for certain: that of the pinned ``bpy``."""


def pin_missing(
    path: Path,
    categories: Sequence[str],
    downloads: Path,
    service: Service,
    normalise: Normalise,
    say: Callable[[str], None],
) -> Selection:
    """Pin a model in each free place of the list at ``path``, or of those ``categories``; places with no fitting model stay.

    The list is written after each pin, and what was downloaded is kept in ``downloads``, so that an interrupted run
    goes on. say: is told of each model that was pinned or can't be used. Raises SpaceNumError if the service fails.
    """
    selection, procedural = read_selection(path), load_pack("procedural")
    unknown = sorted(set(categories) - set(selection.categories))
    if unknown:
        raise SpaceNumError(f"{path} has no category '{unknown[0]}'; it has {', '.join(selection.categories)}")
    for name in categories or list(selection.categories):
        like, category = own_entry(procedural, name, path.name), selection.categories[name]
        offers = _offers(category, selection, service) if category.missing else iter(())
        while selection.categories[name].missing:
            pin = _first_fitting(offers, category, like, downloads, service, normalise, selection.criteria, say)
            if pin is None:
                say(
                    f"{name}: found nothing for {selection.categories[name].missing} places; change 'query' or 'unlike'"
                )
                break
            selection = selection.with_pin(name, pin)
            write_selection(selection, path)
            say(f"{name}: pinned {pin.title} by {pin.author}")
    return selection


def _offers(category: Category, selection: Selection, service: Service) -> Iterator[tuple[Offer, Licence]]:
    """What fits the criteria and is pinned nowhere, licence by licence in the list's order of preference."""
    criteria, known = selection.criteria, {pin.base_id for _, pin in selection.pins()}
    for licence in criteria.licences:
        filters = [
            f"license:{licence}",
            f"faceCount_lte:{criteria.max_faces}",
            *(["is_free:true"] if criteria.free else []),
        ]
        for offer in service.search(category.query, filters):
            if offer.asset_base_id not in known and offer.license == licence and fits(offer, category, criteria):
                known.add(offer.asset_base_id)
                yield offer, licence


def fits(offer: Offer, category: Category, criteria: Criteria) -> bool:
    """Whether what the service says of a model fulfils the criteria, which it may read less strictly than we do."""
    name = set(re.findall(r"\w+", offer.name.lower()))
    faces, made_with = offer.dict_parameters.get("faceCount"), re.match(r"(\d+)\.(\d+)", offer.source_app_version)
    return (
        offer.can_download
        and (offer.is_free or not criteria.free)
        and (faces is None or int(faces) <= criteria.max_faces)
        and (made_with is None or tuple(map(int, made_with.groups())) <= NEWEST_BLENDER)
        and category.query.lower().split()[-1] in name
        and not name & set(category.unlike)
        and offer.link(criteria.resolution) is not None
    )


def _first_fitting(
    offers: Iterator[tuple[Offer, Licence]], category: Category, like: Asset, downloads: Path, service: Service,
    normalise: Normalise, criteria: Criteria, say: Callable[[str], None],
) -> Pin | None:  # fmt: skip
    """The next offer that can be downloaded, normalised, and be a ``like`` by its size; None if there is none."""
    for offer, licence in offers:
        pin = Pin(
            base_id=offer.asset_base_id, version=offer.version_number, resolution=criteria.resolution, sha256="0" * 64,
            name=offer.name, author=str(offer.author), licence=licence,
        )  # fmt: skip
        file = downloads / pin.file_name
        try:
            if not file.is_file():
                service.download(offer, criteria.resolution, file)
            _try(pin, file, like, category.any_size, normalise)
        except (Unavailable, _Unfit) as error:
            say(f"{like.category}: can't use {pin.title}: {error}")
            continue
        return pin.model_copy(update={"sha256": sha256_of(file)})
    return None


class _Unfit(Exception):
    """A model that can't stand for its category."""


def _try(pin: Pin, file: Path, like: Asset, any_size: bool, normalise: Normalise) -> None:
    """_Unfit unless a download can be normalised and measures what a ``like`` may."""
    try:
        with tempfile.TemporaryDirectory(prefix="spacenum-blenderkit-") as folder:
            measured = normalise(file, pin.front, Path(folder) / "model.glb")
        if not any_size:
            check_size(measured, like, pin.title)
    except SpaceNumError as error:
        raise _Unfit(str(error)) from None
