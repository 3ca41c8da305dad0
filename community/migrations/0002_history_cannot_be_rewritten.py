from django.db import migrations

from community.append_only import guard_history, guards


def guard(apps, editor):
    guard_history(using=editor.connection.alias)


def unguard(apps, editor):
    for each in guards():
        editor.execute(f"DROP TRIGGER IF EXISTS {each.name} ON {each.table}")


class Migration(migrations.Migration):
    """Guard the audit log. Every later migrate puts the same triggers back in their place."""

    dependencies = [("community", "0001_the_community_as_it_began")]

    operations = [migrations.RunPython(guard, unguard)]
