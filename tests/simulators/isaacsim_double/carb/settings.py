"""Render settings: kept as they are set, those of path tracing within the limits that SimulationApp sets at start."""

import os

from isaacsim import record


class _Settings:
    def __init__(self) -> None:
        self._values: dict[str, object] = {"/rtx/pathtracing/clampSpp": 64, "/rtx/pathtracing/maxBounces": 3}

    def set(self, path: str, value: object) -> None:
        record(f"set {path} {value}")
        most = self._values["/rtx/pathtracing/clampSpp"]
        if path == "/rtx/pathtracing/spp" and most:
            value = min(value, most)
        if path not in os.environ.get("SPACENUM_DOUBLE_DEAF", "").split(","):
            self._values[path] = value

    def get(self, path: str) -> object:
        return self._values.get(path)


_settings = _Settings()


def get_settings() -> _Settings:
    return _settings
