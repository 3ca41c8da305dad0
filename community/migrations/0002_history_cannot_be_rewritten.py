from django.db import migrations

from community.append_only import FUNCTIONS, TRIGGER

TABLES = ["community_auditentry"]


class Migration(migrations.Migration):
    """Guard the audit log. Every later migrate puts the same triggers back in their place."""

    dependencies = [("community", "0001_the_community_as_it_began")]

    operations = [
        migrations.RunSQL(
            FUNCTIONS,
            "DROP FUNCTION IF EXISTS guildhall_let_out(bigint), guildhall_refuse() CASCADE",
        ),
        *(
            migrations.RunSQL(
                TRIGGER.format(table=table),
                f"DROP TRIGGER IF EXISTS guildhall_append_only ON {table}",
            )
            for table in TABLES
        ),
    ]
