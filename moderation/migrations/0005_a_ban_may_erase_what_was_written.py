import datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('community', '0010_the_punished_hear_how_to_appeal'),
        ('moderation', '0004_what_has_ended_stays_ended'),
    ]

    operations = [
        migrations.AddField(
            model_name='punishment',
            name='erases',
            field=models.DurationField(blank=True, help_text='What they wrote within this span goes with a ban; empty leaves it.', null=True),
        ),
        migrations.AddConstraint(
            model_name='punishment',
            constraint=models.CheckConstraint(condition=models.Q(('erases', None), models.Q(('erases__gt', datetime.timedelta(0)), ('erases__lte', datetime.timedelta(days=7)), ('kind', 'ban')), _connector='OR'), name='moderation_punishment_erases_a_week_at_most'),
        ),
    ]
