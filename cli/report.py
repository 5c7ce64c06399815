"""The report of one equilibrium: the same words in a terminal and in a pipe, decorated in a terminal only."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from eqsolve.tables.cells import ROUNDING, written

from .grids import GAP, WIDTH, Grid, fit, put, terminal, wrap

if TYPE_CHECKING:
    from eqsolve import Equilibrium
    from eqsolve.results import Certificate, RunnerUp

MARGIN = 2
BAR = 10
PICTURE = 36
BLOCKS = " ▁▂▃▄▅▆▇█"
BAR_ENDS = " ▏▎▍▌▋▊▉"
MAXIMUM = {
    "smooth": "interior maximum",
    "kink": "at a kink, where a group becomes covered or drops out",
    "jump": "at a jump of participation",
    "bound": "at a bound",
    "fixed": "fixed from outside",
}


BASIS = {
    "bound": "N rises with q, which bounds the payoff at any other q; fresh points agree within {}",
    "curve": "checked curves N(q) and CS(q); fresh points agree with them within {}",
}
"""Why no other quality pays more, and how far the curves were off."""


def print_report(
    equilibrium: Equilibrium, name: str, sentences: Sequence[str] = (), *, brief: bool = False
) -> None:
    """Print what happens in the `equilibrium` of the game called `name`, and how far it is checked.

    The answer in sentences comes first, and is all if `brief`. A terminal gets color, bars and a picture of
    the densities; a pipe gets plain lines of text.
    """
    plain = terminal()[1] is None
    sections: dict[str, list[Grid]] = {"Certificate": [_certificate(equilibrium)]}
    if math.isfinite(equilibrium.quality):
        sections = {
            "Platform": [_platform(equilibrium)],
            "Who takes part": [_participation(equilibrium, plain)],
            "Payoffs": [_payoffs(equilibrium, plain)],
            "Outputs": _outputs(equilibrium),
            **sections,
        }
    if equilibrium.equilibria:
        sections["Participation equilibria"] = [_equilibria(equilibrium)]
    title = [*_title(equilibrium, name), *map(Text, sentences)]
    print_sections(title, {} if brief else sections)


def print_sections(title: Sequence[Text], sections: Mapping[str, Sequence[Grid]], note: str = "") -> None:
    """Print lines, then tables under headings, those of a section with an empty line between them."""
    console, width = terminal()
    prose = None if width is None else min(width, WIDTH)
    lines: list[Text | str] = []
    for text in title:
        lines += [Text(line, style=text.style) for line in wrap(text.plain, prose)]
    for heading, grids in sections.items():
        lines += ["", *(Text(line, style="bold cyan") for line in wrap(heading, prose))]
        for number, grid in enumerate(grids):
            lines += [*([""] if number else []), *fit(grid, width, MARGIN)]
    if note:
        lines += [Text(line, style="dim") for part in note.split("\n") for line in wrap(f"  {part}", prose)]
    put(console, lines)


def _title(equilibrium: Equilibrium, name: str) -> list[Text]:
    status = equilibrium.certificate.status
    verdict, style = ("✓ certified", "bold green") if status.certified else ("✗ NOT CERTIFIED", "bold red")
    question = f"regime {equilibrium.regime}, selection {equilibrium.selection}: "
    return [Text(name, style="bold"), Text.assemble(question, (verdict, style))]


def _platform(equilibrium: Equilibrium) -> Grid:
    finetuning, certificate = equilibrium.params.finetuning, equilibrium.certificate
    strength = equilibrium.params.policy.strongest(finetuning.strength)
    choice = f"0 {'or' if finetuning.choice == 'binary' else 'to'} {strength:g}"
    adopted = f"{_adopted(equilibrium)}; the choice is {choice}"
    corners = [corner for corner in certificate.corners if corner.startswith("intensity")]
    rows = [
        ("initial quality", "q*", written(equilibrium.quality), MAXIMUM.get(certificate.maximum, "")),
        ("fine-tuning", "β*", written(equilibrium.intensity), "; ".join([adopted, *corners])),
    ]
    if equilibrium.free:
        rows.append(("if free", "q*", written(equilibrium.free.quality), _free_words(equilibrium)))
        rows.append(("", "β*", written(equilibrium.free.intensity), ""))
    return Grid("llrl", rows)


def _adopted(equilibrium: Equilibrium) -> str:
    if equilibrium.fix.intensity is not None:
        return "fixed from outside"
    if not equilibrium.intensity:
        return "not adopted"
    return "imposed" if equilibrium.rules.imposed else "adopted"


def _free_words(equilibrium: Equilibrium) -> str:
    """What would be chosen if nothing were fixed, and what more that pays."""
    free, objective = equilibrium.free, equilibrium.rules.objective
    assert free is not None
    if not free.status.certified:
        return f"not certified: {free.status}"
    more = free.payoff - getattr(equilibrium, objective)
    return f"{objective} {written(free.payoff)}, {written(more)} more than with {equilibrium.fix}"


def _participation(equilibrium: Equilibrium, plain: bool) -> Grid:
    pairs = zip(equilibrium.params.users.segments, equilibrium.segments, strict=True)
    rows = [
        (
            segment.name,
            f"{segment.share:.5g}",
            f"{segment.accuracy:.5g}",
            written(outcome.participation),
            _bar(outcome.participation, plain),
            written(outcome.user_surplus),
            written(outcome.quality),
        )
        for segment, outcome in pairs
    ]
    everyone = (
        "everyone",
        "",
        "",
        written(equilibrium.participation),
        _bar(equilibrium.participation, plain),
        written(equilibrium.user_surplus),
    )
    headings = ("segment", "share λ", "accuracy θ", "takes part N", "", "surplus CS", "quality Q")
    return Grid("lrrrbrr", [*rows, everyone], headings)


def _payoffs(equilibrium: Equilibrium, plain: bool) -> Grid:
    rows = [
        ("revenue", "", equilibrium.revenue),
        ("training cost", "−", equilibrium.training_cost),
        ("fine-tuning cost", "−", equilibrium.finetuning_cost),
        ("profit", "=", equilibrium.profit),
        ("user surplus", "+", equilibrium.user_surplus),
        *([("regulator's budget", "+", equilibrium.budget)] if equilibrium.params.policy else []),
        ("welfare", "=", equilibrium.welfare),
    ]
    scale = max(abs(value) for *_, value in rows) or 1.0
    return Grid("llrb", [(*words, written(x), _bar(abs(x) / scale, plain)) for *words, x in rows])


def _outputs(equilibrium: Equilibrium) -> list[Grid]:
    headings = ("feedback ρ", "mean", "variance", "entropy", "KL from f₀", "direction")
    values = (
        equilibrium.feedback_quality,
        equilibrium.mean,
        equilibrium.variance,
        equilibrium.entropy,
        equilibrium.kl,
    )
    numbers = Grid("rrrrrl", [(*map(written, values), equilibrium.direction)], headings)
    width = terminal()[1]
    return [
        numbers,
        *([_densities(equilibrium)] if width is None else _pictures(equilibrium, width - MARGIN)),
    ]


def _densities(equilibrium: Equilibrium) -> Grid:
    from eqsolve import curves

    curve = curves.output_curve(equilibrium, points=11)
    rows = [("output y", curve.output), ("before f₀", curve.before), ("after f̄", curve.after)]
    return Grid("l" + "r" * 11, [(name, *(f"{x:.2f}" for x in values)) for name, values in rows])


def _pictures(equilibrium: Equilibrium, width: int) -> list[Grid]:
    """The densities before and after, beside each other if there is room."""
    from eqsolve import curves

    points = min(PICTURE, width)
    curve = curves.output_curve(equilibrium, points=points)
    before, after = (max(filter(math.isfinite, density)) for density in (curve.before, curve.after))
    axis = f"0{'output y':^{points - 2}}1"
    pictures = [f"{_picture(density, max(before, after))}\n{axis}" for density in (curve.before, curve.after)]
    headings = (f"initial model f₀, up to {before:.2f}", f"received outputs f̄, up to {after:.2f}")
    if 2 * points + GAP <= width:
        return [Grid("pp", [pictures], headings)]
    return [Grid("p", [[picture]], [heading]) for picture, heading in zip(pictures, headings, strict=True)]


def _certificate(equilibrium: Equilibrium) -> Grid:
    evidence = equilibrium.certificate
    by_intensity, by_quality = _error(evidence.regrets.intensity), _error(evidence.regrets.quality)
    relative = _error(evidence.regret / evidence.payoff_scale)
    edge = f"spectrum up to {evidence.spectral_radius:.3f}"
    rows = [
        ("status", f"{evidence.status}: {evidence.message}"),
        (
            "deviations",
            f"gain at most {by_intensity} in β and {by_quality} in q: {relative} of the payoff scale",
        ),
        ("basis", BASIS[evidence.basis].format(_error(evidence.accuracy)) if evidence.basis else "–"),
        (
            "participation",
            f"reproduces itself within {_error(evidence.residual)}, accounts add up "
            f"within {_error(evidence.accounting)}",
        ),
        *([("breaks", _breaks(evidence))] if evidence.breaks else []),
        ("runner-up", _runner_up(evidence.runner_up)),
        (
            "equilibria",
            f"{evidence.equilibria_found} at this q and β; the one played is "
            f"{f'stable ({edge} < 1)' if evidence.stable else f'UNSTABLE ({edge} >= 1)'}",
        ),
    ]
    computed = math.isfinite(equilibrium.quality)
    return Grid("ll", rows if computed else rows[:1])


def _breaks(evidence: Certificate) -> str:
    from eqsolve.results import BREAKS

    return "; ".join(f"{BREAKS[each.kind]} q = {written(each.quality)}" for each in evidence.breaks)


def _runner_up(found: RunnerUp | None) -> str:
    if found is None:
        return "none"
    where = f"q = {written(found.quality)}, β = {written(found.intensity)}"
    return f"{found.kind}, at {where}, pays {found.gap:.4g} less"


def _equilibria(equilibrium: Equilibrium) -> Grid:
    rows = [
        (
            "played" if found.selected else "",
            written(found.participation),
            *map(written, found.participation_by_segment),
            written(found.feedback_quality),
            written(found.mean_output),
            "yes" if found.stable else "no",
            f"{found.spectral_radius:.3f}",
            ", ".join(found.starts),
        )
        for found in equilibrium.equilibria
    ]
    names = (segment.name for segment in equilibrium.segments)
    headings = ("", "N", *names, "ρ", "mean y", "stable", "spectrum", "reached from")
    return Grid("l" + "r" * (len(headings) - 5) + "rlrl", rows, headings)


def _error(value: float) -> str:
    """An upper bound of an error: what is below rounding says nothing by its size."""
    return "–" if math.isnan(value) else f"{max(value, ROUNDING):.0e}"


def _bar(fraction: float, plain: bool) -> str:
    if plain or not math.isfinite(fraction):
        return ""
    whole, eighths = divmod(round(8 * BAR * fraction), 8)
    return "█" * whole + BAR_ENDS[eighths].strip()


def _picture(density: Iterable[float], top: float, rows: int = 4) -> str:
    """The area under `density`, drawn in `rows` lines of blocks of which the highest ends at `top`."""
    levels = [round(8 * rows * min(value / top, 1.0)) for value in density]
    lines = ("".join(BLOCKS[min(max(level - 8 * row, 0), 8)] for level in levels) for row in range(rows))
    return "\n".join(reversed([*lines]))
