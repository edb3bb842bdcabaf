"""Claims: numbers that can be worked out by hand, verdicts at the edges of their rules, and what can't be told."""

from __future__ import annotations

import pytest

from spacenum.claims.base import Above, Below, ClaimSubject, Within
from spacenum.claims.check import ALL_VLMS, check
from spacenum.claims.page import page
from spacenum.claims.paper import CLAIMS
from spacenum.claims.settings import ClaimsParams
from spacenum.claims.truncation import effect_of_truncation
from spacenum.items.schema import LETTERS
from spacenum.scoring.rows import score_answers
from tests.scoring.fakes import benchmark, guesses, reply, rows_of, skilled, unparsed

ITEMS = benchmark(160)  # 40 scenes of a kind: even without spread, its interval is narrow
ONE = ClaimSubject("m", "F", 4.0)


def perfect(item):
    return reply(item, item.answer)


def constant(item):
    return reply(item, "A")


def neighbour(item):
    """The next letter, wrong everywhere."""
    letters = LETTERS[: len(item.options)]
    return reply(item, letters[(letters.index(item.answer) + 1) % len(letters)])


def perfect_in(word, otherwise):
    return lambda item: perfect(item) if word in (item.setting, item.task, item.group) else otherwise(item)


def verdicts(scores, subjects=(ONE,), scope=ALL_VLMS):
    table = check(CLAIMS, scores, subjects).verdicts
    return table[table["scope"] == scope].set_index("claim")


def test_without_a_vlm_nothing_can_be_told():
    table = verdicts({}, [])
    assert len(table) == len(CLAIMS)
    assert set(table["verdict"]) == {"cannot tell"} and set(table["reason"]) == {"no VLM was run"}
    assert table["estimate"].isna().all() and table["published"].notna().sum() == len(CLAIMS) - 2


def test_what_was_not_run_is_named():
    table = verdicts({"base": {"m": rows_of(ITEMS, perfect)}})
    assert table.loc["blind_hurts_transitions_more", "reason"] == "blind was not run"
    assert table.loc["reasoning_changes_nothing", "reason"] == "reasoning was not run"
    assert table.loc["proximity_scales", "reason"] == "no family was run in two sizes"
    assert table.loc["errors_are_coupled", "reason"] == "no layout of variation 'both' was answered wrongly"
    half = {"base": {"m": rows_of([item for item in ITEMS if item.setting == "transition"], perfect)}}
    assert verdicts(half).loc["near_chance", "reason"] == "no VLM was run on all the items that it takes"


@pytest.mark.parametrize(
    ("model", "estimate", "verdict"), [(constant, 0, "reproduced"), (perfect, 70, "not reproduced")]
)
def test_near_chance(model, estimate, verdict):
    found = verdicts({"base": {"m": rows_of(ITEMS, model)}}).loc["near_chance"]
    assert (found["estimate"], found["verdict"]) == (estimate, verdict)


def test_scenes_that_do_not_differ_tell_little_if_they_are_few():
    few = {"base": {"m": rows_of(benchmark(8), constant)}}  # 48 families
    found = verdicts(few).loc["near_chance"]
    assert found["estimate"] == 0 and (found["low"], found["high"]) == (-7.4, 7.4)


def test_losing_transitions_alone_when_blind():
    scores = {"base": {"m": rows_of(ITEMS, perfect)}, "blind": {"m": rows_of(ITEMS, perfect_in("layout", neighbour))}}
    found = verdicts(scores).loc["blind_hurts_transitions_more"]
    assert (found["estimate"], found["verdict"]) == (100, "reproduced")
    other = {
        "base": {"m": rows_of(ITEMS, perfect)},
        "blind": {"m": rows_of(ITEMS, perfect_in("transition", neighbour))},
    }
    assert verdicts(other).loc["blind_hurts_transitions_more", ["estimate", "verdict"]].tolist() == [
        -100,
        "not reproduced",
    ]


def test_tasks_against_each_other():
    table = verdicts({"base": {"m": rows_of(ITEMS, perfect_in("space2num", neighbour))}})
    assert table.loc["space2num_easier_in_transitions", ["estimate", "verdict"]].tolist() == [100, "reproduced"]
    assert table.loc["num2space_easier_in_layouts", ["estimate", "verdict"]].tolist() == [-100, "not reproduced"]


def test_drawings_are_averaged_and_help_the_task_that_they_help():
    base = {"m": rows_of(ITEMS, neighbour)}
    helped = {"m": rows_of([item for item in ITEMS if item.setting == "layout"], perfect_in("space2num", neighbour))}
    useless = {"m": rows_of([item for item in ITEMS if item.setting == "layout"], neighbour)}
    found = verdicts({"base": base, "abstract_points": helped, "abstract_boxes3d": useless})
    assert found.loc["abstraction_helps_space2num_most", ["estimate", "verdict"]].tolist() == [50, "reproduced"]


def test_the_share_of_the_same_letters_counts_readable_pairs_alone():
    turned = [item for item in ITEMS if item.cell.endswith("rotate_left_right")]
    same = verdicts({"base": {"m": rows_of(ITEMS, perfect)}, "symmetry": {"m": rows_of(turned, perfect)}})
    other = verdicts({"base": {"m": rows_of(ITEMS, perfect)}, "symmetry": {"m": rows_of(turned, neighbour)}})
    mute = verdicts({"base": {"m": rows_of(ITEMS, guesses)}, "symmetry": {"m": rows_of(turned, guesses)}})
    name = "weak_rotational_invariance"
    assert same.loc[name, ["estimate", "verdict"]].tolist() == [100, "not reproduced"]
    assert other.loc[name, ["estimate", "verdict"]].tolist() == [0, "reproduced"]
    assert mute.loc[name, "reason"] == "some cell has no pair of answers that could be read"


def test_the_slope_of_proximity_is_that_within_families():
    subjects = [ClaimSubject("small", "F", 2.0), ClaimSubject("large", "F", 8.0), ClaimSubject("alone", "G", 70.0)]
    base = {"small": rows_of(ITEMS, neighbour), "large": rows_of(ITEMS, perfect), "alone": rows_of(ITEMS, constant)}
    points = [row.proximity for row in base["small"] if row.proximity is not None]
    found = verdicts({"base": base}, subjects).loc["proximity_scales"]
    assert found["estimate"] == pytest.approx((100 - sum(points) / len(points)) / 2, abs=0.01)  # over two doublings
    assert found["verdict"] == "reproduced"


def test_only_wrong_in_both_is_as_coupled_as_can_be():
    def worst(item):
        if item.setting == "transition":
            return perfect(item)
        wrong = [o.letter for o in item.options if not o.position_ok and not o.size_ok]
        return reply(item, wrong[0]) if wrong else perfect(item)

    found = verdicts({"base": {"m": rows_of(ITEMS, worst)}}).loc["errors_are_coupled"]
    assert found["estimate"] == pytest.approx(100 - 100 / 3, abs=0.01) and found["verdict"] == "reproduced"


def cut_every(step, otherwise):
    """One family in ``step`` of each cell is answered by replies that were cut."""
    return lambda item: unparsed(item, "truncated") if int(item.family[-3:]) % step == 0 else otherwise(item)


@pytest.mark.parametrize(
    ("step", "truncation", "verdict", "reason"),
    [
        (40, 2.5, "reproduced", None),
        (4, 25, "cannot tell", "replies cut at their limit can move the estimate by 25 points"),
    ],
)
def test_a_claim_whose_truncation_exceeds_its_margin_cannot_be_told(step, truncation, verdict, reason):
    found = verdicts({"base": {"m": rows_of(ITEMS, cut_every(step, constant))}}).loc["near_chance"]
    assert found["truncation"] == pytest.approx(truncation)
    assert found["estimate"] == pytest.approx(-truncation * 0.3)  # chance is 30%, and none of these was right
    assert found["verdict"] == verdict and (found["reason"] == reason or reason is None)


def test_what_was_cut_under_one_condition_is_no_change():
    letters = rows_of(ITEMS, perfect)
    scores = {
        "base": {"m": letters},
        "letters": {"m": letters},
        "reasoning": {"m": rows_of(ITEMS, cut_every(2, perfect))},
    }
    found = verdicts(scores).loc["reasoning_changes_nothing"]
    assert found[["estimate", "truncation", "verdict"]].tolist() == [-50, 50, "cannot tell"]
    assert verdicts(scores).loc["near_chance", "truncation"] == 0


TWO_SIZES = (ClaimSubject("small", "F", 2.0), ClaimSubject("large", "F", 8.0))
FEW = benchmark(8)


def half_cut(model):
    """Rows of a model, of which every second family of each cell was cut."""
    return rows_of(FEW, cut_every(2, model))


@pytest.mark.parametrize(
    ("claim", "scores", "subjects"),
    [
        ("space2num_easier_in_transitions", {"base": {"m": half_cut(neighbour)}}, (ONE,)),
        ("num2space_easier_in_layouts", {"base": {"m": half_cut(neighbour)}}, (ONE,)),
        (
            "blind_hurts_transitions_more",
            {"base": {"m": half_cut(perfect)}, "blind": {"m": half_cut(neighbour)}},
            (ONE,),
        ),
        ("proximity_scales", {"base": {"small": half_cut(neighbour), "large": half_cut(perfect)}}, TWO_SIZES),
        ("errors_are_coupled", {"base": {"m": half_cut(neighbour)}}, (ONE,)),
        (
            "weak_rotational_invariance",
            {"base": {"m": half_cut(perfect)}, "symmetry": {"m": half_cut(neighbour)}},
            (ONE,),
        ),
    ],
)
def test_what_half_of_the_replies_might_have_been_is_counted_whatever_else_cancels(claim, scores, subjects):
    (known,) = (one for one in CLAIMS if one.id == claim)
    assert effect_of_truncation(known, scores, subjects) > 10
    whole = {condition: {name: rows_of(FEW, neighbour) for name in models} for condition, models in scores.items()}
    assert effect_of_truncation(known, whole, subjects) == 0


def test_truncated_replies_of_several_count_by_their_share():
    twice = [
        a.model_copy(update={"repeat": n}) for i in ITEMS for n, a in enumerate([perfect(i), cut_every(40, perfect)(i)])
    ]
    letters = rows_of(ITEMS, perfect)
    scores = {"base": {"m": letters}, "letters": {"m": letters}, "reasoning": {"m": score_answers(ITEMS, twice)}}
    assert verdicts(scores).loc["reasoning_changes_nothing", "truncation"] == pytest.approx(1.25)


def test_estimates_can_be_worked_out_from_the_items_that_carry_them():
    subjects = [ClaimSubject("a", "F", 1.0), ClaimSubject("b", "F", 2.0)]
    conditions = {"base": 0.5, "blind": 0.1, "letters": 0.5, "reasoning": 0.6}
    scores = {
        name: {one.name: rows_of(ITEMS, skilled(skill, k)) for k, one in enumerate(subjects)}
        for name, skill in conditions.items()
    }
    checked = check(CLAIMS, scores, subjects)
    whole = checked.verdicts[checked.verdicts["scope"] == ALL_VLMS].set_index("claim")
    for claim, items in checked.carried_by.groupby("claim"):
        assert items.groupby("cell")["value"].mean().mean() == pytest.approx(whole.loc[claim, "estimate"], abs=0.01)
    single = checked.verdicts[checked.verdicts["claim"] == "near_chance"].set_index("scope")["estimate"]
    assert single[ALL_VLMS] == pytest.approx((single["a"] + single["b"]) / 2, abs=0.011)


@pytest.mark.parametrize(
    ("rule", "interval", "verdict"),
    [
        (Above(), (0.1, 2), "reproduced"), (Above(), (-2, -0.1), "not reproduced"), (Above(), (-1, 1), "cannot tell"),
        (Above(), (-2, 0), "not reproduced"),
        (Below(10), (2, 9.9), "reproduced"), (Below(10), (10, 12), "not reproduced"),
        (Below(10), (9, 11), "cannot tell"),
        (Within(1), (-0.9, 1), "reproduced"), (Within(1), (1.1, 3), "not reproduced"),
        (Within(1), (-0.5, 1.5), "cannot tell"),
    ],
)  # fmt: skip
def test_rules(rule, interval, verdict):
    assert rule.verdict(*interval) == verdict


def test_published_numbers_are_those_of_the_paper():
    published = {claim.id: claim.published() for claim in CLAIMS if claim.published}
    assert published["near_chance"] == pytest.approx(34.2 - 30, abs=0.1)
    assert published["blind_hurts_transitions_more"] == pytest.approx(5.8, abs=0.01)  # by hand from the fourteen pairs
    assert published["proximity_scales"] > 0 and published["abstraction_helps_space2num_most"] > 0


def test_the_page_shows_verdicts_and_links_to_items():
    told = {"models": [vars(ONE)], "mode": "letter-greedy", "simulators": {"transition": "blender"}}
    study = ClaimsParams(**told, note="It is a toy.")
    html = page(check(CLAIMS, {"base": {"m": rows_of(ITEMS, perfect)}}, [ONE]), study)
    assert "gallery/index.html#item=" in html and "not reproduced" in html and "blind was not run" in html
    assert "It is a toy." in html
