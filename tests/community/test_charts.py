"""Charts: each mark stands where its number says, and a table says the same."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from django.template.loader import render_to_string

from community.charts import BROKEN, Chart, HeatMap, Series, round_up


def chart(kind="bar", labels=("1 Nov", "2 Nov"), **values):
    series = [Series(name, each) for name, each in (values or {"Joined": (3, 8)}).items()]
    return Chart(title="Joins", kind=kind, axis="Day", labels=labels, series=series)


def drawn(one):
    html = render_to_string("desk/chart.html", {"chart": one})
    svg = html[html.index("<svg viewBox") : html.index("</svg>\n  <details>") + len("</svg>")]
    return html, ElementTree.fromstring(svg)  # noqa: S314 - drawn by us


def test_a_bar_is_as_high_as_its_number():
    low, high = chart(Joined=(2, 8)).marks

    assert high.height == pytest.approx(4 * low.height, abs=0.3)
    assert low.y + low.height == pytest.approx(high.y + high.height, abs=0.2)


def test_stacked_bars_stand_on_each_other():
    first, second = chart("stacked", labels=["1 Nov"], Joined=[3], Left=[5]).marks

    assert second.y + second.height == pytest.approx(first.y, abs=0.2)


def test_what_broke_is_drawn_as_that_and_seen_beside_a_thousand():
    told = [Series("Worked", [1000]), Series("Broke", [1], BROKEN)]
    stack = Chart(title="Uses", kind="stacked", axis="Day", labels=["1 Nov"], series=told)
    worked, broke = stack.marks

    assert (worked.tone, broke.tone) == (0, BROKEN)
    assert broke.height >= 2
    assert stack.legend == [(0, "Worked"), (BROKEN, "Broke")]


def test_how_many_there_were_is_told_from_first_to_last_and_not_added_up():
    told = replace(chart("line", Members=(140, 139)), is_level=True)

    assert told.summary == "Joins, 1 Nov to 2 Nov: Members from 140 to 139."


def test_a_line_goes_through_every_number():
    (line,) = chart("line", Joined=(3, 8)).lines

    assert len(line.points.split()) == 2


def test_a_ranking_says_its_numbers_and_grows_with_its_rows():
    ranking = chart("ranking", labels=["A", "B", "C"], Members=[9, 5, 1])

    assert [each.words for each in ranking.figures] == ["9", "5", "1"]
    assert ranking.height > chart("ranking", labels=["A"], Members=[9]).height


@pytest.mark.parametrize("value", [0, 1, 3, 4, 5, 99, 101, 12_345])
def test_an_axis_ends_at_a_round_number_that_nothing_exceeds(value):
    assert round_up(value) >= max(value, 1)
    assert round_up(value) <= max(4, 2.2 * value)


def test_a_picture_has_a_name_a_description_and_a_table():
    html, svg = drawn(chart(Joined=(3, 8), Left=(1, 0)))

    assert svg.get("role") == "img"
    assert svg.get("aria-label") == "Joins, 1 Nov to 2 Nov: Joined 11, Left 1."
    assert "<td>8</td><td>0</td>" in html


def test_names_in_a_picture_are_text_whatever_they_hold():
    html, _ = drawn(chart("ranking", labels=["<script>x</script>"], Members=[1]))

    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_an_empty_picture_says_so_in_words():
    html = render_to_string("desk/chart.html", {"chart": chart(Joined=(0, 0))})

    assert "Nothing to draw yet." in html
    assert "<rect" not in html


def heat(*values):
    labels, headings = ["Monday", "Tuesday"], ["00:00", "01:00", "02:00"]
    told = {"title": "Week", "name": "messages", "axis": "Day"}
    return HeatMap(**told, labels=labels, headings=headings, values=values)


def test_a_field_is_darker_the_larger_its_number_and_bare_only_at_nothing():
    one = heat((0, 1, 50), (100, 20, 21))

    assert [each.tone for each in one.marks] == [0, 1, 3, 5, 1, 2]
    assert one.summary == "Week: most on Tuesday at 00:00, 100 messages."
    assert heat((0, 0, 0), (0, 0, 0)).is_empty


def test_a_map_says_every_number_in_its_table():
    html, svg = drawn(heat((0, 1, 50), (100, 20, 21)))

    assert len(svg.findall("rect")) == 6
    assert "<td>100</td><td>20</td><td>21</td>" in html
    assert '<th scope="col"><bdi>02:00</bdi></th>' in html
