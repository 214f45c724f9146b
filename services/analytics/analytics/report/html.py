"""The report as one HTML page, and the parts that the dashboard shares with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from analytics.catalogue import Card, Metric
from analytics.domain.figures import Figure, Row
from analytics.report.document import Document
from analytics.report.drawing import Chart, by_day
from analytics.report.speech import PAGES, Speech


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one dimension, ready to be printed: a heading and its cells a line."""

    caption: str
    columns: Sequence[str]
    lines: Sequence[tuple[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure in one language, ready to be printed."""

    figure: Figure
    metric: Metric
    card: Card
    finding: str
    value: str
    unit: str
    fraction: str
    interval: str
    heard: str
    chart: Chart | None
    titles: dict[str, str]
    tables: Sequence[Table]


def shown(document: Document, speech: Speech) -> dict[str, Shown]:
    """All figures of a document in one language, by metric."""
    return {one.metric: _shown(document, one, speech) for one in document.figures}


def _shown(document: Document, figure: Figure, speech: Speech) -> Shown:
    metric = document.metrics[figure.metric]
    whole = figure.whole
    value = speech.value(metric, whole)
    return Shown(
        figure=figure,
        metric=metric,
        card=speech.card(metric),
        finding=speech.finding(figure, metric),
        value=value,
        unit=speech.unit(metric, whole, value),
        fraction=speech.made_of(metric, whole, value),
        interval=speech.interval(whole),
        heard=speech.t("last-heard", at=speech.moment(figure.last_heard)) if figure.last_heard else "",
        chart=by_day(figure, document.period),
        titles={
            row.key: f"{speech.code('day', row.key)}: {speech.value(metric, row)}"
            for row in figure.rows
            if row.dimension == "day"
        },
        tables=_tables(figure, metric, speech),
    )


def _tables(figure: Figure, metric: Metric, speech: Speech) -> list[Table]:
    if figure.status == "silent":
        return []
    whole = [(speech.t("whole"), figure.whole)]
    tables = [_table(metric, speech.card(metric).name, whole, speech)]
    for dimension, rows in groupby(figure.rows, lambda row: row.dimension):
        lines = [(speech.code(dimension, row.key), row) for row in rows]
        tables.append(_table(metric, speech.t(f"dimension.{dimension}"), lines, speech))
    return tables


def _table(metric: Metric, caption: str, lines: Sequence[tuple[str, Row]], speech: Speech) -> Table:
    card = speech.card(metric)
    columns: dict[str, list[str]] = {}
    if metric.counting.kind == "share":
        columns[card.numerator] = [speech.number(row.numerator) for _, row in lines]
        columns[card.denominator] = [speech.number(row.denominator) for _, row in lines]
    value = {"share": speech.t("value"), "count": card.name, "duration": speech.t("median")}[metric.counting.kind]
    columns[value] = [speech.value(metric, row) for _, row in lines]
    for part in metric.parts:
        if any(part in row.parts for _, row in lines):
            columns[speech.part(metric.id, part)] = [
                speech.counted_beside(part, row.parts.get(part)) for _, row in lines
            ]
    if metric.id == "M52":
        columns[speech.t("equal")] = [
            speech.t("yes" if row.numerator == row.denominator else "no") if row.denominator is not None else ""
            for _, row in lines
        ]
    cells = list(zip(*columns.values(), strict=True))
    return Table(caption, list(columns), [(name, row) for (name, _), row in zip(lines, cells, strict=True)])


def report(document: Document, language: str) -> bytes:
    """The whole report in one language."""
    speech = Speech(language, document.period.zone, document.names)
    figures = shown(document, speech)
    rules = sorted({rule for one in figures.values() for rule in one.metric.rules}, key=lambda rule: int(rule[1:]))
    page = PAGES.environment.get_template("report.html")
    return page.render(document=document, say=speech, t=speech.t, lang=language, shown=figures, rules=rules).encode()
