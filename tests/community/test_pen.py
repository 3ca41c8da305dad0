"""What people's templates may say, and what becomes of those that take too much."""

import os
import signal

import pytest

from community.pen.pen import HOUSE, PEN, NotWritten, Pen, Stopped

ROBIN = {"user": {"name": "Robin"}, "args": "two words", "words": ["two", "words"]}

UNTOUCHED = "{args} {0.__class__} %(user)s ${user} {x} %s"
TENS = "{% for i in (1..200) %}xxxxxxxxxx{% endfor %}"
ASKS = f"{{% if {'a == a and ' * 80} a %}}{{% endif %}}"
SLOW = f"{{% for i in (1..200) %}}{ASKS * 8}{{% endfor %}}"
GROWS = "{{% assign a = {} %}}{{% for i in (1..99) %}}{{% assign a = a | {}: a %}}{{% endfor %}}"


@pytest.fixture
def pen():
    pen = Pen()
    yield pen
    pen.put_down()


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("Hello, {{ user.name }}! {{ user }}", "Hello, Robin! Robin"),
        ("{{ args | upcase }}: {{ words[1] }}, {{ words.size }}", "TWO WORDS: words, 2"),
        ("{% if words.size > 1 %}many{% else %}few{% endif %}", "many"),
        ("{% for each in words reversed %}{{ each }};{% endfor %}", "words;two;"),
        ("{{ user.__class__ }}{{ user['__init__'] }}{{ args.__len__ }}", ""),
        ("{args} {0.__class__} %(user)s ${user} {{ '{x} %s' }}", UNTOUCHED),
    ],
)
def test_templates_say_what_is_known_and_nothing_else(template, said):
    written = PEN.write([template], ROBIN)

    assert written == [said]


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{% for i in (1..200) %}{% for j in (1..200) %}{% endfor %}{% endfor %}", "limit"),
        ("{% include 'x' %}", "unexpected tag 'include'"),
        ("one\n\n{{ 'x' | base64_encode }}", "line 3: unknown filter"),
        ("{{ (1..99999999999) | size }}", "list has more than 200 items"),
        (GROWS.format("'aa'", "append"), "a text has more than 10,000 letters"),
        (GROWS.format("9", "times"), "a number is larger"),
        (f"{{% capture a %}}{TENS * 9}{{% endcapture %}}", "limit"),
        ("{" * 9_999, "not closed"),
        (SLOW, "computes for longer than 50 ms"),
        ("{{ user", "not closed by }}"),
        ("x" * 10_001, "more than 10,000 letters"),
    ],
)  # fmt: skip
def test_what_takes_too_much_is_refused_in_words(template, words):
    with pytest.raises(NotWritten, match="The template does not work") as refused:
        PEN.write([template], {"a": ["x", "y"] * 100})

    assert words in str(refused.value)


def test_an_answer_is_cut_to_what_discord_takes():
    assert [len(each) for each in PEN.write(["x" * 3_000], {})] == [2_000]


def test_a_pen_ended_by_the_system_is_told_of_and_another_goes_on(pen, monkeypatch):
    pen.write(["x"], {})
    first = pen._writer
    monkeypatch.setattr(first, "poll", lambda: None)  # it dies just after it was found alive
    os.kill(first.pid, signal.SIGKILL)

    with pytest.raises(Stopped, match="had to be stopped"):
        pen.write(["x"], {})

    assert pen.write(["{{ a }}"], {"a": "goes on"}) == ["goes on"]
    assert pen._writer.pid != first.pid


HANGS = f"""
import sys
sys.path.insert(0, {str(HOUSE)!r})
from community.pen import language, writer
language.write = lambda _, known: "" if known.get("a") == "c" else 1.5 in range(10**12)
writer.serve()
"""


def test_the_system_ends_what_python_cannot(pen, monkeypatch):
    """What counts for ages within one instruction, where no exception reaches it, is ended."""
    monkeypatch.setattr("community.pen.pen.BEGIN", HANGS)

    with pytest.raises(Stopped):
        pen.write(["x"], {})

    assert pen._writer is None


def test_the_pen_holds_nothing_of_ours(pen):
    pen.write(["x"], {})
    about = f"/proc/{pen._writer.pid}"
    if not os.path.isdir(about):  # noqa: PTH112 - as it is asked of the system
        pytest.skip("This system does not show what a process holds.")

    with open(f"{about}/environ", encoding="utf-8") as told:  # noqa: PTH123
        environment = told.read()

    assert environment.strip("\0").split("\0") == ["LC_ALL=C.UTF-8"]
    assert sorted(os.listdir(f"{about}/fd")) == ["0", "1", "2"]  # noqa: PTH208
