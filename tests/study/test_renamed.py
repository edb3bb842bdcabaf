"""Old config keys are refused with their new names."""

import pytest
import yaml

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import PROJECT
from spacenum.study.config import parse_study
from spacenum.study.config_docs import readme_text
from spacenum.study.renamed import RENAMED


def refusal(**tuning) -> str:
    data = yaml.safe_load((PROJECT / "config/config.yaml").read_text())
    with pytest.raises(SpaceNumError) as raised:
        parse_study(data | {"tuning": tuning}, "study.yaml")
    return str(raised.value)


@pytest.mark.parametrize(
    ("tuning", "sentence"),
    [
        ({"policy": {"rollouts": 4}}, "study.yaml: key 'tuning.policy' was renamed to 'tuning.grpo'"),
        ({"policy": None}, "study.yaml: key 'tuning.policy' was renamed to 'tuning.grpo'"),
        ({"transfer": {}}, "study.yaml: key 'tuning.transfer' was renamed to 'tuning.experiments.transfer'"),
        (
            {"grpo": {"bases": ["tiny"]}, "policy": {}},
            "study.yaml: key 'tuning.grpo.bases' was renamed to 'tuning.experiments.grpo.bases'",
        ),
        ({"sft": {"batch": 16}}, "study.yaml: key 'tuning.sft.batch' was renamed to 'tuning.sft.batch_size'"),
        ({"grpo": {"kl": 0.1}}, "study.yaml: key 'tuning.grpo.kl' was renamed to 'tuning.grpo.kl_coefficient'"),
    ],
)
def test_an_old_key_gets_its_new_name(tuning, sentence):
    assert refusal(**tuning) == sentence


def test_what_is_no_block_is_refused_as_before():
    assert refusal(sft=3).startswith("study.yaml: key 'tuning.sft': ")


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_a_new_name_is_a_key_and_an_old_one_is_none(old, new):
    keys = [line.split("`")[1] for line in readme_text().splitlines() if line.startswith("| `")]
    assert new in keys and old not in keys
