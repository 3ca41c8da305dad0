"""The house keeps its own rules: what may know what, what says what it is, how large it is."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from itertools import chain
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models
from importlinter import cli

ROOT = Path(__file__).resolve().parent.parent
HOUSES = ("config", "community", "activity", "economy", "moderation")
NOT_OURS = {".venv", ".data", "migrations"}
ROOMS_AND_DOORS = {
    "apps", "errors", "querysets", "models", "services", "admin", "cog", "tasks", "errands",
    "migrations", "management",
    # community alone:
    "bridge",  # where the event loop meets the database
    "mirror",  # how our picture of Discord is kept true
    "scope",  # whose rows may be touched now
    "fields",  # what a server's rows are made of
    "append_only",  # history that cannot be rewritten
    "retention",  # how long rows stay
    "upkeep",  # how the database keeps the busiest tables in order
    "desk",  # the admin site and what it is made of
    "kinds",  # what can be done out there
    "clock",  # what time it is for Discord
    "calls",  # who calls a server's own commands
    "pen",  # people's templates, written in a process of its own
    "runner",  # carries out what is due
    "charts",  # where each mark of a picture stands
    "spans",  # which days a picture is of
    "durations",  # how people say how long
    "moments",  # what a clock on the wall shows, and which moment that is
    "repeats",  # what comes again, and when
    "pictures",  # pictures for Discord, in the letters of any script
    # activity alone:
    "snowflakes",  # what Discord's ids say of time
    "partitions",  # the months of the largest table
    "intake",  # gateway events become batches
    "minutes",  # what passes while the bot is there to see it
    "texts",  # what was written lately, in memory alone
    "presence",  # who is online becomes seconds
    # moderation alone:
    "words",  # how a case is told
}  # fmt: skip
TOP_LEVEL = {
    "manage.py", "pyproject.toml", "README.md", "CHANGELOG.md", "requirements.lock",
    "requirements-dev.lock", ".env.example", ".gitignore", ".pre-commit-config.yaml", ".ci",
    "config", "community", "activity", "economy", "moderation", "sandbox", "templates", "tests",
    "benchmarks", "drills", "docs",
}  # fmt: skip


def sources(*folders: str) -> Iterator[Path]:
    for path in chain.from_iterable((ROOT / folder).rglob("*.py") for folder in folders):
        if not NOT_OURS & set(path.relative_to(ROOT).parts):
            yield path


def functions(*folders: str) -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path in sources(*folders):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield path, node


def house_models() -> list[type[models.Model]]:
    return [m for app in HOUSES[1:] for m in apps.get_app_config(app).get_models()]


def tracked() -> set[str]:
    import subprocess

    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return set(listed.stdout.split("\n")) - {""}


def test_doors_open_into_services_and_rooms_never_look_outside(monkeypatch):
    # It would silence every logger there is, and with them the tests that come later.
    monkeypatch.setattr(cli, "_configure_logging", lambda *_: None)

    assert cli.lint_imports(cache_dir=None, is_debug_mode=False) == 0


@pytest.mark.django_db
def test_models_and_migrations_agree():
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


def test_every_file_of_an_app_is_a_room_or_a_door():
    for app in HOUSES[1:]:
        found = {path.stem for path in (ROOT / app).iterdir() if not path.name.startswith("__")}
        assert found <= ROOMS_AND_DOORS, f"{app}: {found - ROOMS_AND_DOORS}"


def test_the_top_level_holds_what_the_plan_lists():
    assert {path.split("/")[0] for path in tracked()} <= TOP_LEVEL


def test_every_field_says_what_it_is():
    for model in house_models():
        for field in model._meta.local_fields:
            if not field.auto_created and field.name != "password":  # Django's own field
                assert field.help_text, f"{model.__name__}.{field.name}"


def test_every_model_and_module_says_what_it_is():
    for model in house_models():
        assert model.__doc__, model
        assert not model.__doc__.startswith(f"{model.__name__}("), model
    for path in sources(*HOUSES, "sandbox", "tests", "benchmarks", "drills"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not tree.body or ast.get_docstring(tree) or path.name.startswith("test_"), path


def test_constraints_say_their_rule():
    for model in house_models():
        for constraint in model._meta.constraints:
            assert constraint.name.startswith(f"{model._meta.db_table}_"), constraint.name


def test_every_table_is_explained():
    pages = (ROOT / "docs/data.md").read_text(encoding="utf-8")
    tables = {model._meta.db_table for model in apps.get_models()}
    explained = set(re.findall(r"^### `(\w+)`", pages, re.MULTILINE))
    assert tables == explained


def test_migrations_are_named_by_intent_and_never_merge():
    for path in ROOT.glob("*/migrations/*.py"):
        if path.stem != "__init__":
            assert not re.search(r"_auto_|merge|_initial", path.stem), path


def test_functions_stay_small():
    for path, node in functions(*HOUSES, "sandbox", "drills"):
        length = node.end_lineno - node.lineno + 1
        assert length <= 40, f"{path.name}: {node.name} has {length} lines"


def test_files_stay_small():
    for path in sources(*HOUSES, "sandbox", "tests", "benchmarks", "drills"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path


DOORS = ("admin", "cog", "tasks", "errands")


def test_a_doors_body_is_at_most_ten_lines():
    for path, node in functions(*HOUSES[1:]):
        place = path.relative_to(ROOT).parts[1:]
        is_a_door = place[0].removesuffix(".py") in DOORS
        if is_a_door or "commands" in place:
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            assert lines <= 10, f"{path}: {node.name} has {lines} lines"


def test_services_take_names_and_say_what_they_do():
    for path, node in functions(*HOUSES[1:]):
        is_deed = "services" in path.parts and not node.name.startswith(("_", "export_", "__"))
        if is_deed and node.col_offset == 0:
            assert ast.get_docstring(node), f"{path}: {node.name}"
            assert not isinstance(node, ast.AsyncFunctionDef), f"{path}: {node.name}"


def test_the_unscoped_road_is_djangos_alone():
    """`Model.unscoped` is for Django's foreign keys; the house asks within a scope."""
    for path in sources(*HOUSES):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.Attribute) and node.attr == "unscoped"), path


def test_nothing_is_left_for_later():
    for path in sources(*HOUSES, "sandbox", "benchmarks", "drills"):
        assert not re.search(r"\b(TODO|FIXME|XXX)\b", path.read_text(encoding="utf-8")), path


def test_texts_of_people_are_never_marked_safe():
    for path in chain(sources(*HOUSES), (ROOT / "templates").rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"mark_safe|\|\s*safe\b|autoescape off|allow_tags", text), path


def test_templates_are_written_in_one_hand():
    djade = Path(sys.executable).with_name("djade")
    pages = [str(path) for path in (ROOT / "templates").rglob("*.html")]

    told = subprocess.run([djade, "--check", *pages], capture_output=True, text=True, check=False)

    assert told.returncode == 0, told.stdout + told.stderr


def test_locks_hold_hashes_and_name_no_index():
    runs, dev = (
        (ROOT / name).read_text(encoding="utf-8")
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    pinned = [set(re.findall(r"^([\w.-]+==\S+)", lock, re.MULTILINE)) for lock in (runs, dev)]
    assert pinned[0] < pinned[1]
    assert "://" not in runs + dev
    for lock in (runs, dev):
        assert all("--hash=" in block for block in re.split(r"\n(?=\S)", lock.strip()))
