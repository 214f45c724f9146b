"""The report as one HTML page, and the parts that the dashboard shares with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from analytics.catalogue import Card, Metric
from analytics.domain.figures import Figure, Row
from analytics.report.document import ReportDocument
from analytics.report.drawing import Chart, by_day
from analytics.report.formatter import PAGES, Formatter


@dataclass(frozen=True, slots=True)
class ReportTable:
    """The rows of one dimension, ready to be printed: a heading and its cells a line."""

    caption: str
    columns: Sequence[str]
    lines: Sequence[tuple[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """A figure in one language, ready to be printed."""

    figure: Figure
    metric: Metric
    card: Card
    finding: str
    value: str
    measure: str
    fraction: str
    interval: str
    heard: str
    chart: Chart | None
    titles: dict[str, str]
    tables: Sequence[ReportTable]


def shown(document: ReportDocument, fmt: Formatter) -> dict[str, ShownFigure]:
    """Return all figures of a document in one language, by metric."""
    return {one.metric: _shown(document, one, fmt) for one in document.figures}


def _shown(document: ReportDocument, figure: Figure, fmt: Formatter) -> ShownFigure:
    metric = document.metrics[figure.metric]
    whole = figure.whole
    value = fmt.value(metric, whole)
    return ShownFigure(
        figure=figure,
        metric=metric,
        card=fmt.card(metric),
        finding=fmt.finding(figure, metric),
        value=value,
        measure=fmt.measure(metric, whole, value),
        fraction=fmt.made_of(metric, whole, value),
        interval=fmt.interval(whole),
        heard=fmt.t("last-heard", at=fmt.moment(figure.last_heard)) if figure.last_heard else "",
        chart=by_day(figure, document.period),
        titles={
            row.key: f"{fmt.code('day', row.key)}: {fmt.value(metric, row)}"
            for row in figure.rows
            if row.dimension == "day"
        },
        tables=_tables(figure, metric, fmt),
    )


def _tables(figure: Figure, metric: Metric, fmt: Formatter) -> list[ReportTable]:
    if figure.status == "silent":
        return []
    whole = [(fmt.t("whole"), figure.whole)]
    tables = [_table(metric, fmt.card(metric).name, whole, fmt)]
    for dimension, rows in groupby(figure.rows, lambda row: row.dimension):
        lines = [(fmt.code(dimension, row.key), row) for row in rows]
        tables.append(_table(metric, fmt.t(f"dimension.{dimension}"), lines, fmt))
    return tables


def _table(metric: Metric, caption: str, lines: Sequence[tuple[str, Row]], fmt: Formatter) -> ReportTable:
    card = fmt.card(metric)
    columns: dict[str, list[str]] = {}
    if metric.counting.kind == "share":
        columns[card.numerator] = [fmt.number(row.numerator) for _, row in lines]
        columns[card.denominator] = [fmt.number(row.denominator) for _, row in lines]
    value = {"share": fmt.t("value"), "count": card.name, "duration": fmt.t("median")}[metric.counting.kind]
    columns[value] = [fmt.value(metric, row) for _, row in lines]
    for part in metric.parts:
        if any(part in row.parts for _, row in lines):
            columns[fmt.part(metric.id, part)] = [fmt.counted_beside(part, row.parts.get(part)) for _, row in lines]
    if metric.id == "M52":
        columns[fmt.t("equal")] = [
            fmt.t("yes" if row.numerator == row.denominator else "no") if row.denominator is not None else ""
            for _, row in lines
        ]
    cells = list(zip(*columns.values(), strict=True))
    return ReportTable(caption, list(columns), [(name, row) for (name, _), row in zip(lines, cells, strict=True)])


def report(document: ReportDocument, language: str) -> bytes:
    """Return the whole report in one language."""
    fmt = Formatter(language, document.period.zone, document.names)
    figures = shown(document, fmt)
    rules = sorted({rule for one in figures.values() for rule in one.metric.rules}, key=lambda rule: int(rule[1:]))
    page = PAGES.environment.get_template("report.html")
    return page.render(document=document, fmt=fmt, t=fmt.t, lang=language, shown=figures, rules=rules).encode()
