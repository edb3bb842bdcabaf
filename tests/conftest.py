"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

# On a busy machine an example may take long; and a test that fails must fail again.
settings.register_profile("tests", deadline=None, derandomize=True)
settings.load_profile("tests")
