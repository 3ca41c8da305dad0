"""Pictures: drawn as PNG, in the letters of any script for which there is a font."""

import struct

import pytest

from community.charts import Chart, Series
from community.pictures import letters
from community.pictures.letters import can_draw, fonts_for, machines_fonts, our_fonts
from community.pictures.png import draw_png
from community.services.pictures import draw_chart, svg_of

ACROSS_EUROPE_AND_NEAR_EAST = "Zoë Þórr Θεοδώρα Алексей Հայկ שלום محمد ქართული"


def picture_of(words):
    text = f'<text x="8" y="40" font-size="30">{words}</text>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="60">{text}</svg>'


@pytest.fixture
def fonts_at(tmp_path, monkeypatch):
    """A machine with no other fonts than those that are put there."""
    monkeypatch.setattr(letters, "MACHINES", [str(tmp_path)])
    machines_fonts.cache_clear()
    yield tmp_path
    machines_fonts.cache_clear()


def test_a_picture_is_as_large_as_it_says():
    png = draw_png(picture_of("Marin"))

    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24]) == (300, 60)


def test_many_scripts_need_no_font_but_ours(fonts_at):
    assert can_draw(ACROSS_EUROPE_AND_NEAR_EAST)
    assert fonts_for(ACROSS_EUROPE_AND_NEAR_EAST) == [font.path for font in our_fonts()]


def test_letters_that_nobody_has_are_known_as_such(fonts_at):
    assert not can_draw("アリス")
    assert draw_png(picture_of("アリス"))


def test_what_has_no_shape_needs_no_font(fonts_at):
    assert can_draw("a\u200d\ufe0f\u202eb c\n")


def test_the_machines_fonts_help_with_what_ours_lack(fonts_at):
    font_of(fonts_at / "kana.ttf", [(0x3040, 0x30FF)])
    font_of(fonts_at / "broken.ttf", [])

    assert can_draw("Alice アリス")
    assert fonts_for("アリス")[-1] == fonts_at / "kana.ttf"
    assert not can_draw("王小明")


def font_of(path, spans):
    """Write as much of a font as says which letters it holds."""
    groups = b"".join(struct.pack(">III", first, last, 1) for first, last in spans)
    told = struct.pack(">HHIII", 12, 0, 16 + len(groups), 0, len(spans)) + groups
    table = struct.pack(">HHHHI", 0, 1, 3, 10, 12) + told
    head = struct.pack(">IHHHH", 0x10000, 1, 0, 0, 0) + struct.pack(">4sIII", b"cmap", 0, 28, 99)
    path.write_bytes(head + table)


def test_a_chart_is_drawn_for_discord_with_its_title_and_what_each_tone_means():
    series = [Series("Came <in>", [3, 8]), Series("Left", [1, 0])]
    told = {"title": "Joins & leaves", "kind": "line", "axis": "Day"}
    chart = Chart(**told, labels=["1 Nov", "2 Nov"], series=series)

    svg = svg_of(chart)

    assert ">Joins &amp; leaves</text>" in svg
    assert ">Came &lt;in&gt;</text>" in svg
    assert struct.unpack(">II", draw_chart(chart)[16:24]) == (1280, 636)
