from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('community', '0009_how_far_discords_log_was_read'),
    ]

    operations = [
        migrations.AddField(
            model_name='guildsettings',
            name='appeal_text',
            field=models.CharField(blank=True, help_text='A link or words, told to whoever is warned, muted, put out or banned.', max_length=300, verbose_name='how to appeal'),
        ),
    ]
