"""Draws bars beside each other as SVG.

Asked for: charts, each with its file, title, and the bars of ours and of peers (name and value as text). Runs in the
peers' environment.
"""

import re
from pathlib import Path
from typing import Any

import pygal
from pygal.style import Style

from tests.load.programs import arguments, tell

OURS, THEIRS = "#0000bf", "#767676"
STYLE = Style(
    background="#ffffff", plot_background="#ffffff", foreground="#1a1a1a", foreground_strong="#1a1a1a",
    foreground_subtle="#e6e6e6", opacity="1", font_family="sans-serif", title_font_size=18, label_font_size=13,
    major_label_font_size=13,
)  # fmt: skip


def draw(asked: dict[str, Any]) -> None:
    """Ours stand out; values stand in the names, so that the picture can be read alone and without colours."""
    bars = [*((*bar, OURS) for bar in asked["ours"]), *((*bar, THEIRS) for bar in asked["peers"])]
    bars.reverse()  # the first on top
    chart = pygal.HorizontalBar(
        style=STYLE, width=900, height=100 + 36 * len(bars), show_legend=False, js=(), disable_xml_declaration=True,
        explicit_size=True, title=asked["title"], margin=16, spacing=12, show_y_guides=False, truncate_label=-1,
        formatter=lambda value: f"{value:,.0f}",
    )  # fmt: skip
    chart.uuid = Path(asked["file"]).stem
    chart.x_labels = [f"{name}: {told}" for name, told, _ in bars]
    chart.add("", [{"value": float(told.replace(",", "")), "color": color} for _, told, color in bars])
    # The library's script moves tooltips; a picture in a page needs none, and its comments change with the day.
    svg = re.sub(r"<script.*?</script>|<!--.*?-->", "", chart.render(is_unicode=True), flags=re.DOTALL)
    Path(asked["file"]).write_text(svg + "\n", "utf-8")


if __name__ == "__main__":
    for one in arguments()["charts"]:
        draw(one)
    tell(drawn=len(arguments()["charts"]))
