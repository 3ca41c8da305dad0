"""Faulty pens: each takes one bound away, within its own process, and an attack finds it out."""

from contextlib import contextmanager

from community.pen import pen
from community.services import answering, wording
from drills import templates

PATCHES = {
    "nothing_is_too_large": "language.refuse_large = lambda value: None",
    "steps_are_not_counted": "language.MOST_STEPS = 10**9",
    "loops_go_on": "language.Language.loop_iteration_limit = None",
    "blocks_nest_for_ever": "language.Language.block_nesting_limit = 10**9",
    "answers_are_not_bounded": "language.Language.output_stream_limit = None",
    "answers_are_not_cut": "language.LONGEST_TEXT = 10**9",
    "sources_are_not_bounded": "language.LONGEST_SOURCE = 10**9",
    "nobody_looks_at_the_clock": "writer.COMPUTES = writer.AT_ALL = 9.0",
    "every_filter_is_there": (
        "import liquid; language.LANGUAGE.filters.update(liquid.Environment().filters)"
    ),
    "every_tag_is_there": "import liquid; language.LANGUAGE.tags = liquid.Environment().tags",
    "what_is_said_is_read_again": (
        "right = language.write; language.write = lambda s, k: right(right(s, k), k)"
    ),
    "a_thing_shows_what_it_is": "language.Told.__getitem__ = lambda self, name: repr(type(self))",
}


def all_lives():
    """Tell of each faulty pen whether no attack found it out."""
    lives = {name: not wrongs_of(patch) for name, patch in PATCHES.items()}
    return {**lives, **{name: not _wrongs_within(name) for name in WITHIN}}


def wrongs_of(patch):
    """Play the attacks against a pen that begins with a patch."""
    right = pen.BEGIN
    serve = f"from community.pen import language, writer\n{patch}\nwriter.serve()"
    pen.BEGIN = right.replace("from community.pen.writer import serve; serve()", "") + "\n" + serve
    try:
        return templates.play(0)
    finally:
        pen.BEGIN = right


def everyone_may_be_called(*_, **__):
    return {"parse": ["everyone", "roles", "users"]}


WITHIN = {
    "everyone_may_be_called": (answering, "whom_to_call", everyone_may_be_called),
    "links_hide": (wording, "tame", str),
}


def _wrongs_within(name):
    with _instead(*WITHIN[name]):
        return templates.play(0)


@contextmanager
def _instead(module, attribute, wrong):
    right = getattr(module, attribute)
    setattr(module, attribute, wrong)
    try:
        yield
    finally:
        setattr(module, attribute, right)
