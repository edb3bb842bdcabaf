"""Render settings, kept and never looked at."""

from isaacsim import record


class _Settings:
    def set(self, path: str, value: object) -> None:
        record(f"set {path} {value}")


def get_settings() -> _Settings:
    return _Settings()
