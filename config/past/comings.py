"""Who came and who left, as Discord would have told."""

from collections.abc import Iterator

from community.models import User
from community.services.mirror.facts import News, PersonJoined, PersonLeft
from community.services.people import MemberFacts
from config.past.town import Town


def comings_of(town: Town) -> Iterator[News]:
    """Yield who came in and left in the time that is told of."""
    people = [each for each in town.people if each.until > town.begins]
    names = dict(User.objects.in_bulk([each.user_id for each in people]))
    for each in people:
        if each.since > town.begins:
            name = names[each.user_id].username
            facts = MemberFacts(user_id=each.user_id, username=name, joined_at=each.since)
            yield News(PersonJoined(facts), each.since)
        if each.until < town.now:
            yield News(PersonLeft(each.user_id), each.until)
