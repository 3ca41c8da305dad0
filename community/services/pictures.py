"""Charts as pictures for Discord: the desk's own marks, in its colours by night."""

from typing import Any

from django.template.loader import render_to_string

from community.charts import Chart, HeatMap, Tone
from community.pictures.png import draw_png

ABOVE, LEGEND, BELOW = 48, 18, 12
SHARP = 2  # so many dots for each point, for screens that show as many
LETTER = 8  # the width that a letter of a legend is given


def draw_chart(chart: Chart | HeatMap) -> bytes:
    """Return a chart as PNG; it takes some hundredths of a second, so ask in a thread."""
    return draw_png(svg_of(chart))


def svg_of(chart: Chart | HeatMap) -> str:
    """Return a chart as an SVG that stands alone."""
    above = ABOVE + (LEGEND if chart.legend else 0)
    told: dict[str, Any] = {"chart": chart, "above": above, "height": chart.height + above + BELOW}
    told["wide"] = SHARP * chart.width
    return render_to_string("pictures/chart.svg", {**told, "legend": _legend(chart)})


def _legend(chart: Chart | HeatMap) -> list[tuple[int, Tone, str]]:
    """Return where each name stands, its tone, and what it says."""
    x, placed = 16, []
    for tone, name in chart.legend:
        placed.append((x, tone, name))
        x += 34 + LETTER * len(name)
    return placed
