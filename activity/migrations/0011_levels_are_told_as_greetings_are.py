"""Write the words for new levels as the pen reads them: what was {member} is {{ user.mention }}."""

import re

from django.db import migrations

from community.scope import cross_guild

OLD = {"member": "{{ user.mention }}", "level": "{{ level }}", "server": "{{ server.name }}"}
ASKED = re.compile(r"\{(member|level|server)\}")
OPENS = re.compile(r"\{(?=[{%]|$)")  # as it was written, this was no more than two letters


def as_the_pen_reads(text):
    """Return an old text that says the same when the pen writes it."""
    pieces = ASKED.split(text)
    pieces[::2] = [OPENS.sub("{ ", piece) for piece in pieces[::2]]
    pieces[1::2] = [OLD[name] for name in pieces[1::2]]
    return "".join(pieces)


def as_it_was(text):
    """Return a text in the old way of writing, as far as that could say it."""
    for name, asked in OLD.items():
        text = text.replace(asked, f"{{{name}}}")
    return text[:1000]


def _write_anew(write):
    def write_all(apps, schema_editor):
        settings = apps.get_model("activity", "ActivitySettings")._base_manager
        with cross_guild("the words for levels, in every server"):
            for row in settings.exclude(level_text=""):
                settings.filter(pk=row.pk).update(level_text=write(row.level_text))

    return write_all


class Migration(migrations.Migration):
    dependencies = [("activity", "0010_words_of_levels_have_room")]

    operations = [
        migrations.RunPython(_write_anew(as_the_pen_reads), _write_anew(as_it_was)),
    ]
