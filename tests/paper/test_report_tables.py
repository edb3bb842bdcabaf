"""What a report prints of a table."""

from __future__ import annotations

from spacenum.paper.tables import ReportTable, excerpt, is_paired, paired
from spacenum.tables.base import write_csv
from spacenum.tables.detail import averages_table
from tests.paper.made import always_a


def test_a_column_has_the_same_places_and_signs_of_print():
    table = ReportTable.of(
        [
            {"name": "a", "n": 1200, "difference": -3, "adjusted_p": 0.00004, "lapse": 0.019, "few": True},
            {"name": "b", "n": 8, "difference": 12.345, "adjusted_p": 0.5, "lapse": 0.2, "few": None},
            {"name": "c", "n": None, "difference": -0.04, "adjusted_p": None, "lapse": -1, "few": False},
        ]
    )
    printed = [[*row.values()] for row in table.shown]
    assert printed == [
        ["a", "1,200", "−3.0", "< 0.001", "0.02", "yes"],
        ["b", "8", "12.3", "0.500", "0.20", ""],
        ["c", "", "0.0", "", "−1.00", "no"],
    ]


def test_an_excerpt_has_whole_settings_by_cells_and_says_of_how_many_rows(tmp_path):
    write_csv(tmp_path / "averages.csv", averages_table([always_a("m")]))
    table = ReportTable.read(tmp_path / "averages.csv")
    shown = excerpt(table)
    assert shown.columns == ["Scope", "n", "Accuracy", "Interval", "Chance"]
    assert {row[0] for row in shown.rows} >= {"all", "transition", "layout"}
    assert len(shown.rows) < shown.total == len(table.rows)
    assert shown.rows[0][2] == "30.0" and shown.numeric == [False, True, True, True, True]


def test_tables_of_pairs_become_one():
    rows = [
        {"model": "m", "scope": scope, "weighting": weighting, "n": 4, "base": 50, "changed": 25, "difference": -25,
         "low": -30, "high": -20, "adjusted_p": 0.01}
        for scope in ("all", "transition.num2space.rotate_left_right") for weighting in ("cells", "items")
    ]  # fmt: skip
    table = ReportTable.of(rows)
    both = paired({"blind": table, "symmetry": table})
    assert is_paired(table) and [(row["experiment"], row["scope"]) for row in both.rows] == [
        ("blind", "all"),
        ("symmetry", "all"),
    ]
