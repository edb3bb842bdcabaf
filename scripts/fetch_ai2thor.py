"""Fetch AI2-THOR's Unity build, the pinned one, into the folder where the ai2thor simulator looks for it."""

from __future__ import annotations

import argparse
from typing import get_args

from spacenum.core.errors import SpaceNumError, run_script
from spacenum.simulators.ai2thor.build import COMMIT, find_build, releases_folder
from spacenum.simulators.ai2thor.settings import Ai2ThorConfig

BUILDS = get_args(Ai2ThorConfig.model_fields["build"].annotation)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", choices=BUILDS, default=Ai2ThorConfig().build, help="as config key ai2thor.build")
    args = parser.parse_args()
    try:
        from ai2thor.build import Build
    except ImportError:
        raise SpaceNumError("the Python package ai2thor is missing: pip install 'spacenum[ai2thor]'") from None
    folder = releases_folder()
    folder.mkdir(parents=True, exist_ok=True)
    build = Build(args.build, COMMIT, include_private_scenes=False, releases_dir=str(folder))
    try:
        build.download()
    except Exception as error:  # the client raises whatever its downloads do
        raise SpaceNumError(
            f"AI2-THOR's build {build.name} could not be downloaded ({type(error).__name__}: {error}); "
            "fetch it where there is a network and copy its folder, as docs/ai2thor.md says"
        ) from None
    print(f"{find_build(args.build)} is there")


if __name__ == "__main__":
    run_script(main)
