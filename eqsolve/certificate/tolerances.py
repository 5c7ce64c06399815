"""What the certificate asks for, and how hard it looks."""

from __future__ import annotations

from eqsolve.numerics.record import record


@record
class Tolerances:
    """Tolerances and efforts of a certificate; payoffs in units of the payoff scale max(r, k/n).

    Attributes:
        regret: largest gain of a deviation: a thousand times what rounding and two grids leave.
        residual: largest change of N, rho and r under the best response, on the certificate's own grid.
        accounting: largest disagreement of masses and surplus at the claimed choice between two grids.
        curve: what N and CS may be off a piece beyond its own error: two grids agree to 1e-10 where a
            density or a kernel is hard, to rounding elsewhere.
        slight: ...and off tables of pieces that rival no claim, a hundredth of what would make them rivals.
        looseness: such a piece that misses a fresh point may be off elsewhere by this many times as much:
            errors of interpolants swing like a cosine, which exceeds a quarter at five points of six.
        bound: gain without fine-tuning that monotonicity excludes outside a neighborhood of the choice; what
            a smooth peak costs in evaluations goes like the inverse root of it.
        runners_up: pieces whose maxima are lower than the claim by this much are not looked at closely.
        near, near_share: radius of that neighborhood, absolute and as a share of the quality. Outside it,
            a smooth peak takes 2 q / ((n - 1) radius) intervals, some twenty.
        first_intervals: intervals of the first table of participation without fine-tuning.
        intervals_per_row, most_intervals: intervals of one market, for each row and in all, from which on the
            rest is left to the checked pieces.
        apart: how far apart two grids may place a jump in quality.
        jump: difference of N that makes a break a jump.
        tiling: largest gap between pieces that is rounding.
        steps_between: in a continuous choice, curves lie no farther apart than this share of the interval.
        fresh, fresh_rival: fresh points on a piece, and on one on which some row may earn as much as it
            claims within `runners_up`; one more on pieces longer than `long`.
        long: see `fresh`.
        fresh_intensities: fresh intensities between two neighboring curves.
        scales: distances, each a quarter of the one before, at which the intensity is varied around a claim.
    """

    regret: float = 1e-9
    residual: float = 1e-9
    accounting: float = 1e-8
    curve: float = 1e-9
    slight: float = 1e-5
    looseness: float = 4.0
    bound: float = 1e-6
    runners_up: float = 1e-3
    near: float = 0.01
    near_share: float = 0.1
    first_intervals: int = 8
    intervals_per_row: int = 256
    most_intervals: int = 2000
    apart: float = 1e-8
    jump: float = 1e-7
    tiling: float = 1e-14
    steps_between: float = 0.34
    fresh: int = 1
    fresh_rival: int = 2
    long: float = 0.125
    fresh_intensities: int = 1
    scales: int = 6
