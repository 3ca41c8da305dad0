"""The picture of a rank: a name in its own letters, and how far somebody has come."""

from xml.etree import ElementTree

import pytest

from activity.services.boards import Standing
from activity.services.cards import cut, draw_rank, rank_svg
from activity.services.curve import TOTALS, step_of

HALF_WAY = (TOTALS[8] + TOTALS[7]) // 2


def rank(name="Marin", xp=HALF_WAY, place=3):
    told = {"level_everywhere": 9, "messages": 1, "voice_ms": 5_400_000}
    who = {"user_id": 1, "name": name, "username": "marin.sea"}
    return Standing(**who, xp=xp, step=step_of(xp), place=place, **told)


def words_of(svg):
    tree = ElementTree.fromstring(svg)  # noqa: S314 - drawn by us
    return [
        " ".join("".join(each.itertext()).split()) for each in tree.iter() if "}text" in each.tag
    ]


def test_it_says_how_far_somebody_has_come():
    svg = rank_svg(rank())

    assert words_of(svg) == [
        "Level", "7", "Marin", "@marin.sea", "#3", "347 of 695 XP to level 8",
        f"{HALF_WAY:,} XP", "1 message · 1.5 h in voice", "Level 9 everywhere",
    ]  # fmt: skip
    assert f'width="{376 * 347 / 695:.1f}"' in svg  # half of the bar


def test_who_is_not_shown_to_others_has_no_place():
    assert not any("#" in each for each in words_of(rank_svg(rank(place=None))))


@pytest.mark.parametrize("name", ["<script>&amp;", "محمد", "Θεοδώρα", "]]>"])
def test_a_name_is_drawn_as_it_is(name):
    assert name in words_of(rank_svg(rank(name)))


def test_a_name_in_letters_that_nobody_has_gives_way_to_the_username():
    words = words_of(rank_svg(rank("\U00010400\ue000")))

    assert "marin.sea" in words
    assert "@marin.sea" not in words


def test_long_names_are_cut_and_some_letters_are_twice_as_wide():
    assert cut("a" * 10, 10) == "a" * 10
    assert cut("a" * 11, 10) == "a" * 10 + "…"
    assert cut("王" * 6, 10) == "王" * 5 + "…"


def test_it_becomes_a_picture():
    assert draw_rank(rank()).startswith(b"\x89PNG")
