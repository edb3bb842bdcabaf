"""The running application."""

from isaacsim import record

record("import omni.kit.app")


class _App:
    def get_app_version(self) -> str:
        return "0.0-double"


def get_app() -> _App:
    return _App()
