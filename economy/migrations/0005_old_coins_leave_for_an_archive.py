import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import community.fields


class Migration(migrations.Migration):

    dependencies = [
        ('economy', '0004_the_shop_sells_what_it_has'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(model_name='transfer', name='economy_transfer_undoes_in_same_guild'),
        migrations.RemoveConstraint(model_name='transfer', name='economy_transfer_is_undone_once'),
        migrations.AlterField(
            model_name='transfer',
            name='undoes',
            field=community.fields.GuildForeignKey(blank=True, db_constraint=False, db_index=False, help_text='The transfer that this one undoes.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='economy.transfer'),
        ),
        # The column stays what it is; only its name in the models changes.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField(model_name='transfer', name='undoes'),
                migrations.AddField(
                    model_name='transfer',
                    name='undoes_id',
                    field=models.BigIntegerField(blank=True, help_text='The transfer that this one undoes.', null=True, verbose_name='undoes'),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.UniqueConstraint(condition=models.Q(('undoes_id__isnull', False)), fields=('guild', 'undoes_id'), name='economy_transfer_is_undone_once'),
        ),
        migrations.AlterField(
            model_name='posting',
            name='transfer',
            field=community.fields.GuildForeignKey(db_constraint=False, db_index=False, help_text='What moved.', on_delete=django.db.models.deletion.DO_NOTHING, related_name='postings', to='economy.transfer'),
        ),
        migrations.AlterField(
            model_name='posting',
            name='wallet',
            field=community.fields.GuildForeignKey(db_constraint=False, db_index=False, help_text='Whose line it is.', on_delete=django.db.models.deletion.DO_NOTHING, related_name='postings', to='economy.wallet'),
        ),
        migrations.AlterField(
            model_name='transfer',
            name='source',
            field=community.fields.GuildForeignKey(db_constraint=False, db_index=False, help_text='From where.', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='economy.wallet'),
        ),
        migrations.AlterField(
            model_name='transfer',
            name='staff',
            field=models.ForeignKey(blank=True, db_index=False, help_text='The account that did it, when it was in the desk.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='transfer',
            name='target',
            field=community.fields.GuildForeignKey(db_constraint=False, db_index=False, help_text='To where.', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='economy.wallet'),
        ),
    ]
