"""Check what pip can't install: Python 3.11, the libraries that Blender links and,
with --chromium, a browser for tests.

Needs nothing but Python. As root, with apt-get, what misses is installed; otherwise one sentence says what to install.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# Shared library that Blender's Python module links: (Debian and Ubuntu's package, Fedora's package).
LIBRARIES = {
    "libGL.so.1": ("libgl1", "libglvnd-glx"),
    "libICE.so.6": ("libice6", "libICE"),
    "libSM.so.6": ("libsm6", "libSM"),
    "libX11.so.6": ("libx11-6", "libX11"),
    "libXext.so.6": ("libxext6", "libXext"),
    "libXfixes.so.3": ("libxfixes3", "libXfixes"),
    "libXi.so.6": ("libxi6", "libXi"),
    "libXrender.so.1": ("libxrender1", "libXrender"),
    "libgcc_s.so.1": ("libgcc-s1", "libgcc"),
    "libstdc++.so.6": ("libstdc++6", "libstdc++"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon"),
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")  # as in tests/gallery/conftest.py


def say(sentence: str) -> None:
    print(f"spacenum: {sentence}", file=sys.stderr, flush=True)


def loads(library: str) -> bool:
    """Whether the dynamic linker finds ``library``, and all that it needs in turn."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing_libraries(present: Callable[[str], bool] = loads) -> list[str]:
    return [library for library in LIBRARIES if not present(library)]


def platform_problem(version: Sequence[int], system: str, machine: str) -> str | None:
    """Why Blender's wheels can't be had for this Python and machine, or None."""
    if tuple(version[:2]) != (3, 11):
        return (
            f"this is Python {version[0]}.{version[1]}, but Blender's wheels exist for 3.11 only; install it "
            "(e.g. `sudo apt-get install python3.11-venv` or `sudo dnf install python3.11`) and name it: "
            "`make PYTHON=python3.11`."
        )
    if (system, machine) != ("Linux", "x86_64"):
        return f"this is {system} on {machine}, but the pinned versions are for Linux on x86_64; use such a machine."
    return None


def library_advice(libraries: Sequence[str]) -> str:
    """One sentence: what misses and what installs it."""
    debian, fedora = (" ".join(sorted({LIBRARIES[name][i] for name in libraries})) for i in (0, 1))
    return (
        f"Blender needs {', '.join(libraries)}, missing here: run `sudo apt-get install {debian}` (Debian, Ubuntu) or "
        f"`sudo dnf install {fedora}` (Fedora), then the same command again."
    )


def can_apt() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(packages: Sequence[str]) -> bool:
    """Install Debian packages, saying so; what apt says is shown only if it fails."""
    say(f"installing {' '.join(packages)} with apt-get …")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:  # an update may fail for one source while another has what is needed: the install decides
        print(done.stderr or done.stdout, file=sys.stderr)
    return done.returncode == 0


def libraries_problem() -> str | None:
    """None if all libraries are there, or could be installed; otherwise what to do."""
    missing = missing_libraries()
    if missing and can_apt():
        apt_install(sorted({LIBRARIES[name][0] for name in missing}))
        missing = still_missing(missing)
    return library_advice(missing) if missing else None


def still_missing(libraries: Sequence[str]) -> list[str]:
    """Those of ``libraries`` that a new process doesn't load; the running one may remember that they weren't there."""
    code = "import ctypes, sys; ctypes.CDLL(sys.argv[1])"
    return [
        name for name in libraries if subprocess.run([sys.executable, "-c", code, name], capture_output=True).returncode
    ]


def runs(browser: str) -> bool:
    """Whether a browser's executable starts; Ubuntu's chromium-browser may be a stub that only advertises a snap."""
    try:
        return subprocess.run([browser, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def find_browser(environment: Mapping[str, str]) -> str | None:
    """The first working browser of BROWSERS on PATH."""
    found = (shutil.which(name, path=environment.get("PATH")) for name in BROWSERS)
    return next((browser for browser in found if browser and runs(browser)), None)


def playwright_browser() -> str | None:
    """Playwright's own Chromium, downloaded into the virtual environment."""
    os.environ["PLAYWRIGHT_BROWSERS_PATH"] = str(Path(sys.prefix) / "browsers")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        browser = playwright.chromium.executable_path
    if not runs(browser):
        say("downloading a Chromium for the page tests …")
        command = [sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"]
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    return browser if runs(browser) else None


def chromium() -> str:
    """The executable of a Chromium for the page tests, installed if need be; ends with one sentence if none is had."""
    named = os.environ.get("SPACENUM_CHROMIUM")
    if named:
        found = shutil.which(named)
        if found and runs(found):
            return found
        sys.exit(
            f"spacenum: SPACENUM_CHROMIUM is '{named}', which doesn't start; name a Chromium's executable, or unset it."
        )
    found = find_browser(os.environ)
    if not found and can_apt() and apt_install(["chromium"]):
        found = find_browser(os.environ)
    found = found or playwright_browser()
    if not found:
        sys.exit(
            "spacenum: the page tests need Chromium, and none could be installed: run `sudo apt-get install chromium` "
            "(Debian), `sudo dnf install chromium` (Fedora) or install Google Chrome, or name one in SPACENUM_CHROMIUM."
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chromium", action="store_true", help="find or install a Chromium and print its path")
    if parser.parse_args().chromium:
        print(chromium())
        return
    problem = platform_problem(sys.version_info, platform.system(), platform.machine()) or libraries_problem()
    if problem:
        sys.exit(f"spacenum: {problem}")


if __name__ == "__main__":
    main()
