"""The explorer without a browser: what can be changed, how states change, and links, commands and files."""

import shlex
import sys
import tomllib
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from eqsolve import InputError, Params
from eqsolve.curves import output_curve, participation_curve, profit_curve, sample
from eqsolve.explorer import words
from eqsolve.explorer.fields import Number, Rows, Word, fields_of
from eqsolve.explorer.lines import Lines
from eqsolve.explorer.links import command_of, link_of, read_link, toml_of
from eqsolve.explorer.picture import picture_of, pictures_of
from eqsolve.explorer.runner import PATIENCE, Runner
from eqsolve.explorer.state import History, State, tried
from eqsolve.params.words import words_of
from eqsolve.presets import preset_names, read_preset
from eqsolve.status import Status
from eqsolve.sweeps.keys import varying_keys

PAPER = State(Params())
OWN = PAPER.changed("platform.revenue", 0.7).changed("users.transaction_cost.dist", "lognormal")


def games():
    """The presets that need no file beside them, and some with other forms."""
    for name in preset_names():
        if "file =" not in read_preset(name):
            yield name, Params.from_text(read_preset(name).encode())
    yield "a mixture", PAPER.changed("model.outputs.dist", "mixture").params
    yield "three", PAPER.added("users.segments").params
    yield "numbers", Params().replace({"model.outputs": {"dist": "empirical", "values": [0.1, 0.2, 0.9]}})


GAMES = dict(games())


@pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
def test_every_number_and_every_word_of_a_game_can_be_changed(game):
    fields = fields_of(game)
    assert max(Counter(field.key for field in fields).values()) == 1
    numbers = {field.key: field.value for field in fields if isinstance(field, Number)}
    assert numbers == {key: value for key, value in varying_keys(game).items() if ".values" not in key}
    words = {field.key: field.words for field in fields if isinstance(field, Word)}
    assert {key: words[key] for key in words_of(game)} == words_of(game)


@pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
def test_sliders_hold_their_values_and_reach_only_what_can_be_played(game):
    state = State(game)
    for field in fields_of(game):
        if not isinstance(field, Number):
            continue
        assert field.low <= field.value <= field.high and 0 < field.step < field.high - field.low
        for value in (field.low, field.low + field.step, field.high):
            found = tried(lambda field=field, value=value: state.changed(field.key, field.rounded(value)))
            if isinstance(found, InputError):  # the last weight, or the last share, can not be 0
                assert field.key.endswith((".weight", ".share")), found
            else:
                assert field.key in {each.key for each in fields_of(found.params)}


@pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
def test_every_word_can_be_chosen(game):
    state = State(game)
    for field in fields_of(game):
        for word in field.words if isinstance(field, Word) else ():
            found = tried(lambda field=field, word=word: state.changed(field.key, word))
            if word == "empirical":  # which needs numbers
                assert isinstance(found, InputError) != (field.value == "empirical")
            else:
                assert dict.fromkeys(
                    [each.value for each in fields_of(found.params) if each.key == field.key]
                ) == {word: None}


def test_a_value_that_cannot_be_is_refused_in_the_words_of_the_library():
    for key, value in (("platform.revenue", -1), ("users.segments.high.name", "a b"), ("platform.revenu", 1)):
        with pytest.raises(InputError) as own:
            Params().replace({key: value})
        with pytest.raises(InputError) as explored:
            PAPER.changed(key, value)
        assert str(explored.value) == str(own.value)


def test_who_decides_must_go_with_the_policy():
    floor = PAPER.changed("policy.quality-floor", 0.5)
    with pytest.raises(InputError, match="policy quality-floor cannot bind: regime planner needs no policy"):
        floor.played(regime="planner")
    assert floor.played(regime="forced").regime == "forced"
    assert not PAPER.changed("policy.finetuning-cap", 4.0).params.policy


def test_segments_come_and_go():
    more = PAPER.added("users.segments").added("users.segments")
    assert [each.name for each in more.params.users.segments] == ["high", "low", "segment-1", "segment-2"]
    assert more.params.users.segments[-1].share == 0.1
    less = more.removed("users.segments", "high").removed("users.segments", "segment-2")
    shares = {each.name: each.share for each in less.params.users.segments}
    assert shares["low"] / shares["segment-1"] == pytest.approx(0.3 * 0.9 / 0.1)
    with pytest.raises(InputError, match="is empty"):
        State(Params()).removed("users.segments", "high").removed("users.segments", "low")


def test_parts_of_a_mixture_come_and_go():
    mixed = PAPER.changed("model.outputs.dist", "mixture").added("model.outputs.components")
    assert len(mixed.params.model.outputs.components) == 3
    beta = mixed.changed("model.outputs.components[1].dist", "beta")
    assert beta.params.model.outputs.components[1].dist == "beta"
    assert len(beta.removed("model.outputs.components", "0").params.model.outputs.components) == 2
    assert {field.value for field in fields_of(beta.params) if isinstance(field, Rows)} == {2, 3}


@pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
def test_links_commands_and_files_bring_the_state_back(game):
    state = State(game, "forced", "lowest")
    assert read_link(link_of(state, PAPER)) == (state, PAPER)
    assert read_link(link_of(state)) == (state, None)
    assert Params.model_validate(tomllib.loads(toml_of(state))) == game
    from eqsolve.params import parse_overrides

    for base, file in ((Params(), ""), (OWN.params, "own.toml")):
        words = shlex.split(command_of(state, base, file))
        named = words[2] if len(words) > 2 and not words[2].startswith("--") else ""
        assert named == file
        sets = [words[i + 1] for i, word in enumerate(words) if word == "--set"]
        assert base.replace(parse_overrides(sets)) == game
        assert words[-4:] == ["--regime", "forced", "--selection", "lowest"]


def test_a_game_with_many_numbers_is_saved_and_neither_linked_nor_said_in_a_line():
    numbers = [(i * 0.754877666) % 1.0 for i in range(5000)]
    state = State(Params().replace({"model.outputs": {"dist": "empirical", "values": numbers}}))
    assert link_of(state) == ""
    assert command_of(state, Params(), "paper.toml") == "eqsolve solve game.toml"
    assert Params.model_validate(tomllib.loads(toml_of(state))) == state.params


@pytest.mark.parametrize(
    "query", ["?game=", "?game=%00", "?game=eNo", "?game=bm90aGluZw", "?gam=1", "?regime=free"]
)
def test_links_that_say_no_state_are_refused(query):
    with pytest.raises(InputError):
        read_link(query)


def test_steps_are_taken_back_one_by_one_and_a_slider_under_way_is_no_step():
    history = History(PAPER)
    for revenue in (0.51, 0.52, 0.53):
        history.show(PAPER.changed("platform.revenue", revenue))
    assert not history.can_undo
    history.settle(history.state)
    history.settle(history.state)
    assert history.can_undo and history.undo() == PAPER and not history.can_undo
    assert history.undo() == PAPER


@pytest.mark.parametrize("rules", [{}, {"finetuning-cap": 2.0}, {"training-subsidy": 0.3}], ids=str)
@pytest.mark.parametrize("regime", ["none", "forced", "endogenous", "planner"])
def test_the_line_of_payoffs_leads_through_the_equilibrium_and_nowhere_above(regime, rules):
    found = tried(lambda: State(Params().under(rules), regime))
    if isinstance(found, InputError):
        assert regime != "endogenous"
        return
    equilibrium = picture_of(found).equilibrium
    found, best = sample(equilibrium, 21, 51), getattr(equilibrium, equilibrium.rules.objective)
    at = np.flatnonzero(found.payoff.quality == equilibrium.quality)
    assert np.nanmax(found.payoff.payoff) == pytest.approx(best, abs=1e-9)
    assert np.nanmax(found.payoff.payoff[:, at]) == pytest.approx(best, abs=1e-9)
    curve = profit_curve(equilibrium, 21)
    mine = np.nanmax(found.payoff.payoff, axis=0)
    assert np.interp(found.payoff.quality, curve.quality, curve.best_profit) == pytest.approx(mine, abs=1e-6)
    by_taste, by_output = participation_curve(equilibrium, 51), output_curve(equilibrium, 51)
    assert found.participation.participation == pytest.approx(by_taste.participation, abs=1e-9)
    assert found.outputs.after == pytest.approx(by_output.after, abs=1e-9)


def test_what_is_drawn_comes_before_what_is_compared():
    early, whole = pictures_of(PAPER)
    assert not early.compared and whole.compared and early.payoff is whole.payoff
    assert early.without is None and not early.stakes and whole.without and whole.stakes
    assert whole.sentences[: len(early.sentences)] == early.sentences
    (alone,) = pictures_of(PAPER.played(regime="none"))
    assert alone.compared and alone.without is None


class Slow:
    """Workers that finish when they are told."""

    def __init__(self):
        self.asked, self.stopped = [], 0

    def solve(self, state, then, early):
        self.asked.append((state, then, early))
        return self

    def stop(self):
        self.stopped += 1


class Done:
    def __init__(self, state):
        self.state = state

    def cancelled(self):
        return False

    def exception(self):
        return None

    def result(self):
        return self


def test_of_what_is_asked_for_meanwhile_only_the_last_is_solved(monkeypatch):
    shown, failed, workers = [], [], Slow()
    runner = Runner(lambda done: shown.append(done.state), failed.append, workers)
    one, two, three = (PAPER.changed("platform.revenue", x) for x in (0.6, 0.7, 0.8))
    for state in (one, two, three):
        runner.ask(state)
    assert [state for state, *_ in workers.asked] == [one] and not workers.stopped
    workers.asked[0][1](Done(one))
    assert [state for state, *_ in workers.asked] == [one, three] and shown == [one]
    monkeypatch.setattr("eqsolve.explorer.runner.monotonic", lambda: 1e9)
    runner.ask(two)
    assert workers.stopped == 1 and PATIENCE > 0
    workers.asked[1][1](Done(three))
    workers.asked[2][1](Done(two))
    runner.ask(two)
    assert len(workers.asked) == 3 and not failed and not runner.busy


def test_without_panel_there_is_a_message(shell):
    code = (
        "import sys; sys.modules['panel'] = None; sys.argv[1:] = ['explore'];"
        "from eqsolve_cli.app import main; main()"
    )
    done = shell(f'{sys.executable} -c "{code}"')
    assert done.returncode == 2
    assert "pip install 'eqsolve[explore]', or pip install '.[explore]' in a clone" in done.stderr


def test_what_is_not_certified_is_said_wherever_it_is_shown():
    picture = picture_of(PAPER)
    doubted = replace(picture.equilibrium.certificate, status=Status.CURVE_NOT_CONFIRMED)
    refused = replace(picture, equilibrium=replace(picture.equilibrium, certificate=doubted))
    for show in (words.verdict, words.answer, lambda each: words.numbers(each, None)):
        assert "not certified" in show(refused).lower() and "not certified" not in show(picture).lower()
    assert "pinned (not certified)" in words.numbers(picture, refused)
    assert words.STRIPES in words.verdict(refused) and words.STRIPES not in words.verdict(picture)
    lines = Lines()
    lines.show(refused, picture)
    assert all("NOT CERTIFIED" in figure.title.text for figure in lines.figures)
    lines.show(picture, refused)
    assert not any("NOT CERTIFIED" in figure.title.text for figure in lines.figures)
