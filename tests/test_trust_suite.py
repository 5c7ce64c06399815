"""The runner of the trust suites: what it lets pass, and that it stops and goes on."""

import json
from itertools import islice

import pytest
from trust_suite import OutOfTime, limited, rows, run, staircases, told

RIGHT = {"suite": "random", "seconds": 0.1, "detail": ""}


def row(name, verdict):
    return RIGHT | {"name": name, "verdict": verdict}


@pytest.mark.parametrize(
    ("verdict", "reasons", "fine"),
    [
        ("right", {}, True),
        ("uncertified", {}, False),
        ("uncertified", {"random-1": "a track too narrow"}, True),
        ("uncertified", {"random-2": "a track too narrow"}, False),
        ("beaten", {"random-1": "a track too narrow"}, False),
        ("not judged", {"random-1": "a track too narrow"}, False),
    ],
)
def test_what_is_not_certified_needs_a_reason_and_nothing_else_has_one(verdict, reasons, fine):
    lines, well = told([row("random-0", "right"), row("random-1", verdict)], reasons)
    assert well == fine
    assert lines[0].startswith("random: 2 plays: ")


def test_a_play_is_stopped():
    def forever():
        while True:
            pass

    with pytest.raises(OutOfTime):
        limited(0.05, forever)


def test_a_run_goes_on_where_it_was_stopped(tmp_path):
    journal = tmp_path / "build" / "trust.jsonl"
    run(islice(staircases(), 1), journal, 60.0)
    first = rows(journal)
    assert [each["verdict"] for each in first] == ["right"]
    journal.write_text(json.dumps(first[0] | {"detail": "kept"}) + "\n", encoding="utf-8")
    run(islice(staircases(), 2), journal, 60.0)
    assert [each["detail"] == "kept" for each in rows(journal)] == [True, False]
