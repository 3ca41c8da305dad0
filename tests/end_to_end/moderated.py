"""A server with a past of moderation, and the pages that show it."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from community.models import Guild, Member, StandingOrder
from community.scope import cross_guild
from moderation.models import Case, LadderStep, MemberWarning, Punishment
from moderation.services.deeds import ban_member, mute_member
from moderation.services.docket import Decision, Deed
from moderation.services.warnings import warn_member
from tests.factories import (
    LadderStepFactory,
    ProtectedRoleFactory,
    ReasonPresetFactory,
    StandingOrderFactory,
)

DAY = timedelta(days=1)
LONG = "w" * 200
REASONS = ("Spoilers in #poetry", LONG, "Rude, again and again", "")
LISTS = (
    "case_changelist",
    "memberwarning_changelist",
    "punishment_changelist",
    "punishment_bans",
    "punishment_mutes",
    "punishment_stuck",
)


def moderate(guild, people):
    """Let one of these people warn, mute and ban the others, over some weeks."""
    LadderStepFactory(guild=guild, points=9, kind="mute", duration=DAY)
    LadderStepFactory(guild=guild, points=12, kind="ban", duration=None)
    LadderStepFactory(guild=guild, points=15, kind="kick", duration=None)
    ReasonPresetFactory(guild=guild, name="Spoilers", points=2, duration=DAY)
    ReasonPresetFactory(guild=guild, name="w" * 50, text=LONG, kind="warn")
    ProtectedRoleFactory(guild=guild, role__name="Elder")
    _decide(guild, people)
    forbidden = {"attempts": 3, "hold": "permission", "last_error": f"Missing: {LONG}"}
    StandingOrderFactory(guild=guild, kind="timeout", user_id=people[3].user_id, **forbidden)


def _decide(guild, people):
    mod, *others = people
    # Nobody stands above an owner.
    Guild.objects.filter(pk=guild.pk).update(owner_id=mod.user_id)
    by = {"guild_id": guild.pk, "moderator_id": mod.user_id, "is_sure": True}
    for number, member in enumerate(others[:24]):
        decided = Decision(**by, at=timezone.now() - number * DAY)
        told = {"user_id": member.user_id, "reason": REASONS[number % 4]}
        warn_member(decision=decided, deed=Deed(kind="warn", points=1, **told))
        if number % 4 == 1:
            mute_member(decision=decided, deed=Deed(kind="mute", duration=40 * DAY, **told))
        elif number % 4 == 2:
            span = 60 * DAY if number % 3 else None
            ban_member(decision=decided, deed=Deed(kind="ban", duration=span, **told))


def moderation_pages(guild_id):
    """Return the address of every page of moderation about one server."""
    with cross_guild("the test's world"):
        of = {"guild_id": guild_id}
        case = Case.objects.filter(kind="ban", **of).first()
        wide = Case.objects.filter(reason=LONG, **of).first()
        rung, warning = LadderStep.objects.filter(**of).first(), MemberWarning.objects.filter(**of)
        held, order = Punishment.objects.filter(**of), StandingOrder.objects.filter(**of).first()
        person = Member.objects.get(user_id=case.user_id, **of)
    asked = [
        ("case_change", case.pk),
        ("case_change", wide.pk),
        ("case_reason", case.pk),
        ("case_overrule", case.pk),
        ("memberwarning_pardon", ",".join(str(each.pk) for each in warning[:24])),
        ("punishment_lift", held[0].pk),
        ("punishment_change_end", held[0].pk),
        ("ladderstep_edit", rung.pk),
        ("ladderstep_remove", rung.pk),
    ]
    plain = ("punishment_ban_many", "case_export", "reasonpreset_add", "protectedrole_add")
    page = reverse("admin:person", args=[person.pk])
    cases = reverse("admin:moderation_case_changelist")
    statistics = reverse("admin:moderation_statistics")
    return [
        *(reverse(f"admin:moderation_{name}") for name in (*LISTS, *plain)),
        *(reverse(f"admin:moderation_{name}", args=[key]) for name, key in asked),
        reverse("admin:rules"),
        statistics,
        f"{statistics}?from=2025-01-01",
        f"{cases}?kind__exact=ban&moderator=A&created_at__from=2020-01-01",
        f"{cases}?q=no-such-case",
        reverse("admin:community_standingorder_retry", args=[order.pk]),
        reverse("admin:community_member_warn", args=[person.pk]),
        *(f"{page}?tab={tab}" for tab in ("cases", "warnings", "punishments", "notes")),
    ]
