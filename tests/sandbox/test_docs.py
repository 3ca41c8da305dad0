"""What docs/sandbox.md promises can be done as it says."""

import json
import re
from pathlib import Path

from sandbox import faults
from sandbox.people import People
from tests.sandbox.asking import ask
from tests.sandbox.places import a_place

PAGE = (Path(__file__).resolve().parents[2] / "docs/sandbox.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"sandbox (\w+) -d '(\{.*?\})'", PAGE)


def test_every_example_does_what_it_says(sandbox):
    place = a_place(sandbox)
    for path, shown in EXAMPLES:
        told = shown.replace('"G"', f'"{place.guild}"').replace('"U"', f'"{place.human}"')

        status, answer = ask(sandbox.page_url, path, json.loads(told))

        assert status == 200, (path, told, answer)
    for path in ("world", "faults", "journal?method=PUT&path=/bans/&limit=20"):
        assert ask(sandbox.page_url, path)[0] == 200


def test_every_fault_has_its_example():
    shown = {json.loads(told)["kind"] for path, told in EXAMPLES if path == "faults"}

    assert shown == set(faults.KINDS)


def test_every_deed_of_people_is_listed():
    listed = re.search(r"The deeds of people are: (.*?)\. What", PAGE, re.DOTALL)[1]
    deeds = {name for name in vars(People) if not name.startswith("_")} - {"guild"}

    assert set(re.split(r",\s+", listed)) == deeds
