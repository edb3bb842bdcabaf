"""Tables of scores, as a config and a plan know them."""

import pytest

from spacenum.asking.modes import MODES, Mode
from spacenum.core.errors import SpaceNumError
from spacenum.study.config import StudyConfig
from spacenum.tables.captions import caption
from spacenum.tables.scores.catalogue import names, score_table
from spacenum.tables.settings import TablesParams


def test_a_study_makes_every_table_unless_it_says_otherwise():
    assert sorted(StudyConfig.model_fields["tables"].default) == names()


def test_each_mode_has_the_tables_that_its_answers_can_fill():
    of = {mode: {name for name in names() if score_table(name).belongs_to(Mode.of(mode))} for mode in MODES}
    letters = {"cells", "averages", "proximity", "coupling", "comparisons", "shortcuts", "agreement"}
    assert of["letter-greedy"] == of["reasoning-paper"] == letters
    assert of["letter-logprobs-rotations"] == letters | {"positions"}
    assert of["open-greedy"] == {"open", "number_line", "told"}


def test_the_caption_is_the_modules():
    study = TablesParams(models=[], mode="letter-greedy", simulators={})
    assert caption("coupling", study).startswith(score_table("coupling").caption + " Rendered: ")
    with pytest.raises(SpaceNumError, match="no caption for the table 'cellls'"):
        caption("cellls", study)
