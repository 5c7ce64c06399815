"""The answer in sentences says what the numbers say."""

import pytest

from eqsolve import Params, solve
from eqsolve.answer import solve_beside, told, without_finetuning
from eqsolve.regimes import REGIMES


def answer(found):
    return told(found, without_finetuning(found))


def percent(after, before):
    return f"{abs(after - before) / before:.1%}"


@pytest.mark.parametrize("regime", REGIMES)
def test_who_gains_is_what_the_equilibria_say(regime):
    found, without = solve(Params(), regime=regime), solve(Params(), regime="none")
    choice, participation, *gains = answer(found)
    assert f"q* = {found.quality:.5f}" in choice
    assert f"{found.participation:.1%} of all users" in participation
    assert all(f"{each.participation:.1%} of {each.name}" in participation for each in found.segments)
    assert bool(gains) == (found.intensity > 0)
    for who, name in (("platform", "profit"), ("users", "user_surplus"), ("society", "welfare")):
        after, before = getattr(found, name), getattr(without, name)
        verb = {"users": ("gain", "lose")}.get(who, ("gains", "loses"))[after < before]
        assert all(f"{who} {verb} {percent(after, before)}" in sentence for sentence in gains)


def test_what_is_not_chosen_would_pay_less():
    found = solve(Params().replace({"finetuning.cost": 0.3}))
    assert (
        f"does not fine-tune it, which would pay {found.certificate.runner_up.gap:.4g} less."
        in answer(found)[0]
    )


def test_what_is_fixed_is_said_and_fixed_on_both_sides():
    found = solve(Params(), fix={"quality": 0.6})
    without = solve(Params(), regime="none", fix={"quality": 0.6})
    choice, _, gains = answer(found)
    assert choice.startswith("Quality is fixed at q = 0.60000; the platform fine-tunes it")
    assert f"users gain {percent(found.user_surplus, without.user_surplus)}" in gains


def test_an_empty_platform_and_a_game_without_result():
    assert answer(solve(Params().replace({"platform.revenue": 0.0})))[1] == "Nobody takes part."
    unresolved = solve(Params().replace({"users.match.breadth": 1e-4, "finetuning.strength": 1000.0}))
    assert answer(unresolved) == (unresolved.certificate.message,)


@pytest.mark.parametrize("rule", ["finetuning-tax", "finetuning-cap"])
def test_rules_for_an_intensity_are_left_out_where_there_is_none(rule):
    found, without = (
        solve(Params().under({rule: 2.0 if "cap" in rule else 0.01})),
        solve(Params(), regime="none"),
    )
    assert f"platform gains {percent(found.profit, without.profit)}" in answer(found)[-1]


@pytest.mark.parametrize(
    ("regime", "changes"),
    [
        *((regime, {}) for regime in REGIMES),
        *(
            (regime, {"finetuning.choice": "continuous", "finetuning.intensity_cost": 0.01})
            for regime in REGIMES
        ),
        ("endogenous", {"model.draws": 4}),
        ("endogenous", {"finetuning.cost": 0.3}),
        ("endogenous", {"policy.finetuning-cap": 2.0, "policy.training-subsidy": 0.1}),
    ],
)
def test_what_is_solved_together_is_what_is_solved_apart(regime, changes):
    params = Params().replace(changes)
    found, without = solve_beside(params, regime=regime)
    same(found, solve(params, regime=regime))
    assert (without is None) == (found.intensity == 0.0)
    if without:
        same(without, without_finetuning(found))


def same(found, expected):
    assert found.certificate.status.certified and expected.certificate.status.certified
    for name in ("quality", "intensity", "participation", "profit", "user_surplus", "welfare"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=0, abs=1e-13)


def test_fine_tuning_is_priced_out_where_it_would_save_all_training():
    params = Params().replace(
        {"platform.revenue": 2.0, "platform.training_cost": 50.0, "finetuning.learning": 5.0}
    )
    found, without = solve_beside(params)
    assert found.intensity > 0.0
    same(without, solve(params, regime="none"))
