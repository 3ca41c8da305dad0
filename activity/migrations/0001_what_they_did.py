import community.fields
import datetime
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.manager
import django.utils.timezone
from django.db import migrations, models


MESSAGES = """
CREATE TABLE "activity_messageevent" (
    "id" bigint NOT NULL,
    "channel_id" bigint NOT NULL,
    "user_id" bigint NOT NULL,
    "guild_id" bigint NOT NULL,
    "edited_at" timestamp with time zone NULL,
    "deleted_at" timestamp with time zone NULL,
    "characters" smallint NOT NULL CHECK ("characters" >= 0),
    "words" smallint NOT NULL CHECK ("words" >= 0),
    "has_attachment" boolean NOT NULL,
    "has_embed" boolean NOT NULL,
    "is_reply" boolean NOT NULL,
    PRIMARY KEY ("guild_id", "id")
) PARTITION BY RANGE ("id");
-- A message of a month that nobody prepared is kept here, and told of, rather than lost.
CREATE TABLE "activity_messageevent_elsewhere" PARTITION OF "activity_messageevent" DEFAULT;
"""

# Room on each page, so that a counter that rises stays where it is.
ROOM = "\n".join(
    f'ALTER TABLE "activity_{table}" SET (fillfactor = 75);'
    for table in ("memberday", "channelday", "guildhour", "membertotals", "progress")
)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('community', '0009_how_far_discords_log_was_read'),
    ]

    operations = [
        migrations.CreateModel(
            name='ActivityRole',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('min_hours', models.DecimalField(decimal_places=2, help_text='Hours in voice that it takes.', max_digits=7)),
                ('window', models.CharField(choices=[('week', 'The last 7 days'), ('month', 'The last 30 days'), ('ever', 'Ever')], default='week', help_text='Over which span.', max_length=5)),
                ('priority', models.PositiveSmallIntegerField(default=0, help_text='Of the roles of one group only the highest that fits is given.')),
                ('group', models.CharField(blank=True, help_text='Roles of one group exclude each other; empty stands alone.', max_length=50)),
                ('exempt_role_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, help_text='Whoever holds one of these keeps the role whatever their hours.', size=None, verbose_name='exempt roles')),
                ('lasts', models.DurationField(blank=True, help_text='The role ends after this long; empty has no end.', null=True)),
                ('is_enabled', models.BooleanField(default=True, help_text='Given and taken at present.', verbose_name='on')),
                ('guild', models.ForeignKey(db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.guild')),
                ('role', community.fields.GuildForeignKey(db_constraint=False, help_text='The role that is given.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.role')),
            ],
            options={
                'verbose_name': 'activity role',
                'constraints': [models.UniqueConstraint(fields=('guild', 'id'), name='activity_activityrole_guild_key'), community.fields.SameGuildFK(field='role', name='activity_activityrole_role_in_same_guild'), models.UniqueConstraint(fields=('guild', 'role'), name='activity_activityrole_once'), models.CheckConstraint(condition=models.Q(('min_hours__gt', 0)), name='activity_activityrole_asks_for_something')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='ActivityRoleHolding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', models.BigIntegerField(help_text='Discord id of the person.', verbose_name='person')),
                ('given_at', models.DateTimeField(default=django.utils.timezone.now, help_text='When it was given.')),
                ('expires_at', models.DateTimeField(blank=True, help_text='When it ends by itself.', null=True)),
                ('ended_at', models.DateTimeField(blank=True, help_text='When it ended.', null=True)),
                ('guild', models.ForeignKey(db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.guild')),
                ('rule', community.fields.GuildForeignKey(db_constraint=False, help_text='The role.', on_delete=django.db.models.deletion.CASCADE, related_name='holdings', to='activity.activityrole')),
            ],
            options={
                'verbose_name': 'activity role holding',
                'indexes': [models.Index(fields=['guild', 'user_id'], name='activity_holding_of_user')],
                'constraints': [models.UniqueConstraint(fields=('guild', 'id'), name='activity_activityroleholding_guild_key'), community.fields.SameGuildFK(field='rule', name='activity_activityroleholding_rule_in_same_guild'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('guild', 'rule', 'user_id'), name='activity_activityroleholding_held_once'), models.CheckConstraint(condition=models.Q(('ended_at', None), ('ended_at__gte', models.F('given_at')), _connector='OR'), name='activity_activityroleholding_ends_after_it_began')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='ActivitySettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('messages_counted', models.BooleanField(default=True, help_text='Messages are counted.')),
                ('voice_counted', models.BooleanField(default=True, help_text='Time in voice is counted.')),
                ('ignored_channel_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, default=list, help_text='Nothing is counted there; a category stands for its channels.', size=None, verbose_name='ignored channels')),
                ('alone_counts', models.BooleanField(default=False, help_text='Time alone in a voice channel counts.')),
                ('deafened_counts', models.BooleanField(default=False, help_text='Time in which somebody hears nothing counts.')),
                ('afk_channel_counts', models.BooleanField(default=False, help_text="Time in the server's AFK channel counts.", verbose_name='AFK channel counts')),
                ('afk_channel_id', models.BigIntegerField(blank=True, help_text='Mirrored from Discord.', null=True, verbose_name='AFK channel')),
                ('xp_min', models.PositiveSmallIntegerField(default=15, help_text='What a message earns at least.', verbose_name='least XP')),
                ('xp_max', models.PositiveSmallIntegerField(default=25, help_text='What a message earns at most.', verbose_name='most XP')),
                ('xp_cooldown', models.DurationField(default=datetime.timedelta(seconds=60), help_text='After a message that earned, none earns for this long.', verbose_name='XP pause')),
                ('level_announce', models.CharField(choices=[('nowhere', 'Nowhere'), ('same', 'In the channel of the message'), ('channel', 'In one channel'), ('direct', 'To the person alone')], default='same', help_text='Where a level is told.', max_length=8)),
                ('level_text', models.CharField(blank=True, default='{member} has reached level {level}.', help_text='What is said; {member}, {level} and {server} are filled in.', max_length=1000)),
                ('rewards', models.CharField(choices=[('stack', 'All that were reached'), ('highest', 'Only the highest')], default='stack', help_text='Which roles are held.', max_length=7)),
                ('guild', models.ForeignKey(db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.guild')),
                ('level_channel', community.fields.GuildForeignKey(blank=True, db_constraint=False, help_text='The channel for new levels, when it is one channel.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='community.channel')),
            ],
            options={
                'verbose_name': 'activity settings',
                'verbose_name_plural': 'activity settings',
                'constraints': [models.UniqueConstraint(fields=('guild', 'id'), name='activity_activitysettings_guild_key'), community.fields.SameGuildFK(field='level_channel', name='activity_activitysettings_channel_in_same_guild'), models.UniqueConstraint(fields=('guild',), name='activity_activitysettings_one_per_guild'), models.CheckConstraint(condition=models.Q(('xp_max__gte', models.F('xp_min')), ('xp_max__lte', 1000)), name='activity_activitysettings_most_is_not_under_least'), models.CheckConstraint(condition=models.Q(('xp_cooldown__gte', datetime.timedelta(0))), name='activity_activitysettings_pause_is_not_negative')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='AfkLeave',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', models.BigIntegerField(help_text='Discord id of the person.', verbose_name='person')),
                ('starts_at', models.DateTimeField(default=django.utils.timezone.now, help_text='When it begins.')),
                ('ends_at', models.DateTimeField(help_text='When it is over.')),
                ('reason', models.CharField(blank=True, help_text='Why, in their words.', max_length=200)),
                ('ended_at', models.DateTimeField(blank=True, help_text='When they came back before its end.', null=True)),
                ('given_by_id', models.BigIntegerField(blank=True, help_text='Discord id of who entered it for them.', null=True, verbose_name='entered by')),
                ('guild', models.ForeignKey(db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.guild')),
            ],
            options={
                'verbose_name': 'leave',
                'verbose_name_plural': 'leave',
                'indexes': [models.Index(fields=['guild', 'user_id', '-ends_at'], name='activity_leave_of_user'), models.Index(fields=['guild', '-ends_at'], name='activity_leave_by_end')],
                'constraints': [models.UniqueConstraint(fields=('guild', 'id'), name='activity_afkleave_guild_key'), models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='activity_afkleave_ends_after_it_began')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='ChannelDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel_id', models.BigIntegerField(help_text='Discord id of the channel.', verbose_name='channel')),
                ('day', models.DateField(help_text='The day, in UTC.')),
                ('messages', models.PositiveIntegerField(default=0, help_text='Messages written.')),
                ('characters', models.PositiveIntegerField(default=0, help_text='Characters written.')),
                ('edited', models.PositiveIntegerField(default=0, help_text='Messages of that day that were changed later.')),
                ('deleted', models.PositiveIntegerField(default=0, help_text='Messages of that day that were deleted later.')),
                ('voice_ms', models.BigIntegerField(default=0, help_text='Time in voice that counts, in milliseconds.', verbose_name='voice (ms)')),
                ('guild', models.ForeignKey(db_constraint=False, db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.guild')),
            ],
            options={
                'verbose_name': "channel's day",
                'verbose_name_plural': "channels' days",
                'indexes': [models.Index(fields=['guild', 'day'], name='activity_channelday_by_day')],
                'constraints': [models.UniqueConstraint(fields=('guild', 'channel_id', 'day'), name='activity_channelday_once'), models.CheckConstraint(condition=models.Q(('voice_ms__gte', 0)), name='activity_channelday_voice_is_not_negative')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='GlobalProgress',
            fields=[
                ('user_id', models.BigIntegerField(help_text='Discord id of the person.', primary_key=True, serialize=False, verbose_name='person')),
                ('xp', models.BigIntegerField(default=0, help_text='Experience earned.', verbose_name='XP')),
            ],
            options={
                'verbose_name': 'level everywhere',
                'verbose_name_plural': 'levels everywhere',
                'constraints': [models.CheckConstraint(condition=models.Q(('xp__gte', 0)), name='activity_globalprogress_is_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='GuildHour',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hour', models.DateTimeField(help_text='When the hour began.')),
                ('messages', models.PositiveIntegerField(default=0, help_text='Messages written.')),
                ('edited', models.PositiveIntegerField(default=0, help_text='Messages of that hour that were changed later.')),
                ('deleted', models.PositiveIntegerField(default=0, help_text='Messages of that hour that were deleted later.')),
                ('joins', models.PositiveIntegerField(default=0, help_text='People who came in.')),
                ('leaves', models.PositiveIntegerField(default=0, help_text='People who left.')),
                ('voice_ms', models.BigIntegerField(default=0, help_text='Time in voice that counts, in milliseconds.', verbose_name='voice (ms)')),
                ('guild', models.ForeignKey(db_constraint=False, db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.guild')),
            ],
            options={
                'verbose_name': "server's hour",
                'constraints': [models.UniqueConstraint(fields=('guild', 'hour'), name='activity_guildhour_once'), models.CheckConstraint(condition=models.Q(('voice_ms__gte', 0)), name='activity_guildhour_voice_is_not_negative')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='LevelReward',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.PositiveIntegerField(help_text='The level at which it is given.')),
                ('guild', models.ForeignKey(db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.guild')),
                ('role', community.fields.GuildForeignKey(db_constraint=False, help_text='What is given.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.role')),
            ],
            options={
                'verbose_name': 'level reward',
                'indexes': [models.Index(fields=['guild', 'level'], name='activity_reward_by_level')],
                'constraints': [models.UniqueConstraint(fields=('guild', 'id'), name='activity_levelreward_guild_key'), community.fields.SameGuildFK(field='role', name='activity_levelreward_role_in_same_guild'), models.UniqueConstraint(fields=('guild', 'role'), name='activity_levelreward_once'), models.CheckConstraint(condition=models.Q(('level__gte', 1), ('level__lte', 1000)), name='activity_levelreward_level_can_be_reached')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='MemberDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', models.BigIntegerField(help_text='Discord id of the person.', verbose_name='person')),
                ('day', models.DateField(help_text='The day, in UTC.')),
                ('messages', models.PositiveIntegerField(default=0, help_text='Messages written.')),
                ('characters', models.PositiveIntegerField(default=0, help_text='Characters written.')),
                ('words', models.PositiveIntegerField(default=0, help_text='Words written.')),
                ('attachments', models.PositiveIntegerField(default=0, help_text='Messages with files.')),
                ('blocks', models.PositiveIntegerField(default=0, help_text='Spans of ten minutes in which something was written.')),
                ('voice_ms', models.BigIntegerField(default=0, help_text='Time in voice that counts, in milliseconds.', verbose_name='voice (ms)')),
                ('guild', models.ForeignKey(db_constraint=False, db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.guild')),
            ],
            options={
                'verbose_name': "member's day",
                'verbose_name_plural': "members' days",
                'indexes': [models.Index(fields=['guild', 'day'], name='activity_memberday_by_day')],
                'constraints': [models.UniqueConstraint(fields=('guild', 'user_id', 'day'), name='activity_memberday_once'), models.CheckConstraint(condition=models.Q(('voice_ms__gte', 0), ('voice_ms__lte', 172800000)), name='activity_memberday_voice_fits_a_day')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='MemberEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', models.BigIntegerField(help_text='Discord id of the person; 0 when erased.', verbose_name='person')),
                ('kind', models.CharField(choices=[('join', 'Came in'), ('leave', 'Left'), ('ban', 'Was banned'), ('unban', 'Was unbanned'), ('boost', 'Boosts'), ('unboost', 'Boosts no more')], help_text='What happened.', max_length=8)),
                ('at', models.DateTimeField(help_text='When it happened.')),
                ('member_count', models.PositiveIntegerField(blank=True, help_text='Members of the server after it, when known.', null=True)),
                ('invite', models.CharField(blank=True, help_text='The invite they came through, when known.', max_length=32)),
                ('guild', models.ForeignKey(db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.guild')),
            ],
            options={
                'verbose_name': 'member event',
                'indexes': [models.Index(fields=['guild', '-at'], name='activity_memberevent_by_time'), models.Index(fields=['at'], name='activity_memberevent_by_age')],
                'constraints': [models.UniqueConstraint(fields=('guild', 'id'), name='activity_memberevent_guild_key'), models.UniqueConstraint(condition=models.Q(('user_id__gt', 0)), fields=('guild', 'user_id', 'kind', 'at'), name='activity_memberevent_once')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='MemberTotals',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', models.BigIntegerField(help_text='Discord id of the person.', verbose_name='person')),
                ('messages', models.BigIntegerField(default=0, help_text='Messages written.')),
                ('voice_ms', models.BigIntegerField(default=0, help_text='Time in voice that counts, in milliseconds.', verbose_name='voice (ms)')),
                ('hours', models.GeneratedField(db_persist=True, expression=django.db.models.expressions.CombinedExpression(django.db.models.functions.comparison.Cast(models.F('voice_ms'), models.DecimalField(decimal_places=2, max_digits=20)), '/', models.Value(3600000)), help_text='Hours in voice that count.', output_field=models.DecimalField(decimal_places=2, max_digits=12))),
                ('days', models.GeneratedField(db_persist=True, expression=django.db.models.expressions.CombinedExpression(django.db.models.functions.comparison.Cast(models.F('voice_ms'), models.DecimalField(decimal_places=2, max_digits=20)), '/', models.Value(86400000)), help_text='Days in voice that count.', output_field=models.DecimalField(decimal_places=2, max_digits=12))),
                ('first_at', models.DateTimeField(help_text='When they first did anything we counted.')),
                ('last_at', models.DateTimeField(help_text='When they last did anything we counted.')),
                ('guild', models.ForeignKey(db_constraint=False, db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.guild')),
            ],
            options={
                'verbose_name': "member's totals",
                'verbose_name_plural': "members' totals",
                'indexes': [models.Index(fields=['guild', '-messages'], name='activity_totals_by_messages'), models.Index(fields=['guild', '-voice_ms'], name='activity_totals_by_voice')],
                'constraints': [models.UniqueConstraint(fields=('guild', 'user_id'), name='activity_membertotals_once'), models.CheckConstraint(condition=models.Q(('messages__gte', 0), ('voice_ms__gte', 0)), name='activity_membertotals_are_not_negative'), models.CheckConstraint(condition=models.Q(('last_at__gte', models.F('first_at'))), name='activity_membertotals_last_is_after_first')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        # Django cannot say PARTITION BY, nor a key of two columns for a model of one.
        migrations.RunSQL(
            sql=MESSAGES,
            reverse_sql='DROP TABLE "activity_messageevent"',
            state_operations=[
                migrations.CreateModel(
                    name='MessageEvent',
                    fields=[
                        ('id', models.BigIntegerField(help_text="Discord's id of the message.", primary_key=True, serialize=False)),
                        ('channel_id', models.BigIntegerField(help_text='Discord id of the channel.', verbose_name='channel')),
                        ('user_id', models.BigIntegerField(help_text='Discord id of the writer; 0 when erased.', verbose_name='person')),
                        ('characters', models.PositiveSmallIntegerField(default=0, help_text='How long its text is.')),
                        ('words', models.PositiveSmallIntegerField(default=0, help_text='How many words its text has.')),
                        ('has_attachment', models.BooleanField(default=False, help_text='Carries a file.')),
                        ('has_embed', models.BooleanField(default=False, help_text='Carries an embed.')),
                        ('is_reply', models.BooleanField(default=False, help_text='Answers another message.')),
                        ('edited_at', models.DateTimeField(blank=True, help_text='When it was last changed.', null=True)),
                        ('deleted_at', models.DateTimeField(blank=True, help_text='When it was deleted.', null=True)),
                        ('guild', models.ForeignKey(db_constraint=False, db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.guild')),
                    ],
                    options={
                        'verbose_name': 'message',
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('unscoped', django.db.models.manager.Manager()),
                    ],
                ),
            ],
        ),
        migrations.CreateModel(
            name='PresenceDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', models.BigIntegerField(help_text='Discord id of the person.', verbose_name='person')),
                ('day', models.DateField(help_text='The day, in UTC.')),
                ('client', models.CharField(choices=[('desktop', 'Desktop'), ('mobile', 'Mobile'), ('web', 'Web')], help_text='What they used.', max_length=7)),
                ('online_s', models.PositiveIntegerField(default=0, help_text='Seconds online.', verbose_name='online (s)')),
                ('idle_s', models.PositiveIntegerField(default=0, help_text='Seconds idle.', verbose_name='idle (s)')),
                ('dnd_s', models.PositiveIntegerField(default=0, help_text='Seconds in which they were not to be disturbed.', verbose_name='busy (s)')),
                ('guild', models.ForeignKey(db_constraint=False, db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.guild')),
            ],
            options={
                'verbose_name': 'presence',
                'verbose_name_plural': 'presence',
                'indexes': [models.Index(fields=['guild', 'day'], name='activity_presence_by_day'), models.Index(fields=['day'], name='activity_presence_by_age')],
                'constraints': [models.UniqueConstraint(fields=('guild', 'user_id', 'day', 'client'), name='activity_presenceday_once')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='Progress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', models.BigIntegerField(help_text='Discord id of the person.', verbose_name='person')),
                ('xp', models.BigIntegerField(default=0, help_text='Experience earned.', verbose_name='XP')),
                ('level', models.PositiveIntegerField(default=0, help_text='The level that this XP reaches.')),
                ('earned_at', models.DateTimeField(blank=True, help_text='The message that last earned something was written then.', null=True)),
                ('guild', models.ForeignKey(db_constraint=False, db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.guild')),
            ],
            options={
                'verbose_name': 'level',
                'indexes': [models.Index(fields=['guild', '-xp'], name='activity_progress_by_xp')],
                'constraints': [models.UniqueConstraint(fields=('guild', 'user_id'), name='activity_progress_once'), models.CheckConstraint(condition=models.Q(('xp__gte', 0)), name='activity_progress_is_not_negative')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='RoleChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entry_id', models.BigIntegerField(help_text="Discord's id of the entry in its audit log.")),
                ('user_id', models.BigIntegerField(help_text='Discord id of the person; 0 when erased.', verbose_name='person')),
                ('role_id', models.BigIntegerField(help_text='Discord id of the role.', verbose_name='role')),
                ('is_added', models.BooleanField(help_text='Given; otherwise taken away.', verbose_name='given')),
                ('actor_id', models.BigIntegerField(blank=True, help_text='Discord id of who did it, when known.', null=True, verbose_name='by')),
                ('at', models.DateTimeField(help_text='When it happened.')),
                ('guild', models.ForeignKey(db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.guild')),
            ],
            options={
                'verbose_name': 'role change',
                'indexes': [models.Index(fields=['guild', '-at'], name='activity_rolechange_by_time'), models.Index(fields=['guild', 'user_id', '-at'], name='activity_rolechange_of_user'), models.Index(fields=['at'], name='activity_rolechange_by_age')],
                'constraints': [models.UniqueConstraint(fields=('guild', 'id'), name='activity_rolechange_guild_key'), models.UniqueConstraint(fields=('guild', 'entry_id', 'role_id'), name='activity_rolechange_once')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='VoiceSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', models.BigIntegerField(help_text='Discord id of the person; 0 when erased.', verbose_name='person')),
                ('channel_id', models.BigIntegerField(help_text='Discord id of the channel.', verbose_name='channel')),
                ('started_at', models.DateTimeField(help_text='When they came in.')),
                ('ended_at', models.DateTimeField(blank=True, help_text='When they left.', null=True)),
                ('ending', models.CharField(blank=True, choices=[('left', 'Left'), ('moved', 'Went to another channel'), ('disconnected', 'Was disconnected'), ('timed_out', 'Was timed out'), ('lost', 'Ended while the bot was away')], help_text='How it ended; empty while it lasts.', max_length=12)),
                ('counted_ms', models.BigIntegerField(default=0, help_text='How much of it counts, in milliseconds, so far.', verbose_name='counted (ms)')),
                ('counting_since', models.DateTimeField(blank=True, help_text='Up to when it is counted, while it counts; empty while it does not.', null=True)),
                ('muted', models.BooleanField(default=False, help_text='Cannot be heard, by themselves or not.')),
                ('deafened', models.BooleanField(default=False, help_text='Hears nothing, by themselves or not.')),
                ('guild', models.ForeignKey(db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.guild')),
            ],
            options={
                'verbose_name': 'voice session',
                'indexes': [models.Index(fields=['guild', 'user_id', 'started_at'], name='activity_session_of_user'), models.Index(fields=['guild', 'channel_id', 'started_at'], name='activity_session_of_channel'), models.Index(condition=models.Q(('ended_at', None)), fields=['guild', 'channel_id'], name='activity_session_open'), models.Index(condition=models.Q(('ended_at__isnull', False)), fields=['ended_at'], name='activity_session_by_end')],
                'constraints': [models.UniqueConstraint(fields=('guild', 'id'), name='activity_voicesession_guild_key'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('guild', 'user_id'), name='activity_voicesession_in_one_channel_at_a_time'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ending', '')), models.Q(('ended_at__gte', models.F('started_at')), models.Q(('ending', ''), _negated=True)), _connector='OR'), name='activity_voicesession_ends_after_it_began'), models.CheckConstraint(condition=models.Q(('ended_at', None), ('counting_since', None), _connector='OR'), name='activity_voicesession_counts_only_while_it_lasts'), models.CheckConstraint(condition=models.Q(('counted_ms__gte', 0)), name='activity_voicesession_count_is_not_negative')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='VoiceEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', models.BigIntegerField(help_text='Discord id of the person; 0 when erased.', verbose_name='person')),
                ('kind', models.CharField(choices=[('join', 'Came in'), ('leave', 'Left'), ('move', 'Went over'), ('disconnect', 'Was disconnected'), ('timeout', 'Was timed out')], help_text='What happened.', max_length=10)),
                ('channel_id', models.BigIntegerField(help_text='Discord id of the channel.', verbose_name='channel')),
                ('at', models.DateTimeField(help_text='When it happened.')),
                ('muted', models.BooleanField(default=False, help_text='Could not be heard then.')),
                ('deafened', models.BooleanField(default=False, help_text='Heard nothing then.')),
                ('actor_id', models.BigIntegerField(blank=True, help_text='Discord id of who did it, when it was not they.', null=True, verbose_name='by')),
                ('guild', models.ForeignKey(db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.guild')),
                ('session', community.fields.GuildForeignKey(db_constraint=False, help_text='The session it began or ended.', on_delete=django.db.models.deletion.CASCADE, related_name='events', to='activity.voicesession')),
            ],
            options={
                'verbose_name': 'voice event',
                'indexes': [models.Index(fields=['guild', '-at'], name='activity_voice_by_time'), models.Index(fields=['guild', 'user_id', '-at'], name='activity_voice_of_user'), models.Index(fields=['at'], name='activity_voice_by_age')],
                'constraints': [models.UniqueConstraint(fields=('guild', 'id'), name='activity_voiceevent_guild_key'), community.fields.SameGuildFK(field='session', name='activity_voiceevent_session_in_same_guild')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='XpRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(choices=[('channel', 'Channel'), ('role', 'Role')], help_text='What it is about.', max_length=7)),
                ('subject_id', models.BigIntegerField(help_text='Discord id of the channel or role.')),
                ('percent', models.PositiveSmallIntegerField(default=0, help_text='100 is as usual, 200 twice as much, 0 nothing.')),
                ('guild', models.ForeignKey(db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.guild')),
            ],
            options={
                'verbose_name': 'XP rule',
                'constraints': [models.UniqueConstraint(fields=('guild', 'id'), name='activity_xprule_guild_key'), models.UniqueConstraint(fields=('guild', 'subject', 'subject_id'), name='activity_xprule_once'), models.CheckConstraint(condition=models.Q(('percent__lte', 1000)), name='activity_xprule_at_most_tenfold')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddIndex(
            model_name='messageevent',
            index=models.Index(fields=['guild', 'user_id', 'id'], name='activity_message_of_user'),
        ),
        migrations.AddConstraint(
            model_name='messageevent',
            constraint=models.CheckConstraint(condition=models.Q(('id__gt', 0)), name='activity_messageevent_has_an_id'),
        ),
        migrations.RunSQL(sql=ROOM, reverse_sql=migrations.RunSQL.noop),
    ]
