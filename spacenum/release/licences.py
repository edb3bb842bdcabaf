"""Whose the pictures of a release are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from spacenum.release.settings import ReleaseParams
from spacenum.scenes.assets.manifest import load_pack

OWN_PACK = "procedural"
OF_SIMULATOR = {
    "ai2thor": "rooms and objects of AI2-THOR (Allen Institute for AI, Apache-2.0)",
    "isaacsim": "scenes that NVIDIA Isaac Sim shows, under NVIDIA's terms for its assets",
}


def licence_of(params: ReleaseParams) -> tuple[str, str]:
    """What the hub calls the licence of the whole, and its address: ours only where all pictures are."""
    own = params.pack == OWN_PACK and set(params.pictures.values()) == {"pack"}
    return ("mit", "https://opensource.org/license/mit") if own else ("other", "README.md")


def picture_lines(params: ReleaseParams, manifest: Path | None) -> Iterator[str]:
    """A sentence for each setting. manifest: of a pack that was fetched."""
    for setting, whose in params.pictures.items():
        engine = params.simulators[setting]
        if whose == "pack":
            yield f"{setting}: rendered with {engine}; {_pack(params.pack, manifest)}"
        else:
            yield f"{setting}: {OF_SIMULATOR.get(engine, f'what {engine} shows, under its own terms')}"


def _pack(name: str, manifest: Path | None) -> str:
    pack = load_pack(name, manifest)
    if name == OWN_PACK:
        return f"everything shown is drawn by this project's own code ({pack.licence}, {pack.author})"
    counted = Counter(asset.licence for asset in pack.assets)
    licences = ", ".join(
        f"{count} under {licence or 'no stated licence'}" for licence, count in sorted(counted.items())
    )
    return f"models of the pack {name} ({licences}); ATTRIBUTION.txt names their authors"
