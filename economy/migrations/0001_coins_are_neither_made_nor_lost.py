
import community.append_only
import community.fields
import datetime
import django.db.models.deletion
import django.db.models.manager
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('community', '0010_the_punished_hear_how_to_appeal'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Wallet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner_id', models.BigIntegerField(help_text='Discord id of the person; below 100 the house; negative when erased.', verbose_name='owner')),
                ('balance', models.BigIntegerField(default=0, help_text='Coins in it.')),
                ('archived', models.BigIntegerField(default=0, help_text='What the lines that left for an archive come to.')),
                ('last_seq', models.PositiveBigIntegerField(default=0, help_text='Number of its last line.')),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now, help_text='When it was opened.')),
                ('guild', models.ForeignKey(db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.guild')),
            ],
            options={
                'indexes': [models.Index(fields=['guild', '-balance'], name='economy_wallet_by_balance')],
                'constraints': [models.UniqueConstraint(fields=('guild', 'id'), name='economy_wallet_guild_key'), models.UniqueConstraint(fields=('guild', 'owner_id'), name='economy_wallet_once'), models.CheckConstraint(condition=models.Q(models.Q(('owner_id__gt', 0), ('owner_id__lt', 100)), ('balance__gte', 0), _connector='OR'), name='economy_wallet_not_in_debt'), models.CheckConstraint(condition=models.Q(('balance__gte', -1000000000000000), ('balance__lte', 1000000000000000)), name='economy_wallet_can_be_counted'), models.CheckConstraint(condition=models.Q(('owner_id', 0), _negated=True), name='economy_wallet_belongs_to_somebody')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='Transfer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('daily', 'Daily'), ('work', 'Work'), ('gamble', 'Gambling'), ('transfer', 'Payment'), ('purchase', 'Purchase'), ('fine', 'Fine'), ('grant', 'Grant'), ('tax', 'Tax'), ('refund', 'Refund'), ('reversal', 'Reversal'), ('closing', 'Closing')], help_text='What for.', max_length=10)),
                ('amount', models.BigIntegerField(help_text='How many coins.')),
                ('key', models.CharField(help_text='By this the same wish is known again, and counts once.', max_length=100)),
                ('asked', models.CharField(blank=True, help_text='The very gesture: told twice, it is answered alike.', max_length=100)),
                ('actor_id', models.BigIntegerField(blank=True, help_text='Discord id of the one who decided it.', null=True, verbose_name='by')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, help_text='When.')),
                ('guild', models.ForeignKey(db_constraint=False, db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='community.guild')),
                ('staff', models.ForeignKey(blank=True, help_text='The account that did it, when it was in the desk.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('undoes', community.fields.GuildForeignKey(blank=True, db_constraint=False, help_text='The transfer that this one undoes.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='economy.transfer')),
                ('source', community.fields.GuildForeignKey(db_constraint=False, help_text='From where.', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='economy.wallet')),
                ('target', community.fields.GuildForeignKey(db_constraint=False, help_text='To where.', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='economy.wallet')),
            ],
            options={
                'indexes': [models.Index(fields=['guild', '-at'], name='economy_transfer_by_time')],
                'constraints': [models.UniqueConstraint(fields=('guild', 'id'), name='economy_transfer_guild_key'), community.fields.SameGuildFK(field='source', name='economy_transfer_source_in_same_guild'), community.fields.SameGuildFK(field='target', name='economy_transfer_target_in_same_guild'), community.fields.SameGuildFK(field='undoes', name='economy_transfer_undoes_in_same_guild'), models.UniqueConstraint(fields=('guild', 'key'), name='economy_transfer_counts_once'), models.UniqueConstraint(fields=('guild', 'undoes'), name='economy_transfer_is_undone_once'), models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('amount__lte', 1000000000000000)), name='economy_transfer_moves_something'), models.CheckConstraint(condition=models.Q(('source', models.F('target')), _negated=True), name='economy_transfer_has_two_sides')],
            },
            bases=(community.append_only.AppendOnly, models.Model),
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='Posting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.PositiveBigIntegerField(help_text='Its place in the statement, without gaps.')),
                ('amount', models.BigIntegerField(help_text='What came; what went is negative.')),
                ('after', models.BigIntegerField(help_text='Coins in the wallet after it.')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, help_text='When.')),
                ('guild', models.ForeignKey(db_constraint=False, db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='community.guild')),
                ('transfer', community.fields.GuildForeignKey(db_constraint=False, help_text='What moved.', on_delete=django.db.models.deletion.DO_NOTHING, related_name='postings', to='economy.transfer')),
                ('wallet', community.fields.GuildForeignKey(db_constraint=False, help_text='Whose line it is.', on_delete=django.db.models.deletion.DO_NOTHING, related_name='postings', to='economy.wallet')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('guild', 'id'), name='economy_posting_guild_key'), community.fields.SameGuildFK(field='transfer', name='economy_posting_transfer_in_same_guild'), community.fields.SameGuildFK(field='wallet', name='economy_posting_wallet_in_same_guild'), models.UniqueConstraint(fields=('guild', 'wallet', 'seq'), name='economy_posting_one_per_place'), models.UniqueConstraint(fields=('guild', 'transfer', 'wallet'), name='economy_posting_one_per_side'), models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='economy_posting_moves_something')],
            },
            bases=(community.append_only.AppendOnly, models.Model),
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', models.BigIntegerField(help_text='Discord id of the person.', verbose_name='person')),
                ('kind', models.CharField(choices=[('daily', 'Daily'), ('work', 'Work')], help_text='What was taken.', max_length=5)),
                ('taken_at', models.DateTimeField(help_text='When it was taken last.')),
                ('day', models.DateField(blank=True, help_text="On which day of the server's zone.", null=True)),
                ('streak', models.PositiveIntegerField(default=1, help_text='Days in a row, with that one.')),
                ('best', models.PositiveIntegerField(default=1, help_text='Most days in a row ever.')),
                ('guild', models.ForeignKey(db_constraint=False, db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.guild')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('guild', 'user_id', 'kind'), name='economy_claim_once_per_person')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='EconomyDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(help_text='The day, in UTC.')),
                ('kind', models.CharField(choices=[('daily', 'Daily'), ('work', 'Work'), ('gamble', 'Gambling'), ('transfer', 'Payment'), ('purchase', 'Purchase'), ('fine', 'Fine'), ('grant', 'Grant'), ('tax', 'Tax'), ('refund', 'Refund'), ('reversal', 'Reversal'), ('closing', 'Closing')], help_text='What for.', max_length=10)),
                ('count', models.PositiveIntegerField(default=0, help_text='Transfers.')),
                ('minted', models.BigIntegerField(default=0, help_text='Coins that came from the house.')),
                ('sunk', models.BigIntegerField(default=0, help_text='Coins that went to the house.')),
                ('moved', models.BigIntegerField(default=0, help_text='Coins that went from one to another.')),
                ('guild', models.ForeignKey(db_constraint=False, db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.guild')),
            ],
            options={
                'verbose_name': 'day of the economy',
                'verbose_name_plural': 'days of the economy',
                'constraints': [models.UniqueConstraint(fields=('guild', 'day', 'kind'), name='economy_economyday_once')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='EconomySettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('daily_coins', models.PositiveIntegerField(default=200, help_text='What a day brings.')),
                ('streak_coins', models.PositiveIntegerField(default=10, help_text='What each further day in a row brings on top.')),
                ('streak_days', models.PositiveIntegerField(default=30, help_text='After so many days in a row it brings no more on top.')),
                ('work_least', models.PositiveIntegerField(default=50, help_text='What work brings at least.')),
                ('work_most', models.PositiveIntegerField(default=150, help_text='What work brings at most.')),
                ('work_pause', models.DurationField(default=datetime.timedelta(seconds=3600), help_text='How long after work one may work again.')),
                ('pay_tax', models.PositiveSmallIntegerField(default=0, help_text='What of a payment goes to the house.', verbose_name='tax on payments (%)')),
                ('ask_above', models.PositiveIntegerField(default=1000, help_text='Payments above this are asked about first; 0 asks always.')),
                ('gambling_enabled', models.BooleanField(default=True, help_text='May be played.', verbose_name='gambling')),
                ('stake_least', models.PositiveIntegerField(default=10, help_text='The least that may be staked.')),
                ('stake_most', models.PositiveIntegerField(default=1000, help_text='The most that may be staked.')),
                ('house_edge', models.PositiveSmallIntegerField(default=3, help_text='What of every stake stays with the house, at length.', verbose_name='house edge (%)')),
                ('freezes_muted', models.BooleanField(default=True, help_text='Who is muted moves no coins.', verbose_name='muted people are frozen')),
                ('guild', models.ForeignKey(db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.guild')),
            ],
            options={
                'verbose_name': 'economy settings',
                'verbose_name_plural': 'economy settings',
                'constraints': [models.UniqueConstraint(fields=('guild', 'id'), name='economy_economysettings_guild_key'), models.UniqueConstraint(fields=('guild',), name='economy_economysettings_one_per_guild'), models.CheckConstraint(condition=models.Q(('work_most__gte', models.F('work_least')), ('work_most__lte', 1000000000)), name='economy_economysettings_work_most_is_not_under_least'), models.CheckConstraint(condition=models.Q(('stake_most__gte', models.F('stake_least')), ('stake_most__lte', 1000000000)), name='economy_economysettings_stake_most_is_not_under_least'), models.CheckConstraint(condition=models.Q(('pay_tax__lte', 100)), name='economy_economysettings_tax_leaves_something'), models.CheckConstraint(condition=models.Q(('house_edge__lte', 50)), name='economy_economysettings_edge_is_half_at_most'), models.CheckConstraint(condition=models.Q(('work_pause__gte', datetime.timedelta(seconds=60))), name='economy_economysettings_work_has_a_pause')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='TransferNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('words', models.CharField(blank=True, help_text='What they wrote.', max_length=200)),
                ('guild', models.ForeignKey(db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.guild')),
                ('transfer', community.fields.GuildForeignKey(db_constraint=False, help_text='The transfer.', on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='economy.transfer')),
            ],
            options={
                'verbose_name': 'note',
                'constraints': [models.UniqueConstraint(fields=('guild', 'id'), name='economy_transfernote_guild_key'), community.fields.SameGuildFK(field='transfer', name='economy_transfernote_transfer_in_same_guild'), models.UniqueConstraint(fields=('guild', 'transfer'), name='economy_transfernote_once')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
    ]
