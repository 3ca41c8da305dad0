from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activity', '0001_what_they_did'),
    ]

    operations = [
        migrations.AddField(
            model_name='levelreward',
            name='agreed',
            field=models.BigIntegerField(default=0, help_text="Staff permissions that the owner agreed to give, as Discord's bits."),
        ),
        migrations.AddField(
            model_name='memberday',
            name='xp',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='Experience earned.', verbose_name='XP'),
        ),
    ]
