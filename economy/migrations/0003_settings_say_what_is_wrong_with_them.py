import datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('community', '0010_the_punished_hear_how_to_appeal'),
        ('economy', '0002_young_transfers_are_found_in_all_servers'),
    ]

    operations = [
        migrations.AlterConstraint(
            model_name='economysettings',
            name='economy_economysettings_work_most_is_not_under_least',
            constraint=models.CheckConstraint(condition=models.Q(('work_most__gte', models.F('work_least')), ('work_most__lte', 1000000000)), name='economy_economysettings_work_most_is_not_under_least', violation_error_message='The most that work brings is under the least.'),
        ),
        migrations.AlterConstraint(
            model_name='economysettings',
            name='economy_economysettings_stake_most_is_not_under_least',
            constraint=models.CheckConstraint(condition=models.Q(('stake_most__gte', models.F('stake_least')), ('stake_most__lte', 1000000000)), name='economy_economysettings_stake_most_is_not_under_least', violation_error_message='The most that may be staked is under the least.'),
        ),
        migrations.AlterConstraint(
            model_name='economysettings',
            name='economy_economysettings_tax_leaves_something',
            constraint=models.CheckConstraint(condition=models.Q(('pay_tax__lte', 100)), name='economy_economysettings_tax_leaves_something', violation_error_message='A tax of more than 100 % cannot be paid.'),
        ),
        migrations.AlterConstraint(
            model_name='economysettings',
            name='economy_economysettings_edge_is_half_at_most',
            constraint=models.CheckConstraint(condition=models.Q(('house_edge__lte', 50)), name='economy_economysettings_edge_is_half_at_most', violation_error_message='The house keeps half of the stakes at most.'),
        ),
        migrations.AlterConstraint(
            model_name='economysettings',
            name='economy_economysettings_work_has_a_pause',
            constraint=models.CheckConstraint(condition=models.Q(('work_pause__gte', datetime.timedelta(seconds=60))), name='economy_economysettings_work_has_a_pause', violation_error_message='Work needs a pause of a minute at least.'),
        ),
    ]
