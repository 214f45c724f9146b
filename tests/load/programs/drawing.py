"""Draws bars beside each other as SVG. Asked for: charts, each with its file, title and bars (name and value). Runs in
the peers' environment."""

from pathlib import Path
from typing import Any

import pygal
from pygal.style import Style

from tests.load.programs import arguments, tell

STYLE = Style(
    background="#ffffff", plot_background="#ffffff", foreground="#1a1a1a", foreground_strong="#1a1a1a",
    foreground_subtle="#666666", opacity="1", colors=("#0000bf", "#767676"), font_family="sans-serif",
    title_font_size=18, label_font_size=13, major_label_font_size=13, value_font_size=13,
)  # fmt: skip
OURS, THEIRS = "#0000bf", "#767676"


def draw(asked: dict[str, Any]) -> None:
    """The first bar is ours and stands out; values stand beside the bars, so that the picture can be read alone."""
    bars = asked["bars"][::-1]  # the first on top
    chart = pygal.HorizontalBar(
        style=STYLE, width=900, height=90 + 44 * len(bars), show_legend=False, print_values=True, js=(),
        disable_xml_declaration=True, explicit_size=True, title=asked["title"], margin=16, spacing=14,
        formatter=lambda value: f"{value:,.0f}", show_x_guides=False, print_values_position="top",
    )  # fmt: skip
    chart.uuid = Path(asked["file"]).stem
    chart.x_labels = [name for name, _ in bars]
    last = len(bars) - 1
    chart.add("", [{"value": v, "color": OURS if n == last else THEIRS} for n, (_, v) in enumerate(bars)])
    svg = chart.render(is_unicode=True)
    Path(asked["file"]).write_text(svg + "\n", "utf-8")


if __name__ == "__main__":
    for one in arguments()["charts"]:
        draw(one)
    tell(drawn=len(arguments()["charts"]))
