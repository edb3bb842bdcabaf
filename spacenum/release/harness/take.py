"""Replies that harnesses kept, matched with the items of a study, so that they are scored as all others are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from spacenum.asking.shown import asked_hash_of
from spacenum.asking.store import Contents
from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import read_jsonl, write_jsonl
from spacenum.items.schema import ITEM, SETTINGS, Item
from spacenum.models.imported import ImportedOptions, ImportedReply, replies_path
from spacenum.release.harness.logs import Logged, log_files, read_log
from spacenum.release.settings import RELEASED


def take_answers(logs: Sequence[Path], model: str, options: ImportedOptions, variant: str) -> list[str]:
    """Write what the logs say of a variant's items into the study in the current folder, in place of what was imported
    for that model before. Returns sentences on what came, and on what is missing.

    SpaceNumError if a log is another harness's than the model's file says, or if an id is unknown, twice there, or of
    an item that was asked something else than this study's.
    """
    logged = [one for path in log_files(logs) for one in _of_harness(path, options.harness)]
    by_id = _once(logged)
    items = _items(variant)
    if unknown := [one for id_, one in by_id.items() if id_ not in items]:
        raise SpaceNumError(
            f"{unknown[0].place}: {_named([one.id for one in unknown])} is no item of this study's '{variant}'; import "
            "a log into a study of the release that it is about (spacenum items import --release)"
        )
    contents = Contents(Path())
    replies = {id_: _reply(one, items[id_], contents) for id_, one in by_id.items() if one.reply is not None}
    for setting in SETTINGS:
        kept = [replies[id_] for id_, item in items.items() if item.setting == setting and id_ in replies]
        path = replies_path(model, variant, setting)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_jsonl(path, kept)
    return [*_said(items, by_id)]


def _of_harness(path: Path, wanted: str) -> list[Logged]:
    harness, logged = read_log(path)
    if harness not in ("plain", wanted):
        raise SpaceNumError(
            f"{path}: is of {harness}, but the model's file says 'options.harness: {wanted}', which tables show; give "
            "each harness a model of its own"
        )
    return logged


def _once(logged: Iterable[Logged]) -> dict[str, Logged]:
    by_id: dict[str, Logged] = {}
    for one in logged:
        if one.id in by_id:
            raise SpaceNumError(
                f"{one.place}: item {one.id} has a reply already, in {by_id[one.id].place}; import one run, of one "
                "epoch, at a time"
            )
        by_id[one.id] = one
    return by_id


def _items(variant: str) -> dict[str, Item]:
    files = [Path(RELEASED.format(variant=variant, setting=setting)) for setting in SETTINGS]
    found = [item for file in files if file.is_file() for item in read_jsonl(file, ITEM)]
    if not found:
        raise SpaceNumError(
            f"{files[0].parent}: there are no items here; import the release first (spacenum items import --release), "
            "or name the study's folder with --directory"
        )
    return {item.id: item for item in found}


def _reply(one: Logged, item: Item, contents: Contents) -> ImportedReply:
    asked = asked_hash_of(item, contents.image)
    if one.asked not in (None, asked):
        raise SpaceNumError(
            f"{one.place}: item {one.id} was asked something else than this study's; import the log into a study of "
            "the release that it is about (spacenum items import --release)"
        )
    return ImportedReply(
        item=item.id,
        asked=asked,
        reply=one.reply or "",
        finished=one.finished,
        refused=one.refused,
        source=Path(one.place.partition(",")[0]).name,
    )


def _said(items: Mapping[str, Item], by_id: Mapping[str, Logged]) -> Iterable[str]:
    failed = [id_ for id_, one in by_id.items() if one.reply is None]
    absent = [id_ for id_ in items if id_ not in by_id]
    yield f"{len(by_id) - len(failed)} of {len(items)} items have a reply"
    if failed:
        yield f"{len(failed)} requests failed; their items are missing, and count as nothing: {_named(failed)}"
    if absent:
        yield f"{len(absent)} items stand in no log, and are missing: {_named(absent)}"


def _named(ids: Sequence[str]) -> str:
    return ", ".join(ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")
