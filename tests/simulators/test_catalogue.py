"""Simulators as a plan knows them."""

import pytest
from pydantic import TypeAdapter, ValidationError

from spacenum.core.provenance import PROJECT
from spacenum.simulators.catalogue import names, showing, simulator
from spacenum.simulators.settings import SimulatorName


def test_every_simulator_is_found_the_embedded_one_first():
    assert names() == ("blender", "ai2thor", "isaacsim")
    assert showing("transition") == ["blender", "ai2thor"] and showing("layout") == ["blender", "isaacsim"]


def test_scenes_come_from_modules_that_there_are():
    sources = {source for name in names() for source in simulator(name).scene_sources.values()}
    assert all((PROJECT / "spacenum" / "scenes" / f"{source}.py").is_file() for source in sources)


def test_an_unknown_simulator_names_those_that_there_are():
    with pytest.raises(ValidationError, match="'blender', 'ai2thor' or 'isaacsim'"):
        TypeAdapter(SimulatorName).validate_python("unity")
