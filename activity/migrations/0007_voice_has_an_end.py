from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('activity', '0006_stays_are_read_by_time'),
        ('community', '0010_the_punished_hear_how_to_appeal'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='membertotals',
            constraint=models.CheckConstraint(condition=models.Q(('voice_ms__lte', 1000000000000000)), name='activity_membertotals_voice_has_an_end'),
        ),
    ]
