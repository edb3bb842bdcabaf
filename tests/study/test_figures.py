"""Which models a figure shows, as the config says."""

from __future__ import annotations

import pytest

from spacenum.core.errors import SpaceNumError
from spacenum.study.loading import load_study
from tests.study.test_paper import PAPER_CONFIG, study_of

SEVEN = ["internvl3_5_4b", "internvl3_5_8b", "internvl3_5_14b", "internvl3_5_38b", "qwen3_vl_4b", "qwen3_vl_8b"]


def test_the_papers_figures_show_its_seven_models_and_the_main_table_all():
    figures = load_study([PAPER_CONFIG]).figures
    for name in ("blind", "asymmetry", "symmetry", "interventions", "number_representation", "abstraction"):
        assert figures.figure(name).params.models == [*SEVEN, "qwen3_vl_32b"]
        assert figures.compared_figure(name).params.models == figures.figure(name).params.models
    assert figures.figure("main_table").params.models is None
    named = {model.name: (model.title, model.family) for model in figures.figure("main_table").params.study.models}
    assert named["internvl3_5_38b"] == ("InternVL3.5-38B", "InternVL3.5") and named["chance"] == (None, None)


def test_a_choice_is_of_what_the_study_asks_and_a_wrong_name_is_told():
    some = study_of(figure_models={"coupling": ["demonstration", "qwen3_vl_4b"], "proximity": ["qwen3_vl_4b"]})
    assert some.figures.figure("coupling").params.models == ["demonstration"]
    assert some.figures.figure("proximity").params.models is None, "none of them is asked"
    for wrong, said in (({"blnd": []}, "names the figure 'blnd'"), ({"blind": ["no_model"]}, "names 'no_model'")):
        with pytest.raises(SpaceNumError, match=rf"config key 'figure_models.*{said}"):
            study_of(figure_models=wrong)
