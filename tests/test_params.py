"""Parameters: values that can be compared, dumped and changed, and that are always valid."""

import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import fixed, games, leaves, numbers

from eqsolve import presets
from eqsolve.errors import InputError
from eqsolve.params import (
    BetaDensity,
    EmpiricalDensity,
    GaussianMatch,
    MixtureDensity,
    Params,
    Platform,
    Segment,
    UniformComponent,
    UniformCost,
    Users,
    params_schema,
)

ROOT = Path(__file__).parents[1]
REFERENCE = json.loads((ROOT / "tests" / "data" / "reference.json").read_text())["games"]


class TestValues:
    @given(games())
    def test_a_dump_is_the_same_game(self, game):
        dump = game.model_dump(mode="json")
        again = Params.model_validate(json.loads(json.dumps(dump)))
        assert again == game
        assert hash(again) == hash(game)
        assert again.model_dump(mode="json") == dump

    @given(games(), games())
    def test_games_are_equal_if_and_only_if_their_dumps_are(self, a, b):
        assert (a == b) == (a.model_dump() == b.model_dump())

    def test_nothing_can_be_assigned(self):
        with pytest.raises(ValueError, match="frozen"):
            Params().platform.revenue = 1.0

    def test_whole_numbers_are_numbers(self):
        assert Platform(revenue=1) == Platform(revenue=1.0)
        assert isinstance(Platform(revenue=1).revenue, float)

    def test_w_is_what_feedback_is_worth(self):
        ws = [Segment(name="a", share=1, accuracy=accuracy).w for accuracy in (0, 0.5, 1)]
        assert ws == [-1.0, 0.0, 1.0]


class TestDefaults:
    @pytest.mark.parametrize("name", REFERENCE)
    def test_presets_are_the_reference_games(self, name):
        game = Params.from_file(ROOT / "examples" / f"{name}.toml")
        assert game == Params.model_validate(REFERENCE[name]["params"])

    def test_without_parameters_the_game_is_paper(self):
        assert Params() == Params.model_validate(REFERENCE["paper"]["params"])

    def test_an_empty_table_is_that_of_paper(self):
        tables = {"transaction_cost": {}, "match": {}}
        game = Params.model_validate({"users": tables, "model": {"outputs": {}}, "platform": {}})
        assert game == Params()

    def test_a_table_without_choice_is_that_of_paper(self):
        users = Users.model_validate({"transaction_cost": {"scale": 0.4}, "match": {"breadth": 0.1}})
        assert users.transaction_cost == UniformCost(scale=0.4)
        assert users.match == GaussianMatch(breadth=0.1)


class TestPresets:
    def test_examples_are_the_presets(self):
        packaged = {file.name: file.read_text() for file in files(presets).iterdir() if "__" not in file.name}
        examples = {
            file.name: file.read_text() for file in (ROOT / "examples").glob("*.*") if file.name in packaged
        }
        assert examples == packaged

    @pytest.mark.parametrize("name", presets.preset_names())
    def test_each_loads_wherever_it_is_written_with_its_data(self, name, tmp_path):
        for file, text in {f"{name}.toml": presets.read_preset(name), **presets.preset_data(name)}.items():
            (tmp_path / file).write_text(text)
        written = Params.from_file(tmp_path / f"{name}.toml")
        assert written == Params.from_file(ROOT / "examples" / f"{name}.toml")

    def test_paper_comes_first_and_all_say_what_they_are(self):
        assert presets.preset_names()[0] == "paper"
        assert len({presets.preset_summary(name) for name in presets.preset_names()}) == 9

    def test_an_unknown_name_gets_the_nearest(self):
        with pytest.raises(InputError, match=r"unknown preset papr: did you mean paper\?"):
            presets.read_preset("papr")

    def test_paper_states_every_default(self):
        """Without its comments, the file of paper has every key of the records."""
        text = presets.read_preset("paper")
        missing = [key for key in leaves(Params().model_dump(mode="json")) if key.split(".")[-1] not in text]
        assert not missing

    def test_the_data_of_empirical_tastes_follow_their_rule(self):
        from statistics import NormalDist

        groups = [(40, 0.30, 0.12), (20, 0.78, 0.06)]
        z = {n: [NormalDist().inv_cdf((i - 0.5) / n) for i in range(1, n + 1)] for n, _, _ in groups}
        expected = tuple(round(mean + sd * each, 3) for n, mean, sd in groups for each in z[n])
        game = Params.from_file(ROOT / "examples" / "empirical-tastes.toml")
        assert [segment.tastes.values for segment in game.users.segments] == [expected, expected]


class TestReplace:
    @given(games())
    def test_own_values_change_nothing(self, game):
        own = leaves(game.model_dump(mode="json"))
        assert game.replace({}) == game
        assert game.replace(own) == game
        assert all(game.replace({key: value}) == game for key, value in own.items())

    @given(games(), games(), st.randoms())
    def test_changes_in_any_order_lead_to_the_other_game(self, game, other, random):
        changes = [(key, value) for key, value in leaves(other.model_dump(mode="json")).items() if fixed(key)]
        random.shuffle(changes)
        changed = game.replace(dict(changes))
        assert (changed.platform, changed.finetuning) == (other.platform, other.finetuning)
        assert changed.users.transaction_cost == other.users.transaction_cost
        assert changed.users.match == other.users.match
        assert changed.users.segments == game.users.segments

    @given(games(), numbers(0, 1))
    def test_a_share_rescales_the_others_in_proportion(self, game, share):
        first, *others = game.users.segments
        if not others:
            return
        changed, *rest = game.replace({f"users.segments.{first.name}.share": share}).users.segments
        assert changed.share == pytest.approx(share)
        assert share + sum(segment.share for segment in rest) == pytest.approx(1)
        ratio = (1 - share) / (1 - first.share)
        assert [s.share for s in rest] == pytest.approx([s.share * ratio for s in others], abs=1e-8)

    def test_several_shares_leave_the_remainder_to_the_rest(self):
        users = {"segments": [{"name": n, "share": 0.25, "accuracy": 0.5} for n in "abcd"]}
        game = Params.model_validate({"users": users})
        shares = game.replace({"users.segments.a.share": 0.5, "users.segments.b.share": 0.1}).users.segments
        assert [segment.share for segment in shares] == pytest.approx([0.5, 0.1, 0.2, 0.2])

    def test_a_new_choice_keeps_the_scale_and_nothing_else(self):
        game = Params().replace({"users.transaction_cost": {"dist": "lognormal", "scale": 0.3, "sigma": 1}})
        changed = game.replace({"users.transaction_cost.dist": "point"})
        assert changed.users.transaction_cost.model_dump() == {"dist": "point", "scale": 0.3}

    def test_a_new_choice_comes_with_its_keys(self):
        high = "users.segments.high.tastes"
        game = Params().replace({f"{high}.a": 2, f"{high}.dist": "beta", f"{high}.b": 3})
        assert game.users.segments[0].tastes == BetaDensity(a=2, b=3)
        assert game.users.segments[1] == Params().users.segments[1]

    def test_components_are_numbered(self):
        parts = [{"weight": 1, "dist": "uniform"}, {"weight": 1, "dist": "beta", "a": 1, "b": 2}]
        game = Params().replace({"model.outputs": {"dist": "mixture", "components": parts}})
        changed = game.replace({"model.outputs.components[1].b": 3, "model.outputs.components.0.weight": 2})
        assert changed.model.outputs.components[1].b == 3
        assert changed.model.outputs.components[0].weight == 2

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"finetuning.csot": 1}, "unknown key finetuning.csot: did you mean cost?"),
            ({"finetning.cost": 1}, "unknown key finetning: did you mean finetuning?"),
            ({"users.segments.hihg.share": 1}, "unknown key users.segments.hihg.share: did you mean high?"),
            ({"users.segments.2.share": 1}, "unknown key users.segments.2.share: expected one of high, low"),
            ({"finetuning.cost.x": 1}, "unknown key finetuning.cost.x: it is not in a table"),
            ({"": 1}, 'unknown key "": expected one of platform, finetuning, users, model'),
            ({"finetuning.cost": -1}, "finetuning.cost = -1 is out of range: expected a number >= 0"),
            ({"finetuning.cost": True}, "finetuning.cost = true has the wrong type: expected a number >= 0"),
            ({"users.transaction_cost.dist": "lognormal"}, "missing key users.transaction_cost.sigma"),
            ({"users.segments.high.share": 0.8, "users.segments.low.share": 0.8}, "the shares sum to 1.6"),
            ({"users.segments.high.share": 1.5}, "users.segments.high.share = 1.5 is out of range"),
            ({"users.segments": []}, "users.segments = [] is empty: expected a list of tables"),
        ],
    )
    def test_bad_changes(self, changes, message):
        with pytest.raises(InputError) as caught:
            Params().replace(changes)
        assert str(caught.value).startswith((message, f"users.segments: {message}"))
        assert len(caught.value.problems) == 1

    def test_a_remainder_needs_a_share_to_go_to(self):
        game = Params().replace({"users.segments.high.share": 1})
        with pytest.raises(InputError, match=r"0\.5 is left to segments whose share is 0: set one of theirs"):
            game.replace({"users.segments.high.share": 0.5})
        both = game.replace({"users.segments.high.share": 0.5, "users.segments.low.share": 0.5})
        assert both.users.segments[1].share == 0.5


class TestProblems:
    def test_records_say_everything_that_is_wrong_with_them(self):
        with pytest.raises(InputError) as caught:
            Platform(revenue=-1, training_cost="much", profit=3)
        assert [problem.key for problem in caught.value.problems] == ["revenue", "training_cost", "profit"]

    def test_rules_on_lists_do_not_wait_for_the_items(self):
        segments = [{"name": "a", "share": 0.5, "accuracy": 2}, {"name": "a", "share": 0.6, "accuracy": 0.5}]
        with pytest.raises(InputError) as caught:
            Params.model_validate({"users": {"segments": segments}})
        messages = [str(problem) for problem in caught.value.problems]
        assert messages == [
            "users.segments[0].accuracy = 2 is out of range: expected a number >= 0 and <= 1",
            'users.segments: 2 segments are named "a": names must differ',
            "users.segments: the shares sum to 1.1: expected 1",
        ]

    def test_weights_must_not_vanish(self):
        with pytest.raises(InputError, match="components: the weights sum to 0"):
            MixtureDensity(components=(UniformComponent(weight=0),))

    def test_data_must_vary(self):
        with pytest.raises(InputError, match="at least two different numbers"):
            EmpiricalDensity(values=(0.5, 0.5))

    @pytest.mark.parametrize("data", [None, 3, [], {1: 2}, {"users": {"segments": {1: 2}}}])
    def test_data_of_any_shape_are_refused_in_words(self, data):
        with pytest.raises(InputError):
            Params.model_validate(data)


class TestSchema:
    validator = jsonschema.Draft202012Validator(params_schema())

    def test_it_is_a_schema(self):
        jsonschema.Draft202012Validator.check_schema(params_schema())

    @given(games())
    def test_it_accepts_every_game(self, game):
        self.validator.validate(game.model_dump(mode="json"))

    def test_every_key_is_explained(self):
        schema = params_schema()
        tables = [schema, *schema["$defs"].values()]
        bare = [
            f"{table['title']}.{key}"
            for table in tables
            for key, value in table["properties"].items()
            if "description" not in value and key not in ("dist", "kind")
        ]
        assert not bare
