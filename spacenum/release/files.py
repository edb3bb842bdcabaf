"""The parquet files of a release: rows with the bytes of their images, in groups of bounded size.

Byte-identical when written twice by one version of pyarrow: every setting that its writer has a default for is fixed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from spacenum.release.settings import CANARY

GROUP_BYTES = 190 * 10**6
"""Bytes of images, each time that one is shown, in one group of rows, which readers hold at once: below 200 MB, since
nested columns of 2 GB can't be loaded."""
_STRINGS = ("id", "cell", "setting", "task", "group", "scale", "split", "variant", "family", "scene", "simulator")
_PIXELS = "images.list.element.bytes"


def schema(pa: Any) -> Any:
    """Columns, and what ``datasets`` takes them for."""
    string, place = pa.string(), pa.int32()
    image = pa.struct([("bytes", pa.binary()), ("path", string)])
    part = pa.struct([("type", string), ("text", string), ("image", place)])
    option = pa.struct(
        [
            ("letter", string),
            ("values", pa.list_(pa.float64())),
            ("unit", string),
            ("image", place),
            ("position_ok", pa.bool_()),
            ("size_ok", pa.bool_()),
            ("reading", string),
        ]
    )
    fields = [(name, string) for name in _STRINGS]
    fields += [("images", pa.list_(image)), ("prompt", pa.list_(part)), ("question", string)]
    fields += [("letters", pa.list_(string)), ("options", pa.list_(option)), ("answer", string)]
    fields += [("chance", pa.float64()), ("truth", string), ("quality", string)]
    features = json.dumps({"info": {"features": features_of()}}, sort_keys=True)
    return pa.schema(fields).with_metadata({"huggingface": features, "canary": CANARY})


def features_of() -> dict[str, Any]:
    """The columns as ``datasets`` writes them down."""

    def value(dtype: str) -> dict[str, Any]:
        return {"dtype": dtype, "_type": "Value"}

    text, place, truth = value("string"), value("int32"), value("bool")
    option = {"letter": text, "values": [value("float64")], "unit": text, "image": place}
    option |= {"position_ok": truth, "size_ok": truth, "reading": text}
    return {
        **dict.fromkeys(_STRINGS, text),
        "images": [{"_type": "Image"}],
        "prompt": [{"type": text, "text": text, "image": place}],
        "question": text,
        "letters": [text],
        "options": [option],
        "answer": text,
        "chance": value("float64"),
        "truth": text,
        "quality": text,
    }


def write_parquet(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows; an image that several rows of a group show is kept once in it."""
    import pyarrow as pa
    import pyarrow.parquet

    columns = schema(pa)
    writer = pa.parquet.ParquetWriter(
        path,
        columns,
        version="2.6",
        data_page_version="1.0",
        compression="zstd",
        compression_level=9,
        use_dictionary=[*_STRINGS, _PIXELS, "images.list.element.path", "truth", "answer"],
        dictionary_pagesize_limit=2 * GROUP_BYTES,
        data_page_size=2**20,
        write_batch_size=64,
        write_statistics=[*_STRINGS],
        store_schema=True,
    )
    with writer:
        for group in groups(rows, GROUP_BYTES):
            table = pa.Table.from_pylist(group, schema=columns)
            writer.write_table(table, row_group_size=len(group))


def groups(rows: Iterable[Mapping[str, Any]], most: int) -> Iterator[list[Mapping[str, Any]]]:
    """Rows in lists, in their order, whose images have at most ``most`` bytes together; a row is never cut."""
    held: list[Mapping[str, Any]] = []
    size = 0
    for row in rows:
        own = sum(len(image["bytes"]) for image in row["images"])
        if held and size + own > most:
            yield held
            held, size = [], 0
        held.append(row)
        size += own
    if held:
        yield held
