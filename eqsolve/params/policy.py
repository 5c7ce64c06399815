"""A policy that a game is played under: the instruments of a regulator (docs/model.md, Policy)."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_serializer

from eqsolve.params.record import NonNegative, Number, Record, Unit

STRONGEST = 1000.0
"""The largest strength of a game; as a cap it does nothing."""

CAP = "finetuning-cap"


class Rules(Record):
    """The instruments that are set; one at its default does nothing."""

    model_config = ConfigDict(alias_generator=lambda name: name.replace("_", "-"))

    training_subsidy: Annotated[Number, Field(ge=0, lt=1)] = Field(
        0.0, description="sigma in [0, 1): share of the training cost that the regulator pays"
    )
    quality_floor: Unit = Field(0.0, description="in [0, 1]: quality q must be at least this")
    finetuning_cap: Annotated[Number, Field(ge=0, le=STRONGEST)] = Field(
        STRONGEST, description="in [0, strength]: intensity beta is at most this; 0 is a ban"
    )
    finetuning_tax: NonNegative = Field(
        0.0, description="tau >= 0: the platform pays it to the regulator whenever beta > 0"
    )

    @model_serializer
    def set(self) -> dict[str, float]:
        """The instruments that are not at their defaults, by the names of docs/model.md."""
        fields = type(self).model_fields.items()
        values = {field.alias or name: (getattr(self, name), field.default) for name, field in fields}
        return {name: value for name, (value, default) in values.items() if value != default}

    def __bool__(self) -> bool:
        return bool(self.set())

    def but(self, *names: str) -> Self:
        """These rules without some instruments."""
        return type(self)(**{name: value for name, value in self.set().items() if name not in names})

    def binding(self, strength: float) -> tuple[str, ...]:
        """The instruments that do something, given beta_max."""
        return tuple(name for name, value in self.set().items() if name != CAP or value < strength)

    def values(self, strength: float) -> dict[str, float]:
        """Every instrument and its value, by name; a cap is at most beta_max."""
        whole = {field.alias or name: getattr(self, name) for name, field in type(self).model_fields.items()}
        return whole | {CAP: self.strongest(strength)}

    def strongest(self, strength: float) -> float:
        """The largest intensity that is allowed, given beta_max."""
        return min(self.finetuning_cap, strength)
