"""Derivatives, or signs, of one game under several regimes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from eqsolve._version import __version__
from eqsolve.strictjson import strict, to_json
from eqsolve.values import ByValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eqsolve.provenance import Provenance
    from eqsolve.sensitivities.record import Sensitivity
    from eqsolve.sensitivities.signs import SignTable

SCHEMA = "eqsolve/regimes/1"
"""Name and version of the JSON layout."""


@dataclass(frozen=True, eq=False)
class ByRegime(ByValue):
    """Results of one question, a regime each.

    Attributes:
        results: what `sensitivity` or `sign_table` returns, of one game and one selection.
    """

    results: tuple[Sensitivity | SignTable, ...]

    def __iter__(self) -> Iterator[Sensitivity | SignTable]:
        return iter(self.results)

    @property
    def provenance(self) -> Provenance:
        """How they came about, in one command."""
        first, *others = (each.provenance for each in self.results)
        more = [regime for each in others for regime in each.regimes]
        options = "".join(f" --regime {regime}" for regime in more)
        return replace(first, command=first.command + options, regimes=(*first.regimes, *more))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data in the layout of `SCHEMA`: what each result says by itself, under `results`."""
        whole = {
            "schema": SCHEMA,
            "version": __version__,
            "provenance": self.provenance.to_dict(),
            "params": self.results[0].params.model_dump(mode="json"),
            "results": [each.to_dict() for each in self.results],
        }
        return dict(strict(whole))

    def to_json(self) -> str:
        """Return strict JSON."""
        return to_json(self.to_dict())
