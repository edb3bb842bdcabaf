"""Croissant metadata (version 1.0 of MLCommons' vocabulary) of a release: its files, and a record set for each.

Columns that are lists are ``repeated``, with the path into their structs: with ``isArray`` metadata passes validation,
and can't be read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spacenum.release.settings import CANARY

CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "jsonPath": "cr:jsonPath",
    "recordSet": "cr:recordSet",
    "repeated": "cr:repeated",
    "sc": "https://schema.org/",
    "source": "cr:source",
    "transform": "cr:transform",
}
PARQUET = "application/x-parquet"
TEXTS = {
    "id": "the item's name",
    "cell": "which of the 20 cells it belongs to",
    "setting": "transition or layout",
    "task": "num2space or space2num",
    "variant": "base, or what was changed of the base's items",
    "family": "items that share their options",
    "scene": "the room or layout; items of one scene are alike",
    "question": "all that is asked, with <image> where an image goes",
    "answer": "the right letter",
    "truth": "JSON: what is true of the scene",
}
LISTS = {
    "images": ("sc:ImageObject", "$[*].bytes", "the images, in the order in which the question shows them"),
    "letters": ("sc:Text", None, "what may be answered"),
    "option_units": ("sc:Text", "$[*].unit", "the unit of each option's values"),
}
"""Field -> (type, path into the column's structs, what it is)."""
_COLUMNS = {"option_units": "options"}


@dataclass(frozen=True, kw_only=True)
class ReleasedFile:
    """A parquet file by its name in the release."""

    name: str
    variant: str
    setting: str
    rows: int
    bytes: int
    sha256: str

    @property
    def set_name(self) -> str:
        return f"{self.variant}-{self.setting}"


def croissant(title: str, licence: str, version: str, files: Sequence[ReleasedFile]) -> str:
    """The JSON of ``croissant.json``."""
    told = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": title,
        "description": f"Questions about numbers and space, with images. Not for training. Canary: {CANARY}",
        "license": licence,
        "version": version,
        "citeAs": "SpaceNum: Revisiting Spatial Numerical Understanding in VLMs, arXiv:2605.23898",
        "url": "https://arxiv.org/abs/2605.23898",
        "distribution": [_file(file) for file in files],
        "recordSet": [_records(file) for file in files],
    }
    return json.dumps(told, indent=1) + "\n"


def _file(file: ReleasedFile) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "contentUrl": file.name,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": PARQUET,
        "sha256": file.sha256,
    }


def _records(file: ReleasedFile) -> dict[str, Any]:
    texts = [_field(file, name, "sc:Text", None, what) for name, what in TEXTS.items()]
    numbers = [_field(file, "chance", "sc:Float", None, "the share that guessing gets right")]
    lists = [_field(file, name, *told) | {"repeated": True} for name, told in LISTS.items()]
    return {
        "@type": "cr:RecordSet",
        "@id": file.set_name,
        "name": file.set_name,
        "field": [*texts, *numbers, *lists],
    }


def _field(file: ReleasedFile, name: str, kind: str, path: str | None, what: str) -> dict[str, Any]:
    source: dict[str, Any] = {"fileObject": {"@id": file.name}, "extract": {"column": _COLUMNS.get(name, name)}}
    if path:
        source["transform"] = {"jsonPath": path}
    place = f"{file.set_name}/{name}"
    return {"@type": "cr:Field", "@id": place, "name": place, "description": what, "dataType": kind, "source": source}
