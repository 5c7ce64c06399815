"""What is to be certified, as data: choices, what they are said to lead to, and the curves behind them.

A claim holds nothing but records of arrays, so that anybody can make one: a solver, a test, a liar.
"""

from __future__ import annotations

from eqsolve.game.games import Games, Index
from eqsolve.numerics.piecewise import Piecewise
from eqsolve.numerics.quadrature import Array
from eqsolve.numerics.record import record
from eqsolve.selections import Selection


@record
class Curves:
    """Participation N(q) and user surplus CS(q) of some markets at some intensities.

    Attributes:
        market: number of the participation primitives of each curve, (K,).
        intensity: its intensity beta, (K,).
        pieces: N as channel 0, and CS as channel 1 where it counts; `owner` is the number of the curve.
        row, asked: rows of the claim and the curves that are claimed for them, flat, (L,) each; None where
            all curves of a market are claimed for all of its rows.
    """

    market: Index
    intensity: Array
    pieces: Piecewise
    row: Index | None = None
    asked: Index | None = None


@record
class Claim:
    """Claimed equilibria of R games with J segments in M markets.

    A market is a set of participation primitives: all of a game but r, k, n, F and G.

    Attributes:
        games: the games, R rows.
        market: number of each row's market, (R,).
        markets: one game for each market, M rows.
        welfare: whether user surplus counts in the objective.
        selection: rule among participation equilibria.
        tune: the plans that stage 2 may follow: False, not to fine-tune; True, to fine-tune.
        low, high: allowed qualities, (R,) each; equal where quality is fixed.
        least, most: allowed intensities of a platform that fine-tunes, (R,) each; equal unless it chooses.
        quality, intensity: the claimed choice, (R,) each.
        participation, user_surplus: claimed N and CS, (R,) each.
        participation_by_segment, user_surplus_by_segment: claimed N_j and CS_j, (R, J) each.
        curves: for intensity 0 where it is allowed, and for the others; if intensity is chosen from an
            interval, for several, the claimed one among them.
        feedback_quality: claimed rho, (R,), if it is claimed at all; it counts where beta > 0 and N > 0.
    """

    games: Games
    market: Index
    markets: Games
    welfare: bool
    selection: Selection
    tune: tuple[bool, ...]
    low: Array
    high: Array
    least: Array
    most: Array
    quality: Array
    intensity: Array
    participation: Array
    user_surplus: Array
    participation_by_segment: Array
    user_surplus_by_segment: Array
    curves: Curves
    feedback_quality: Array | None = None

    def __len__(self) -> int:
        return self.quality.size
