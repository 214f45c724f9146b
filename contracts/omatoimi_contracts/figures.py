"""Figures for everybody, on a compacted topic."""

from typing import Annotated, ClassVar

from pydantic import Field

from omatoimi_contracts.primitives import Day
from omatoimi_contracts.vocabulary import Fact, Unit, open_list


class FigureComputed(Fact):
    """A metric's value for a period and cell, as known at a position of the log. `value` is `numerator / denominator`
    where both stand; a figure without a value means "no data", never 0, or, where `suppressed` stands, a number of
    persons that is kept back."""

    TYPE: ClassVar[str] = "omatoimi.figure.computed.v1"
    TOPIC: ClassVar[str] = "analytics.metrics.v1"
    SUBJECT: ClassVar[str] = "cell"
    KEY: ClassVar[str] = "{cell}"
    cell: Annotated[str, Field(pattern=r"^M[0-9]{2}/[0-9-]+\.\.[0-9-]+/[a-z0-9=,-]+$")]
    metric: Annotated[str, Field(pattern=r"^M[0-9]{2}$")]
    definition: Annotated[int, Field(ge=1)]
    period_start: Day
    period_end: Day
    of_unit: Unit
    value: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    position: dict[Annotated[str, Field(pattern=r"^[a-z0-9.-]+/[0-9]+$")], Annotated[int, Field(ge=0)]] = Field(
        max_length=1000, description="The next offset to read, by `<topic>/<partition>`."
    )
    suppressed: (
        Annotated[
            str,
            open_list(
                "primary",
                "complementary",
                description="Why a number of persons is kept back: it is below 5, or gives such a number away.",
            ),
        ]
        | None
    ) = None
