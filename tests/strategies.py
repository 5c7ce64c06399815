"""Hypothesis strategies for games over the whole parameter space of docs/model.md, in sane ranges."""

from hypothesis import strategies as st

from eqsolve import params as p


def numbers(low, high):
    return st.floats(low, high, allow_subnormal=False)


def simple_densities(**weight):
    """Densities without parts; with `weight`, as components of a mixture."""
    kinds = (p.UniformComponent, p.BetaComponent, p.TruncnormComponent, p.EmpiricalComponent) if weight else (
        p.UniformDensity, p.BetaDensity, p.TruncnormDensity, p.EmpiricalDensity
    )  # fmt: skip
    uniform, beta, truncnorm, empirical = kinds
    values = st.lists(numbers(0, 1), min_size=2, max_size=20, unique=True).map(tuple)
    return st.one_of(
        st.builds(uniform, **weight),
        st.builds(beta, a=numbers(0.5, 8), b=numbers(0.5, 8), **weight),
        st.builds(truncnorm, mean=numbers(-0.5, 1.5), sd=numbers(0.05, 1), **weight),
        st.builds(empirical, values=values, **weight),
    )


def mixtures():
    components = simple_densities(weight=numbers(0.1, 1))
    return st.builds(p.MixtureDensity, components=st.lists(components, min_size=1, max_size=3).map(tuple))


def densities():
    return simple_densities() | mixtures()


def transaction_costs():
    scale = numbers(0.02, 1.5)
    return st.one_of(
        st.builds(p.UniformCost, scale=scale),
        st.builds(p.PointCost, scale=scale),
        st.builds(p.ExponentialCost, scale=scale),
        st.builds(p.LognormalCost, scale=scale, sigma=numbers(0.1, 1.5)),
    )


def matches():
    return st.one_of(
        st.builds(p.GaussianMatch, breadth=numbers(0.05, 1)),
        st.builds(p.LinearMatch),
        st.builds(p.QuadraticMatch),
    )


@st.composite
def segments(draw):
    weights = draw(st.lists(numbers(0.01, 1), min_size=1, max_size=4))
    names = draw(st.permutations(["high", "low", "segment-3", "segment_4"]))
    return tuple(
        p.Segment(
            name=name, share=weight / sum(weights), accuracy=draw(numbers(0, 1)), tastes=draw(densities())
        )
        for name, weight in zip(names, weights, strict=False)
    )


def games():
    """Params of any game."""
    return st.builds(
        p.Params,
        platform=st.builds(
            p.Platform,
            revenue=numbers(0, 2),
            training_cost=numbers(0.1, 3),
            training_exponent=numbers(1.5, 8),
        ),
        finetuning=st.builds(
            p.Finetuning,
            choice=st.sampled_from(["binary", "continuous"]),
            strength=numbers(0.1, 50),
            cost=numbers(0, 0.2),
            intensity_cost=numbers(0, 0.05),
            learning=numbers(0, 1),
            personalization=numbers(0, 1),
            feedback_prior=numbers(0, 1),
        ),
        users=st.builds(
            p.Users,
            misfit_cost=numbers(0, 1.5),
            transaction_cost=transaction_costs(),
            match=matches(),
            segments=segments(),
        ),
        model=st.builds(p.Model, outputs=densities()),
    )


def leaves(table, key=""):
    """Every value of a game that is no table, by the key that a user writes."""
    if isinstance(table, dict):
        return {k: v for name, inner in table.items() for k, v in leaves(inner, f"{key}.{name}").items()}
    if isinstance(table, list) and table and isinstance(table[0], dict):
        steps = [f".{item['name']}" if "name" in item else f"[{i}]" for i, item in enumerate(table)]
        return {
            k: v for step, item in zip(steps, table, strict=True) for k, v in leaves(item, key + step).items()
        }
    return {key.lstrip("."): table}


def fixed(key):
    """Whether every game has the key, or gets it with another choice."""
    return not key.startswith(("users.segments", "model"))
