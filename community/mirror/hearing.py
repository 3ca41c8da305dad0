"""What each event of the gateway is news of. READY and lists of members are heard elsewhere."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from community.mirror import reading
from community.services.mirror import facts

Payload = dict[str, Any]
Told = Iterator[facts.Told]

ROLES_CHANGED = 25  # Discord's number in its audit log
GIVEN, TAKEN, SILENT_UNTIL = "$add", "$remove", "communication_disabled_until"
NICKNAME = "nick"
USES = {2, 3, 5}  # a command, a button, a form; not yet what completes a word while they type


def news_of(event: str, data: Payload) -> tuple[facts.Told, ...]:
    """Return what an event tells of its server."""
    return tuple(HEARD[event](data))


def people_in(data: Payload) -> facts.PeopleTold:
    """Return the people that a payload lists."""
    return facts.PeopleTold(reading.all_of(data.get("members"), reading.member))


def _guild_created(data: Payload) -> Told:
    if data.get("unavailable") is True:
        yield facts.GuildSilent()
        return
    yield reading.guild_told(data)
    people = people_in(data)
    yield people
    if isinstance(data.get("voice_states"), list):
        yield _voices_in(data, people)
    if len(people.people) >= reading.number(data.get("member_count")) > 0:
        yield facts.ListEnded(frozenset(each.user_id for each in people.people))


def _voices_in(data: Payload, people: facts.PeopleTold) -> facts.VoicesTold:
    """Return who is in voice, of whom bots are no company; a server tells of all who are."""
    bots = {each.user_id for each in people.people if each.is_bot}
    states = reading.all_of(data.get("voice_states"), reading.voice)
    return facts.VoicesTold(tuple(each for each in states if each.user_id not in bots))


def _voice(data: Payload) -> Told:
    user = reading.mapping(reading.mapping(data.get("member")).get("user"))
    state = reading.voice(data)
    if state and user.get("bot") is not True:
        yield facts.VoiceTold(state)


def _guild_changed(data: Payload) -> Told:
    yield reading.guild_told(data)


def _guild_deleted(data: Payload) -> Told:
    yield facts.GuildSilent() if data.get("unavailable") is True else facts.GuildLeft()


def _channel_told(data: Payload) -> Told:
    if channel := reading.channel(data):
        yield facts.ChannelsTold((channel,))


def _channel_lost(data: Payload) -> Told:
    if key := reading.snowflake(data.get("id")):
        yield facts.ChannelLost(key)


def _threads_told(data: Payload) -> Told:
    yield facts.ChannelsTold(reading.all_of(data.get("threads"), reading.channel))


def _role_told(data: Payload) -> Told:
    if role := reading.role(reading.mapping(data.get("role"))):
        yield facts.RoleTold(role)
        yield facts.RightsChanged()


def _role_lost(data: Payload) -> Told:
    if key := reading.snowflake(data.get("role_id")):
        yield facts.RoleLost(key)
        yield facts.RightsChanged()


def _joined(data: Payload) -> Told:
    if person := reading.member(data):
        yield facts.PersonJoined(person)


def _changed(data: Payload) -> Told:
    if person := reading.member(data):
        yield facts.PersonChanged(person)


def _asked(data: Payload) -> Told:
    person = reading.member(reading.mapping(data.get("member")))
    if person and data.get("type") in USES:
        yield facts.PersonAsked(person)


def _left(data: Payload) -> Told:
    if key := _user_in(data):
        yield facts.PersonLeft(key)


def _ban(data: Payload) -> Told:
    if key := _user_in(data):
        yield facts.BanSeen(key)


def _invite_told(data: Payload) -> Told:
    if invite := reading.invite(data):
        yield facts.InviteTold(invite)


def _invite_lost(data: Payload) -> Told:
    if code := reading.text(data.get("code"), 32):
        yield facts.InviteLost(code)


def _logged(data: Payload) -> Told:
    whom, by = (reading.snowflake(data.get(name)) for name in ("target_id", "user_id"))
    changes = _changes(data)
    if data.get("action_type") == ROLES_CHANGED and whom and by:
        yield facts.RolesGiven(whom, by, changes.get(GIVEN, frozenset()))
    options = reading.mapping(data.get("options"))
    if key := reading.snowflake(data.get("id")):
        yield facts.EntryLogged(
            entry_id=key,
            action=reading.number(data.get("action_type")),
            at=reading.moment_of(key),
            by_id=by,
            target_id=whom,
            reason=reading.text(data.get("reason"), 512),
            channel_id=reading.snowflake(options.get("channel_id")),
            count=reading.number(options.get("count")) or 1,
            changes=changes,
        )


def _changes(data: Payload) -> Payload:
    """Return what was changed, as far as anybody asks."""
    told = {str(each.get("key")): each for each in _objects(data.get("changes"))}
    return {key: read(told[key]) for key, read in READ.items() if key in told}


def _roles_in(change: Payload) -> frozenset[int]:
    return reading.snowflakes([role.get("id") for role in _objects(change.get("new_value"))])


def _end_in(change: Payload) -> datetime | None:
    return reading.moment(change.get("new_value"))


def _names_in(change: Payload) -> tuple[str, str]:
    before, after = (reading.text(change.get(name), 32) for name in ("old_value", "new_value"))
    return before, after


def _objects(value: object) -> tuple[Payload, ...]:
    return reading.all_of(value, dict)


def _user_in(data: Payload) -> int | None:
    return reading.snowflake(reading.mapping(data.get("user")).get("id"))


# What is read of the changes that an entry of the audit log names.
READ: dict[str, Callable[[Payload], object]] = {
    GIVEN: _roles_in,
    TAKEN: _roles_in,
    SILENT_UNTIL: _end_in,
    NICKNAME: _names_in,
}
HEARD: dict[str, Callable[[Payload], Told]] = {
    "GUILD_CREATE": _guild_created,
    "GUILD_UPDATE": _guild_changed,
    "GUILD_DELETE": _guild_deleted,
    "CHANNEL_CREATE": _channel_told,
    "CHANNEL_UPDATE": _channel_told,
    "CHANNEL_DELETE": _channel_lost,
    "THREAD_CREATE": _channel_told,
    "THREAD_UPDATE": _channel_told,
    "THREAD_DELETE": _channel_lost,
    "THREAD_LIST_SYNC": _threads_told,
    "GUILD_ROLE_CREATE": _role_told,
    "GUILD_ROLE_UPDATE": _role_told,
    "GUILD_ROLE_DELETE": _role_lost,
    "GUILD_MEMBER_ADD": _joined,
    "GUILD_MEMBER_UPDATE": _changed,
    "GUILD_MEMBER_REMOVE": _left,
    "VOICE_STATE_UPDATE": _voice,
    "INTERACTION_CREATE": _asked,
    "GUILD_BAN_ADD": _ban,
    "GUILD_BAN_REMOVE": _ban,
    "INVITE_CREATE": _invite_told,
    "INVITE_DELETE": _invite_lost,
    "GUILD_AUDIT_LOG_ENTRY_CREATE": _logged,
}
