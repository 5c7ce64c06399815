"""Params files: read in whatever way they are written, and every problem at its line."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import fixed, games, leaves

from eqsolve.errors import InputError, Problem
from eqsolve.params import Params, parse_overrides

each_in_turn = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def toml(game):
    """A game as TOML: a dotted key per line, tables of segments, and mixtures as lists over several lines."""
    dump = game.model_dump(mode="json")
    segments = dump["users"].pop("segments")
    lines = [line for key, value in flat(dump) for line in assignment(key, value)]
    for segment in segments:
        lines += ["", "[[users.segments]] # a comment with ] and }"]
        lines += [line for key, value in flat(segment) for line in assignment(key, value)]
    return lines


def flat(table, prefix=""):
    for key, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def assignment(key, value):
    if isinstance(value, list) and isinstance(value[0], dict):
        items = [", ".join(f"{k} = {json.dumps(v)}" for k, v in item.items()) for item in value]
        return [f"{key} = [", *(f"  {{ {item} }}, # [" for item in items), "]"]
    return [f"{key} = {json.dumps(value)}"]


def problems(path, changes=None):
    with pytest.raises(InputError) as caught:
        Params.from_file(path, changes)
    return caught.value.problems


class TestReading:
    @given(games())
    @each_in_turn
    def test_both_formats_hold_the_same_game(self, tmp_path, game):
        (tmp_path / "game.toml").write_text("\n".join(toml(game)))
        (tmp_path / "game.json").write_text(json.dumps(game.model_dump(mode="json")))
        assert Params.from_file(tmp_path / "game.toml") == game
        assert Params.from_file(str(tmp_path / "game.json")) == game

    def test_an_empty_file_is_paper(self, tmp_path):
        (tmp_path / "game.toml").write_text("")
        assert Params.from_file(tmp_path / "game.toml") == Params()

    def test_a_byte_order_mark_and_windows_lines_do_no_harm(self, tmp_path):
        (tmp_path / "game.toml").write_bytes(b"\xef\xbb\xbf[finetuning]\r\ncost = 0.2\r\nlearning = -1\r\n")
        [problem] = problems(tmp_path / "game.toml")
        assert (problem.key, problem.line) == ("finetuning.learning", 3)

    @pytest.mark.parametrize("version", [1, 2])
    def test_a_result_is_read_as_its_params(self, tmp_path, version):
        game = Params().replace({"finetuning.cost": 0.2})
        result = {
            "schema": f"eqsolve/equilibrium/{version}",
            "params": game.model_dump(mode="json"),
            "equilibrium": {},
        }
        (tmp_path / "result.json").write_text(json.dumps(result, indent=2))
        assert Params.from_file(tmp_path / "result.json") == game

    def test_problems_of_a_result_have_their_line(self, tmp_path):
        result = '{"schema": "eqsolve/equilibrium/1",\n "params": {\n  "platform": {\n   "revenue": -1}}}'
        (tmp_path / "result.json").write_text(result)
        [problem] = problems(tmp_path / "result.json")
        assert (problem.key, problem.line) == ("platform.revenue", 4)

    def test_data_lie_beside_the_params_file(self, tmp_path, monkeypatch):
        (tmp_path / "game.toml").write_text(
            'model.outputs = { dist = "empirical", file = "data/y.csv", column = "y" }'
        )
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "y.csv").write_text('id, y\n1, 0.25\n\n2, "0.5"\n3,1\n')
        assert Params.from_file(tmp_path / "game.toml").model.outputs.values == (0.25, 0.5, 1.0)
        monkeypatch.chdir(tmp_path / "data")
        assert Params.from_file("../game.toml").model.outputs.values == (0.25, 0.5, 1.0)

    def test_a_new_column_is_read_again(self, tmp_path, monkeypatch):
        (tmp_path / "y.csv").write_text("a,b\n0,0.5\n1,0.25\n")
        monkeypatch.chdir(tmp_path)
        outputs = {"dist": "empirical", "file": "y.csv", "column": "a"}
        game = Params().replace({"model.outputs": outputs})
        assert game.model.outputs.values == (0.0, 1.0)
        assert game.replace({"model.outputs.column": "b"}).model.outputs.values == (0.5, 0.25)


class TestLines:
    @given(st.data(), games())
    @each_in_turn
    def test_a_wrong_value_is_found_on_its_line_of_json(self, tmp_path, data, game):
        dump = game.model_dump(mode="json")
        key, table, step = data.draw(st.sampled_from(list(slots(dump))))
        table[step] = {"wrong": 1}
        text = json.dumps(dump, indent=data.draw(st.sampled_from([0, 2, "\t"])))
        (tmp_path / "game.json").write_text(text)
        line = text[: text.index('"wrong"')].count("\n")
        found = [problem.line for problem in problems(tmp_path / "game.json") if key.startswith(problem.key)]
        assert line in found

    @given(st.data(), games())
    @each_in_turn
    def test_a_wrong_value_is_found_on_its_line_of_toml(self, tmp_path, data, game):
        lines = toml(game)
        places = [i for i, line in enumerate(lines) if " = " in line and not line.endswith("[")]
        place = data.draw(st.sampled_from(places))
        head, _, tail = lines[place].rpartition(" = ")
        lines[place] = f"{head} = 1979-05-27{tail[tail.index(' }') :] if ' }' in tail else ''}"
        (tmp_path / "game.toml").write_text("\n".join(lines))
        assert place + 1 in [problem.line for problem in problems(tmp_path / "game.toml")]

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("[finetuning]\ncost = -1", 2),
            ("\n\nfinetuning.cost = -1", 3),
            ("finetuning = { learning = 0.1, cost = -1 }", 1),
            ("[finetuning]\nlearning = 0.1 # [ {\n'cost' = -1", 3),
            ('[finetuning]\nchoice = """\\\n    binary"""\n"cost" = -1\nlearning = 0.3', 4),
        ],
    )
    def test_ways_to_write_a_key(self, tmp_path, text, line):
        (tmp_path / "game.toml").write_text(text)
        [problem] = problems(tmp_path / "game.toml")
        assert (problem.key, problem.line) == ("finetuning.cost", line)

    def test_a_missing_key_is_reported_at_its_table(self, tmp_path):
        (tmp_path / "game.toml").write_text('[users]\nmisfit_cost = 1\n\n[users.match]\nkind = "gaussian"\n')
        [problem] = problems(tmp_path / "game.toml")
        assert (problem.key, problem.line) == ("users.match.breadth", 4)

    def test_problems_come_in_the_order_of_the_file(self, tmp_path):
        (tmp_path / "game.toml").write_text(
            "[users]\nmisfit_cost = -1\n[platform]\nrevenue = -1\nprofit = 1\n"
        )
        assert [problem.line for problem in problems(tmp_path / "game.toml")] == [2, 4, 5]


def slots(table, key=""):
    """Every key of a dump, with the table that holds it."""
    items = table.items() if isinstance(table, dict) else enumerate(table)
    for step, value in items:
        name = value["name"] if isinstance(value, dict) and "name" in value else step
        inner = f"{key}[{name}]" if isinstance(name, int) else f"{key}.{name}".lstrip(".")
        if isinstance(value, dict | list):
            yield from slots(value, inner)
        elif step not in ("name", "dist", "kind"):
            yield inner, table, step


class TestChanges:
    @given(games(), games())
    @each_in_turn
    def test_changes_to_a_file_are_changes_to_its_params(self, tmp_path, game, other):
        (tmp_path / "game.json").write_text(json.dumps(game.model_dump(mode="json")))
        changes = {key: value for key, value in leaves(other.model_dump(mode="json")).items() if fixed(key)}
        changes[f"users.segments.{game.users.segments[0].name}.tastes"] = {"dist": "beta", "a": 1, "b": 2}
        assert Params.from_file(tmp_path / "game.json", changes) == game.replace(changes)

    @pytest.mark.parametrize(
        "changes",
        [
            {"users.match.kind": "gaussian"},
            {"users.segments.high.share": 0.4},
            {"users.transaction_cost.dist": "point"},
            {"users.segments.low.tastes": {"dist": "beta", "a": 1, "b": 1}},
            {"users.segments.low.tastes.dist": "uniform", "model.outputs.dist": "uniform"},
        ],
    )
    def test_what_a_file_leaves_out_is_changed_as_in_paper(self, tmp_path, changes):
        (tmp_path / "game.toml").write_text("[finetuning]\ncost = 0.3")
        expected = Params().replace({"finetuning.cost": 0.3, **changes})
        assert Params.from_file(tmp_path / "game.toml", changes) == expected

    def test_a_partial_table_keeps_its_values(self, tmp_path):
        (tmp_path / "game.toml").write_text("users.match.breadth = 0.1\nusers.transaction_cost.scale = 0.2")
        same = {"users.match.kind": "gaussian", "users.transaction_cost.dist": "uniform"}
        assert Params.from_file(tmp_path / "game.toml", same) == Params.from_file(tmp_path / "game.toml")

    def test_problems_of_file_and_changes_come_together(self, tmp_path):
        (tmp_path / "game.toml").write_text("[finetuning]\ncost = 0.1\nlearning = -1\n")
        changes = {"finetuning.cost": -2, "users.segments.nobody.share": 0.5}
        found = problems(tmp_path / "game.toml", changes)
        assert [(problem.key, problem.line) for problem in found] == [
            ("users.segments.nobody.share", None),
            ("finetuning.cost", None),
            ("finetuning.learning", 3),
        ]

    def test_problems_of_changes_have_no_line_where_the_file_has_no_table(self, tmp_path):
        (tmp_path / "game.toml").write_text("[finetuning]\ncost = 0.1\n")
        found = problems(tmp_path / "game.toml", {"users.segments.high.tastes.dist": "beta"})
        assert [(problem.key, problem.line) for problem in found] == [
            ("users.segments.high.tastes.a", None),
            ("users.segments.high.tastes.b", None),
        ]

    def test_values_are_toml_or_else_text(self):
        texts = ["a=0.2", "b = true ", "c=beta", 'd="x=y"', "e=[1, 2]", "f={x = 1}", "g=", "h=1,5", "i=a=b"]
        values = [0.2, True, "beta", "x=y", [1, 2], {"x": 1}, "", "1,5", "a=b"]
        assert parse_overrides(texts) == dict(zip("abcdefghi", values, strict=True))

    def test_every_text_that_sets_nothing_is_named(self):
        with pytest.raises(InputError) as caught:
            parse_overrides(["finetuning.cost", "=3", "a=1"])
        assert caught.value.problems == (
            Problem('"finetuning.cost" sets nothing: expected KEY=VALUE'),
            Problem('"=3" sets nothing: expected KEY=VALUE'),
        )
