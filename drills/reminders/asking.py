"""How people of a story come in, ask to be reminded, and are gone in the end."""

from community.models import Member, Preference, User
from community.scope import cross_guild, guild_scope
from community.services.reminders import Wish, keep_reminder, plan_reminder
from drills.orders.town import Town
from drills.reminders.oracle import Played
from drills.reminders.schedule import Asked


def let_people_in(town: Town) -> None:
    """Write everybody into the house's books."""
    with guild_scope(town.guild_id):
        for user_id in town.people:
            User.objects.create(pk=user_id)
            Preference.objects.create(user_id=user_id)
            Member.objects.create(guild_id=town.guild_id, user_id=user_id)


def ask_for(story: Played, asked: Asked) -> None:
    """Let somebody ask to be reminded, in their own words."""
    town, user_id = story.town, story.town.people[asked.person]
    Preference.objects.filter(pk=user_id).update(tz=asked.zone)
    wish = Wish(
        guild_id=town.guild_id,
        user_id=user_id,
        channel_id=town.channel_id,
        is_public=asked.is_public,
        may_speak=True,
        when=asked.wall,
        what=f"Number {asked.number}",
        repeat=asked.repeat,
        asked_as=asked.number,
        at=town.now(),
    )
    kept = keep_reminder(plan=plan_reminder(wish=wish), now=town.now())
    story.ids[asked.number] = kept.pk
    story.memory.note(kept, at=0.0, due=asked.due)


def forget_people(town: Town) -> None:
    """Take the people down again, once their server is gone."""
    with cross_guild("people of a story that is over"):
        User.objects.filter(pk__in=town.people).delete()
