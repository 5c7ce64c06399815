"""What a long computation is doing is told to those who listen, and to nobody else."""

import pytest

from eqsolve import Params, solve
from eqsolve.telling import listening, tell


def test_words_are_made_for_listeners_alone():
    def never():
        raise AssertionError("nobody listens")

    tell(never)
    heard = []
    with listening(heard.append):
        tell(lambda: "one")
    tell(never)
    assert heard == ["one"]


def test_a_solve_tells_of_its_stages_in_order():
    heard = []
    with listening(heard.append):
        told = solve(Params())
    assert told == solve(Params())
    first = [
        next(i for i, words in enumerate(heard) if words.startswith(start))
        for start in ("participation", "checking the choice", "checking other intensities")
    ]
    assert first == sorted(first)
    assert any("β = 4" in words for words in heard)


def test_the_time_left_is_known_while_the_whole_is_estimated_anew(monkeypatch):
    from rich.progress import Progress

    from eqsolve_cli.progress import progress

    bars = []
    add = Progress.add_task
    monkeypatch.setattr(Progress, "add_task", lambda bar, *a, **o: bars.append(bar) or add(bar, *a, **o))
    with progress("surveying") as report:
        for done in range(1, 9):
            report(done, 20 + done)
        (task,) = bars[0].tasks
        assert task.percentage == pytest.approx(100 * 8 / 28)
        assert task.time_remaining is not None
