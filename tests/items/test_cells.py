"""The 20 cells: their names, and what is no cell."""

import pytest

from spacenum.core.errors import SpaceNumError
from spacenum.items.schema import CELLS, Cell, cells_of


def test_a_name_is_a_cell_and_a_cell_its_name():
    assert Cell.of("layout.num2space.1d.desk") == Cell("layout", "num2space", "1d", "desk")
    assert Cell.of("transition.space2num.rotate_up_down") == Cell("transition", "space2num", "rotate_up_down")
    assert [str(Cell.of(name)) for name in CELLS] == list(CELLS) and len(set(CELLS)) == 20


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("layout.num2space.1d.dask", "did you mean 'layout.num2space.1d.desk'?"),
        ("omnispatial", "cells are called like 'transition.num2space.move_forward_backward'"),
    ],
)
def test_what_is_no_cell(name, hint):
    with pytest.raises(SpaceNumError) as error:
        Cell.of(name)
    assert str(error.value) == f"there is no cell '{name}'; {hint}"


def test_cells_of_a_setting_and_a_task():
    assert len(cells_of("transition")) == 8 and len(cells_of(task="space2num")) == 10
    assert set(cells_of("layout", "space2num")) == set(cells_of("layout")) & set(cells_of(task="space2num"))
    assert cells_of() == CELLS
