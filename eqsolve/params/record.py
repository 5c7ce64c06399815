"""What all parameter records share: frozen, strict about types, and complete about what is wrong."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import InitErrorDetails

from eqsolve.errors import InputError
from eqsolve.params.problems import problems

Number = Annotated[float, Strict()]
"""A finite number; text and truth values are none."""

Count = Annotated[
    int, Strict(), BeforeValidator(lambda x: int(x) if type(x) is float and x.is_integer() else x)
]
"""A whole number, also one that arithmetic made a float."""

NonNegative = Annotated[Number, Field(ge=0)]
Positive = Annotated[Number, Field(gt=0)]
Unit = Annotated[Number, Field(ge=0, le=1)]


class Record(BaseModel):
    """A part of the parameters: frozen, hashable, compared by value; InputError says all that is wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, **data: Any) -> None:
        with _in_our_words(type(self), data):
            super().__init__(**data)

    # Pydantic then validates nested records as usual, and only the outermost one translates the errors.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    def __dir__(self) -> list[str]:
        """The keys of the game, and what this package does with it: not the methods of pydantic."""
        own = [
            name
            for kind in type(self).__mro__
            if kind.__module__.startswith("eqsolve.")
            for name in vars(kind)
        ]
        return [*type(self).model_fields, *(n for n in own if not n.startswith(("_", "model_")))]

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """Turn plain data (as `model_dump` gives it) into a record; options as in pydantic.

        Raises:
            InputError: with every problem of the data.
        """
        with _in_our_words(cls, obj):
            return super().model_validate(obj, **options)


@contextmanager
def _in_our_words(record: type[Record], data: object) -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        raise InputError(*problems(error, record, data)) from None


PAPER_CHOICE: dict[str, dict[str, object]] = {
    "dist": {"dist": "uniform"},
    "kind": {"kind": "gaussian", "breadth": 0.25},
}
"""What a table means that does not say its `dist` or `kind`: the preset `paper`'s choice."""


def choose(tag: str) -> BeforeValidator:
    """Complete a table that leaves its `dist` or `kind` open; one that states it must be complete."""
    paper = PAPER_CHOICE[tag]
    return BeforeValidator(
        lambda value: {**paper, **value} if isinstance(value, dict) and tag not in value else value
    )


def fault(message: str, value: object, *loc: str) -> InitErrorDetails:
    """Something wrong with `value`, or with the key at `loc` in it."""
    return InitErrorDetails(type="value_error", loc=loc, input=value, ctx={"error": message})


def checked(check: Callable[[list[Any]], Iterable[str]]) -> WrapValidator:
    """A rule on the items of a list, told together with what is wrong inside the items.

    `check` gets the list as the user gave it, valid or not, and yields what is wrong.
    """

    def validate(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        messages = check(list(value)) if isinstance(value, list | tuple) else ()
        return collect([fault(message, value) for message in messages], handler, value)

    return WrapValidator(validate)


def collect(faults: list[InitErrorDetails], handler: ValidatorFunctionWrapHandler, value: Any) -> Any:
    """Validate `value`; raise the faults given and those that `handler` finds, all at once."""
    try:
        result = handler(value)
    except ValidationError as error:
        inner = error.errors(include_url=False)
        faults = [
            *(
                InitErrorDetails(type=e["type"], loc=e["loc"], input=e["input"], ctx=e.get("ctx", {}))
                for e in inner
            ),
            *faults,
        ]
    if faults:
        raise ValidationError.from_exception_data("", faults)
    return result
