"""The stage that is open."""

from __future__ import annotations

from isaacsim import record

record("import omni.usd")


class _Context:
    stage = None
    loading = 0

    def open_stage(self, path: str) -> bool:
        from pxr import Tf, Usd

        record("open_stage")
        try:
            self.stage = Usd.Stage.Open(path)
        except Tf.ErrorException:
            return False
        self.loading = 2
        return True

    def get_stage_loading_status(self) -> tuple[str, int, int]:
        self.loading -= 1
        return "", 0, max(self.loading, 0)


_context = _Context()


def get_context() -> _Context:
    return _context
