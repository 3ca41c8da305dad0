"""What activity makes of news from Discord: who came, went, spoke together, and was given what."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from django.db import transaction

from activity.models import MemberEvent, RoleChange, VoiceEvent
from activity.services.comings import NICKNAME, hear_comings
from activity.services.log_lines import Note, write_lines
from activity.services.role_changes import hear_role_changes
from activity.services.tallies import Tallies
from activity.services.voice import hear_voices
from community.services.mirror import facts

NEWS = timedelta(hours=12)  # what is older is written down, and not told any more


@transaction.atomic
def hear_all_news(*, guild_id: int, news: Sequence[facts.News]) -> None:
    """Take what concerns activity of some news, in one transaction; told twice, nothing changes."""
    tallies = Tallies(guild_id)
    steps = hear_voices(guild_id=guild_id, news=news, tallies=tallies)
    comings = hear_comings(guild_id=guild_id, news=news, tallies=tallies)
    changes = hear_role_changes(guild_id=guild_id, news=news)
    tallies.write()
    since = news[-1].at - NEWS
    write_lines(guild_id=guild_id, place="voice", notes=list(_of_voice(steps)))
    fresh = [event for event in comings if event.at > since]
    write_lines(guild_id=guild_id, place="member", notes=list(_of_members(fresh, news)))
    recent = [change for change in changes if change.at > since]
    write_lines(guild_id=guild_id, place="role", notes=list(_of_roles(recent)))


def _of_voice(steps: Iterable[VoiceEvent]) -> Iterator[Note]:
    for step in steps:
        yield {"what": f"voice_{step.kind}", "id": step.pk}


def _of_members(events: Iterable[MemberEvent], news: Iterable[facts.News]) -> Iterator[Note]:
    entries = [each.told for each in news if isinstance(each.told, facts.EntryLogged)]
    # Other entries about somebody, of the same millisecond, know nothing of names.
    renamed = [each for each in entries if NICKNAME in each.changes]
    names = {(each.target_id, each.at): each.changes[NICKNAME] for each in renamed}
    for event in events:
        note = {"what": str(event.kind), "id": event.pk}
        if event.kind == MemberEvent.Kind.RENAME:
            before, after = names.get((event.user_id, event.at)) or ("", "")
            note |= {"user": str(event.user_id), "before": before, "after": after}
        yield note


def _of_roles(changes: Iterable[RoleChange]) -> Iterator[Note]:
    for change in changes:
        yield {"what": "role_given" if change.is_added else "role_taken", "id": change.pk}
