"""Sessions know up to when the bot saw them: whoever leaves while it is away left after that."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("activity", "0003_activity_roles_remember_the_owners_word")]

    operations = [
        migrations.AddField(
            model_name="voicesession",
            name="seen_at",
            field=models.DateTimeField(
                blank=True, help_text="When the bot last saw them there.", null=True
            ),
        ),
    ]
