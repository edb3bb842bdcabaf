"""SAT (arXiv 2412.07755), the 150 real-image test items: one parquet file with one or two encoded images a row.

``image_bytes`` is a list of bytes, or of structs that hold them. The right one of ``answers`` is given as its text, and
tends to stand first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError, field_validator

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import first_problem
from spacenum.external.base import Benchmark, Published


class _Row(BaseModel):
    image_bytes: list[bytes] = Field(min_length=1, max_length=2)
    question: str = Field(min_length=1)
    answers: list[str]
    question_type: str
    correct_answer: str

    @field_validator("image_bytes", mode="before")
    @classmethod
    def _unwrapped(cls, images: Any) -> Any:
        """Structs are the hub's own form of an image: {bytes, path}."""
        return [image["bytes"] if isinstance(image, dict) else image for image in images or []]


def read(path: Path, question_type: str) -> Iterator[Published]:
    """Items of one ``question_type``; SpaceNumError names the file, the row (from 0) and the column that is wrong."""
    import pyarrow.parquet as parquet
    from pyarrow.lib import ArrowException

    try:
        table = parquet.read_table(path)
    except ArrowException as error:
        raise SpaceNumError(f"{path}: not a parquet file ({error}); download it again") from None
    missing = sorted(set(_Row.model_fields) - set(table.column_names))
    if missing:
        raise SpaceNumError(f"{path}: has no column '{missing[0]}'; it has {', '.join(table.column_names)}")
    kinds = table.column("question_type").to_pylist()
    if question_type not in kinds:
        known = ", ".join(sorted(map(str, Counter(kinds))))
        raise SpaceNumError(f"{path}: no row has the question_type '{question_type}'; there are {known}")
    for number in (number for number, kind in enumerate(kinds) if kind == question_type):
        place = f"{path}, row {number}"
        try:
            row = _Row.model_validate(table.slice(number, 1).to_pylist()[0])
        except ValidationError as error:
            raise SpaceNumError(f"{place}: {first_problem(error)}") from None
        right = [k for k, answer in enumerate(row.answers) if answer == row.correct_answer]
        if len(right) != 1:
            raise SpaceNumError(
                f"{place}, column 'correct_answer': '{row.correct_answer}' stands "
                f"{len(right)} times in 'answers', not once"
            )
        yield Published(
            source=f"row {number}",
            place=place,
            group=row.question_type,
            question=row.question,
            options=row.answers,
            answer=right[0],
            images=row.image_bytes,
        )


def _of(title: str, question_type: str, expected: int) -> Benchmark:
    return Benchmark(
        title=title,
        repo="array/SAT",
        file="SAT_test.parquet",
        licence="MIT",
        expected=expected,
        protocols=("shuffled", "circular_mean", "circular"),
        read=partial(read, question_type=question_type),
    )


BENCHMARKS = {
    "sat_action_consequence": _of("SAT, Action Consequence", "action_consequence", 37),
    "sat_object_movement": _of("SAT, Object Movement", "obj_movement", 23),
}
