"""Games that nobody has seen: others on every run. Those that fail are kept as files, and replayed."""

import secrets

import numpy as np
import pytest
import test_random_games
import test_trust_closed_form
import test_trust_staircases
from random_games import draw_game
from trust import Judgment, keep, kept, replay

from eqsolve import Params, solve

REGIMES = ("endogenous", "planner", "forced", "none")
CLOSED_FORM, STAIRCASES, RANDOM = 200, 50, 40
NOT_YET = 0.05
"""Share of new random games that may be left uncertified: two of forty, where one in two hundred is."""


@pytest.fixture
def run(tally):
    """A number that no run has had, and a tally whose name tells it, so that its games can be drawn again."""
    number = secrets.randbits(32)
    return number, tally(f"new games of run {number}")


@pytest.mark.slow
@pytest.mark.parametrize("regime", REGIMES)
def test_new_games_with_a_closed_form(run, regime):
    number, counted = run
    test_trust_closed_form.play(range(number, number + CLOSED_FORM), regime, counted)
    counted.check()


@pytest.mark.slow
def test_new_staircases(run):
    number, counted = run
    test_trust_staircases.play(range(number, number + STAIRCASES), counted)
    counted.check(uncertified=0)


@pytest.mark.slow
def test_new_random_games(run):
    number, counted = run
    for i in range(RANDOM):
        game = draw_game(np.random.default_rng([number, i]))
        test_random_games.play(f"{number}-{i}", game, REGIMES[i % 4], counted)
    counted.check(uncertified=NOT_YET)


def test_what_once_was_certified_wrongly_is_not_again():
    for path in kept():
        replay(path)


class TestReplay:
    """Kept games are judged again, and only those that were certified wrongly."""

    GAME = Params().model_dump(mode="json")

    @pytest.fixture
    def found(self):
        return solve(Params(), regime="none")

    def judgment(self, found, **changes):
        fields = {
            "choice": (found.quality, 0.0),
            "participation": (found.participation,),
            "rival": (0.3, 0.0),
        }
        return Judgment("beaten", "by a test", **fields | changes)

    def test_of_a_game_that_is_right_now(self, found, tmp_path):
        keep("right", self.GAME, self.judgment(found), "none", "initial", tmp_path)
        (path,) = kept(tmp_path)
        replay(path)

    def test_of_a_choice_that_is_beaten(self, found, tmp_path):
        better = solve(Params(), regime="forced")
        judged = self.judgment(found, rival=(better.quality, better.intensity))
        keep("beaten", self.GAME, judged, "none", "initial", tmp_path)
        (path,) = kept(tmp_path)
        with pytest.raises(AssertionError):
            replay(path)

    def test_of_participation_that_is_told_wrongly(self, found, tmp_path):
        keep(
            "misreported", self.GAME, self.judgment(found, participation=(0.2,)), "none", "initial", tmp_path
        )
        (path,) = kept(tmp_path)
        with pytest.raises(AssertionError):
            replay(path)

    def test_games_that_were_not_certified_are_for_people(self, tmp_path):
        keep("open", self.GAME, Judgment("uncertified", "curve_not_confirmed"), "none", "initial", tmp_path)
        assert not kept(tmp_path)
        assert Params.from_file(tmp_path / "open.toml") == Params()
