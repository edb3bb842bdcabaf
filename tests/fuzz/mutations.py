"""Valid inputs, changed at random; and bytes that are nothing at all."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

TOKENS = (
    b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1", b"0", b"null", b"true", b"[]", b"{}", b'""', b"\0", b"\xff",
    b"\xef\xbb\xbf", b"\n", b"\r", b"\n\n", b",", b":", b"- ", b"&a [*a]", b"!!python/name:os.system", b"2001-99-99",
    b'"\\ud800"', "\u2028\u202e\U0001f600".encode(), b"../../../etc/passwd", b"/dev/zero", b"[" * 3000, b'{"a":' * 2000,
    b"9" * 5000, b"1" * 30 + b"." + b"1" * 30, b"A" * 3000, b"<think>", b"</think>", b"\\boxed{B}", b"**", b"`",
    b"{a}", b"%s%n", b"$(touch x)", b"1_0", b"0x1F", b"\x80\x81",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1, 1.5, 1e308, float("inf"), float("nan"), 10**400, "", "x", "\ud800", "\0", "A" * 3000,
    "../../x", "/etc/passwd", [], {}, [[]], [None], {"": None}, [1, 2, 3], "B", "1", "NaN",
)  # fmt: skip


def mutated(samples: Sequence[bytes], rng: random.Random) -> bytes:
    """One of ``samples``, changed in one to four places; one in twenty is random bytes."""
    if rng.random() < 0.05:
        return rng.randbytes(rng.randrange(300))
    data = rng.choice(samples)
    for _ in range(rng.choice((1, 1, 2, 4))):
        data = rng.choice(WAYS)(data, rng)
    return data


def _flip(data: bytes, rng: random.Random) -> bytes:
    if not data:
        return data
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :]


def _span(data: bytes, rng: random.Random) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.choice((1, 2, 8, 64, 1024)))


def _cut_out(data: bytes, rng: random.Random) -> bytes:
    start, end = _span(data, rng)
    return data[:start] + data[end:]


def _cut_short(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _repeated(data: bytes, rng: random.Random) -> bytes:
    start, end = _span(data, rng)
    return data[:end] + data[start:end] * rng.choice((1, 2, 30)) + data[end:]


def _noise(data: bytes, rng: random.Random) -> bytes:
    start, end = _span(data, rng)
    return data[:start] + rng.randbytes(rng.randrange(9)) + data[end:]


def _token(data: bytes, rng: random.Random) -> bytes:
    start, end = _span(data, rng)
    return data[:start] + rng.choice(TOKENS) + data[rng.choice((start, end)) :]


def _value(data: bytes, rng: random.Random) -> bytes:
    """Another value at a place of the JSON of one line, or of all of it."""
    lines = data.split(b"\n")
    place = rng.randrange(len(lines))
    try:
        whole = len(lines) > 1 and json.loads(data)
    except (ValueError, RecursionError):
        whole = None
    try:
        value = whole or json.loads(lines[place])
        changed = json.dumps(_changed(value, rng)).encode()
    except (ValueError, RecursionError):
        return _token(data, rng)
    return changed if whole else b"\n".join([*lines[:place], changed, *lines[place + 1 :]])


def _changed(value: Any, rng: random.Random) -> Any:
    if not isinstance(value, dict | list) or not value or rng.random() < 0.15:
        return rng.choice(VALUES)
    key = rng.choice([*value] if isinstance(value, dict) else range(len(value)))
    if rng.random() < 0.1:
        return {name: each for name, each in value.items() if name != key} if isinstance(value, dict) else value[1:]
    copy = value.copy()
    copy[key] = _changed(value[key], rng)
    return copy


WAYS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _flip, _cut_out, _cut_short, _repeated, _noise, _token, _token, _value, _value, _value,
)  # fmt: skip
