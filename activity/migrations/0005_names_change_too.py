"""Another nickname is one of the things that happen to members."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("activity", "0004_the_bot_says_when_it_last_saw_a_voice")]

    operations = [
        migrations.AlterField(
            model_name="memberevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("join", "Came in"),
                    ("leave", "Left"),
                    ("ban", "Was banned"),
                    ("unban", "Was unbanned"),
                    ("boost", "Boosts"),
                    ("unboost", "Boosts no more"),
                    ("rename", "Has another nickname"),
                ],
                help_text="What happened.",
                max_length=8,
            ),
        ),
    ]
