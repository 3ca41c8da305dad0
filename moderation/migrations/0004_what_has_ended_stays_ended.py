"""A punishment that has ended never holds again, nor ends in another way."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION moderation_punishment_has_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'moderation_punishment_stays_ended: punishment % has ended as %.',
        OLD.id, OLD.state USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER moderation_punishment_stays_ended
    BEFORE UPDATE ON moderation_punishment FOR EACH ROW
    WHEN (OLD.state <> 'active' AND (NEW.state, NEW.ended_at, NEW.ended_by)
        IS DISTINCT FROM (OLD.state, OLD.ended_at, OLD.ended_by))
    EXECUTE FUNCTION moderation_punishment_has_ended();
"""
BACKWARD = """
DROP TRIGGER moderation_punishment_stays_ended ON moderation_punishment;
DROP FUNCTION moderation_punishment_has_ended();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0003_what_held_before_us_is_found_once"),
    ]

    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
