import community.append_only
import community.fields
import datetime
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.manager
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('community', '0010_the_punished_hear_how_to_appeal'),
        ('economy', '0003_settings_say_what_is_wrong_with_them'),
    ]

    operations = [
        migrations.CreateModel(
            name='ShopItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='What it is called.', max_length=80)),
                ('description', models.CharField(blank=True, help_text='What people read about it.', max_length=300)),
                ('price', models.PositiveIntegerField(help_text='What one costs, in coins.')),
                ('supply', models.PositiveIntegerField(blank=True, help_text='How many were ever put on the shelf; empty: no end of it.', null=True)),
                ('sold', models.PositiveIntegerField(default=0, help_text='How many are sold, less those that were given back.')),
                ('most_each', models.PositiveIntegerField(blank=True, help_text='Nobody buys more; empty: no limit.', null=True, verbose_name='limit per member')),
                ('required_level', models.PositiveIntegerField(default=0, help_text='Only who has reached this level may buy it.')),
                ('agreed', models.BigIntegerField(default=0, help_text='Staff permissions of the role to which the owner agreed, as bits.')),
                ('lasts', models.DurationField(blank=True, help_text='How long the role stays; empty: for ever.', null=True)),
                ('is_enabled', models.BooleanField(default=True, help_text='Can be bought.', verbose_name='for sale')),
                ('place', models.PositiveSmallIntegerField(default=0, help_text='Lower numbers stand further up in the shop.')),
                ('archived_at', models.DateTimeField(blank=True, help_text='When it was put away; empty while it is in the shop.', null=True)),
                ('guild', models.ForeignKey(db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.guild')),
                ('required_role', community.fields.GuildForeignKey(blank=True, db_constraint=False, help_text='Only who has this role may buy it; empty: everybody.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.role')),
                ('role', community.fields.GuildForeignKey(blank=True, db_constraint=False, help_text='The role that it gives; empty: none.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='community.role')),
            ],
            options={
                'verbose_name': 'item',
                'constraints': [models.UniqueConstraint(fields=('guild', 'id'), name='economy_shopitem_guild_key'), community.fields.SameGuildFK(field='role', name='economy_shopitem_role_in_same_guild'), community.fields.SameGuildFK(field='required_role', name='economy_shopitem_required_in_same_guild'), models.UniqueConstraint(models.F('guild'), django.db.models.functions.text.Lower('name'), condition=models.Q(('archived_at', None)), name='economy_shopitem_names_differ'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='economy_shopitem_has_a_name'), models.CheckConstraint(condition=models.Q(('price__gt', 0), ('price__lte', 1000000000)), name='economy_shopitem_costs_something', violation_error_message='It costs a coin at least, and a billion at most.'), models.CheckConstraint(condition=models.Q(('supply', None), ('sold__lte', models.F('supply')), _connector='OR'), name='economy_shopitem_never_oversold'), models.CheckConstraint(condition=models.Q(('most_each', None), ('most_each__gt', 0), _connector='OR'), name='economy_shopitem_limit_is_one_or_more', violation_error_message='The limit per member is one at least.'), models.CheckConstraint(condition=models.Q(('lasts', None), models.Q(('lasts__gte', datetime.timedelta(seconds=60)), ('role__isnull', False)), _connector='OR'), name='economy_shopitem_only_roles_end', violation_error_message='Only a role ends, after a minute at least.')],
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='Purchase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('price', models.BigIntegerField(help_text='What it cost.')),
                ('paid_by', models.BigIntegerField(help_text='Number of the transfer that paid it; it may be archived by now.', verbose_name='transfer')),
                ('gives_role_id', models.BigIntegerField(blank=True, help_text='Discord id of the role that came with it.', null=True, verbose_name='role')),
                ('lasts', models.DurationField(blank=True, help_text='How long the role stays; empty: for ever.', null=True)),
                ('wish', models.PositiveIntegerField(default=0, help_text='Which wish for the role it was; once that is confirmed, it came.')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, help_text='When.')),
                ('guild', models.ForeignKey(db_constraint=False, db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='community.guild')),
                ('wallet', community.fields.GuildForeignKey(db_constraint=False, help_text='Whose wallet paid it.', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='economy.wallet')),
                ('item', community.fields.GuildForeignKey(db_constraint=False, help_text='What was bought.', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='economy.shopitem')),
            ],
            options={
                'indexes': [models.Index(fields=['guild', 'wallet', 'item'], name='economy_purchase_by_wallet'), models.Index(fields=['guild', 'item'], name='economy_purchase_by_item')],
                'constraints': [models.UniqueConstraint(fields=('guild', 'id'), name='economy_purchase_guild_key'), community.fields.SameGuildFK(field='item', name='economy_purchase_item_in_same_guild'), community.fields.SameGuildFK(field='wallet', name='economy_purchase_wallet_in_same_guild'), models.UniqueConstraint(fields=('guild', 'paid_by'), name='economy_purchase_has_its_transfer'), models.CheckConstraint(condition=models.Q(('price__gt', 0), ('price__lte', 1000000000000000)), name='economy_purchase_cost_something'), models.CheckConstraint(condition=models.Q(('lasts', None), ('gives_role_id__isnull', False), _connector='OR'), name='economy_purchase_only_roles_end')],
            },
            bases=(community.append_only.AppendOnly, models.Model),
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='PurchaseReturn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('repaid_by', models.BigIntegerField(help_text='Number of the transfer that repaid it; it may be archived by now.', verbose_name='transfer')),
                ('cause', models.CharField(choices=[('staff', 'Refunded by staff'), ('refused', 'Refused by Discord')], help_text='Why.', max_length=7)),
                ('at', models.DateTimeField(default=django.utils.timezone.now, help_text='When.')),
                ('guild', models.ForeignKey(db_constraint=False, db_index=False, help_text='The server this belongs to.', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='community.guild')),
                ('purchase', community.fields.GuildForeignKey(db_constraint=False, help_text='What was given back.', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='returned', to='economy.purchase')),
            ],
            options={
                'verbose_name': 'return',
                'constraints': [models.UniqueConstraint(fields=('guild', 'id'), name='economy_purchasereturn_guild_key'), community.fields.SameGuildFK(field='purchase', name='economy_purchasereturn_purchase_in_same_guild'), models.UniqueConstraint(fields=('guild', 'purchase'), name='economy_purchasereturn_once'), models.UniqueConstraint(fields=('guild', 'repaid_by'), name='economy_purchasereturn_has_its_transfer')],
            },
            bases=(community.append_only.AppendOnly, models.Model),
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
    ]
