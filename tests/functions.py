"""Functions on [0, 1] whose maxima and jumps are known, and the questions that are asked about them."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from eqsolve.numerics.active import Samples


@dataclass(frozen=True)
class Known:
    """A function and where it jumps."""

    value: Callable[[np.ndarray], np.ndarray]
    jumps: tuple[float, ...] = ()


FUNCTIONS = {
    "line": Known(lambda x: 0.2 + 0.5 * x),
    "falling": Known(lambda x: np.exp(-x)),
    "smooth": Known(lambda x: np.sin(4.0 * x)),
    "wavy": Known(lambda x: np.cos(40.0 * (x - 0.43)) - x**2 / 10),
    "kink at the top": Known(lambda x: 1.0 - np.abs(x - 0.37)),
    "kink aside": Known(lambda x: np.minimum(x, 0.3) + 0.2 * x * (1.0 - x)),
    "three halves": Known(lambda x: np.maximum(x - 0.31, 0.0) ** 1.5 - 0.8 * x**2),
    "square root at an end": Known(lambda x: np.sqrt(x) - x),
    "square root inside": Known(lambda x: 1.5 * x + np.sqrt(np.maximum(0.7 - x, 0.0))),
    "jump up": Known(lambda x: np.where(x < 0.613, 0.1 * x, 0.9 - 0.5 * x), (0.613,)),
    "jump down": Known(lambda x: np.where(x <= 0.287, x, 0.2 * x), (0.287,)),
    "jumps": Known(
        lambda x: np.where(x < 0.21, x, np.where(x < 0.7777, 0.8 - x**2, 0.3 - 0.2 * x)), (0.21, 0.7777)
    ),
    "narrow peak": Known(lambda x: 0.3 * x + np.exp(-(((x - 0.512) / 0.02) ** 2))),
    "flat top": Known(lambda x: np.minimum(np.minimum(2.0 * x, 0.6), 2.0 * (1.0 - x))),
    "constant": Known(lambda x: 0.4 + 0.0 * x),
}


def highest(function, low=0.0, high=1.0, jumps=()):
    """Place and height of a maximum, from a grid refined around its best points and the jumps."""
    x = np.linspace(low, high, 100_001)
    x = np.append(x, [np.clip(jump + side, low, high) for jump in jumps for side in (-1e-15, 0.0, 1e-15)])
    for width in (1e-5, 1e-7, 1e-9):
        top = x[np.argsort(function(x))[-3:]]
        x = np.append(x, np.clip(top[:, None] + width * np.linspace(-1.0, 1.0, 201), low, high))
    best = function(x).argmax()
    return x[best], function(x)[best]


@dataclass
class Evaluated:
    """Functions by number, as `explore` wants them; remembers where it was asked."""

    functions: list
    unsound: tuple = (2.0, 2.0)
    count: int = 0

    def __call__(self, owner, x, guess, doubt):
        self.count += x.size
        assert guess.shape == (x.size, 0) and doubt.shape == x.shape
        value = np.zeros((x.size, 1))
        for number, function in enumerate(self.functions):
            some = owner == number
            value[some, 0] = function(x[some])
        sound = (x < self.unsound[0]) | (x > self.unsound[1])
        return Samples(np.where(sound[:, None], value, 0.0), np.zeros((x.size, 0)), sound)


class Everything:
    """Every value matters."""

    def see(self, owner, x, value):
        pass

    def open(self, owner, x, value):
        return np.ones(x.shape, dtype=bool)


@dataclass
class Highest:
    """Where functions less a cost of x are highest."""

    count: int
    slope: float = 0.0
    best: np.ndarray = field(init=False)

    def __post_init__(self):
        self.best = np.full(self.count, -np.inf)

    def see(self, owner, x, value):
        np.maximum.at(self.best, owner, value[:, 0] - self.slope * x)

    def open(self, owner, x, value):
        return value[..., 0] - self.slope * x >= self.best[owner][:, None]
